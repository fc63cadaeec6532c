"""What the package says to a visitor, in both languages of the page.

Errors and warnings are raised in English wherever they arise (`s2s.errors`, `s2s.doubts`); here stand their Chinese
forms, found by the English sentence. One that is not listed is shown in English: better than not at all.
"""

import re
from functools import cache

from s2s.page.compare_words import COMPARE_FORMS
from s2s.page.dialogue_words import DIALOGUE_FORMS
from s2s.page.gate_messages import GATE_FORMS
from s2s.page.inside_messages import INSIDE_FORMS
from s2s.page.speech_words import SPEECH_FORMS
from s2s.page.train_messages import TRAIN_FORMS

BROKE = "Something broke on the server, and is noted there. Please try again."
"""What anybody is told of an error that is the server's own: what it says may quote somebody else."""

CHINESE_FORMS = {
    # An English sentence with {} where something varies: its Chinese form, the same in the same order.
    # Errors of a text
    "There is no text. Please type a sentence.": "还没有文字。请输入一句话。",
    "The text has {} characters; at most {} are taken. Please shorten it.": "文字有 {} 个字符，最多 {} 个。请缩短。",
    "Character {} is half of one (a lone surrogate, {}). Please remove it.": (
        "第 {} 个字符不完整（孤立代理项 {}）。请删除。"
    ),
    "Character {} is NUL, which is no text. Please remove it.": "第 {} 个字符是 NUL，不是文字。请删除。",
    "Nothing of this text can be read by the model. Please type letters or words.": (
        "模型读不出其中任何内容。请输入字母或单词。"
    ),
    "A sentence has {} pieces; at most {} are taken. Please break it into lines.": (
        "某个句子有 {} 个子词，最多 {} 个。请分行。"
    ),
    "This pair has {} pieces on a side; at most {} are weighed once they are written. Please shorten it, or ask with "
    "the weighing attention.": (
        "这个句对的一侧有 {} 个子词；写出之后的加权最多取 {} 个。请缩短，或改用 attention 加权。"
    ),
    "The weighing must be one of {}, got {}.": "加权方式只能是 {} 之一，实得 {}。",
    "A beginning, a target or attention can be given for one sentence only, and these are {} lines. "
    "Please give one line.": "只能为一个句子指定开头、译文或注意力，而这里有 {} 行。请只给一行。",
    "The beginning may need {} pieces; at most {} are taken.": "这个开头需要 {} 个子词，最多 {} 个。",
    "The model cannot write {}: it has no pieces for some of these characters.": (
        "模型写不出 {}：其中有些字符没有子词。"
    ),
    "The model cannot write {}: it has no pieces for it.": "模型写不出 {}：没有对应的子词。",
    "The model has no piece {}. Please take pieces from one of its results.": "模型没有子词 {}。请使用它结果中的子词。",
    "This took longer than {} seconds and was stopped. Please try a shorter text or a smaller beam.": (
        "超过 {} 秒，已停止。请缩短文字或减小束宽。"
    ),
    "There are no words in this text to sum up. Please give a description in words.": (
        "这段文字中没有可以概括的词语。请输入一段描述。"
    ),
    # Errors of a request
    "The models cannot be reached just now. Please try again in a minute.": "目前无法使用模型，请一分钟后再试。",
    BROKE: "服务器出错，已记录。请重试。",
    "There is no model {}. Please choose one of: {}.": "没有模型 {}。请选择：{}。",
    "The beam size must be from {} to {}, got {}.": "束宽必须在 {} 到 {} 之间，得到的是 {}。",
    "The text must be a string, got {}.": "文字必须是字符串，得到的是 {}。",
    "This link was made with revision {} of the model {}; here is revision {}. The answer may differ.": (
        "这个链接来自模型修订版 {}（{}），此处是 {}。结果可能不同。"
    ),
    "the configuration must be a table, got {}": "请求必须是一组设置，得到的是 {}。",
    "{} must be a table, got {}": "{} 必须是一组设置，得到的是 {}。",
    "unknown setting {}; did you mean {}?": "没有设置 {}；是否指 {}？",
    "unknown setting {}; known: {}": "没有设置 {}；已有：{}。",
    "the setting {} is missing": "缺少设置 {}。",
    "{} must be one of {}, got {}": "{} 必须是 {} 之一，得到的是 {}。",
    "{} must be of type {}, got {}": "{} 的类型必须是 {}，得到的是 {}。",
    "{} must be true or false, got {}": "{} 必须是 true 或 false，得到的是 {}。",
    "{} must be in {} … {}, got {}": "{} 必须在 {} 到 {} 之间，得到的是 {}。",
    "{} must be at least {}, got {}": "{} 至少为 {}，得到的是 {}。",
    # Errors of a file
    "byte {} is no UTF-8": "第 {} 个字节不是 UTF-8",
    "a subtitle has no line of times, such as {} --> {}": "字幕缺少时间行，例如 {} --> {}",
    "no row of a table ({})": "不是表格的一行（{}）",
    "there is no column {}: the row has {}": "没有第 {} 列：这一行只有 {} 列",
    "The file did not arrive whole. Please try again.": "文件没有完整送达，请重试。",
    "A file is one of .txt, .csv, .tsv, .srt; got {}.": "文件应为 .txt、.csv、.tsv 或 .srt，得到的是 {}。",
    "The file has {} bytes; at most {} are taken. Please split it.": "文件有 {} 字节，最多 {}。请拆分。",
    "There is no text in {} that can be translated. It must be UTF-8.": "{} 中没有可翻译的文字。须为 UTF-8 编码。",
    "There is no column {}. The file has: {}.": "没有列 {}。文件中有：{}。",
    "This is no saved translation: {}. Please choose a .json file that was saved here.": (
        "这不是保存的翻译：{}。请选择在此保存的 .json 文件。"
    ),
    # Errors of a model of the Hub
    "{} is no name on the Hub: expected OWNER/NAME, such as ada/en-fr, of letters, digits and - _ . (none of them "
    "first or last, no two together)": (
        "{} 不是 Hub 上的名称：应为 OWNER/NAME，例如 ada/en-fr，由字母、数字和 - _ . 组成"
        "（符号不能在首尾，也不能相连）。"
    ),
    "the Hub has no model {} that everybody may see: check the name": "Hub 上没有公开的模型 {}，请检查名称。",
    "{} is no checkpoint of this program: it lacks {} (found: {}). Those that `s2s push` made have all of them.": (
        "{} 不是本程序的模型：缺少 {}（找到：{}）。用 `s2s push` 上传的模型都有这些文件。"
    ),
    "what came as {} cannot be used: config.json was not made by this program: it has no format_version.": (
        "{} 无法使用：config.json 不是本程序生成的（没有 format_version）。"
    ),
    "{} of {} has {} MB, and at most {} MB are fetched": "{}（{}）有 {} MB，最多下载 {} MB。",
    "Several models are being fetched just now. Please try again in a minute.": "正在下载多个模型，请一分钟后再试。",
    "No models can be added to this page.": "此页面不能添加模型。",
    "It made room for models that other visitors added. Add it again to use it.": (
        "它已为其他访客添加的模型腾出位置。如需使用，请重新添加。"
    ),
    "Something broke while it was loaded; the server's log says what.": "载入时出错，详情见服务器日志。",
    "The model {} is still on its way ({}). Please try again in a minute.": "模型 {} 仍在载入（{}），请一分钟后再试。",
    # Warnings
    "The model found no end and was stopped after {} pieces. The translation is hardly right; "
    "please try a shorter sentence or other words.": (
        "模型没有写完，在 {} 个子词后被停止。译文很可能不对，请缩短句子或换个说法。"
    ),
    "This sentence has {} pieces; the model was trained on at most {}. Shorter sentences are translated better.": (
        "这一句有 {} 个子词，而模型训练时最多见过 {} 个。句子越短译得越好。"
    ),
    "The model has not learnt these characters, and does not translate words that have them: {}": (
        "模型没有学过这些字符，含有它们的词不会被翻译：{}"
    ),
    "The model is unsure: it gave the pieces that it wrote a probability of {} on average. "
    "Please check the translation, or try other words.": (
        "模型没有把握：它写出的子词平均概率只有 {}。请核对译文，或换个说法。"
    ),
    "Read back, the translation does not say this: it gives the pieces of the source a probability of {} "
    "on average. Please check the translation, or try other words.": (
        "从译文读不回这一句：原文子词的平均概率只有 {}。请核对译文，或换个说法。"
    ),
    "The translation says the same several times, and the source does not. "
    "Please try a shorter sentence or other words.": "译文重复了多次，而原文没有。请缩短句子或换个说法。",
    "No word of the translation looked at {}: it may be left out. "
    "Please check the translation, or try a shorter sentence.": (
        "译文中没有一个词看过 {}：可能漏译了。请核对译文，或缩短句子。"
    ),
    "The model found no end and was stopped after {} pieces. The headline is hardly right; please try another text.": (
        "模型没有写完，在 {} 个子词后被停止。标题很可能不对，请换一段文字。"
    ),
    "This text has {} pieces; the model was trained on at most {}. Shorter texts are summed up better.": (
        "这段文字有 {} 个子词，而模型训练时最多见过 {} 个。文字越短概括得越好。"
    ),
    "The headline says the same several times. Please try a shorter text or other words.": (
        "标题重复了多次。请缩短文字或换个说法。"
    ),
}


def in_both_languages(message: str) -> dict[str, str]:
    """A message by the language of the page: `en`, and `zh` where its Chinese form is known, else English again."""
    for pattern, chinese in _patterns():
        if match := pattern.fullmatch(message):
            return {"en": message, "zh": chinese.format(*match.groups())}
    return {"en": message, "zh": message}


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    return [
        (re.compile("(.+?)".join(map(re.escape, english.split("{}"))), re.DOTALL), chinese)
        for english, chinese in (
            CHINESE_FORMS | INSIDE_FORMS | COMPARE_FORMS | DIALOGUE_FORMS | SPEECH_FORMS | GATE_FORMS | TRAIN_FORMS
        ).items()
    ]

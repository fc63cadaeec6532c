"""Every word of the page, in English and in Chinese; the browser's language chooses, or the button at the head.

Gradio's components take a word by `word(name)`, the browser's modules by `say(name)` (assets/words.js). What varies in
a text stands in braces.
"""

from typing import Any

import gradio as gr

from s2s.page.compare_words import COMPARE
from s2s.page.dialogue_words import DIALOGUE
from s2s.page.headline_words import HEADLINE
from s2s.page.inside_words import INSIDE
from s2s.page.speech_words import SPEECH
from s2s.page.train_words import TRAIN

HEAD = {
    # name: (English, Chinese)
    "title": ("Seq2Seq, seen", "看得见的 Seq2Seq"),
    "subtitle": (
        "A small recurrent encoder–decoder translates your sentence and shows where it looked for each word.",
        "小型循环编码器–解码器翻译你的句子，并展示它写出每个词时看了原文的哪里。",
    ),
    "tab_translate": ("Translate", "翻译"),
    "tab_inside": ("Look inside", "查看内部"),
    "tab_compare": ("Compare", "比较"),
    "tab_train": ("Train", "训练"),
    "tab_about": ("About", "关于"),
    "dark": ("Dark", "深色"),
    "light": ("Light", "浅色"),
}

TRANSLATE = {
    "from": ("Translate from", "原文语言"),
    "to": ("Translate to", "译文语言"),
    "swap": ("Swap the languages, and translate the answer back", "交换语言，把译文译回来"),
    "model": ("Model", "模型"),
    "source": ("Text to translate", "要翻译的文字"),
    "placeholder": ("Type a sentence", "输入一句话"),
    "translate": ("Translate", "翻译"),
    "stop": ("Stop", "停止"),
    "play": ("Play", "播放"),
    "pause": ("Pause", "暂停"),
    "answer": ("Translation; the arrow keys go from word to word", "译文；方向键逐词移动"),
    "unsure": ("= the model was unsure", "= 模型没有把握"),
    "copy": ("Copy", "复制"),
    "copy_done": ("Copied", "已复制"),
    "share": ("Share", "分享"),
    "share_done": ("Link copied", "链接已复制"),
    "clipboard_forbidden": ("The browser forbids it", "浏览器不允许"),
    "versions": ("Other versions ({count})", "其他译法（{count}）"),
    "versions_help": (
        "What the beam search also found, best first. The share is the probability that the model gave a piece of it, "
        "on average.",
        "束搜索还找到的译文，最好的在前。百分比是模型平均给每个子词的概率。",
    ),
    "versions_help_back": (
        "What the beam search also found. The share is the probability that the model gave a piece of it, on average; "
        "the one after ↩ is that of the source, when a model of the other direction reads it back. Both decide what "
        "comes first.",
        "束搜索还找到的译文。百分比是模型平均给每个子词的概率；↩ 之后是反方向的模型由它回译出原文的概率。"
        "先后由两者共同决定。",
    ),
    "examples": ("Examples", "示例"),
    "history": ("Asked before ({count})", "之前的翻译（{count}）"),
    "forget": ("Forget all", "全部清除"),
    "undo": ("Back to the one before", "回到上一次"),
    "guess": ("This looks like {language}.", "这看起来是{language}。"),
    "guess_accept": ("Translate from {language}", "从{language}翻译"),
    "lost": (
        "No answer came. Please check the connection and try again; your text is still here.",
        "没有收到回答。请检查网络后重试，你的文字还在。",
    ),
    "settings": ("Settings", "设置"),
    "beam": ("Beam size", "束宽"),
    "beam_help": (
        "How many candidate translations are kept at each step. 1 takes the likeliest piece at once; "
        "more looks further and takes longer.",
        "每一步保留多少个候选译文。1 表示立即取最可能的子词；越大看得越远，也越慢。",
    ),
    "read_back": ("Read back", "回译检查"),
    "read_back_help": (
        "A model of the other direction, if there is one, reads each candidate back; those from which your text could "
        "be told again come first.",
        "如果有反方向的模型，它会检查每个候选译文：更能由它回译出原文的排在前面。",
    ),
}

FIGURE = {
    "title_words": (
        "Which source words the model looked at for each word it wrote",
        "模型写出每个词时，注意力落在原文的哪些词上",
    ),
    "title_pieces": (
        "Which source pieces the model looked at for each piece it wrote",
        "模型写出每个子词时，注意力落在原文的哪些子词上",
    ),
    "figure_label": (
        "Heatmap of the attention; the arrow keys go from cell to cell, the table below has all numbers",
        "注意力热力图；方向键逐格移动，下方表格有全部数字",
    ),
    "sentences": ("Sentences", "句子"),
    "units": ("Show", "显示"),
    "words": ("Words", "词"),
    "pieces": ("Pieces", "子词"),
    "end": ("with </s>", "含 </s>"),
    "scale": ("Colours", "颜色"),
    "scale_linear": ("Even colours", "均匀着色"),
    "scale_log": ("Small weights too", "突出小权重"),
    "scale_threshold": ("Large weights only", "只看大权重"),
    "threshold": ("Least weight that is coloured, in per cent", "着色的最小权重（百分比）"),
    "threshold_value": ("From {share} %", "{share}% 起"),
    "legend_log": ("Colours by powers of ten: 0.1 %, 1 %, 10 %, 100 %", "按十的幂着色：0.1%、1%、10%、100%"),
    "legend_threshold": ("Weights below {share} % are left blank", "低于 {share}% 的权重留空"),
    "rule_words": (
        "Source across, target down. The model reads and writes pieces of words: here the weights of a source word's "
        "pieces are added, and the rows of a target word's pieces averaged.",
        "横向为原文，纵向为译文。模型读写的是子词：此处把原文一个词的各子词权重相加，译文一个词的各子词取平均。",
    ),
    "rule_pieces": (
        "Source across, target down, in the pieces of words that the model reads and writes.",
        "横向为原文，纵向为译文，以模型读写的子词为单位。",
    ),
    "caption": (
        "Each row adds up to 100\u00a0%. The weights show where the decoder looked, not why it wrote what it wrote. "
        "Press a word of the answer to choose another.",
        "每行之和为 100%。权重说明解码器看了哪里，而不是它为什么这样写。点按译文中的词，可以换一个词。",
    ),
    "comma": (", ", "、"),
    "read_cell": ("{target} ← {source}: {share}", "{target} ← {source}：{share}"),
    "read_target": ("{target} looked at {shares}.", "{target} 看了 {shares}。"),
    "read_sure": ("The model gave {target} a probability of {share}.", "模型给 {target} 的概率是 {share}。"),
    "read_source": ("{source} was looked at by {shares}.", "看过 {source} 的有 {shares}。"),
    "read_unseen": ("{source} was hardly looked at.", "{source} 几乎没有被看过。"),
    "table": ("The same as a table, in per cent", "以表格显示（百分比）"),
}

FILES = {
    "file": ("Translate a file", "翻译文件"),
    "file_help": (
        "Text (.txt), one column of a table (.csv, .tsv) or subtitles (.srt), up to 1 MB, in UTF-8. It comes back in "
        "the same form; nothing of it stays here.",
        "文本（.txt）、表格的一列（.csv、.tsv）或字幕（.srt），最大 1 MB，UTF-8 编码。译后格式不变，内容不会留在这里。",
    ),
    "file_choose": ("File", "文件"),
    "file_column": ("Column to translate", "要翻译的列"),
    "file_go": ("Translate the file", "翻译此文件"),
    "file_progress": ("How much is translated", "翻译进度"),
    "file_left": ("{done} of {total} lines; about {seconds} s left", "第 {done}/{total} 行，约剩 {seconds} 秒"),
    "file_done": ("{name} is saved: {total} lines.", "已保存 {name}：{total} 行。"),
    "file_broken": ("{count} could not be read and stay as they were. Line", "{count} 处无法读取，保持原样。行号"),
    "file_stopped": ("Stopped; nothing was saved.", "已停止，没有保存。"),
    "file_too_large": ("The file is larger than 1 MB. Please split it.", "文件超过 1 MB，请拆分。"),
}

CODE = {
    "code": ("Use this from code", "用代码调用"),
    "code_help": (
        "The same request from a program. The answer is one JSON object: pieces, attention, log-probabilities, "
        "alternatives. There are also /alternatives, /align, /chat and /models.",
        "用程序发出同样的请求。回答是一个 JSON 对象：子词、注意力、对数概率、候选。"
        "另有 /alternatives、/align、/chat 和 /models。",
    ),
    "language_of_code": ("Language of the code", "代码语言"),
}

EXPORT = {
    "export": ("Export", "导出"),
    "form_png": ("PNG picture", "PNG 图片"),
    "form_svg": ("SVG drawing", "SVG 矢量图"),
    "form_pdf": ("PDF page", "PDF 页面"),
    "form_html": ("HTML page that stands alone", "独立 HTML 网页"),
    "form_json": ("JSON, to be opened here again", "JSON（可在此重新打开）"),
    "form_csv": ("CSV table", "CSV 表格"),
    "form_npz": ("NumPy arrays (NPZ)", "NumPy 数组（NPZ）"),
    "form_pharaoh": ("Word links (Pharaoh)", "词对齐（Pharaoh）"),
    "form_latex": ("LaTeX drawing (TikZ)", "LaTeX 绘图（TikZ）"),
    "open": ("Open a saved JSON", "打开已保存的 JSON"),
    "open_too_large": (
        "The file is larger than 8 MB; a saved translation is smaller.",
        "文件超过 8 MB，不是保存的翻译。",
    ),
}

LANGUAGES = {
    "en": ("English", "英语"),
    "fr": ("French", "法语"),
    "de": ("German", "德语"),
    "es": ("Spanish", "西班牙语"),
    "zh": ("Chinese", "中文"),
    "letters": ("Letters", "字母"),
    "letters_backwards": ("Backwards", "倒序"),
    "dates": ("Dates", "日期"),
    "iso": ("ISO 8601", "ISO 8601"),
}

ABOUT = {
    "about": (
        "This page shows how a small neural network translates: an encoder reads the sentence, a decoder writes the "
        "answer piece by piece, and attention lets it look back at the source for every piece. The heatmap shows these "
        "looks as they were: source across, target down, strong in colour where the model looked most.",
        "本页展示一个小型神经网络如何翻译：编码器读句子，解码器逐个子词写出译文，注意力让它每写一个子词都回看原文。"
        "热力图如实显示解码器每一步看了哪里：横向为原文，纵向为译文，颜色越浓看得越多。",
    ),
    "about_chapter": ("The chapter", "教程"),
    "about_chapter_text": (
        "From the fixed context vector to attention, as a textbook tells it: every formula beside the line of this "
        "program that computes it, with what was measured here.",
        "像教科书那样，从固定的上下文向量讲到注意力：每个公式旁边都是本程序中计算它的那一行代码，并附有实测结果。",
    ),
    "about_chapter_read": ("Read the chapter", "阅读教程"),
    "chapter_back": ("Back", "返回"),
    "chapter_sections": ("Sections", "目录"),
    "chapter_wide": ("Wider than the page: it scrolls sideways", "比页面宽，可左右滚动"),
    "chapter_failed": (
        "The chapter could not be fetched. Please go back and open it again.",
        "教程未能载入。请返回后重新打开。",
    ),
    "about_limits": ("What the heatmap does not show", "热力图不能说明什么"),
    "about_limits_text": (
        "It shows where the decoder looked, not why it chose a word. What it looks at has already read its neighbours, "
        "and the decoder also follows the words that it wrote before.",
        "它说明解码器看了哪里，而不是它为什么选了某个词。被看的状态已经读过左右邻居，解码器也会顺着自己写过的词继续。",
    ),
    "about_models": ("The models", "模型"),
    "about_models_text": (
        "Small on purpose: they run on two cores without a graphics card, and make mistakes that can be looked at. "
        "Scores are measured on pairs that the model has never seen.",
        "特意做得很小：两个处理器核心、没有显卡也能运行，出的错也看得见。分数在模型从未见过的句对上测得。",
    ),
    "about_name": ("Name", "名称"),
    "about_direction": ("Direction", "方向"),
    "about_description": ("What it does", "用途"),
    "about_scores": ("Held-out score", "测试分数"),
    "about_licence": ("Licence of the data", "数据许可"),
    "about_revision": ("Revision", "修订版"),
    "about_programs": ("For programs", "供程序使用"),
    "about_programs_text": (
        "Everything here can be asked by a program too. Press “Use this from code” below a translation: it shows the "
        "request for exactly what is on the screen, for curl, Python and JavaScript.",
        "这里的一切程序也可以调用。按译文下方的“用代码调用”，就能看到与当前屏幕内容完全对应的请求，"
        "有 curl、Python 和 JavaScript。",
    ),
    "about_privacy": ("Your text", "你的文字"),
    "about_privacy_text": (
        "What you type is sent to the server of this page and to nobody else; it keeps the last answer until an hour "
        "after you leave. What you asked before is kept in this browser tab alone. A link carries its text behind "
        "the #, which no server sees.",
        "你输入的文字只发给本页的服务器；它保留最近一次的结果，最迟在你离开一小时后清除。"
        "之前的翻译只留在这个浏览器标签页里。链接中的文字在 # 之后，服务器不会看到。",
    ),
    "about_cite": ("To cite this page", "引用本页"),
    "about_cite_text": (
        "Name the model and its revision with every figure; exported files carry both.",
        "请在每张图旁注明模型及其修订版，导出的文件中都有。",
    ),
}

MODELS = {
    "models": ("Models", "模型列表"),
    "models_loading": ("{count} on the way", "{count} 个正在载入"),
    "models_failed": ("{count} not available", "{count} 个不可用"),
    "model_waiting": ("Waiting", "等待中"),
    "model_downloading": ("Downloading", "正在下载"),
    "model_ready": ("Ready", "可用"),
    "model_failed": ("Not available", "不可用"),
    "add_model": ("Add a model of the Hugging Face Hub", "添加 Hugging Face Hub 上的模型"),
    "add_model_help": (
        "One that this program made and everybody may see, such as ada/en-fr. When it is ready, choose it above.",
        "须为本程序训练并公开的模型，例如 ada/en-fr。就绪后可在上方选择。",
    ),
    "add": ("Add", "添加"),
}

TASKS = {**HEADLINE, **DIALOGUE, **SPEECH}

WORDS = {
    **HEAD,
    **TRANSLATE,
    **MODELS,
    **FIGURE,
    **FILES,
    **CODE,
    **EXPORT,
    **LANGUAGES,
    **ABOUT,
    **INSIDE,
    **COMPARE,
    **TASKS,
    **TRAIN,
}

ENGLISH, CHINESE = ({name: words[column] for name, words in WORDS.items()} for column in (0, 1))

TRANSLATIONS = gr.I18n(**{"en": ENGLISH, "zh": CHINESE, "zh-CN": CHINESE})


def word(name: str) -> Any:
    """What Gradio shows as the word called `name`, in the visitor's language; an unknown name is a KeyError."""
    return TRANSLATIONS(name) if name in WORDS else WORDS[name]

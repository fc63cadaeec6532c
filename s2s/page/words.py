"""Every word of the page, in English and in Chinese; the browser's language chooses."""

from typing import Any

import gradio as gr

WORDS = {
    # name: (English, Chinese)
    "title": ("Seq2Seq, seen", "看得见的 Seq2Seq"),
    "subtitle": (
        "A small recurrent encoder–decoder translates your sentence and shows where it looked for each word.",
        "小型循环编码器–解码器翻译你的句子，并展示它写出每个词时看了原文的哪里。",
    ),
    "model": ("Model", "模型"),
    "translate": ("Translate", "翻译"),
    "stop": ("Stop", "停止"),
    "placeholder": ("Type a sentence", "输入一句话"),
    "examples": ("Examples", "示例"),
    "attention": (
        "Which source pieces the model looked at for each piece it wrote",
        "模型写出每个子词时，注意力落在原文的哪些子词上",
    ),
    "caption": (
        "Source across, target down; each row adds up to 100 %. Point at a cell for its weight. The weights show where "
        "the decoder looked, not why it wrote what it wrote.",
        "横向为原文，纵向为译文；每行之和为 100%。指向格子可看权重。权重说明解码器看了哪里，而不是它为什么这样写。",
    ),
    "sentence": ("Sentence", "句子"),
    "settings": ("Settings", "设置"),
    "beam": ("Beam size", "束宽"),
    "beam_help": (
        "How many candidate translations are kept at each step. 1 takes the likeliest piece at once; "
        "more looks further and takes longer.",
        "每一步保留多少个候选译文。1 表示立即取最可能的子词；越大看得越远，也越慢。",
    ),
    "table": ("The same as a table, in per cent", "以表格显示（百分比）"),
    "models": ("Models", "模型列表"),
    "models_loading": ("on the way", "个正在载入"),
    "models_failed": ("not available", "个不可用"),
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
    "en": ("English", "英语"),
    "fr": ("French", "法语"),
    "letters": ("Letters", "字母"),
    "letters_backwards": ("Backwards", "倒序"),
}

ENGLISH, CHINESE = ({name: words[column] for name, words in WORDS.items()} for column in (0, 1))

TRANSLATIONS = gr.I18n(**{"en": ENGLISH, "zh": CHINESE, "zh-CN": CHINESE})


def word(name: str) -> Any:
    """What Gradio shows as the word called `name`, in the visitor's language; an unknown name is a KeyError."""
    return TRANSLATIONS(name) if name in WORDS else WORDS[name]

"""The words of the section Headline, in English and in Chinese, as in words.py."""

HEADLINE: dict[str, tuple[str, str]] = {
    # name: (English, Chinese)
    "task_headline": ("Headline", "标题"),
    "head_lead": (
        "Sum up a description of a program in one line, and see which words the model took from the text and which "
        "it wrote by itself.",
        "用一行概括一段软件介绍，并看看哪些词是模型从原文复制来的，哪些是它自己写的。",
    ),
    "head_text": ("Description, in English, up to about 100 words", "英文介绍，约 100 个词以内"),
    "head_go": ("Write a headline", "写标题"),
    "head_answer": ("Headline; the arrow keys go from word to word", "标题；方向键逐词移动"),
    "head_examples": ("Examples", "示例"),
    "head_copied": ("copied from the text", "复制自原文"),
    "head_generated": ("written by the model", "模型自己写的"),
    "head_no_copy": (
        "This model cannot copy: it wrote every word by itself.",
        "这个模型不能复制：每个词都是它自己写的。",
    ),
    "head_read": ("What of the text was looked at", "看了原文的哪些部分"),
    "head_read_help": (
        "The stronger a word's colour, the more it was looked at in all (its coverage). Point at a word of the "
        "headline to see what it looked at.",
        "颜色越浓，这个词总共被看得越多（覆盖度）。指向标题中的词，可以看到写它时看了哪里。",
    ),
    "head_word_copied": (
        "{word}: {share} of its probability was copied, from {places}.",
        "{word}：{share} 的概率来自复制，复制自 {places}。",
    ),
    "head_word_mixed": (
        "{word}: {share} of its probability was copied, the rest written.",
        "{word}：{share} 的概率来自复制，其余是自己写的。",
    ),
    "head_word_generated": ("{word} was written, not copied.", "{word} 是自己写的，不是复制的。"),
    "head_word_read": ("{word} was looked at {times} times in all.", "{word} 总共被看了 {times} 次。"),
    "head_figure": (
        "Which words of the text the model looked at for each word of the headline",
        "模型写出标题的每个词时，注意力落在原文的哪些词上",
    ),
    "head_limits": (
        "A small model that learnt from descriptions of free software. It knows no facts: what it writes may be wrong. "
        "A copied word is one that it pointed at; a written one may stand in the text too.",
        "这是一个从自由软件介绍中学习的小模型。它不掌握事实，写出的内容可能有错。复制来的词是它指向的词；自己写的词也可能在原文中出现。",
    ),
    "head_count": ("{count} of {most} characters", "{count} / {most} 个字符"),
    "head_busy": ("Reading …", "正在阅读……"),
}

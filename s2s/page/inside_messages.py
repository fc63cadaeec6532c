"""What a visitor is told in the tab Look inside when something is wrong: the Chinese forms (see messages)."""

INSIDE_FORMS = {
    # An English sentence with {} where something varies: its Chinese form, the same in the same order.
    "There is no sentence yet. Please type one and press the button.": "还没有句子。请输入一句并按按钮。",
    "There are {} translations already. Please begin anew with the sentence.": "已有 {} 个译文。请从原句重新开始。",
    "There is no branch {}: they are numbered from 0 to {}.": "没有第 {} 号译文：编号从 0 到 {}。",
    "Nothing of this can be written by the model. Please type a word.": "模型写不出其中任何内容。请输入一个词。",
    "These weights are those that the model used. Please change some of them.": (
        "这些正是模型所用的权重。请改动其中一些。"
    ),
    "These are the only source words that the model looks at here: without them nothing is left.": (
        "模型在这里只看这些原文词：去掉之后什么也不剩。"
    ),
    "This model has no attention: there are no weights to change.": "这个模型没有注意力：没有可改的权重。",
    "This model has no attention to be compared. Please take another one.": (
        "这个模型没有可比较的注意力。请换一个模型。"
    ),
    "This sentence has {} pieces on a side; at most {} can be explained. Please shorten it.": (
        "这句话一侧有 {} 个子词，最多能解释 {} 个。请缩短。"
    ),
    "There are no sentences linked by hand for the languages of this model. Please take another one.": (
        "这个模型的语言没有人工对齐的句子。请换一个模型。"
    ),
    "This model's translations are too long to be explained. Please take another one.": (
        "这个模型的译文太长，无法解释。请换一个模型。"
    ),
    "There is no tree: search with `tree` and a beam, without a given target.": (
        "没有搜索树：请启用 `tree` 并用束搜索，且不要指定译文。"
    ),
}

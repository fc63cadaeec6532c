"""The words of the section Dialogue, in English and in Chinese, as in words.py; and its messages, as in messages.py."""

DIALOGUE: dict[str, tuple[str, str]] = {
    # name: (English, Chinese)
    "task_dialogue": ("Dialogue", "对话"),
    "talk_lead": (
        "Talk with a small model, and see which words it looked at for each word of its answer: yours, and those of "
        "its own answer before.",
        "和一个小模型聊聊，看看它写出回答的每个词时看了哪些词：你说的，以及它自己上一个回答里的。",
    ),
    "talk_log": ("Conversation", "对话内容"),
    "talk_you": ("You", "你"),
    "talk_model": ("Model", "模型"),
    "talk_look": ("Where it looked", "看了哪里"),
    "talk_looked": ("Shown below", "见下方"),
    "talk_empty": ("Nothing has been said yet.", "还没有说话。"),
    "talk_text": ("Your turn, in English", "用英语说一句"),
    "talk_send": ("Send", "发送"),
    "talk_over": ("Start over", "重新开始"),
    "talk_count": ("{count} of {most} characters", "{count} / {most} 个字符"),
    "talk_full": (
        "This conversation has {most} turns, which is the most. Start over to go on.",
        "这段对话已有 {most} 句，达到上限。请重新开始。",
    ),
    "talk_busy": ("Answering …", "正在回答……"),
    "talk_how": ("How it answers", "回答方式"),
    "talk_beam": ("the likeliest answer", "最可能的回答"),
    "talk_sample": ("drawn by chance", "随机抽取"),
    "talk_how_help": (
        "The likeliest answer is found by beam search, and is always the same. Drawn by chance, the model may answer "
        "otherwise every time.",
        "最可能的回答由束搜索找到，每次都一样。随机抽取时，模型每次的回答可能不同。",
    ),
    "talk_temperature": ("Temperature", "温度"),
    "talk_temperature_help": (
        "Below 1 it keeps to likely words, above 1 it dares more.",
        "低于 1 时更偏向可能的词，高于 1 时更大胆。",
    ),
    "talk_top_p": ("Top-p", "核采样（Top-p）"),
    "talk_top_p_help": (
        "Words are drawn from the likeliest ones only, which together have this share of the probability.",
        "只从最可能的词中抽取，它们的概率之和达到这个比例。",
    ),
    "talk_read": ("What it read", "它读到的"),
    "talk_read_help": (
        "Before the ⏎ stands its answer before, behind it what you said. Point at a word to see what belongs to it.",
        "⏎ 之前是它的上一个回答，之后是你说的话。指向一个词，可以看到与它对应的部分。",
    ),
    "talk_answer": ("What it answered; the arrow keys go from word to word", "它的回答；方向键逐词移动"),
    "talk_figure": (
        "Which words the model looked at for each word of the answer",
        "模型写出回答的每个词时，注意力落在哪些词上",
    ),
    "talk_limits": (
        "A small model that learnt from some hundred thousand turns of bookings, searches and small talk in English. "
        "It knows no facts: restaurants, prices and times are made up, and it books nothing. It reads your turn and "
        "its own answer before, and has forgotten all that was said earlier. This browser tab alone keeps the "
        "conversation, until it is closed or loaded again.",
        "这是一个小模型，从大约十万句英语的预订、查询和闲聊中学习而来。它不掌握任何事实：餐馆、价格和时间都是编造的，"
        "它也不会真的预订。它只读你这句话和它自己的上一个回答，更早的内容都已忘记。对话只保存在这个浏览器标签页中，关闭或刷新后即消失。",
    ),
}

DIALOGUE_FORMS = {
    "There is no model of dialogues here.": "这里没有对话模型。",
    "There are no words to answer. Please say something in words.": "没有可以回答的词语。请用文字说一句。",
    "The model {} answers no turns of dialogues. Please ask it by /translate.": (
        "模型 {} 不是对话模型。请用 /translate 调用它。"
    ),
    "A dialogue must have {} to {} turns, got {}.": "对话应有 {} 到 {} 句，得到的是 {} 句。",
    "The model found no end and was stopped after {} pieces. The answer is hardly right; please say it in other "
    "words.": ("模型没有写完，在 {} 个子词后被停止。回答很可能不对，请换个说法。"),
    "With the answer before it, this has {} pieces; the model was trained on at most {}. "
    "What is shorter is answered better.": (
        "连同上一个回答，这里有 {} 个子词，而模型训练时最多见过 {} 个。越短回答得越好。"
    ),
    "The model has not learnt these characters, and knows no words that have them: {}": (
        "模型没有学过这些字符，也不认识含有它们的词：{}"
    ),
    "The answer says the same several times. Please say it in other words.": "回答重复了多次。请换个说法。",
}

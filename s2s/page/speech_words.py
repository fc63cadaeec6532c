"""The words of the section Speech, and what a visitor is told there, in English and in Chinese, as in words.py."""

SPEECH: dict[str, tuple[str, str]] = {
    # name: (English, Chinese)
    "tab_tasks": ("More tasks", "更多任务"),
    "task_speech": ("Speech", "语音"),
    "speech_lead": (
        "Say some English digits, such as “three seven one”. The model reads the sound like a sentence: its source "
        "words are moments, and the attention shows to which of them it listened for each word.",
        "用英语说几个数字，例如 “three seven one”。模型像读句子一样读声音：原文的“词”是一个个瞬间，"
        "注意力显示它写每个词时在听哪里。",
    ),
    "speech_record": ("Record", "录音"),
    "speech_stop": ("Stop ({seconds} s)", "停止（{seconds} 秒）"),
    "speech_upload": ("Choose a sound file", "选择声音文件"),
    "speech_upload_help": (
        "wav, flac, ogg or mp3, at most 30 seconds. The sound is sent to this server, listened to, and not kept.",
        "wav、flac、ogg 或 mp3，最长 30 秒。声音会发到本服务器，识别后不保留。",
    ),
    "speech_sample": ("Sample {number}", "样例 {number}"),
    "speech_play": ("Play", "播放"),
    "speech_pause": ("Pause", "暂停"),
    "speech_answer": ("What was heard: press a word to hear its stretch", "听到的内容：按一个词，听它那一段"),
    "speech_figure": (
        "The sound over time, and beneath it where the model listened for each word",
        "声音随时间的变化；下方是模型写每个词时在听的地方",
    ),
    "speech_figure_help": (
        "Above: how much there is of each pitch (log-mel spectrogram). Below: a row for each word; the stronger the "
        "colour, the more attention. In training the attention was guided towards the right recording, since the "
        "strings are joined from single ones.",
        "上图：各频率的强弱（对数梅尔频谱图）。下图：每个词一行，颜色越浓注意力越大。"
        "训练用的数字串由单个录音拼接而成，所以训练时引导注意力指向正确的录音。",
    ),
    "speech_listening": ("Listening …", "正在听……"),
    "speech_forbidden": (
        "The browser gives no microphone: allow it for this page, or choose a file.",
        "浏览器没有提供麦克风：请允许本页使用，或选择文件。",
    ),
    "speech_too_large": ("The file is too large. Please cut it.", "文件太大，请剪短。"),
    "speech_small_model": (
        "A small model of six voices from the Free Spoken Digit Dataset (CC BY-SA 4.0), which knows ten words and no "
        "others; a voice that it never heard is understood less well.",
        "小模型，只学过 Free Spoken Digit Dataset（CC BY-SA 4.0）中六个人的声音，只认识十个词；"
        "没听过的声音识别得差一些。",
    ),
    "speech_table": ("The words with their times", "各词及其时间"),
    "speech_word": ("word", "词"),
    "speech_from": ("from", "起"),
    "speech_to": ("to", "止"),
    "speech_sure": ("probability", "概率"),
}

SPEECH_FORMS = {
    # An English sentence with {} where something varies: its Chinese form, the same in the same order.
    "{} cannot be read as sound ({}). Please give a wav, flac, ogg or mp3 file of at most {} seconds.": (
        "{} 无法作为声音读取（{}）。请提供 wav、flac、ogg 或 mp3 文件，最长 {} 秒。"
    ),
    "{} is longer than {} seconds. Please cut it.": "{} 超过 {} 秒，请剪短。",
    "{} lasts {} seconds; at least {} are needed for a word. Please record a little longer.": (
        "{} 只有 {} 秒；一个词至少需要 {} 秒。请录得长一点。"
    ),
    "There is nothing to be heard in {}. Is the microphone on? Please speak louder.": (
        "{} 里听不到声音。麦克风打开了吗？请大声一点。"
    ),
    "{} has {} samples a second; {} to {} are taken. Please save it with 16,000 or 44,100.": (
        "{} 每秒 {} 个采样；可用 {} 到 {}。请另存为 16,000 或 44,100。"
    ),
    "{} holds samples that are no numbers. Please record it again.": "{} 含有不是数字的采样，请重新录音。",
    "The sound file is larger than {} MB. Please cut it.": "声音文件大于 {} MB，请剪短。",
    "There is no model for speech here.": "这里没有语音模型。",
    "There is no sample {}.": "没有样例 {}。",
    "The request must hold a sound.": "请求里必须有声音。",
    "The model found no end and was stopped. What it wrote is hardly right.": (
        "模型没有找到结尾，被停止了。它写的内容多半不对。"
    ),
    "This sound lasts {} seconds; the model was trained on at most {}. Shorter ones are heard better.": (
        "这段声音长 {} 秒；模型训练时最长 {} 秒。短一些识别得更好。"
    ),
    "The model is unsure: it gave what it wrote a probability of {} on average. Is it what it was trained for, and is "
    "there little noise?": "模型没有把握：平均概率只有 {}。说的是它学过的词吗？噪声小吗？",
}

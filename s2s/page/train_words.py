"""The words of the screen Train, in English and in Chinese, as in words.py."""

TRAIN: dict[str, tuple[str, str]] = {
    # name: (English, Chinese)
    "train_lead": (
        "Train a small model here and watch it learn where to look: attention begins as grey and ends as a pattern.",
        "在这里训练一个小模型，看它怎样学会该看哪里：注意力从一片灰开始，最后成为清晰的图案。",
    ),
    # What is trained
    "train_toy": ("Task", "任务"),
    "train_toy_reverse": ("Reverse a word", "倒写单词"),
    "train_toy_sort": ("Sort letters", "字母排序"),
    "train_toy_copy": ("Copy without the noise", "去噪复制"),
    "train_toy_dates": ("Dates to ISO 8601", "日期转 ISO 8601"),
    "train_toy_reverse_help": (
        "Letters are written from the last to the first; the right heatmap is the anti-diagonal.",
        "从最后一个字母写到第一个；正确的热力图是反对角线。",
    ),
    "train_toy_sort_help": (
        "Letters are written in the order of the alphabet; the right heatmap has one strong cell in each row and "
        "column.",
        "按字母表顺序写出字母；正确的热力图每行每列各有一个高亮格。",
    ),
    "train_toy_copy_help": (
        "Letters are copied and the digits between them left out; the right heatmap is a staircase with gaps.",
        "照抄字母，略去夹杂的数字；正确的热力图是跳过数字的阶梯。",
    ),
    "train_toy_dates_help": (
        "Dates in English, French, German, Spanish and Chinese become year-month-day.",
        "英、法、德、西、中文的日期写成“年-月-日”。",
    ),
    "train_cell": ("Cell", "循环单元"),
    "train_attention": ("Attention", "注意力"),
    "train_attention_none": ("none", "无"),
    "train_size": ("Size", "大小"),
    "train_size_small": ("Small", "小"),
    "train_size_medium": ("Medium", "中"),
    "train_size_large": ("Large", "大"),
    "train_go": ("Train", "训练"),
    "train_stop": ("Stop", "停止"),
    "train_resume": ("Go on", "继续"),
    "train_choose_help": (
        "It stops by itself after {seconds} seconds of one processor core or {minutes} minutes, and can then go on. "
        "Without attention, one fixed vector must hold the whole source.",
        "用满一个处理器核心 {seconds} 秒或历时 {minutes} 分钟后自动停止，之后可以继续。"
        "没有注意力时，整个原文都要装进一个固定向量。",
    ),
    "train_off": (
        "On this server nobody can train; what you see was trained before. Run the page yourself to train your own.",
        "此服务器不能训练，下面是之前训练的记录。自己运行本页即可训练。",
    ),
    # How far it is
    "train_before": (
        "Trained before, to show what comes: {parameters} parameters, {updates} updates.",
        "预先训练的示例：{parameters} 个参数，{updates} 次更新。",
    ),
    "train_waiting_next": ("Waiting: yours is next.", "等待中：下一个就是你。"),
    "train_waiting": ("Waiting: {place} before yours.", "等待中：前面还有 {place} 个。"),
    "train_starting": ("Getting ready: making the pairs.", "准备中：正在生成训练数据。"),
    "train_training": (
        "Learning: update {done} of {updates}, {seconds} s, {parameters} parameters.",
        "学习中：第 {done}/{updates} 次更新，{seconds} 秒，{parameters} 个参数。",
    ),
    "train_finishing": ("Writing the model and testing it.", "正在保存并测试模型。"),
    "train_stopped": (
        "Stopped after {done} of {updates} updates. It can go on, and be tried below.",
        "在第 {done}/{updates} 次更新后停止。可以继续，也可以在下面试用。",
    ),
    "train_finished": (
        "Trained: {updates} updates in {seconds} s, {parameters} parameters. Try it below.",
        "训练完成：{updates} 次更新，{seconds} 秒，{parameters} 个参数。可在下面试用。",
    ),
    "train_failed": ("The training ended in vain. Please begin a new one.", "训练没有结果就结束了，请重新开始。"),
    "train_gone": (
        "Your training is no longer on the server: it was left alone for long, made room for others, or the server "
        "began anew. Here is the example again.",
        "服务器上已没有你的训练：它长时间无人查看、为其他训练腾出了位置，或服务器已重启。这里重新显示示例。",
    ),
    "train_lost": (
        "No answer came. Please check the connection; the page asks again.",
        "没有收到回答。请检查网络；页面会再次询问。",
    ),
    # What is watched
    "train_source": ("Example", "示例"),
    "train_target": ("Written by the model", "模型写出"),
    "train_heat": (
        "Where the model looked for each letter it wrote",
        "模型写出每个字符时看的位置",
    ),
    "train_heat_help": (
        "Source across, written text down; each row adds up to 100 %. The example is never trained on.",
        "横向为原文，纵向为写出的文字；每行之和为 100%。这个示例不在训练数据中。",
    ),
    "train_curve": ("How it learns", "学习过程"),
    "train_curve_label": (
        "Loss and share of right answers over the updates",
        "随更新次数变化的损失与正确率",
    ),
    "train_loss": ("Loss", "损失"),
    "train_exact": ("Right answers", "正确率"),
    "train_updates": ("Updates", "更新次数"),
    "train_curve_help": (
        "Loss: how surprised the model is by a right letter, in nats, by powers of ten. Right answers: words without "
        "any fault, of 100 that were held out.",
        "损失：模型对正确字符的意外程度（奈特），按十的幂显示。正确率：100 个留出的例子中完全正确的比例。",
    ),
    "train_slider": ("Moment of the training", "训练的时刻"),
    "train_moment": (
        "After {updates} updates: loss {loss}, {exact} right",
        "{updates} 次更新后：损失 {loss}，正确 {exact}",
    ),
    "train_moment_start": ("Before the first update", "第一次更新之前"),
    "train_moment_loss": ("After {updates} updates: loss {loss}", "{updates} 次更新后：损失 {loss}"),
    # What it can do
    "train_lengths": ("Right answers by length", "不同长度的正确率"),
    "train_lengths_label": ("Share of right answers for strings of each length", "各长度字符串的正确率"),
    "train_length": ("Letters", "字母数"),
    "train_lengths_own": ("this model", "这个模型"),
    "train_lengths_none": ("without attention", "无注意力"),
    "train_lengths_with": ("with attention", "有注意力"),
    "train_lengths_help": (
        "{tried} new strings of each length. Right of the line they are longer than any that was trained on.",
        "每种长度 {tried} 个新字符串。竖线右侧比训练过的都长。",
    ),
    "train_lengths_dotted": (
        "Dotted: a small GRU that was trained before, with as many updates.",
        "虚线：预先以同样多的更新次数训练的小型 GRU。",
    ),
    "train_test": ("{exact} of {pairs} held-out examples right.", "{pairs} 个留出例子中 {exact} 正确。"),
    "train_samples": ("Some of the held-out examples", "部分留出的例子"),
    "train_given": ("Given", "输入"),
    "train_written": ("Written", "写出"),
    "train_right": ("Right", "正确答案"),
    "train_is_right": ("right", "正确"),
    "train_is_wrong": ("wrong", "错误"),
    # The visitor's own model
    "train_try": ("Type into the model you trained", "用你训练的模型"),
    "train_try_go": ("Write", "写出"),
    "train_try_label": ("Text for the model", "给模型的文字"),
    "train_try_right": ("That is right.", "正确。"),
    "train_try_wrong": ("Right would be {right}", "正确答案是 {right}"),
    "train_download": ("Download the model (.zip)", "下载模型（.zip）"),
    "train_push": (
        "The zip holds a checkpoint folder. To use it, or to push it to the Hugging Face Hub:",
        "压缩包内是一个检查点文件夹。使用它，或上传到 Hugging Face Hub：",
    ),
    "train_privacy": (
        "Your training runs in a process of its own and is seen by you alone; it ends when you close the page, and its "
        "files are deleted.",
        "你的训练在单独的进程中运行，只有你能看到；关闭页面后它就结束，文件被删除。",
    ),
}

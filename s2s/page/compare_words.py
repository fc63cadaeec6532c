"""The words of the screen Compare, in English and in Chinese, as in words.py; and the Chinese forms of its messages."""

COMPARE: dict[str, tuple[str, str]] = {
    # name: (English, Chinese)
    "compare_lead": (
        "Two models read the same sentence: see where their words part, and whether they looked at the same place.",
        "两个模型读同一句话：看它们的用词从哪里分开，写的时候是否看着同一个地方。",
    ),
    "compare_go": ("Compare", "比较"),
    "compare_one": ("First model", "第一个模型"),
    "compare_other": ("Second model", "第二个模型"),
    "compare_beam": ("Beam", "束宽"),
    "compare_beam_of": ("Beam size of: {name}", "束宽：{name}"),
    "compare_grid_models": ("Small models of the grid", "网格中的小模型"),
    "compare_help": (
        "Bold and underlined: the other translation has another word there. Dotted: the model was unsure. "
        "Point at a word or a cell to follow it in both.",
        "粗体加下划线：另一个译文在那里用了别的词。点线：模型没有把握。指向一个词或格子，两边会同时标出。",
    ),
    "compare_answer": ("Translation by {name}", "{name} 的译文"),
    "compare_heat": ("Where {name} looked", "{name} 看的位置"),
    "compare_facts": (
        "{milliseconds} ms · {parameters} M parameters · sure of a piece: {probability}",
        "{milliseconds} 毫秒 · {parameters} 百万参数 · 每个子词的平均把握：{probability}",
    ),
    "compare_bleu": ("BLEU on its own test: {bleu}", "在自己的测试集上 BLEU {bleu}"),
    "compare_none": (
        "No attention: one fixed vector tells the decoder all that it knows of the sentence, so there is no place "
        "that it looks at.",
        "没有注意力：解码器对整句话的了解只来自一个固定向量，所以没有“看的位置”。",
    ),
    "compare_which": ("Which sentence is drawn", "画出哪一句"),
    # A test set
    "compare_test": ("A test set of yours", "你的测试集"),
    "compare_test_lead": (
        "Which of the two is better on your sentences, and is the difference more than chance?",
        "在你的句子上哪一个更好？差别是不是偶然？",
    ),
    "compare_test_help": (
        "A TSV file with source, tab, reference on each line; or two text files with a sentence on each line. Up to "
        "{pairs} pairs and 1 MB, in UTF-8. Nothing of it stays here.",
        "TSV 文件，每行为原文、制表符、参考译文；或两个文本文件，每行一句。最多 {pairs} 对、1 MB，UTF-8 编码。"
        "内容不会留在这里。",
    ),
    "compare_test_source": ("TSV, or sources", "TSV，或原文"),
    "compare_test_reference": ("References, if apart", "参考译文（若另存）"),
    "compare_test_go": ("Score both", "给两者评分"),
    "compare_test_progress": ("How much is translated", "翻译进度"),
    "compare_test_left": ("{done} of {total} pairs; about {seconds} s left", "第 {done}/{total} 对，约剩 {seconds} 秒"),
    "compare_test_waits": (
        "Waiting for another test set to end; then yours begins by itself.",
        "正在等待另一个测试集完成，之后会自动开始评你的。",
    ),
    "compare_test_stopped": ("Stopped.", "已停止。"),
    "compare_test_too_large": (
        "These files are larger than 1 MB. Please take fewer pairs.",
        "文件超过 1 MB，请减少句对。",
    ),
    "compare_metric": ("Score", "分数"),
    "compare_p": ("p", "p"),
    "compare_verdict_yes": (
        "By {metric}, {name} is better, and chance alone would hardly make such a difference (p < 0.05).",
        "按 {metric}，{name} 更好，而且偶然很难造成这样的差别（p < 0.05）。",
    ),
    "compare_verdict_no": (
        "By {metric}, the difference may be chance (p ≥ 0.05): more sentences would tell.",
        "按 {metric}，差别可能是偶然的（p ≥ 0.05）：需要更多句子才能判断。",
    ),
    "compare_wins": (
        "Sentence by sentence (chrF): {one} better {wins} times, {other} better {losses} times, alike {ties} times.",
        "逐句比较（chrF）：{one} 更好 {wins} 次，{other} 更好 {losses} 次，相同 {ties} 次。",
    ),
    "compare_largest": ("Where {name} is better by most", "{name} 领先最多的句子"),
    "compare_reference": ("reference", "参考译文"),
    "compare_download": ("Download all rows (CSV)", "下载全部行（CSV）"),
    "compare_test_note": (
        "± is half of the 95 % bootstrap band; p comes from paired bootstrap resampling (sacreBLEU, 1,000 resamples).",
        "± 为 95 % 自助法置信区间的一半；p 来自配对自助重采样（sacreBLEU，1000 次）。",
    ),
    # Twins
    "compare_twin": ("The twin: with and without attention", "孪生模型：有注意力与没有注意力"),
    "compare_twin_lead": (
        "The textbook says that one fixed vector loses long sentences. These two models differ in nothing but that.",
        "教科书说：一个固定向量记不住长句。这两个模型只在这一点上不同。",
    ),
    "compare_twin_which": ("Which attention", "哪一种注意力"),
    "compare_twin_try": ("Give both my sentence", "让两者翻译我的句子"),
    "compare_twin_label": ("BLEU by the length of the source", "不同原文长度的 BLEU"),
    "compare_twin_help": (
        "BLEU by words of the source, with 95 % bands. Dotted: the length of the sentence above, or of the "
        "longest. Of {sentences} test pairs, {joined} were made by joining held-out pairs, since few sentences of this "
        "corpus are long.",
        "按原文词数统计的 BLEU 和 95 % 置信区间。点线：上面那句话的长度，有多句时取最长的一句。"
        "{sentences} 个测试句对中有 {joined} 个由多个测试句对连接而成，因为语料中长句很少。",
    ),
    "compare_twin_download": ("Download the figures (CSV)", "下载数据（CSV）"),
    # The grid
    "compare_grid": ("The grid: every cell with every attention", "网格：每种单元配每种注意力"),
    "compare_grid_lead": (
        "The same data, size and number of updates: what does the kind of cell change, and what the kind of attention?",
        "数据、大小和更新次数都相同：单元的种类改变什么？注意力的种类又改变什么？",
    ),
    "compare_grid_go": ("Send my sentence through all", "让所有模型翻译我的句子"),
    "compare_grid_first": (
        "Of these {count} sentences only the first goes through all: {sentence}",
        "共 {count} 句，只把第一句交给所有模型：{sentence}",
    ),
    "compare_grid_stop": ("Stop", "停止"),
    "compare_grid_heat": ("{name}: source across, translation down", "{name}：横向原文，纵向译文"),
    "compare_grid_fixed": ("fixed vector: nothing to look at", "固定向量：没有可看的位置"),
    "compare_grid_table": ("Press the head of a column to sort", "按列标题排序"),
    "compare_model": ("Model", "模型"),
    "compare_aer": ("AER, %", "AER，%"),
    "compare_parameters": ("Parameters", "参数"),
    "compare_ms": ("ms", "毫秒"),
    "compare_minutes": ("Minutes of training", "训练时间（分钟）"),
    "compare_seed": ("Seed", "种子"),
    "compare_grid_help": (
        "BLEU on {pairs} held-out pairs; AER, the alignment error rate, on {gold} pairs that people linked (less is "
        "better); ms for one sentence where it was measured.",
        "BLEU 在 {pairs} 个测试句对上测得；AER（对齐错误率）在 {gold} 个人工对齐的句对上测得，越小越好；"
        "毫秒为测量时翻译一句的时间。",
    ),
    # How attention arises
    "compare_emergence": ("How attention arises: one model as it learns", "注意力如何产生：一个模型的学习过程"),
    "compare_emergence_lead": (
        "At first the decoder looks everywhere alike. Nobody tells it where to look: move the slider and see it find "
        "out.",
        "起初解码器处处看得一样多。没有人告诉它该看哪里；拖动滑块，看它如何自己学会。",
    ),
    "compare_emergence_which": ("Which sentence", "哪一句"),
    "compare_emergence_slider": ("Moment of the training", "训练中的时刻"),
    "compare_emergence_moment": (
        "{updates} updates · loss {loss} · BLEU {bleu}",
        "更新 {updates} 次 · 损失 {loss} · BLEU {bleu}",
    ),
    "compare_emergence_curve": ("Loss and BLEU", "损失与 BLEU"),
    "compare_emergence_curve_label": ("Loss and BLEU of the model by updates", "模型的损失与 BLEU 随更新次数的变化"),
    "compare_emergence_help": (
        "A training of {name}, {updates} updates, looked at {moments} times. Loss on {pairs} pairs that it does not "
        "learn from, in nats a piece; BLEU of greedy translations of {translated} of them. The sentences are in no "
        "training pair.",
        "{name} 的一次训练，更新 {updates} 次，共观察 {moments} 次。损失在 {pairs} 个不参与训练的句对上测得，"
        "单位为 nat/子词；BLEU 为其中 {translated} 句的贪心译文的得分。这些句子不在训练句对中。",
    ),
    # Teacher forcing
    "compare_exposure": ("Teacher forcing: what becomes of a mistake", "教师强制：写错一个词之后"),
    "compare_exposure_lead": (
        "In training a decoder is fed the right words, in use its own. These three models differ in nothing but what "
        "they were fed: how does each go on after a mistake?",
        "训练时喂给解码器的是正确的词，推理时却是它自己写的词。这三个模型只在喂的内容上不同：写错之后，它们各自怎样接下去？",
    ),
    "compare_exposure_go": ("Give all three my sentence", "让三者翻译我的句子"),
    "compare_exposure_back": ("The example", "看示例"),
    "compare_exposure_right": ("The right translation", "正确的译文"),
    "compare_exposure_press": (
        "Press a word of a translation to feed another one in its place.",
        "按译文中的一个词，换成另一个词喂给模型。",
    ),
    "compare_exposure_instead": ("Instead of “{word}”:", "不用“{word}”，而用："),
    "compare_exposure_others": ("Words that the model could write there", "模型在那里可能写的词"),
    "compare_exposure_feed": ("Feed it to all three", "喂给三个模型"),
    "compare_exposure_always": ("fed the right piece, always", "总是喂正确的子词"),
    "compare_exposure_half": ("half of it its own pieces", "一半是它自己写的子词"),
    "compare_exposure_scheduled": ("ever more of its own (scheduled sampling)", "自己写的越来越多（计划采样）"),
    "compare_exposure_bleu": ("BLEU {bleu} ± {band}", "BLEU {bleu} ± {band}"),
    "compare_exposure_next": ("should follow", "应接的词"),
    "compare_exposure_after_right": ("after the right word", "正确的词之后"),
    "compare_exposure_after_wrong": ("after the mistake", "错误之后"),
    "compare_exposure_mean": ("on average", "平均"),
    "compare_exposure_help": (
        "Pale: what was fed. Underlined: the mistake. Then what the model writes by itself. The bars say how likely it "
        "finds each word that should follow, if all others before it are right (teacher forcing); ⏎ is the end.",
        "浅色：喂进去的词；下划线：错误；其后是模型自己写的。条形表示在其余词都正确时（教师强制），模型认为每个应接的词有"
        "多大可能；⏎ 为结尾。",
    ),
    "compare_exposure_curve": ("Measured on {pairs} held-out pairs", "在 {pairs} 个测试句对上测得"),
    "compare_exposure_measure": ("What was measured", "测量什么"),
    "compare_exposure_own": ("Fed its own pieces", "喂自己写的子词"),
    "compare_exposure_mistake": ("After one mistake", "一个错误之后"),
    "compare_exposure_label": ("The right piece, by place, for each model", "各模型在每个位置上的正确子词比例"),
    "compare_exposure_own_right": ("fed the right pieces", "喂正确的子词"),
    "compare_exposure_own_other": ("fed its own pieces", "喂自己写的子词"),
    "compare_exposure_own_across": ("place in the target", "译文中的位置"),
    "compare_exposure_own_up": ("right pieces", "正确的子词"),
    "compare_exposure_mistake_right": ("after the right piece", "正确的子词之后"),
    "compare_exposure_mistake_other": ("after a wrong piece", "错误的子词之后"),
    "compare_exposure_mistake_across": ("pieces later", "之后第几个子词"),
    "compare_exposure_mistake_up": ("probability of the right piece", "正确子词的概率"),
    "compare_exposure_loss": (
        "{name} {loss} ({low} to {high}), from {right} to {other} %",
        "{name} {loss}（{low} 至 {high}），从 {right} 到 {other} %",
    ),
    "compare_exposure_own_told": (
        "Points lost by being fed its own pieces, all places together, with 95 % bands: {losses}. Part of it is no "
        "mistake: another good translation, or the same one place later, counts as wrong too. And who knows less after "
        "right pieces has less to lose: the smaller loss is the better model only if the lower line is higher too.",
        "喂自己写的子词所下降的百分点（所有位置合计，95 % 置信区间）：{losses}。其中一部分并不是错误：另一种好译文，"
        "或错后一个位置的同样译文，也算作错。而且在正确的子词之后知道得少，可失去的也少：只有下面那条线也更高，失去得少才"
        "说明模型更好。",
    ),
    "compare_exposure_mistake_told": (
        "Points of probability lost behind the piece that the model is likeliest to get wrong there, all places "
        "together, with 95 % bands: {losses}.",
        "在模型自己最可能写错的子词之后概率下降的百分点（所有位置合计，95 % 置信区间）：{losses}。",
    ),
}

COMPARE_FORMS = {
    # An English sentence with {} where something varies: its Chinese form, the same in the same order.
    "These models read different languages: {} reads {}, {} reads {}. Please choose two that read the same one.": (
        "两个模型读的语言不同：{} 读 {}，{} 读 {}。请选择原文语言相同的两个。"
    ),
    "These models write different languages: {} writes {}, {} writes {}. One reference cannot serve both; please "
    "choose two that write the same one.": (
        "两个模型写的语言不同：{} 写 {}，{} 写 {}。一份参考译文不能同时用于两者，请选择译文语言相同的两个。"
    ),
    "The test set has {} bytes; at most {} are taken. Please take fewer pairs.": (
        "测试集有 {} 字节，最多 {}。请减少句对。"
    ),
    "The test set has {} pairs; at most {} are taken. Please take fewer.": "测试集有 {} 对，最多 {} 对。请减少。",
    "The two files do not belong together: {} sources and {} references.": (
        "两个文件不匹配：{} 行原文，{} 行参考译文。"
    ),
    "Line {} of the test set has no source, tab and reference.": "测试集第 {} 行缺少原文、制表符或参考译文。",
    "Line {} of the test set has more than {} characters.": "测试集第 {} 行超过 {} 个字符。",
    "This page has no training with a sentence {}.": "此页面没有含第 {} 句的训练过程。",
    "This page has no grid of models.": "此页面没有模型网格。",
    "There is no model {} in the grid. Please choose one of: {}.": "网格中没有模型 {}。请选择：{}。",
    "There is no twin {} that was measured by length. Those that were: {}.": (
        "没有按长度测量过的孪生模型 {}。测量过的有：{}。"
    ),
    "This page has no models that were fed differently.": "此页面没有以不同输入方式训练的模型。",
    "Please ask for one of {}; got {}.": "请从 {} 中选择一种；收到 {}。",
    "The translation has no word {}.": "译文没有第 {} 个词。",
}

"""The words of the screen Look inside, in English and in Chinese, as in words.py."""

INSIDE: dict[str, tuple[str, str]] = {
    # name: (English, Chinese)
    "inside_lead": (
        "Take one sentence apart: give the model another word or other weights, and see what it does then.",
        "把一句话拆开来看：换一个词，或改动注意力权重，看模型接着会怎么写。",
    ),
    "inside_go": ("Look inside", "拆开看"),
    "inside_sentence": ("Which sentence of the text", "文中的哪一句"),
    "inside_bad_link": (
        "This link is damaged. Please type the sentence instead.",
        "链接已损坏。请直接输入句子。",
    ),
    # Another word
    "inside_translation": ("Translation: press a word", "译文：按一个词"),
    "inside_press": (
        "Press a word to see what else could stand there; the model goes on from your choice. "
        "A dotted line: here the model was unsure.",
        "按一个词，看看这里还能写什么；选好后模型从那里接着写。虚线：模型在这里拿不准。",
    ),
    "inside_instead": ("Instead of “{word}” the model could write:", "“{word}”之外，模型还可能写："),
    "inside_instead_unlikely": (
        "“{word}” is not among the ten likeliest; these are:",
        "“{word}”不在最可能的十个之中；最可能的是：",
    ),
    "inside_typed": ("Or type a word:", "或输入一个词："),
    "inside_write": ("Write it", "写入"),
    "inside_unsure": ("Here the model was unsure", "模型在这里拿不准"),
    "inside_end": ("(end)", "（结束）"),
    "inside_tree": ("Translations so far", "目前的译文"),
    "inside_branch_own": ("the model's own", "模型自己的译文"),
    "inside_branch_word": ("another word for “{at}”", "“{at}”换了词"),
    "inside_branch_weights": ("other weights from “{at}” on", "从“{at}”起改了权重"),
    "inside_link": ("Copy a link to all of these", "复制包含全部译文的链接"),
    "inside_linked": ("Copied", "已复制"),
    "inside_link_above": ("The link stands in the address bar", "链接在地址栏中"),
    # Attention surgery
    "inside_surgery": ("Attention surgery", "注意力手术"),
    "inside_surgery_lead": (
        "Change where the model looks for one word, and see whether it mattered.",
        "改变模型写某个词时看的位置，看看有没有影响。",
    ),
    "inside_surgery_help": (
        "Press a cell to choose a row and a column. The model keeps what stands above the row and goes on with "
        "your weights.",
        "按一个格子选定行和列。该行以上的译文保留，模型用你给的权重接着写。",
    ),
    "inside_at": ("Row “{row}”, column “{column}”: {weight}", "行“{row}”，列“{column}”：{weight}"),
    "inside_scope": ("What is changed", "改动范围"),
    "inside_row": ("This row", "这一行"),
    "inside_all": ("All rows", "所有行"),
    "inside_weight": ("Weight of this cell", "该格的权重"),
    "inside_temperature": ("Sharper ← temperature → flatter", "更尖锐 ← 温度 → 更平缓"),
    "inside_uniform": ("All alike", "全部相同"),
    "inside_left": ("← Shift", "← 左移"),
    "inside_right": ("Shift →", "右移 →"),
    "inside_without": ("Without “{word}”", "去掉“{word}”"),
    "inside_swap": ("Swap with", "交换行："),
    "inside_swap_with": ("The row to swap with", "要交换的行"),
    "inside_reset": ("Back to the model's own", "恢复模型自己的译文"),
    "inside_written": ("Translation", "译文"),
    "inside_next": ("Likeliest at this step", "这一步最可能的"),
    "inside_before": ("Before", "之前"),
    "inside_after": ("After", "之后"),
    "inside_bits": (
        "The next-piece distribution moved by {bits} bits (KL divergence): 0 means that these weights made no "
        "difference.",
        "下一个子词的分布变化了 {bits} 比特（KL 散度）：0 表示权重没有影响。",
    ),
    # Beam tree
    "inside_beam": ("The beam's tree", "束搜索树"),
    "inside_beam_lead": (
        "At each step the search keeps the five best beginnings; this is all that it kept, and what became of it.",
        "搜索每一步保留五个最好的开头；这里是它保留过的一切，以及它们的结局。",
    ),
    "inside_beam_help": (
        "Press a mark, or use the arrow keys, to read the text up to there. Thick: the best one. Thin: others "
        "that were kept "
        "to the end. Dotted, hollow: dropped for better ones. Square: came to its end.",
        "按一个标记或用方向键阅读到此为止的译文。粗线：最好的；细线：保留到最后的；虚线、空心：被更好的挤掉；"
        "方块：已结束。",
    ),
    "inside_fate_best": ("— the best.", "——最好的。"),
    "inside_fate_kept": ("— kept to the end.", "——保留到最后。"),
    "inside_fate_dropped": ("— dropped for better ones.", "——被更好的挤掉。"),
    "inside_fate_finished": ("— finished, then dropped for better ones.", "——已写完，后被更好的挤掉。"),
    "inside_node": ("This piece: {probability}; score {score}.", "这个子词：{probability}；得分 {score}。"),
    # Your own translation
    "inside_own": ("Your own translation", "你自己的译文"),
    "inside_own_lead": (
        "Paste a translation of the sentence above: how surprised is the model by each word?",
        "粘贴上面那句话的一个译文：模型对每个词有多意外？",
    ),
    "inside_judge": ("Judge it", "评判"),
    "inside_own_heat": ("Where the model looks while it writes your translation", "模型写你的译文时看的位置"),
    "inside_parting": (
        "Up to “{word}” the model agrees; there it would have written “{instead}” ({share}).",
        "在“{word}”之前模型都同意；在这里它会写“{instead}”（{share}）。",
    ),
    "inside_same": (
        "Taking the likeliest piece each time, the model writes just this.",
        "每次取最可能的子词，模型写的正是这句。",
    ),
    "inside_word": ("Word", "词"),
    "inside_surprise": ("Surprisal, bits", "惊异度（比特）"),
    "inside_rank": ("Rank", "名次"),
    "inside_here": ("(here)", "（这里）"),
    "inside_total": (
        "Altogether {bits} bits. One bit more is half as likely; rank 1 is what the model would have chosen. Of "
        "several pieces "
        "of a word, bits are added and the worst rank counts.",
        "总共 {bits} 比特。每多一比特，可能性减半；名次 1 是模型自己会选的。一个词有几个子词时，比特相加，"
        "名次取最差的。",
    ),
    # Is attention the explanation?
    "inside_explanation": ("Is attention the explanation?", "注意力就是解释吗？"),
    "inside_explanation_lead": (
        "Three answers to the question which source pieces a word hangs on, side by side.",
        "某个词取决于原文的哪些子词？三种回答放在一起比较。",
    ),
    "inside_step": ("Step", "步"),
    "inside_method_attention": ("attention", "注意力"),
    "inside_method_gradient": ("gradient", "梯度×输入"),
    "inside_method_left_out": ("leave one out", "留一法"),
    "inside_attention_gradient": ("Attention and gradient × input", "注意力与梯度×输入"),
    "inside_attention_left_out": ("Attention and leave-one-out", "注意力与留一法"),
    "inside_gradient_left_out": ("These two with each other", "后两者之间"),
    "inside_spearman": ("Rank correlation", "秩相关"),
    "inside_top_1": ("Same first place", "首位相同"),
    "inside_explanation_help": (
        "Attention: where it looked. Gradient × input: how much the word's log-probability would change with "
        "the length of an "
        "embedding. Leave one out: how much it changes when the piece is taken out. Where they differ, "
        "attention alone is no "
        "explanation. Rank correlation is Spearman's, averaged over the steps of this sentence: 1 is the same "
        "order, 0 is chance.",
        "注意力：看了哪里。梯度×输入：嵌入长度变化时，该词对数概率的变化。留一法：去掉该子词后的变化。三者不一致时，"
        "仅凭注意力不能作为解释。秩相关为斯皮尔曼系数，对本句各步取平均：1 表示次序相同，0 表示与随机无异。",
    ),
    "inside_corpus": ("Measure it over more sentences", "用更多句子测量"),
    "inside_corpus_of": ("Over {sentences} sentences, all steps:", "{sentences} 个句子的所有步："),
    # Gold alignments
    "inside_gold": ("Gold alignments", "人工对齐"),
    "inside_gold_lead": (
        "Which words belong together? A person's links beside the model's weights.",
        "哪些词互相对应？人工连线与模型权重的对照。",
    ),
    "inside_pair": ("Pair of sentences", "句对"),
    "inside_weighing": ("When the source is weighed", "何时给源词加权"),
    "inside_weighing_attention": ("Before a word is written", "写出该词之前"),
    "inside_weighing_posterior": ("Once it is written", "写出该词之后"),
    "inside_rule": ("Which weights are links", "哪些权重算作连线"),
    "inside_rule_argmax": ("Greatest of a row", "每行最大"),
    "inside_rule_threshold": ("From a threshold on", "不低于阈值"),
    "inside_rule_intersection": ("Greatest of row and column", "行列皆最大"),
    "inside_threshold": ("Threshold", "阈值"),
    "inside_precision": ("Precision", "精确率"),
    "inside_recall": ("Recall", "召回率"),
    "inside_error_rate": ("Error rate (AER)", "错误率（AER）"),
    "inside_this_pair": ("This pair", "本句对"),
    "inside_all_pairs": ("All {count} pairs", "全部 {count} 对"),
    "inside_gold_help": (
        "Box: a sure link; dotted box: a possible one; dot: what the rule finds. Attention looks before a word is "
        "written, and cannot know which one it will be; once it is written, Bayes' rule says which source words it "
        "is likely to come from. This project's authors wrote and linked the pairs, some in an order that no model "
        "expects: too few to measure one.",
        "实线框：确定的连线；虚线框：可能的连线；圆点：规则找到的。注意力在词写出之前分配，还不知道会是哪个词；"
        "写出之后，可由贝叶斯公式算出它更可能来自哪些源词。句对由本项目作者编写并连线，其中一些语序出乎模型意料；数量少，不足以衡量模型。",
    ),
    # States
    "inside_states": ("States", "状态"),
    "inside_states_lead": (
        "A recurrent network passes through one state a piece: these are its ways, seen from where they differ most.",
        "循环网络每读写一个子词就经过一个状态：这里是它的轨迹，从差异最大的方向看。",
    ),
    "inside_encoder": ("Encoder, as it reads ({share} of the variance)", "编码器，阅读时（方差贡献率 {share}）"),
    "inside_decoder": (
        "Decoder, before it writes each piece ({share} of the variance)",
        "解码器，写每个子词之前（方差贡献率 {share}）",
    ),
    "inside_encoder_label": ("The way through the encoder's states", "编码器状态的轨迹"),
    "inside_decoder_label": ("The way through the decoder's states", "解码器状态的轨迹"),
    "inside_states_help": (
        "From the square to the diamond, by their two principal components. Nearness means something within one "
        "picture only.",
        "从方块到菱形，投影到前两个主成分上。远近只在同一幅图内有意义。",
    ),
}

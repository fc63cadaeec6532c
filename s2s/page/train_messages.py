"""What a visitor is told in the tab Train when something is wrong: the Chinese forms (see messages)."""

TRAIN_FORMS = {
    # An English sentence with {} where something varies: its Chinese form, the same in the same order.
    "Many visitors are training just now. Please try again in some minutes.": "现在训练的访客很多，请几分钟后再试。",
    "There is no training of yours any more. Please begin a new one.": "你的训练已不在这里，请重新开始。",
    "This training was not stopped. Please begin a new one.": "这次训练没有被停止，请重新开始。",
    "The model is not trained yet. Please wait until it is, or stop the training.": (
        "模型还没有训练好。请等训练结束，或停止训练。"
    ),
    "The training needs more memory than it may have. Please choose a smaller size.": (
        "训练所需内存超过上限，请选较小的模型。"
    ),
    "Something broke while it was trained; the server's log says what.": "训练时出错，详情见服务器日志。",
    "Training is switched off on this server.": "此服务器关闭了训练功能。",
    'task = "dates" needs the `babel` library: pip install babel': "日期任务需要 babel 库：pip install babel",
}

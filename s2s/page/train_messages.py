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
    "The training was told to stop, did not in time, and was ended.": "训练没有按时停止，已被终止。",
    "The system ended the training, most likely because memory ran short. Please choose a smaller size, or try again "
    "later.": "训练被系统终止，很可能是内存不足。请选较小的模型，或稍后再试。",
    "It stopped because its {} seconds of processor time were used up. Go on gives it as many again.": (
        "训练停止，因为 {} 秒处理器时间已用完。点“继续”可再得同样多的时间。"
    ),
    "It stopped because its {} minutes were over. Go on gives it as many again.": (
        "训练停止，因为 {} 分钟已到。点“继续”可再得同样多的时间。"
    ),
    "It stopped because this page did not ask for it for {} seconds, as when a computer sleeps.": (
        "训练停止，因为本页 {} 秒没有询问进度（例如电脑休眠）。"
    ),
    "{} trainings from your address are at work or waiting, which is the most. Please let one of them end first.": (
        "来自你的地址的 {} 个训练正在进行或等待，达到上限。请等其中一个结束。"
    ),
    "Training is switched off on this server.": "此服务器关闭了训练功能。",
}

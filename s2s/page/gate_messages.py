"""What a request past a limit is answered with: the Chinese forms (see messages)."""

GATE_FORMS = {
    # An English sentence with {} where something varies: its Chinese form, the same in the same order.
    "{} requests are waiting, which is the most. Please try again in a moment.": (
        "已有 {} 个请求在排队，达到上限。请稍后再试。"
    ),
    "{} requests from your address are waiting, which is the most. Please let them end first.": (
        "来自你的地址的 {} 个请求在排队，达到上限。请等它们完成。"
    ),
    "The server is at its limit ({} {}). Please try again in a moment.": "服务器已达上限（{} {}）。请稍后再试。",
    "Something broke. Please try again.": "出错了，请重试。",
    "There is nothing at this address.": "此地址没有内容。",
    "This address takes {} alone.": "此地址只接受 {}。",
    "An address has at most {} bytes. Please shorten it.": "地址最多 {} 字节。请缩短。",
    "A request has at most {} bytes here. Please send less.": "此处的请求最多 {} 字节。请减少内容。",
    "The request did not come within {} seconds.": "请求未在 {} 秒内送达。",
    "This server does not answer to this name. Its owner can add it to S2S_HOSTS.": (
        "此服务器不接受这个名称。管理员可将其加入 S2S_HOSTS。"
    ),
    "The body of the request is no JSON. Please send an object, such as {...}.": (
        "请求正文不是 JSON。请发送一个对象，如 {{...}}。"
    ),
    "The body of the request is no JSON object. Please send an object, such as {...}.": (
        "请求正文不是 JSON 对象。请发送一个对象，如 {{...}}。"
    ),
    "A session_hash is {} to {} letters, digits, - or _. Please choose another one.": (
        "session_hash 由 {} 到 {} 个字母、数字、- 或 _ 组成。请换一个。"
    ),
    "There is no answer of this name, or nobody fetched it in time. Please ask again.": (
        "没有这个回答，或未及时取走。请重新发送请求。"
    ),
    "Programs wait their turn. Please send the request to {}.": "程序需要排队。请把请求发到 {}。",
    "There is no function of this name. Please choose one of: {}.": "没有这个函数。请选择：{}。",
    "The function {} takes the values {}. Please send these.": "函数 {} 接受这些值：{}。请照此发送。",
    "This function takes a list of {} values as data, got {}. Please send all of them.": (
        "此函数的 data 是 {} 个值的列表，得到的是 {}。请全部发送。"
    ),
    "The field {} must be of type {}. Please leave it out.": "字段 {} 的类型必须是 {}。请省略它。",
    "The body of the request holds NaN or a number without end. Please leave it out.": (
        "请求的内容里有 NaN 或无穷大的数。请去掉它。"
    ),
    "The request nests lists more than {} deep. Please send a flatter one.": "请求的嵌套超过 {} 层。请减少嵌套。",
    "The page has no such function. Please load it again.": "页面没有这个功能。请重新加载。",
    "{} models are being fetched, which is the most. Please try again in a minute.": (
        "正在下载 {} 个模型，达到上限。请一分钟后再试。"
    ),
    "A file may take {} seconds; the rest was left as it is. Please split it.": (
        "一个文件最多处理 {} 秒，其余部分保持原样。请拆分文件。"
    ),
}

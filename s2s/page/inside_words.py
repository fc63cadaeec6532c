"""The words of the screen Look inside, in English and in Chinese, as in words.py."""

INSIDE: dict[str, tuple[str, str]] = {
    # name: (English, Chinese)
    "inside_soon": ("Nothing here yet.", "这里还没有内容。"),
}

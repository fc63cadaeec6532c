"""Chinese names in characters, read as they are spelled in letters: `彭子轩` as `Peng Zixuan` (Pinyin).

A small model does not know how names sound, and a name that it takes apart becomes nonsense. A name is a family name
and one or two characters that given names are made of, where no other word stands, nor a piece of the model; before a
title (`王先生`) the family name alone.
"""

import re
from collections.abc import Callable, Collection, Iterator
from functools import cache
from typing import NamedTuple

_FAMILIES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖"
    "贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_FAMILIES_OF_TWO = ("欧阳", "司马", "诸葛", "上官", "司徒", "夏侯", "皇甫")
_OTHER_WORDS = {"韩国", "孙子", "王子", "杜松", "白桦", "金伯", "戴维", "戴安"}
"""Words, or beginnings of foreign names, that the lexicon does not have."""
_NAMES_ALONE = set("张李刘陈杨赵吴徐孙郭郑梁宋韩冯邓曹彭曾袁潘蒋蔡杜魏吕姚卢姜崔谭汪廖贾邹薛")
"""Family names that are seldom another word: one character behind them may be a given name."""
_FIRST = {family[0] for family in (*_FAMILIES, *_FAMILIES_OF_TWO)}
_READ_OTHERWISE = {"曾": "zeng", "覃": "qin"}
"""Family names with a sound of their own."""

_GIVEN = set(
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂浩然雨桐思远佳琪东升春梅子轩欣怡婷宇晨俊鹏飞华建国志文玉红云莉凤洁琳素萍荣爱"
    "妹香月莺媛瑞凡嘉琼勤珍贞淑珠翠雅芝玲芬燕彩菊惠巧美珊莎锦黛青倩婉娴瑾颖露瑶妍茜秋晶眉璐慧琴毓悦昭冰爽宁馨薇菲寒翔旭泽晓鑫波斌海亮"
    "康星达安岩茂进林坚彪博诚敬震振壮群豪心邦承乐绍功松善厚庆民友裕河哲江亦政谦亨固翰朗伯宏鸣朋栋维启克伦学祥才发武新利清良辉力永健世广"
    "义兴胜光小晴萱涵梦诗语梓睿奕航逸铭炫熙彤霖辰逍昊皓宸沐瑜瑛琦璇珂蓉蕾莹芸芷若艺岚峰岳川洪润淼源渊森楠榕柏柯枫"
)
_COUNTED = set("一二三四五六七八九十两几百千万半这那每第")
"""Behind these stands a measure word, and no family name."""
_TITLES = ("先生", "女士", "小姐", "老师", "太太", "夫人", "教授", "医生", "博士", "同学", "经理")
_NEVER_TITLED = set("于向万方")
_SIGNS = set("，。！？：；、“”《》 ")
_BEFORE = _SIGNS | set("叫是给和跟与对找请问见姓识欢爱诉帮陪等替像被把让")
_BEHIND = _SIGNS | set("的了吗呢是和跟与在也昨今明去来说正已把被会要很不没都有先") | {""}

_HAN = re.compile("[\u3400-\u9fff]+")


class Spelled(NamedTuple):
    """A text whose names are spelled."""

    text: str
    names: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    """Where each character, and the end, stood before; none where nothing has moved."""


def names_in_letters(
    text: str, spans: Callable[[str], list[tuple[int, int]]], is_known: Callable[[str], bool]
) -> Spelled:
    """Spell the names of a text in simplified characters.

    Args:
        text: of one sentence.
        spans: says where each piece of a text begins and ends.
        is_known: says whether there is a piece for a character.
    """
    if not any(family in text for family in _FIRST):
        return Spelled(text)
    spelled, names, places, rest = "", [], list[int](), 0
    for begin, given, end in _Sentence(text, spans, is_known).names():
        names.append(_spelled(text[begin:given], text[given:end]))
        spelled += text[rest:begin] + names[-1]
        places += [*range(rest, begin), *[begin] * len(names[-1])]
        rest = end
    return Spelled(spelled + text[rest:], tuple(names), (*places, *range(rest, len(text) + 1)))


class _Sentence:
    """A text that is looked through for names, and where other words stand in it."""

    def __init__(
        self, text: str, spans: Callable[[str], list[tuple[int, int]]], is_known: Callable[[str], bool]
    ) -> None:
        self.text, self.is_known = text, is_known
        pieces = {(begin, end) for begin, end in spans(text) if end - begin > 1 and _HAN.fullmatch(text[begin:end])}
        every = ((begin, end) for begin in range(len(text)) for end in range(begin + 2, begin + 5))
        self.words = pieces | {(begin, end) for begin, end in every if _is_word(text[begin:end])}

    def names(self) -> Iterator[tuple[int, int, int]]:
        """Where each name begins, where its given name does, and where it ends."""
        place = 0
        while place < len(self.text):
            given = place + (2 if self.text.startswith(_FAMILIES_OF_TWO, place) else 1)
            end = None
            if given - place == 2 or self.text[place] in _FAMILIES:
                end = next((end for end in (given + 2, given + 1) if self._is_name(place, given, end)), None)
                end = end or (given if self._is_titled(place, given) else None)
            if end:
                yield place, given, end
            place = end or place + 1

    def _is_name(self, begin: int, given: int, end: int) -> bool:
        characters = self.text[given:end]
        if end > len(self.text) or not set(characters) <= _GIVEN or self.text[max(0, begin - 1) : begin] in _COUNTED:
            return False
        if self._overlaps(begin, end, {(begin, given), (given, end), (begin, end)}):
            return False
        if end - begin > 2:
            return (given, end) not in self.words or (begin, end) in self.words or self.text[begin] in _NAMES_ALONE
        if (begin, end) in self.words:
            return False
        is_apart = (begin == 0 or self.text[begin - 1] in _BEFORE) and self.text[end : end + 1] in _BEHIND
        return not all(map(self.is_known, self.text[begin:end])) or (self.text[begin] in _NAMES_ALONE and is_apart)

    def _is_titled(self, begin: int, end: int) -> bool:
        is_apart = not self._overlaps(begin, end, {(begin, end)})
        return self.text.startswith(_TITLES, end) and self.text[begin] not in _NEVER_TITLED and is_apart

    def _overlaps(self, begin: int, end: int, own: set[tuple[int, int]]) -> bool:
        """Whether a word that is not one of its `own` stands in a part of the text, or half in it."""
        return any(one < end and begin < other and (one, other) not in own for one, other in self.words)


def _is_word(text: str) -> bool:
    return text in _OTHER_WORDS or text in _lexicon()


@cache
def _lexicon() -> Collection[str]:
    """Words of several characters."""
    from pypinyin.phrases_dict import phrases_dict  # for the first text that may have a name

    words: Collection[str] = phrases_dict
    return words


def _spelled(family: str, given: str) -> str:
    from pypinyin import lazy_pinyin

    first = _READ_OTHERWISE.get(family) or "".join(lazy_pinyin(family, v_to_u=True))
    syllables = lazy_pinyin(given, v_to_u=True)
    rest = "".join(f"'{each}" if place and each[0] in "aeo" else each for place, each in enumerate(syllables))
    return f"{first.capitalize()} {rest.capitalize()}".rstrip()

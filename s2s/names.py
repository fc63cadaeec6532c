"""Names for training pairs: those at hand know a Tom and a Mary, and people have other names."""

import random
import re


def _listed(text: str) -> list[str]:
    return text.split()


ONSETS = _listed("b br ch d f g h j k kr l m n p r s sh st t th v w y z")
VOWELS = _listed("a e i o u ai ee ia ou")
CODAS = ["", "", "", *_listed("n r l s m k t nd ng")]

CHINESE = {
    "Tom": "汤姆",
    "Mary": "玛丽",
    "John": "约翰",
    "Bob": "鲍勃",
    "Jim": "吉姆",
    "Jack": "杰克",
    "Boston": "波士顿",
}
"""Names that the pairs at hand write in characters."""

SURNAMES = _listed(
    "王Wang 李Li 张Zhang 刘Liu 陈Chen 杨Yang 赵Zhao 黄Huang 周Zhou 吴Wu "
    "徐Xu 孙Sun 马Ma 朱Zhu 胡Hu 林Lin 郭Guo 何He 高Gao 罗Luo"
)
GIVEN = _listed(
    "明ming 华hua 丽li 伟wei 芳fang 娜na 强qiang 静jing 敏min 军jun 磊lei 洋yang 勇yong 艳yan 杰jie "
    "涛tao 超chao 霞xia 平ping 刚gang 红hong 玲ling 晓xiao 文wen 志zhi 建jian 国guo 小xiao 美mei 雪xue"
)


def rename(source: str, target: str, new: tuple[str, str]) -> tuple[str, str] | None:
    """Give the first person or place that both sides name another name, written `new` in each; None if there is none.

    That is a capitalised word that both sides have, or one whose Chinese form is known.
    """
    for name in dict.fromkeys(re.findall(r"[^\W\d_]+", f"{source} {target}")):
        if len(name) < 3 or not name.istitle() or not name.isascii():
            continue
        forms = [form for form in (name, CHINESE.get(name, "")) if form]
        there = [next((form for form in forms if _pattern(form).search(side)), None) for side in (source, target)]
        if there[0] is not None and there[1] is not None:
            return _replaced(source, there[0], new[0]), _replaced(target, there[1], new[1])
    return None


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z]){name}(?![A-Za-z])")


def _replaced(text: str, name: str, new: str) -> str:
    return _pattern(name).sub(lambda _: new, text)


def made_up(generator: random.Random) -> str:
    """A name that nobody has, such as Brainok."""
    count = generator.choice((1, 2, 2, 2, 3))
    parts = [generator.choice(ONSETS) + generator.choice(VOWELS) + generator.choice(CODAS) for _ in range(count)]
    return "".join(parts).capitalize()


def chinese(generator: random.Random) -> tuple[str, str]:
    """A Chinese name in letters and in characters, the family's first."""
    family = generator.choice(SURNAMES)
    given = [generator.choice(GIVEN) for _ in range(generator.choice((1, 2, 2)))]
    letters = f"{family[1:]} {''.join(part[1:] for part in given).capitalize()}"
    return letters, family[0] + "".join(part[0] for part in given)


def is_chinese(text: str) -> bool:
    """Whether there is a Chinese character in a text."""
    return re.search(r"[\u3400-\u9fff]", text) is not None

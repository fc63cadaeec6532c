"""Exclamations: which sources have a target that ends with an exclamation mark too.

French and German end every command with one, where English has a full stop (`Ferme la porte !`, `Shut the door.`). A
model that has learnt this from its pairs says every exclamation calmly; a statement that is shouted should stay so.
"""

import re

_END = re.compile(r"[!！][\s\"'”’»“」』)]*$")
_FULL_STOP = re.compile(r"[.。]")

_DETERMINERS_AND_PRONOUNS = {
    "fr": (
        "le la les un une des mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs ce cet cette ces "
        "je tu il elle on nous vous ils elles ça cela c j l"
    ),
    "de": (
        "der die das ein eine mein meine dein deine sein seine ihr ihre unser unsere euer eure dieser diese dieses "
        "jeder jede jedes alle kein keine ich du er sie es wir man"
    ),
}
_SUBJECTS = {language: frozenset(words.split()) for language, words in _DETERMINERS_AND_PRONOUNS.items()}
"""Languages whose commands end with an exclamation mark: what a statement begins with, and a command hardly ever."""


def is_exclaimed(source: str, language: str) -> bool:
    """Whether the target of a source ends with an exclamation mark, and has no full stop at all."""
    if not _END.search(source) or _FULL_STOP.search(source):
        return False
    first = re.match(r"\W*(\w+)", source)
    return language not in _SUBJECTS or (first is not None and first[1].lower() in _SUBJECTS[language])

"""How good the answers are: models beside people, and beside the answer of the most similar turn of the training.

    OMP_NUM_THREADS=1 python benchmarks/dialogue.py --model checkpoints/dialogue
    OMP_NUM_THREADS=1 python benchmarks/dialogue.py --model checkpoints/dialogue --turns

One JSON line for each model, drawn answers beside the likeliest, for the retrieved answers, and for the references
themselves. With --turns, the table of docs/dialogue.md instead: twenty turns, written for it, and their answers.
"""

import argparse
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from s2s.batch import translate_lines
from s2s.config import SearchConfig
from s2s.corpora import Pair, read_corpus
from s2s.dialogue import read_turns
from s2s.metrics import Score, score_answers, score_corpus
from s2s.perplexity import perplexity
from s2s.recipe_sections import CorpusConfig
from s2s.translator import Translator

BEAM = SearchConfig(beam_size=5, alternatives=0)
DRAWN = SearchConfig(method="sample", beam_size=1, temperature=0.7, top_p=0.9, alternatives=0)

TURNS = [
    "Hello!",
    "I am hungry. Can you find me a restaurant?",
    "What kind of food would you like?\nItalian food in Oakland, please.",
    "Please confirm: a table for 2 at Mario's in Oakland at 7 pm today.\nMake it half past eight, and for four people.",
    "Would you like me to book a table?\nNo, thank you. That is all.",
    "I need a bus from Fresno to Sacramento on Friday.",
    "What is your departure city?\nI will leave from San Francisco.",
    "Will it rain in Berkeley tomorrow?",
    "There is a 20 percent chance of rain.\nAnd how windy will it be?",
    "Find me a dentist in San Jose.",
    "I found Dr. Lee, a dentist in San Jose.\nWhat is their phone number?",
    "Play some music by Johann Sebastian Bach.",
    "Send 50 dollars to my sister.",
    "Are you a robot?",
    "What is your name?",
    "Tell me a joke.",
    "What is the capital of France?",
    "What is 2 + 2?",
    "The cat sat on the piano and looked at the moon.",
    "Why do you say so?\nBecause you said it before.",
]


class Retrieval:
    """Answers a turn by what was answered to the one in training that is most like it: cosine of tf-idf vectors."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        """Index the turns, each with what stands before it."""
        self.answers = [pair.target for pair in pairs]
        rows: dict[str, list[int]] = defaultdict(list)
        counts: dict[str, list[int]] = defaultdict(list)
        for row, pair in enumerate(pairs):
            for word, count in Counter(_words(pair.source)).items():
                rows[word].append(row)
                counts[word].append(count)
        self.rarity = {word: math.log(len(pairs) / len(found)) for word, found in rows.items()}
        self.found = {word: np.array(found) for word, found in rows.items()}
        self.weights = {word: np.array(counts[word]) * self.rarity[word] for word in rows}
        squares = np.zeros(len(pairs))
        for word, found in self.found.items():
            squares[found] += self.weights[word] ** 2
        self.lengths = np.sqrt(np.maximum(squares, 1e-9))

    def answer(self, source: str) -> str:
        """What was answered to the most similar turn; of several, the first."""
        scores = np.zeros(len(self.answers))
        for word, count in Counter(_words(source)).items():
            if word in self.found:
                scores[self.found[word]] += count * self.rarity[word] * self.weights[word]
        return self.answers[int(np.argmax(scores / self.lengths))]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def pairs_of(path: Path) -> list[Pair]:
    """The pairs of a prepared file."""
    return list(read_corpus(CorpusConfig(file=str(path)), 10_000))


def line_of(name: str, answers: Sequence[str], references: Sequence[str], *more: Score) -> dict[str, Any]:
    """The scores of some answers, and how long they are."""
    scores = [*more, *score_answers(answers), *score_corpus(answers, references, resamples=1)]
    values = {score.name: round(score.value, 2) for score in scores}
    words = sum(len(answer.split()) for answer in answers) / len(answers)
    return {"name": name, **values, "words": round(words, 2), "pairs": len(answers)}


def table(translator: Translator) -> list[str]:
    """The twenty turns with their answers, the likeliest and a drawn one, as Markdown."""
    rows = ["| turn | likeliest answer | a drawn one |", "| --- | --- | --- |"]
    for text in TURNS:
        likeliest, drawn = (translator.translate(text, config).target for config in (BEAM, DRAWN))
        rows.append(f"| {' | '.join(each.replace('|', '&#124;') for each in (read_turns(text), likeliest, drawn))} |")
    return rows


def main() -> None:
    """Score models, the baseline and the references, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", required=True, help="a checkpoint folder; several are compared")
    parser.add_argument("--data", type=Path, default=Path("data/dialogue"), help="where `prepare` wrote the pairs")
    parser.add_argument("--turns", action="store_true", help="print the table of the documentation instead")
    options = parser.parse_args()
    if options.turns:
        for name in options.model:
            print("\n".join(table(Translator.load(name))))
        return
    test = pairs_of(options.data / "test.tsv")
    sources, references = [pair.source for pair in test], [pair.target for pair in test]
    for name in options.model:
        translator = Translator.load(name)
        foreseen = perplexity(translator, test)
        for kind, config in (("beam 5", BEAM), ("drawn, temperature 0.7, top-p 0.9", DRAWN)):
            answers = [found.target for found in translate_lines(translator, sources, config)]
            print(json.dumps(line_of(f"{name}, {kind}", answers, references, foreseen)), flush=True)
    retrieval = Retrieval(pairs_of(options.data / "train.tsv"))
    print(json.dumps(line_of("most similar turn", list(map(retrieval.answer, sources)), references)), flush=True)
    print(json.dumps(line_of("references", references, references)))


if __name__ == "__main__":
    main()

"""Inputs that strangers make up: strange texts and values, bodies, and addresses, for Hypothesis to draw from."""

import json

from hypothesis import strategies as st

SURROGATES = "\ud800\udfff\ud83d"
CONTROLS = "\0\x01\x07\x08\x0b\x1b\x7f\x80\x9f\u2028\u2029\u202e\u200b\ufeff\ufffe\U0010ffff"
TRAVERSALS = [
    "../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "/etc/passwd",
    "file:///etc/passwd",
    "%2e%2e%2f%2e%2e%2fetc/passwd",
    "....//....//etc/passwd",
    "ada/../../x",
    "ada/x@../../main",
    "http://127.0.0.1:1/x",
    "C:\\x",
    "\0",
    "~root",
    "$(id)",
    "{{7*7}}",
    "%s%n%x",
    "{0.__class__}",
]

texts = st.one_of(
    st.text(max_size=60),
    st.text(st.characters(), max_size=20).map(lambda text: text * 7),
    st.text(st.sampled_from(SURROGATES + CONTROLS + "aé中😀\u0301 \n\t.,!?<>&\"'▁"), max_size=40),
    st.sampled_from([*TRAVERSALS, "", " ", "a" * 2_001, "😀" * 500, "I love you.", "attention", "</s>", "NaN"]),
)
"""Half of them are words that may pass, half hold what is no text."""

numbers = st.one_of(
    st.integers(-3, 12),
    st.integers(),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([2**31, 2**63, -(2**63), 10**30, True, False]),
)
plain = st.one_of(st.none(), st.booleans(), numbers, texts)
values = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)
"""Any values that JSON can carry, and some that it cannot."""


def objects(**fields):
    """Objects with these fields, each of which may be missing or of another kind, and with others beside them."""
    known = {name: st.one_of(right, right, right, values) for name, right in fields.items()}
    return st.builds(
        lambda there, more, drop: {name: value for name, value in (more | there).items() if name not in drop},
        st.fixed_dictionaries(known),
        st.dictionaries(texts, values, max_size=1),
        st.sets(st.sampled_from(list(fields)), max_size=1),
    )


views = objects(
    units=st.sampled_from(["words", "pieces"]),
    end=st.booleans(),
    scale=st.sampled_from(["linear", "log", "threshold"]),
    threshold=st.floats(0, 1),
)
shown = objects(sentence=st.integers(0, 3), rank=st.integers(0, 5), view=views)
asked = objects(
    number=st.integers(0, 9),
    text=texts,
    model=st.just("tiny"),
    beam_size=st.integers(1, 3),
    revision=texts,
    shown=shown,
)
wishes = objects(
    number=st.integers(0, 9), shown=shown, form=st.sampled_from(["csv", "json", "html", "tex"]), text=texts
)
asks = st.one_of(
    objects(do=st.just("begin"), id=st.integers(0, 9), text=texts, model=st.just("tiny"), sentence=st.integers(0, 2)),
    objects(do=st.just("options"), id=st.integers(0, 9), branch=st.integers(0, 1), step=st.integers(0, 5)),
    objects(do=st.just("write"), id=st.integers(0, 9), branch=st.integers(0, 1), step=st.integers(0, 5), typed=texts),
    objects(
        do=st.just("operate"),
        id=st.integers(0, 9),
        branch=st.integers(0, 1),
        operation=st.sampled_from(["weight", "temperature", "uniform", "shift", "without", "swap"]),
        rows=st.lists(st.integers(0, 4), max_size=3),
        columns=st.lists(st.integers(0, 4), max_size=3),
        amount=st.floats(0, 2),
    ),
    objects(do=st.just("judge"), id=st.integers(0, 9), target=texts),
    objects(do=st.sampled_from(["show", "gold", "corpus", "begin"]), id=st.integers(0, 9), branch=st.integers(0, 1)),
)
files = objects(
    number=st.integers(0, 9),
    name=st.sampled_from(["a.txt", "a.csv", "a.tsv", "a.srt", "../a.txt", "a"]),
    content=st.one_of(st.sampled_from(["YQ==", "YSxiCjEsMg==", "AAAA", "/////w==", "YQ"]), texts),
    model=st.just("tiny"),
    beam_size=st.integers(1, 2),
    column=texts,
)


def body_of(value: object) -> bytes:
    """Its JSON: lone surrogates as escapes, what JSON has no word for as JavaScript's."""
    return json.dumps(value).encode()


def encoded(text: str) -> bytes:
    """UTF-8, in which a half of a character is encoded as if it were one."""
    return text.encode(errors="surrogatepass")


bodies = st.one_of(
    values.map(body_of),
    st.binary(max_size=80),
    st.sampled_from(
        [
            b"",
            b"\xff\xfe{}",
            b"[" * 5_000,
            b"[" * 5_000 + b"]" * 5_000,
            b'{"a":' * 5_000,
            b'{"data": [1e999, -0, 1E400]}',
            b'{"data": ["\\ud800"], "data": {}}',
            b'{"data": ["' + b"x" * 1_000_000 + b'"]}',
            b"9" * 5_000,
        ]
    ),
)

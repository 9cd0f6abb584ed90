"""py3langid's model, asked many texts at a time: the same features and the same sums, walked by numpy.

The library walks an automaton over the bytes of a text, one step of Python a byte, and widens a table of half floats at
every call: 0.4 ms for 1,000 characters. An automaton of Aho and Corasick is, after any byte, in the state of the longest
n-gram that ends there; so the last six bytes (the longest n-gram) tell the state, and all bytes take their six steps at
once: 0.1 ms.

    texts ─▶ bytes, a reset after each ─▶ states ─▶ n-grams counted ─▶ log(1 + count) × table ─▶ probabilities

Source: Lui and Baldwin 2012, "langid.py: An Off-the-shelf Language Identification Tool"; Aho and Corasick 1975.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from py3langid.langid import MODEL_DIR, MODEL_FILE
from py3langid.modelio import load_model

_BYTES = 256
# No byte of UTF-8, and in no n-gram: from every state it leads back to the start.
_RESET = b"\xff"
# A key holds the number of a text above that of an n-gram; the model has 100,053.
_FEATURE_BITS = 20
_MOST_TEXTS_IN_32_BITS = 1 << 11

# The library's table holds half floats between -15 and -2, which all are multiples of 1/512. As whole numbers they take
# no more memory and become floats in a tenth of the time.
_UNIT = 1024

Ranked = list[tuple[str, float]]
_Floats = NDArray[np.float32]
_Integers = NDArray[np.signedinteger]
_States = NDArray[np.unsignedinteger]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Automaton:
    """`moves[row_of[state] + byte]` is the next state, `feature_of[state]` its n-gram, or their number for none.

    `after_two` holds the state after two bytes from the start, `longest` the bytes of the longest n-gram.
    """

    moves: _States
    row_of: NDArray[np.int64]
    feature_of: NDArray[np.int32]
    after_two: _States
    longest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    """`table` has a row an n-gram, in units of 1/`_UNIT`, and one of zeros for none; a column a label.

    A label that stands twice, once a script, has its places in `same`.
    """

    automaton: _Automaton
    labels: tuple[str, ...]
    same: tuple[tuple[int, int], ...]
    table: NDArray[np.int16]
    priors: _Floats


@cache
def model_labels() -> frozenset[str]:
    """Every language that the model knows."""
    return frozenset(_model().labels)


def ranked(samples: Sequence[str], least: float) -> list[Ranked]:
    """For each sample the languages that are at least so likely, with their probabilities, the likeliest first.

    `least` is above 0. Equally likely ones stand in the model's order. A sample is judged the same whatever others are asked with it. Never
    raises; linear in the samples.

    >>> [[(label, _)]] = ranked(["Der Hafen ist seit Montag wieder offen."], 0.5)
    >>> label
    'de'
    """
    model = _model()
    texts = [unicodedata.normalize("NFC", sample).encode("utf-8", "surrogatepass") for sample in samples]
    scores = _scores(model, texts)
    # The root of the length keeps short and long texts on one scale, as in the library.
    scores /= np.sqrt(np.array([len(text) or 1 for text in texts], dtype=np.float32))[:, None]
    likely = np.exp(scores - scores.max(axis=1, keepdims=True))
    likely /= likely.sum(axis=1, keepdims=True)
    for first, second in model.same:
        likely[:, first] += likely[:, second]
        likely[:, second] = 0
    numbers, places = np.nonzero(likely >= least)
    rankings: list[Ranked] = [[] for _ in texts]
    for number, place, probability in zip(
        numbers.tolist(), places.tolist(), likely[numbers, places].tolist(), strict=True
    ):
        rankings[number].append((model.labels[place], probability))
    return [sorted(ranking, key=_likeliest_first) for ranking in rankings]


def _likeliest_first(pair: tuple[str, float]) -> float:
    return -pair[1]


def _scores(model: _Model, texts: Sequence[bytes]) -> _Floats:
    scores: _Floats = np.zeros((len(texts), len(model.labels)), dtype=np.float32)
    features, counts = _counted(model.automaton, texts)
    rows = model.table.take(features, axis=0).astype(np.float32)
    weights = np.log1p(counts, dtype=np.float32) * np.float32(1 / _UNIT)
    start = 0
    for number, end in enumerate(np.flatnonzero(features == len(model.table) - 1).tolist()):
        if start < end:  # a text without a single n-gram may be anything
            scores[number] = weights[start:end] @ rows[start:end] + model.priors
        start = end + 1
    return scores


def _counted(automaton: _Automaton, texts: Sequence[bytes]) -> tuple[_Integers, _Integers]:
    """The n-grams of each text with their counts, by number; after those of each text the one that stands for none."""
    # Half as wide is sorted in half the time.
    width = np.int32 if len(texts) <= _MOST_TEXTS_IN_32_BITS else np.int64
    keys: _Integers = automaton.feature_of.take(_states(automaton, texts)).astype(width, copy=False)
    start = 0
    for number, text in enumerate(texts):
        end = start + len(text) + 1
        keys[start:end] += number << _FEATURE_BITS
        start = end
    keys.sort()
    is_last = np.ones(len(keys), dtype=np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=is_last[:-1])
    lasts = np.flatnonzero(is_last)
    counts = lasts.copy()
    counts[0] += 1
    counts[1:] -= lasts[:-1]
    return keys[lasts] & ((1 << _FEATURE_BITS) - 1), counts


def _states(automaton: _Automaton, texts: Sequence[bytes]) -> _States:
    """The state after each byte of each text and after the reset that follows it."""
    before = automaton.longest - 1
    joined = _RESET * before + _RESET.join(texts) + _RESET
    stream = np.frombuffer(joined, dtype=np.uint8).astype(np.int64)
    size = len(stream) - before
    states = automaton.after_two.take(stream[:size] * _BYTES + stream[1 : size + 1])
    for step in range(2, automaton.longest):
        states = automaton.moves.take(automaton.row_of.take(states) + stream[step : size + step])
    return states


@cache
def _model() -> _Model:
    """Loaded once a process: 0.6 s, 75 MB."""
    stated, priors, labels, moves, rows, features = load_model(MODEL_DIR / MODEL_FILE)
    table = np.zeros((len(stated) + 1, len(labels)), dtype=np.int16)
    table[:-1] = np.rint(stated.astype(np.float32) * _UNIT)
    return _Model(
        automaton=_automaton(
            np.frombuffer(moves, dtype=moves.typecode),
            np.frombuffer(rows, dtype=rows.typecode).astype(np.int64) * _BYTES,
            np.array([len(stated) if feature < 0 else feature for feature in features], dtype=np.int32),
        ),
        labels=tuple(labels),
        same=tuple((labels.index(label), i) for i, label in enumerate(labels) if labels.index(label) < i),
        table=table,
        priors=priors,
    )


def _automaton(moves: _States, row_of: NDArray[np.int64], feature_of: NDArray[np.int32]) -> _Automaton:
    after_one = moves[row_of[0] : row_of[0] + _BYTES]
    return _Automaton(
        moves=moves,
        row_of=row_of,
        feature_of=feature_of,
        after_two=moves.take(row_of.take(after_one)[:, None] + np.arange(_BYTES)).ravel(),
        longest=max(2, _depth(moves.reshape(-1, _BYTES), row_of // _BYTES)),
    )


def _depth(rows: _States, row_of: NDArray[np.int64]) -> int:
    """Bytes of the longest n-gram: how many steps from the start the farthest state is."""
    is_known = np.zeros(len(row_of), dtype=np.bool_)
    is_known[0] = True
    reached = np.zeros(1, dtype=np.int64)
    depth = -1
    while len(reached):
        depth += 1
        targets = rows[np.unique(row_of[reached])].ravel()
        reached = np.unique(targets[~is_known[targets]]).astype(np.int64)
        is_known[reached] = True
    return depth

"""A fourth opinion on short lines: a linear model of looks and place, which holds no words and so carries over languages.

It is asked only about lines of fewer than 12 words that no rule has struck out, never about a headline, and it strikes
out only where it is sure. The weights in `model.json` are made by `python -m benchmarks.train_lines`.

Source: `research/text.md` §2.3 (structural features trained on English hold on 25 languages; word features do not help).
"""

import json
import math
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipelines.core.page.stripped.lines import PROSE_WORDS, Line, Rule, Sheet

FEATURES = (
    "words_log", "chars_log", "ends_quote", "ends_stop", "ends_question", "ends_colon", "ends_cut", "upper_share",
    "digit_share", "capital_words", "bar", "at_or_link", "copyright", "slash", "bullet", "opens_lower", "opens_quote",
    "commas", "one_or_two_words", "under_six_words", "colon_inside", "stop_inside", "two_dots_time",
    "above_words", "above_prose", "above_struck", "below_words", "below_prose", "below_struck",
    "two_above_prose", "two_below_prose", "two_above_struck", "two_below_struck",
    "to_prose_above", "to_prose_below", "before_first_prose", "after_last_prose", "far_before", "far_after",
    "place", "opens_block", "closes_block", "alone_in_block", "short_around", "struck_around", "prose_share",
    "repeated", "starts_line_below", "shares_line_above",
)  # fmt: skip

_REACH = 8
_SENTENCE_WORDS = 5
_STANDFIRST_WORDS = 6
_AROUND = 3
_LINK = re.compile(r"https?:|www\.|@")
_CLOCK = re.compile(r"\d[:h.]\d\d")
# Lines that say whose text it is are evidence for CreditAgencies, wherever they stand.
_CREDITS_TEXT = re.compile(
    r"[\W_]*(?:(?:additional )?(?:reporting|writing|editing) by|with (?:reporting|files|material)|sources?|quellen?|fuentes?|fontes?|fonti|"
    r"bron|kilde|källa|źródło|zdroj|источник|джерело|kaynak|sumber|nguồn|来源|來源|出典|출처|المصدر|mit (?:material|agentur)|mit informationen|"
    r"(?:dpa|afp|ap|reuters|apa|sda|ats|efe|ansa|tass|epa|ntb|tt|pap|lusa|anp|belga)(?:[\s,/]|\W*$))",
    re.IGNORECASE,
)
_STOP_INSIDE = re.compile(r"[.!?。]\s*\w")


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of the features, a bias, and the probability of body below which a line is struck out."""

    weights: tuple[float, ...]
    bias: float
    least: float


@cache
def shipped_model() -> Model:
    """The weights that come with the package."""
    table = json.loads(Path(__file__).with_name("model.json").read_text(encoding="utf-8"))
    return Model(tuple(table["weights"][name] for name in FEATURES), table["bias"], table["least"])


def strike_by_model(sheet: Sheet, model: Model) -> None:
    """Strike out the short lines that the model is sure are no body.

    A line that stands twice is left alone: its twin was struck out as its repeat.
    """
    unlikely = math.log(model.least / (1 - model.least))
    asked = askable(sheet)
    for index, row in zip(asked, features(sheet, asked), strict=True):
        if (
            sum(weight * value for weight, value in zip(model.weights, row, strict=True)) + model.bias
            < unlikely
        ):
            sheet.strike(index, Rule.MODEL)


def askable(sheet: Sheet) -> list[int]:
    """Which lines the model may be asked about: short ones that stand, and no sentence and no list amid the prose."""
    repeated = {
        line.key for line, reason in zip(sheet.lines, sheet.reasons, strict=True) if reason is Rule.REPEAT
    }
    return [
        index
        for index, line in enumerate(sheet.lines)
        if sheet.stands(index)
        and line.words < PROSE_WORDS
        and not line.is_prose
        and index != sheet.headline_at
        and line.key not in repeated
        and not _CREDITS_TEXT.match(line.text)
        and not _is_standfirst(sheet, index)
        and (sheet.is_at_edge(index) or not _is_text(sheet, index))
    ]


def _is_standfirst(sheet: Sheet, index: int) -> bool:
    """Whether a line may be the standfirst: the first that stands below the headline, and long for a label."""
    headline_at, words = sheet.headline_at, sheet.lines[index].words
    if headline_at is None or words < _STANDFIRST_WORDS or not headline_at < index < sheet.first_prose:
        return False
    return not any(sheet.stands(between) for between in range(headline_at + 1, index))


def _is_text(sheet: Sheet, index: int) -> bool:
    """Whether a short line amid the prose is text for its form alone: a sentence, a point of a list, a sub-heading."""
    line = sheet.lines[index]
    if line.is_bullet or (line.ends_sentence and line.words >= _SENTENCE_WORDS):
        return True
    above = index - 1
    while above > sheet.first_prose and not sheet.stands(above) and index - above < _AROUND:
        above -= 1
    below = index + 1
    return (
        above >= 0
        and below < len(sheet.lines)
        and sheet.lines[above].is_prose
        and sheet.lines[below].is_prose
    )


def features(sheet: Sheet, asked: list[int]) -> list[list[float]]:
    """One row of numbers for each line asked about, in the order of `FEATURES`."""
    lines = sheet.lines
    prose = [index for index, line in enumerate(lines) if line.is_prose]
    above, below = _distances(sheet)
    share = len(prose) / len(lines) if lines else 0.0
    struck = [float(reason is not None) for reason in sheet.reasons]
    counts: dict[str, int] = {}
    for line in lines:
        counts[line.key] = counts.get(line.key, 0) + 1
    return [
        [
            *_looks(lines[index]),
            *_neighbours(sheet, struck, index),
            *_place(sheet, index, above[index], below[index]),
            *_surroundings(sheet, struck, index),
            share,
            float(counts[lines[index].key] > 1),
            *_shared(sheet, index),
        ]
        for index in asked
    ]


def _looks(line: Line) -> list[float]:
    text, size = line.text, len(line.text)
    letters = sum(map(str.isalpha, text)) or 1
    words = text.split()
    return [
        math.log1p(line.words),
        math.log1p(size),
        float(text[-1] in "\"”“»’'"),
        float(text[-1] in ".。।؟!！"),
        float(text[-1] in "?？"),
        float(text[-1] in ":："),
        float(text.endswith(("…", "...", "[…]"))),
        sum(map(str.isupper, text)) / letters,
        sum(map(str.isdigit, text)) / size,
        sum(1 for word in words if word[0].isupper()) / len(words),
        float("|" in text),
        float(bool(_LINK.search(text))),
        float("©" in text),
        float("/" in text),
        float(line.is_bullet),
        float(text[0].islower()),
        float(text[0] in "\"“„«‘'"),
        text.count(",") / len(words),
        float(line.words <= 2),
        float(line.words <= 5),
        float(":" in text[:-1]),
        float(bool(_STOP_INSIDE.search(text))),
        float(bool(_CLOCK.search(text))),
    ]


def _neighbours(sheet: Sheet, struck: list[float], index: int) -> list[float]:
    lines = sheet.lines

    def prose(at: int) -> float:
        return float(lines[at].is_prose) if 0 <= at < len(lines) else -1.0

    def cut(at: int) -> float:
        return struck[at] if 0 <= at < len(lines) else 0.0

    def words(at: int) -> float:
        return math.log1p(lines[at].words) if 0 <= at < len(lines) else 0.0

    return [
        words(index - 1), prose(index - 1), cut(index - 1), words(index + 1), prose(index + 1), cut(index + 1),
        prose(index - 2), prose(index + 2), cut(index - 2), cut(index + 2),
    ]  # fmt: skip


def _place(sheet: Sheet, index: int, above: int, below: int) -> list[float]:
    before, after = sheet.first_prose - index, index - sheet.last_prose
    return [
        above / _REACH,
        below / _REACH,
        float(before > 0),
        float(after > 0),
        min(1.0, max(0, before) / 10),
        min(1.0, max(0, after) / 10),
        index / len(sheet.lines),
    ]


def _surroundings(sheet: Sheet, struck: list[float], index: int) -> list[float]:
    lines, block = sheet.lines, sheet.lines[index].block
    opens = index == 0 or lines[index - 1].block != block
    closes = index + 1 == len(lines) or lines[index + 1].block != block
    start, end = max(0, index - _AROUND), min(len(lines), index + _AROUND + 1)
    short = sum(1 for line in lines[start:end] if line.words <= 6)
    return [
        float(opens),
        float(closes),
        float(opens and closes),
        short / (2 * _AROUND + 1),
        sum(struck[start:end]) / (2 * _AROUND + 1),
    ]


def _shared(sheet: Sheet, index: int) -> list[float]:
    line, lines = sheet.lines[index], sheet.lines
    below = lines[index + 1].key if index + 1 < len(lines) else ""
    above = lines[index - 1].key if index else ""
    long_enough = line.words >= 3
    return [
        float(long_enough and below.startswith(line.key)),
        float(bool(above) and lines[index - 1].words >= 3 and line.key.startswith(above)),
    ]


def _distances(sheet: Sheet) -> tuple[list[int], list[int]]:
    """For each line, how far the next prose stands above and below, 8 for none so near."""
    flags = [line.is_prose for line in sheet.lines]
    return _since(flags), _since(flags[::-1])[::-1]


def _since(flags: list[bool]) -> list[int]:
    distances: list[int] = []
    distance = _REACH
    for flag in flags:
        distances.append(distance)
        distance = 1 if flag else min(_REACH, distance + 1)
    return distances

"""Lines that say again what the page says elsewhere: doubled lines, and teasers that later lines repeat in full."""

import re
from collections import Counter

from pipelines.core.fold import folded_words
from pipelines.core.page.stripped.furniture import is_furniture
from pipelines.core.page.stripped.lines import Rule, Sheet

# Shorter lines may stand twice for good reason: `Yes.`, a sub-heading, a score.
_REPEAT_MIN_WORDS = 4
_REPEAT_MIN_CHARS = 16
_DOUBLED_AT_MOST = 3
_CUT = re.compile(r"(?:\[…\]|\[\.{3}\]|…|\.{3})\s*([^….]{0,30})$")
_TEASER_MIN_TOKENS = 6
_CUT_TITLE_WORDS = 3
_GRAM = 5
_TOKEN = re.compile(
    "[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|[^\\s\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]+"
)


def strike_repeats(sheet: Sheet) -> None:
    """Strike out a line that stood before, letter for letter once folded.

    A short line that stands four times and more is no doubling but a form: the row of a recipe, of a table.
    """
    counts = Counter(line.key for line in sheet.lines)
    seen: set[str] = set()
    for index, line in enumerate(sheet.lines):
        if line.words < _REPEAT_MIN_WORDS or len(line.key) < _REPEAT_MIN_CHARS:
            continue
        if line.key in seen and (line.is_prose or counts[line.key] <= _DOUBLED_AT_MOST):
            sheet.strike(index, Rule.REPEAT)
        seen.add(line.key)


def strike_teasers(sheet: Sheet) -> None:
    """Strike out a line that is cut off and whose words stand in full in another line.

    Linear: the text is looked up by runs of five words, not searched.
    """
    _strike_cut_titles(sheet)
    teasers = [(index, tokens) for index in range(len(sheet.lines)) if (tokens := _cut_tokens(sheet, index))]
    if not teasers:
        return
    first_seen: dict[str, int] = {}
    last_seen: dict[str, int] = {}
    for index, line in enumerate(sheet.lines):
        for gram in _grams(_TOKEN.findall(line.key)):
            first_seen.setdefault(gram, index)
            last_seen[gram] = index
    for index, tokens in teasers:
        # The last word may be cut in the middle, and an editor may have trimmed the end: three quarters must recur.
        grams = _grams(tokens[: max(_GRAM, len(tokens) * 3 // 4)])
        if all(last_seen.get(gram, -1) > index for gram in grams) or all(
            first_seen.get(gram, index) < index for gram in grams
        ):
            sheet.strike(index, Rule.TEASER)


def _strike_cut_titles(sheet: Sheet) -> None:
    """Strike out the headline once more, cut off: few words are enough, as they are the first of it."""
    if sheet.headline_at is None:
        return
    title = sheet.lines[sheet.headline_at].key
    for index, line in enumerate(sheet.lines):
        found = None if index == sheet.headline_at or line.is_prose else _CUT.search(line.text)
        if found is None or found.group(1):
            continue
        start = folded_words(line.text[: found.start()])
        if line.words >= _CUT_TITLE_WORDS and start and title.startswith(start):
            sheet.strike(index, Rule.TEASER)


def _cut_tokens(sheet: Sheet, index: int) -> list[str]:
    if not sheet.stands(index):
        return []
    text = sheet.lines[index].text
    found = _CUT.search(text)
    if found is None or (found.group(1) and not is_furniture(found.group(1))):
        return []
    tokens = _TOKEN.findall(folded_words(text[: found.start()]))
    return tokens if len(tokens) >= _TEASER_MIN_TOKENS else []


def _grams(tokens: list[str]) -> list[str]:
    return [" ".join(tokens[start : start + _GRAM]) for start in range(len(tokens) - _GRAM + 1)]

"""Names: capitalised sequences of a text, the small words inside them included."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

from pipelines.core.events.frequencies import term_hash
from pipelines.core.events.pieces import BEGINS, ENDS, NOUNS_CAPITALISED, NameWord, Pieces, fold_word
from pipelines.core.events.stop_words import stop_words

# Small words that may stand inside a name: Bank of England, Ursula von der Leyen.
_CONNECTORS = frozenset(
    ("of", "the", "for", "de", "la", "del", "da", "dos", "du", "di", "al", "bin", "von", "van", "der", "den")
)
_SENTENCE_ENDS = ".!?…:\n"
_OPENERS = " \"'“”‘’„«»‹›([—–-"
_OPENING_QUOTES = "\"'“‘„«("
_LOOK_BACK = 4
_MOST_FOLDED = 16_384
_NOWHERE = -3


def read_names(text: Pieces, language: str) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
    """Names with how often they stand in the text, and how the text first writes them, word by word.

    A single word at the start of a sentence counts only if it is a name elsewhere too.
    """
    stop = stop_words(language)
    sure: dict[str, int] = {}
    unsure: dict[str, int] = {}
    surfaces: dict[str, tuple[str, ...]] = {}
    for at, run in _runs(text):
        first, is_single = run[0], len(run) == 1
        if is_single and first.is_stop:
            continue
        begins = (is_single or first.is_stop) and _starts_sentence(text, at, first.start)
        words = run[1:] if begins and first.is_stop else run
        name = words[0].bare if len(words) == 1 else " ".join([word.bare for word in words])
        if len(name) < 2 or name in stop:
            continue
        counts = unsure if begins and len(words) == 1 else sure
        if name not in surfaces:
            surfaces[name] = tuple([word.surface for word in words])
        counts[name] = counts.get(name, 0) + 1
    return {name: count + unsure.get(name, 0) for name, count in sure.items()}, surfaces


def words_of_names(names: dict[str, int], language: str) -> frozenset[int]:
    """Hashes of words that stand in names. None where every noun has a capital: there a name cannot be told from a noun."""
    if language in NOUNS_CAPITALISED:
        return frozenset()
    return frozenset(chain.from_iterable([_folded(name, language) for name in names]))


@lru_cache(maxsize=_MOST_FOLDED)
def _folded(name: str, language: str) -> tuple[int, ...]:
    return tuple(term_hash(folded) for word in name.split() for folded in fold_word(word, language))


def _runs(text: Pieces) -> Iterator[tuple[int, list[NameWord]]]:
    """Capitalised words one space, hyphen or connector apart, each run with the piece it begins in."""
    chunks, pieces = text.chunks, text.pieces
    run: list[NameWord] = []
    between: list[NameWord] = []
    begin, end = 0, _NOWHERE  # the piece with the run's first word; the last one, if it ends with its word
    for at in text.telling:
        words, flags = pieces[at].name_words, pieces[at].flags
        if not words:
            continue
        is_next = at <= end + 2 and flags & BEGINS != 0
        if is_next and at == end + 2:
            between = [] if between else _connector(chunks[end + 1])
            is_next = bool(between)
        for word in words:
            follows = is_next and word.follows and bool(run)
            is_next = True
            if word.is_capital and follows:
                run += [*between, word]
                between = []
            elif follows and not between and word.surface in _CONNECTORS:
                between = [word]
            else:
                if run:
                    yield begin, run
                begin, run, between = at, [word] if word.is_capital else [], []
        end = at if flags & ENDS else _NOWHERE
    if run:
        yield begin, run


def _connector(chunk: str) -> list[NameWord]:
    return [NameWord(chunk, chunk, False, 0, True, False)] if chunk in _CONNECTORS else []


def _starts_sentence(text: Pieces, at: int, start: int) -> bool:
    """Whether a word at a place of a piece is the first of a sentence or of a quotation."""
    chunk = text.chunks[at]
    start += text.pieces[at].lead
    last = text.chunks[at - 1][-1:] if at else ""
    if start == 0 and last and last not in _OPENERS:
        return last in _SENTENCE_ENDS
    if start >= _LOOK_BACK:
        before = chunk[start - _LOOK_BACK : start]
    else:
        before = " ".join((*text.chunks[max(0, at - _LOOK_BACK) : at], chunk[:start]))[-_LOOK_BACK:]
    told = before.rstrip(_OPENERS)
    return not told or told[-1] in _SENTENCE_ENDS or before[-1] in _OPENING_QUOTES

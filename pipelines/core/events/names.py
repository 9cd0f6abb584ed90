"""Names: capitalised sequences of a text, the small words inside them included."""

from collections.abc import Iterator

from pipelines.core.events.pieces import NOUNS_CAPITALISED, NameWord, Pieces, fold_word
from pipelines.core.events.stop_words import stop_words

# Small words that may stand inside a name: Bank of England, Ursula von der Leyen.
_CONNECTORS = frozenset(
    ("of", "the", "for", "de", "la", "del", "da", "dos", "du", "di", "al", "bin", "von", "van", "der", "den")
)
_SENTENCE_ENDS = ".!?…:\n"
_OPENERS = " \"'“”‘’„«»‹›([—–-"
_OPENING_QUOTES = "\"'“‘„«("
_LOOK_BACK = 4
_NOWHERE = -3


def read_names(pieces: Pieces, language: str) -> tuple[dict[str, int], dict[str, str]]:
    """Names with how often they stand in the text, and how the text writes them (`#` before the name).

    A single word at the start of a sentence counts only if it is a name elsewhere too.
    """
    stop = stop_words(language)
    sure: dict[str, int] = {}
    unsure: dict[str, int] = {}
    surfaces: dict[str, str] = {}
    for run, starts_sentence in _runs(pieces):
        words = run[1:] if starts_sentence and run[0].is_stop else run
        name = " ".join([word.bare for word in words])
        if len(name) < 2 or name in stop:
            continue
        counts = unsure if starts_sentence and len(words) == 1 else sure
        if name not in sure and name not in unsure:
            surfaces["#" + name] = " ".join([word.surface for word in words])
        counts[name] = counts.get(name, 0) + 1
    return {name: count + unsure.get(name, 0) for name, count in sure.items()}, surfaces


def words_of_names(names: dict[str, int], language: str) -> frozenset[str]:
    """Words that stand in names. None where every noun has a capital: there a name cannot be told from a noun."""
    if language in NOUNS_CAPITALISED:
        return frozenset()
    return frozenset(
        folded for name in names for word in name.split() for folded in fold_word(word, language)
    )


def _runs(pieces: Pieces) -> Iterator[tuple[list[NameWord], bool]]:
    """Capitalised words one space, hyphen or connector apart, and whether they start a sentence."""
    chunks = pieces.chunks
    run: list[NameWord] = []
    between: list[NameWord] = []
    starts = False
    end = _NOWHERE  # the last piece with a name, if it ends with its word
    for at, words in [(at, words) for at, words in enumerate(pieces.name_words) if words]:
        is_next = at <= end + 2 and chunks[at].startswith(words[0].surface)
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
                    yield run, starts
                run, between = [], []
                if word.is_capital:
                    run, starts = [word], _starts_sentence(pieces, at, word.start)
        end = at if chunks[at].endswith(words[-1].surface) else _NOWHERE
    if run:
        yield run, starts


def _connector(chunk: str) -> list[NameWord]:
    return [NameWord(chunk, chunk, False, True, 0, True)] if chunk in _CONNECTORS else []


def _starts_sentence(pieces: Pieces, at: int, start: int) -> bool:
    """Whether a word at a place of a piece is the first of a sentence or of a quotation."""
    chunk = pieces.chunks[at]
    start += chunk.find(pieces.cores[at])
    last = pieces.chunks[at - 1][-1:] if at else ""
    if start == 0 and last and last not in _OPENERS:
        return last in _SENTENCE_ENDS
    if start >= _LOOK_BACK:
        before = chunk[start - _LOOK_BACK : start]
    else:
        before = " ".join((*pieces.chunks[max(0, at - _LOOK_BACK) : at], chunk[:start]))[-_LOOK_BACK:]
    text = before.rstrip(_OPENERS)
    return not text or text[-1] in _SENTENCE_ENDS or before[-1] in _OPENING_QUOTES

"""The words, names and numbers by which reports of one happening know each other.

Reads surface only: no model, no dictionary, the same code for every language. Scripts written without spaces give pairs
of characters; scripts with case give names (capitalised sequences); the stop list keeps the commonest words out.

Source: `research/events.md` §3.1 (what is counted, and how much of the text).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from operator import attrgetter

from pipelines.core.events.names import read_names, words_of_names
from pipelines.core.events.number_words import with_digits
from pipelines.core.events.pieces import MAY_SPELL_NUMBER, NAMES_DAY, NUMBERS, Piece, Pieces, read_pieces

# Words beyond these say little of the happening (`research/events.md` §3.1).
MAX_WORDS = 300
LEDE_WORDS = 80
_TITLE_WORDS = 12  # of the body, where there is no headline
# Measured with five candidates, B-cubed F1 against 2,700: gold5 +-0, ecb_dev +0.2, allsides_dev -0.2, folded -0.3; texts
# of 1,800 lose 0.9 on ecb_dev.
_MAX_CHARS = 2_200
# Days and numbers of a report stand in its beginning: some 1,200 and 1,500 characters.
_DAY_PIECES, _NUMBER_PIECES = 200, 250
# A mention of a day is around a name: "3rd of March 5" has two words before the name and one behind it, "3 月 5 日" two.
_BEFORE_NAME, _BEHIND_NAME = 2, 2
_CODES, _SHOWN = attrgetter("codes"), attrgetter("shown")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextWords:
    """What one text says: hashes of its folded words, with how often they stand in it, and its names.

    `title` are words of the headline, each once, `lede` those of the beginning; `of_names` are words that stand in
    names, `name_surfaces` how the text first writes each name, `title_codes` and `body_codes` all words in order, `day_passages` where days may be mentioned.
    """

    title: tuple[int, ...]
    counts: dict[int, int]
    lede: frozenset[int]
    names: dict[str, int]
    of_names: frozenset[int]
    numbers: tuple[str, ...]
    day_passages: tuple[str, ...]
    name_surfaces: dict[str, tuple[str, ...]]
    title_codes: Sequence[int]
    body_codes: Sequence[int]
    title_pieces: Sequence[Piece]
    body_pieces: Sequence[Piece]

    @property
    def body(self) -> dict[str, int]:
        """Folded words of the body with how often they stand in it."""
        return dict(
            Counter(islice(chain.from_iterable(piece.terms for piece in self.body_pieces), MAX_WORDS))
        )

    def surface(self, code: int) -> str | None:
        """A word as the text first writes it, in its body where it stands there; `None` if the text has no such word."""
        for codes, pieces in ((self.body_codes, self.body_pieces), (self.title_codes, self.title_pieces)):
            if code in codes:
                shown = chain.from_iterable(map(_SHOWN, pieces))
                return next(islice(shown, codes.index(code), None))
        return None

    def surface_of_name(self, name: str) -> str:
        """A name as the text first writes it."""
        return " ".join(self.name_surfaces[name])


def read_words(title: str, body: str, language: str) -> TextWords:
    """The words of a headline and a body in a language (its primary subtag).

    Without a headline the first words of the body stand for it. Time is linear in the text, of which only the beginning
    is read.

    >>> read_words("Dock strike ends", "The strike at Port Alder ended.", "en").names
    {'port alder': 1}
    """
    title, body = title[:_MAX_CHARS], body[:_MAX_CHARS]
    text = read_pieces(f"{title}. {body}" if title else body, language)
    names, name_surfaces = read_names(text, language)
    told = text
    if any(text.pieces[at].flags & MAY_SPELL_NUMBER for at in text.telling):
        title, body = with_digits(title, language), with_digits(body, language)
        told = read_pieces(f"{title}. {body}" if title else body, language)
    titled = title.count(" ") + 2 * title.count("\n") + 1 if title else 0
    of_title, of_body = told.pieces[:titled], told.pieces[titled:]
    body_words, title_words = _first_codes(of_body), _first_codes(of_title)
    return TextWords(
        title=tuple(dict.fromkeys(title_words or body_words[:_TITLE_WORDS])),
        counts=Counter(body_words),
        lede=frozenset(body_words[:LEDE_WORDS]),
        names=names,
        of_names=words_of_names(names, language),
        numbers=_numbers(told),
        day_passages=tuple(_day_passages(text)),
        name_surfaces=name_surfaces,
        title_codes=title_words,
        body_codes=body_words,
        title_pieces=of_title,
        body_pieces=of_body,
    )


def _first_codes(pieces: Sequence[Piece]) -> list[int]:
    return list(islice(chain.from_iterable(map(_CODES, pieces)), MAX_WORDS))


def _numbers(text: Pieces) -> tuple[str, ...]:
    of_pieces = [text.pieces[at] for at in text.telling if at < _NUMBER_PIECES]
    numbers = chain.from_iterable([piece.numbers for piece in of_pieces if piece.flags & NUMBERS])
    return tuple(dict.fromkeys(numbers))


def _day_passages(text: Pieces) -> Iterator[str]:
    """What stands around names of days: a search of the whole text for dates costs several times as much."""
    start = end = 0
    for at in text.telling:
        if at >= _DAY_PIECES:
            break
        if text.pieces[at].flags & NAMES_DAY:
            if at - _BEFORE_NAME > end:
                if end:
                    yield " ".join(text.chunks[start:end])
                start = at - _BEFORE_NAME
            end = at + 1 + _BEHIND_NAME
    if end:
        yield " ".join(text.chunks[start:end])

"""The agencies: who they are, what they are called, and where such a name stands in a short text.

`agencies.json` has one object an agency:

    id, name, wikidata     what the credit says
    languages, domains     languages of its service; sites whose own pages are the agency's text
    names                  safe wherever a credit may stand ("Agence France-Presse")
    tokens                 short forms; case counts; safe in brackets, slashes and author fields ("AFP")
    bracketed              words and given names as well: safe only in a bracket at a credit's place ("Antara")
    sign_offs              phrases that must stand in this order in one of the last paragraphs
    closing_lines          regular expressions that one of the last paragraphs must be
    credited, not_credited examples, each a test: `body: ` or `byline: ` and the text

Source: `research/wire.md` §5; the examples are written for this file.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby
from operator import itemgetter

import orjson

_DISTINCT_CHARS = 4
_MOST_LABELS = 8  # more than any domain of the table has, so that a hostile host costs nothing
_RUNS_ON = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """One news agency."""

    id: str
    name: str
    languages: tuple[str, ...]
    domains: tuple[str, ...]
    names: tuple[str, ...]
    tokens: tuple[str, ...]
    bracketed: tuple[str, ...]
    sign_offs: tuple[tuple[str, ...], ...]
    closing_lines: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """Where an agency is named: `text[start:end]`."""

    agency: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Spellings:
    """Spellings with their agencies, the longest first.

    Hardly a line names an agency, so one pattern (`any_spelling`) looks for the place of any: it reads each letter once
    and leaps from capital to capital. A search a spelling cost six times as much, a plain alternation of 240 names fifty.
    """

    agency: dict[str, str]
    by_first: dict[str, tuple[str, ...]]
    any_spelling: re.Pattern[str]

    def mentions(self, text: str) -> list[Mention]:
        """Every spelling in the text, left to right, none inside another: of two the longer stands."""
        found: list[Mention] = []
        covered: set[int] = set()
        for spelling, start in sorted(self._spelled(text), key=_longest_first_place):
            end = start + len(spelling)
            if start not in covered and _is_whole(text, start, end):
                covered.update(range(start, end))
                found.append(Mention(self.agency[spelling], start, end))
        return sorted(found, key=_by_start)

    def _spelled(self, text: str) -> Iterator[tuple[str, int]]:
        found = self.any_spelling.search(text)
        while found is not None:
            start = found.start()
            for spelling in self.by_first[text[start]]:
                if text.startswith(spelling, start):
                    yield spelling, start
            found = self.any_spelling.search(text, start + 1)

    def at(self, text: str, start: int = 0) -> Mention | None:
        """The longest spelling that begins at a place of the text."""
        for spelling in self.by_first.get(text[start : start + 1], ()):
            if text.startswith(spelling, start) and _is_whole(text, start, start + len(spelling)):
                return Mention(self.agency[spelling], start, start + len(spelling))
        return None


@cache
def agencies() -> tuple[Agency, ...]:
    """The table, in its own order."""
    rows = orjson.loads(files("pipelines.core.credit").joinpath("agencies.json").read_bytes())
    return tuple(
        Agency(
            id=row["id"],
            name=row["name"],
            languages=tuple(row["languages"]),
            domains=tuple(row["domains"]),
            names=tuple(row["names"]),
            tokens=tuple(row["tokens"]),
            bracketed=tuple(row.get("bracketed", ())),
            sign_offs=tuple(map(tuple, row.get("sign_offs", ()))),
            closing_lines=tuple(map(re.compile, row.get("closing_lines", ()))),
        )
        for row in rows
    )


@cache
def agency_ids() -> frozenset[str]:
    """Ids of the table."""
    return frozenset(agency.id for agency in agencies())


@cache
def names() -> Spellings:
    """Names that are safe wherever a credit may stand."""
    return spellings_of((agency.id, agency.names) for agency in agencies())


@cache
def author_spellings() -> Spellings:
    """What names an agency in an author field: names and tokens."""
    return spellings_of((agency.id, (*agency.names, *agency.tokens)) for agency in agencies())


@cache
def bracket_spellings() -> Spellings:
    """What names an agency in a bracket at a credit's place: everything."""
    return spellings_of(
        (agency.id, (*agency.names, *agency.tokens, *agency.bracketed)) for agency in agencies()
    )


@cache
def distinct_spellings() -> Spellings:
    """What names an agency without a bracket: names, and tokens of four letters or more."""
    return spellings_of(
        (agency.id, (*agency.names, *(token for token in agency.tokens if len(token) >= _DISTINCT_CHARS)))
        for agency in agencies()
    )


@cache
def run_on_spellings() -> tuple[tuple[str, str], ...]:
    """Spellings in Chinese, Japanese and Korean with their agencies, the longest first."""
    agency = bracket_spellings().agency
    return tuple(
        (spelling, agency[spelling]) for spelling in sorted(agency, key=_longest_first) if runs_on(spelling)
    )


def runs_on(text: str) -> bool:
    """Whether a text has signs of a script that puts no spaces between words."""
    return _RUNS_ON.search(text) is not None


def agency_of_host(host: str) -> str | None:
    """The agency whose site a host belongs to.

    >>> agency_of_host("www.reuters.com"), agency_of_host("notreuters.com")
    ('reuters', None)
    """
    labels = host.lower().rstrip(".").split(".")
    domains = _domains()
    suffixes = (".".join(labels[i:]) for i in range(max(0, len(labels) - _MOST_LABELS), len(labels)))
    return next((domains[suffix] for suffix in suffixes if suffix in domains), None)


@cache
def _domains() -> dict[str, str]:
    return {domain: agency.id for agency in agencies() for domain in agency.domains}


def spellings_of(groups: Iterable[tuple[str, tuple[str, ...]]]) -> Spellings:
    """Spellings of agencies, given as id and spellings."""
    agency = {spelling: agency_id for agency_id, spellings in groups for spelling in spellings}
    longest_first = sorted(agency, key=_longest_first)
    by_first: dict[str, tuple[str, ...]] = {}
    for spelling in longest_first:
        by_first[spelling[0]] = (*by_first.get(spelling[0], ()), spelling)
    any_spelling = re.compile(any_of(longest_first))
    return Spellings({spelling: agency[spelling] for spelling in longest_first}, by_first, any_spelling)


def any_of(words: Sequence[str]) -> str:
    """A pattern of words, at least one, that begins with a letter for each first letter and reads each letter once.

    >>> any_of(["AP", "AFP", "APA"])
    '(?:A(?:FP|P(?:A)?))'
    """
    endings = [
        re.escape(letter) + _endings([word[1:] for word in group])
        for letter, group in groupby(sorted(words), key=itemgetter(0))
    ]
    return f"(?:{'|'.join(endings)})"


def _endings(words: list[str]) -> str:
    longer = [word for word in words if word]
    if not longer:
        return ""
    if len(words) == 1:
        return re.escape(words[0])
    return any_of(longer) + ("?" if len(longer) < len(words) else "")


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether no word goes on before or behind. Chinese, Japanese and Korean always run on."""
    opens = start == 0 or not _is_word(text[start - 1]) or runs_on(text[start])
    closes = end == len(text) or not _is_word(text[end]) or runs_on(text[end - 1])
    return opens and closes


def _is_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


def _by_start(mention: Mention) -> int:
    return mention.start


def _longest_first_place(place: tuple[str, int]) -> tuple[tuple[int, str], int]:
    spelling, start = place
    return _longest_first(spelling), start


def _longest_first(spelling: str) -> tuple[int, str]:
    return -len(spelling), spelling

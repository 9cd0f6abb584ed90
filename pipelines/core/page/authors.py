"""Who wrote it: people's names out of bylines, metadata and lists, without `By` and without the house."""

import re
from collections.abc import Iterable

from pipelines.core.page.jsonld import Agent

_MAX_NAME_CHARS = 60
_MAX_AUTHORS = 20

# `By`, in the languages whose outlets put it into their metadata.
_BY = re.compile(
    r"^(?:(?:written|reported|story|text|words|reporting)\s+by|by|von|par|por|da|di|door|av|af|przez|autor(?:in)?|auteur|author"
    r"|автор|текст|от|tekst|teksti|από)\b\s*:?\s+",
    re.IGNORECASE,
)
_AND = re.compile(
    r"\s*(?:[;|/•·]|,(?!\s*(?:jr|sr|phd|md|dr)\b)|\s(?:and|und|et|y|e|en|och|og|i|и|&)\s)\s*", re.IGNORECASE
)
_ROLE = re.compile(r"\s*(?:[(\[<{].*|\s[-–—]\s.*|,?\s+(?:in|aus|à|in)\s+[A-ZÄÖÜÉ][\w-]+)$", re.DOTALL)
_HANDLE = re.compile(r"(?:^|\s)@\w+|https?://\S+|\S+@\S+\.\w+")
_NO_PERSON = re.compile(
    r"\b(?:news(?:room|desk|paper)?|redaktion|redaction|rédaction|redacción|redazione|redactie|redakcja|редакция|desk|staff"
    r"|editors?|editorial|agency|agencies|agence|agentur|agencia|agenzia|correspondent|reporters?|team|online|media|press|service|tv|radio"
    r"|admin|administrator|webmaster|unknown|null|none|undefined|anonymous|dpa|afp|reuters|ap|ansa|efe|apa|pti|ians|tass|xinhua|sid|kna|epd)\b"
    r"|\.(?:com|de|net|org|fr|co|uk|at|ch|it|es|ru|info)\b",
    re.IGNORECASE,
)


def people(agents: Iterable[Agent], *, outlet: str | None = None) -> tuple[str, ...]:
    """The names of people, each once, in order. Organisations, handles, addresses and the outlet itself are none.

    >>> people([Agent("By Ana Lee and Bo Finch"), Agent("@analee"), Agent("The Harbour Press")])
    ('Ana Lee', 'Bo Finch')
    """
    house = (outlet or "").casefold()
    names: list[str] = []
    for agent in agents:
        if agent.is_organisation:
            continue
        for name in _names(agent.name):
            if name.casefold() != house and name not in names and _is_person(name):
                names.append(name)
    return tuple(names[:_MAX_AUTHORS])


def _names(line: str) -> list[str]:
    line = _HANDLE.sub(" ", line[:1_000]).strip()
    line = _BY.sub("", line)
    return [_ROLE.sub("", _BY.sub("", part.strip())).strip(" .,;:-–—") for part in _AND.split(line)]


def _is_person(name: str) -> bool:
    return (
        1 < len(name) <= _MAX_NAME_CHARS
        and any(character.isalpha() for character in name)
        and not any(character.isdigit() for character in name)
        and _NO_PERSON.search(name) is None
    )

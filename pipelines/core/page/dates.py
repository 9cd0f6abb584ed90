"""Times as web pages print them, and which of several statements is the publication."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from pipelines.core.instants import CLOCK_DRIFT, StatedTime, parse_iso
from schemas.article_parts import Precision, PublishedSource, Zone

# A date and the same date with its zone lie no further apart: a day, and the widest zone.
_SAME_STATEMENT = timedelta(hours=36)
# A clock that was never set says 1970; archives that reach further back are not news.
_EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)

_ISO_START = re.compile(
    r"\s*(\d{4}[-/]\d\d[-/]\d\d(?:[T ]+\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?\s*(?:Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d(?!\d))?)?)",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"\s*(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?:\D{1,5}(\d{1,2})[:.](\d\d))?")
_RFC_822 = re.compile(
    r"\s*(?:[A-Za-z]{3},?\s+)?\d{1,2}\s+[A-Za-z]{3}\s+\d{4}\s+\d\d:\d\d(:\d\d)?(\s+(?:[+-]\d{4}|[A-Z]{1,3}))?"
)
_EPOCH = re.compile(r"\s*(\d{10})(\d{3})?\s*")
_URL_DAY = re.compile(r"[/_-]((?:19|20)\d\d)[/-]?(0[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01])(?=[/_.-]|$)")


@dataclass(frozen=True, slots=True)
class Statement:
    """A publication time and where it was said."""

    time: StatedTime
    source: PublishedSource


def stated_time(text: str | None) -> StatedTime | None:
    """The time of a machine-readable date as pages and feeds have it: ISO 8601, RFC 822, epoch, `02.03.2026`.

    A statement without zone keeps that (`assumed`). Words in a language are not read.

    >>> stated_time("Mon, 02 Mar 2026 09:30:00 +0100").instant.isoformat()
    '2026-03-02T08:30:00+00:00'
    >>> stated_time("2026-03-02 09:30").zone.value
    'assumed'
    >>> stated_time("yesterday") is None
    True
    """
    if not text or len(text) > 100:
        return None
    exact = parse_iso(text)
    if exact is not None:
        return exact
    iso = _ISO_START.match(text)
    if iso is not None:
        return parse_iso(iso.group(1).replace("/", "-"))
    return _dotted(text) or _rfc_822(text) or _epoch(text)


def url_day(url: str) -> StatedTime | None:
    """The day in an address, as in `/2026/03/02/`, in no zone.

    >>> url_day("https://news.example/2026/03/02/harbour").precision.value
    'day'
    """
    found = _URL_DAY.search(url)
    return parse_iso("-".join(found.groups())) if found is not None else None


def first_publication(statements: Iterable[Statement], latest: datetime | None) -> Statement | None:
    """The statement that counts: the first plausible one, made exact by a later one that means the same.

    A naive time or a mere day yields to a statement of the same time that has its zone. Implausible is a time more
    than a day after `latest` (the fetch) or before 1971.
    """
    plausible = [statement for statement in statements if is_plausible(statement.time, latest)]
    if not plausible:
        return None
    first = plausible[0]
    if first.time.zone is not Zone.ASSUMED:
        return first
    for other in plausible[1:]:
        exact = other.time.zone is Zone.STATED and other.time.precision is not Precision.DAY
        if exact and abs(other.time.instant - first.time.instant) <= _SAME_STATEMENT:
            return other
    return first


def is_plausible(time: StatedTime, latest: datetime | None) -> bool:
    """Whether a page fetched at `latest` can have been published then."""
    return time.instant >= _EARLIEST and (latest is None or time.instant <= latest + CLOCK_DRIFT)


def _dotted(text: str) -> StatedTime | None:
    found = _DOTTED.match(text)
    if found is None:
        return None
    day, month, year, hour, minute = found.groups()
    clock = f"T{hour:0>2}:{minute}" if hour is not None else ""
    return parse_iso(f"{year}-{month:0>2}-{day:0>2}{clock}")


def _rfc_822(text: str) -> StatedTime | None:
    found = _RFC_822.match(text)
    if found is None:
        return None
    try:
        instant = parsedate_to_datetime(text.strip())
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    naive = instant.tzinfo is None or found.group(2) is None
    precision = Precision.MINUTE if found.group(1) is None else Precision.SECOND
    utc = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    return StatedTime(instant=utc, precision=precision, zone=Zone.ASSUMED if naive else Zone.STATED)


def _epoch(text: str) -> StatedTime | None:
    found = _EPOCH.fullmatch(text)
    if found is None:
        return None
    instant = datetime.fromtimestamp(int(found.group(1)), tz=UTC)
    return StatedTime(instant=instant, precision=Precision.SECOND, zone=Zone.STATED)

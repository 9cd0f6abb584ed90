"""A stream of mixed records, the same for the same seed: invented agencies and sites, stories with lives, copies, rejects.

Every version of a story has the story's key, so that its order in a partition is the order it was made in.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson

AGENCIES = ("meridian.example", "estuary.example", "northwire.example", "harbour.example", "basalt.example")
SITES = ("gazette.example", "herald.example", "courier.example")
# Long past when a test runs, whatever its clock says: received times of records to come are taken for the reader's own.
FIRST = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
EVERY = timedelta(seconds=20)

_HAPPENINGS = (
    ("ferry service resumes", "ferries", "passengers"),
    ("bridge closed for repairs", "lorries", "commuters"),
    ("dock strike ends", "cranes", "dock workers"),
    ("flood barrier opened", "sluices", "residents"),
    ("museum returns statues", "statues", "curators"),
    ("airport adds runway", "flights", "pilots"),
    ("school wins prize", "pupils", "teachers"),
    ("refinery fire put out", "engines", "firefighters"),
    ("orchard harvest fails", "apples", "growers"),
    ("theatre burns down", "seats", "actors"),
    ("hospital wing reopens", "beds", "nurses"),
    ("court frees editor", "witnesses", "lawyers"),
)
_SYLLABLES = (
    "bran",
    "dor",
    "kel",
    "mar",
    "ost",
    "pel",
    "quin",
    "ras",
    "tor",
    "ul",
    "ven",
    "wick",
    "yar",
    "zem",
)
_SENTENCES = (
    "{group} in {place} said on Monday that {number} {things} were counted before noon near {other}.",
    "The mayor of {place}, {name}, called the decision overdue after {number} days of talks.",
    "A report by {name} of {other} puts the cost at {number} million crowns over three years.",
    "Witnesses in {place} told reporters that the {things} had been moved {number} metres from {other}.",
    "The ministry promised {number} new places for {group} of {place} by the end of the season.",
    "A new pier at {other} was paid for with {number} crowns that {name} had collected.",
    "{name}, who has worked in {place} since {number} firms left {other}, welcomed the news.",
    "Insurers had paid for {number} {things} in the year before, more than for {other}.",
    "It was not clear on Monday whether {name} and the {group} would accept {number} crowns.",
    "Two engineers from {other} will inspect the {things} of {place} every {number} weeks from now on.",
    "The council of {place} voted {number} to nine in favour, with {name} abstaining.",
    "{place} has lost {number} of its {things} since the winter, said a clerk from {other}.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What is sent: a wire message or a page, when, and under which key."""

    is_wire: bool
    key: bytes
    value: bytes | None
    time: datetime
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """What a text is about: names that no other has, and a happening that many have."""

    place: str
    other: str
    name: str
    what: str
    things: str
    group: str
    words: tuple[str, ...]


@dataclass(slots=True)
class _Story:
    guid: str
    subject: _Subject
    headline: str
    text: str
    version: int = 1


class MixedStream:
    """Makes one record after the other. `embargoes`: some stories may not be seen when they come."""

    def __init__(self, seed: int, *, pages: bool = True, embargoes: bool = False) -> None:
        self._random = random.Random(seed)
        self._stories: list[_Story] = []
        self._count = 0
        self._pages: list[tuple[str, bytes]] = []
        turns: dict[Callable[[], Sent], int] = {
            self._new: 40,
            self._copy: 14,
            self._report: 12,
            self._update: 10,
            self._correction: 5,
            self._hold: 3,
            self._release: 3,
            self._kill: 4,
            self._again: 3,
            self._broken: 4,
            self._without_text: 2,
        }
        if pages:
            turns |= {self._page: 4, self._page_again: 1}
        if embargoes:
            turns[self._embargoed] = 3
        self._turns = turns
        self._last: Sent | None = None

    def take(self, count: int) -> list[Sent]:
        """The next so many records."""
        return [self._next() for _ in range(count)]

    def _next(self) -> Sent:
        self._count += 1
        if not self._stories:
            return self._new()
        (turn,) = self._random.choices([*self._turns], [*self._turns.values()])
        return turn()

    @property
    def _now(self) -> datetime:
        return FIRST + EVERY * self._count

    def _new(self) -> Sent:
        return self._told(self._begun(*self._written(self._subject())))

    def _copy(self) -> Sent:
        """Another agency has the same text."""
        story = self._random.choice(self._stories[-40:])
        return self._told(self._begun(story.subject, story.headline, story.text))

    def _report(self) -> Sent:
        """Another agency tells of the same happening in other words."""
        story = self._random.choice(self._stories[-40:])
        return self._told(self._begun(*self._written(story.subject)))

    def _update(self) -> Sent:
        story = self._picked()
        story.text = f"{story.text} {self._sentence(story.subject)}"
        return self._told(story)

    def _correction(self) -> Sent:
        story = self._picked()
        story.headline = f"{story.headline}, corrected {self._count}"
        return self._told(story, signals=["sig:correction"])

    def _hold(self) -> Sent:
        return self._told(self._picked(), pubstatus="withheld")

    def _release(self) -> Sent:
        return self._told(self._picked(), signals=["sig:release"])

    def _kill(self) -> Sent:
        story = self._picked()
        return self._wire(story.guid, {"uri": story.guid, "pubstatus": "canceled"})

    def _embargoed(self) -> Sent:
        until = self._now + timedelta(hours=1)
        return self._told(self._begun(*self._written(self._subject())), embargoed=until.isoformat())

    def _again(self) -> Sent:
        """The bytes of the record before, under its key: a sender that was not sure."""
        assert self._last is not None
        return self._last

    def _broken(self) -> Sent:
        return self._wire(f"broken{self._count}", b'{"uri": "urn:broken:%d", ' % self._count)

    def _without_text(self) -> Sent:
        url = f"https://{self._random.choice(SITES)}/empty/{self._count}"
        return self._served(url, b"<html><body></body></html>")

    def _page(self) -> Sent:
        _, headline, text = self._written(self._subject())
        url = f"https://{self._random.choice(SITES)}/news/{self._count}"
        body = _html(headline, text, self._now)
        self._pages.append((url, body))
        return self._served(url, body)

    def _page_again(self) -> Sent:
        """The same page as it is served later."""
        if not self._pages:
            return self._page()
        return self._served(*self._random.choice(self._pages[-20:]))

    def _picked(self) -> _Story:
        story = self._random.choice(self._stories[-60:])
        story.version += 1
        return story

    def _begun(self, subject: _Subject, headline: str, text: str) -> _Story:
        guid = f"urn:newsml:{self._random.choice(AGENCIES)}:20260302:{self._count}"
        story = _Story(guid, subject, headline, text)
        self._stories.append(story)
        return story

    def _written(self, subject: _Subject) -> tuple[_Subject, str, str]:
        """A headline and a text of some two hundred words."""
        sentences = self._random.sample(_SENTENCES, 6)
        headline = f"{subject.place} {subject.what}, says {subject.name}"
        return subject, headline, " ".join(self._sentence(subject, sentence) for sentence in sentences)

    def _subject(self) -> _Subject:
        what, things, group = self._random.choice(_HAPPENINGS)
        name = f"{self._name()} {self._name()}"
        return _Subject(
            place=self._name(),
            other=self._name(),
            name=name,
            what=what,
            things=things,
            group=group,
            words=tuple(self._name().lower() for _ in range(12)),
        )

    def _name(self) -> str:
        return "".join(self._random.choices(_SYLLABLES, k=3)).capitalize()

    def _sentence(self, subject: _Subject, sentence: str | None = None) -> str:
        told = (sentence or self._random.choice(_SENTENCES)).format(
            place=subject.place,
            other=subject.other,
            name=subject.name,
            things=subject.things,
            group=subject.group,
            number=self._random.randrange(10, 10_000),
        )
        # Words of its own, more than all others: which of two near texts is a rewrite of which, the order of arrival
        # decides, and that differs over several partitions.
        own = " ".join(self._name().lower() for _ in range(22))
        return f"{told} It spoke of the {self._random.choice(subject.words)} {own}."

    def _told(self, story: _Story, **changes: object) -> Sent:
        item = {
            "uri": story.guid,
            "type": "text",
            "version": str(story.version),
            "versioncreated": self._now,
            "pubstatus": "usable",
            "language": "en",
            "headline": story.headline,
            "body_text": story.text,
        }
        return self._wire(story.guid, item | changes)

    def _wire(self, key: str, item: dict[str, object] | bytes) -> Sent:
        value = item if isinstance(item, bytes) else orjson.dumps(item, option=orjson.OPT_UTC_Z)
        return self._sent(is_wire=True, key=key, value=value)

    def _served(self, url: str, body: bytes) -> Sent:
        headers = (
            ("ce_specversion", b"1.0"),
            ("ce_id", b"%d" % self._count),
            ("ce_type", b"news.page.fetched"),
            ("ce_source", b"crawler"),
            ("ce_subject", url.encode()),
            ("ce_time", self._now.isoformat().encode()),
            ("content-type", b"text/html; charset=utf-8"),
        )
        return self._sent(is_wire=False, key=url, value=body, headers=headers)

    def _sent(
        self, *, is_wire: bool, key: str, value: bytes, headers: tuple[tuple[str, bytes], ...] = ()
    ) -> Sent:
        self._last = Sent(is_wire=is_wire, key=key.encode(), value=value, time=self._now, headers=headers)
        return self._last


def _html(headline: str, text: str, published: datetime) -> bytes:
    paragraphs = "".join(f"<p>{sentence}.</p>" for sentence in text.split(". "))
    return (
        f'<html lang="en"><head><title>{headline}</title>'
        f'<meta property="article:published_time" content="{published.isoformat()}"></head>'
        f"<body><article><h1>{headline}</h1>{paragraphs}</article></body></html>"
    ).encode()

"""The small values an article is made of: closed vocabularies and nested records."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from schemas.spec import Index, Spec


class SourceKind(StrEnum):
    """Which road an article came in by."""

    WEB = "web"
    WIRE = "wire"


class ItemKind(StrEnum):
    """What an item is. Advisories and daybooks are notes to editors, not articles for readers."""

    ARTICLE = "article"
    FLASH = "flash"
    ADVISORY = "advisory"
    DAYBOOK = "daybook"
    TAKE = "take"
    PICTURE = "picture"
    VIDEO = "video"
    AUDIO = "audio"
    GRAPHIC = "graphic"
    COMPOSITE = "composite"


class PubStatus(StrEnum):
    """IPTC `pubStatus`: may be used; not yet or no longer for the moment; never again."""

    USABLE = "usable"
    WITHHELD = "withheld"
    CANCELED = "canceled"


class ChangeType(StrEnum):
    """What a message says it does to its story. Derived from the message alone, never from what arrived before.

    Only `repeat` (same version once more) and `removed` (the page is gone from the web) are stamped by FollowStory.
    """

    NEW = "new"
    UPDATE = "update"
    CORRECTION = "correction"
    REFILE = "refile"
    REPEAT = "repeat"
    HOLD = "hold"
    RELEASE = "release"
    KILL = "kill"
    REMOVED = "removed"


# Facts about an article's delivery, not versions of it.
SIGHTINGS = (ChangeType.REPEAT, ChangeType.REMOVED)


class PublishedSource(StrEnum):
    """Where a publication time was read. `guess` is a guess; the others are statements."""

    JSON_LD = "json-ld"
    META = "meta"
    TIME = "time"
    WIRE = "wire"
    TEXT = "text"
    FEED = "feed"
    URL = "url"
    GUESS = "guess"


class Precision(StrEnum):
    """The unit a time was stated in."""

    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"


class Zone(StrEnum):
    """Where the zone of a time comes from: the statement, the source's profile, or nowhere (UTC assumed)."""

    STATED = "stated"
    SOURCE = "source"
    ASSUMED = "assumed"


class LanguageSource(StrEnum):
    """Who says what the language is."""

    DECLARED = "declared"
    DETECTED = "detected"


class Tdm(StrEnum):
    """Whether text and data mining is reserved by the rights holder."""

    ALLOWED = "allowed"
    RESERVED = "reserved"
    UNKNOWN = "unknown"


class AgencyRole(StrEnum):
    """What an agency is to a text. Only `origin` says that the text itself is the agency's."""

    ORIGIN = "origin"
    CONTRIBUTOR = "contributor"
    DISTRIBUTOR = "distributor"
    CITED = "cited"
    PHOTO = "photo"


class DupKind(StrEnum):
    """How a near-duplicate relates to what it repeats."""

    COPY = "copy"
    REWRITE = "rewrite"
    EXCERPT = "excerpt"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedLine:
    """A line cut from the text, and the rule that cut it."""

    line: Annotated[str, Spec("the line as it stood", Index.HISTORY)]
    reason: Annotated[str, Spec("name of the rule", Index.HISTORY)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A picture, video, sound or graphic that belongs to an article."""

    role: Annotated[str, Spec("main, inline, associated", Index.STORED)]
    url: Annotated[str | None, Spec("where it lies", Index.STORED, 8_192)] = None
    guid: Annotated[str | None, Spec("its item id on the wire", Index.STORED, 512)] = None
    caption: Annotated[str | None, Spec("as printed", Index.STORED, 4_000)] = None
    credit: Annotated[str | None, Spec("photo credit: says nothing of the text", Index.STORED)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageShare:
    """How much of a text is in one language."""

    tag: Annotated[str, Spec("BCP 47", Index.EXACT)]
    share: Annotated[float, Spec("of the characters, 0..1", Index.STORED)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A subject term (IPTC `subject`)."""

    uri: Annotated[str | None, Spec("concept URI or qcode", Index.EXACT, 512)] = None
    name: Annotated[str | None, Spec("as delivered", Index.EXACT, 512)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyCredit:
    """An agency that has to do with a text, in which role, and what says so."""

    agency: Annotated[str, Spec("id in the table of agencies", Index.EXACT)]
    role: Annotated[AgencyRole, Spec("what it is to the text", Index.EXACT)]
    evidence: Annotated[str, Spec("rule and place, as dateline:(Agency)", Index.STORED, 200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One feature's share in the decision to join an event (the model is near-linear, so this is the explanation)."""

    feature: Annotated[str, Spec("name of the feature", Index.ABSENT)]
    value: Annotated[float, Spec("as measured", Index.ABSENT)]
    weight: Annotated[float, Spec("what it added to the log-odds", Index.ABSENT)]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventReason:
    """Why an article joined its event. Empty for a founder. Names only articles that readers may see."""

    nearest_article: Annotated[str | None, Spec("article_id of the nearest member", Index.ABSENT)] = None
    shared_terms: Annotated[tuple[str, ...], Spec("heaviest first", Index.ABSENT)] = ()
    shared_entities: Annotated[tuple[str, ...], Spec("names in both", Index.ABSENT)] = ()
    shared_numbers: Annotated[tuple[str, ...], Spec("numbers in both", Index.ABSENT)] = ()
    shared_dates: Annotated[tuple[str, ...], Spec("dates mentioned in both", Index.ABSENT)] = ()
    gap_hours: Annotated[float | None, Spec("to the nearest time of the event", Index.ABSENT)] = None
    margin: Annotated[float | None, Spec("lead over the second-best event, 0..1", Index.ABSENT)] = None
    contributions: Annotated[tuple[Contribution, ...], Spec("one a feature", Index.ABSENT)] = ()

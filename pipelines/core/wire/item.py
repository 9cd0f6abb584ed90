"""One item of a wire message, whatever its format: the fields as stated, nothing concluded from them yet.

A format's module fills it; what the fields mean under the provider's rules is decided once, for all formats, in
`life`, `change`, `kind` and `kill_reference`.
"""

from dataclasses import dataclass

from schemas.article_parts import Media, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Another item that this one names, and as what (`rel`, as stated)."""

    guid: str
    rel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireItem:
    """The fields of an item as stated, in IPTC's names.

    `pub_statuses` holds every status that is stated, `embargoes` every embargo, an empty text for one without a date. `paragraphs` is the body for
    readers; `non_public` are paragraphs that only editors may see, `ed_notes` notes to them. `alt_ids` may hold the
    number by which an agency calls its message. `flags` say what was mended while reading.
    """

    guid: str
    item_type: str | None = None
    profile: str | None = None
    version: str | None = None
    pub_statuses: tuple[str, ...] = ()
    embargoes: tuple[str, ...] = ()
    version_created: str | None = None
    first_created: str | None = None
    expires: str | None = None
    headline: str | None = None
    slugline: str | None = None
    byline: str | None = None
    dateline: str | None = None
    abstract: str | None = None
    paragraphs: tuple[str, ...] = ()
    non_public: tuple[str, ...] = ()
    ed_notes: tuple[str, ...] = ()
    language: str | None = None
    urgency: str | None = None
    subjects: tuple[Subject, ...] = ()
    genres: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    copyright_notice: str | None = None
    usage_terms: str | None = None
    digital_source_type: str | None = None
    correction_note: str | None = None
    media: tuple[Media, ...] = ()
    references: tuple[Reference, ...] = ()
    alt_ids: tuple[tuple[str, str], ...] = ()
    url: str | None = None
    source_name: str | None = None
    flags: tuple[str, ...] = ()

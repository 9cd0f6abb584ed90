"""Article: one row of `history/`, one document of the index, one object on `news.articles.enriched`.

IPTC names in snake_case; times are aware UTC datetimes. The order of the fields is the order of the columns: a new
field goes to the end, optional, and nothing is ever renamed, retyped or reused.

Which stage fills what:

    ComposeArticle   identity, life, text, time, subject and rights, provenance, `replay_of`
    CleanText        the text again, `removed_lines`, `word_count`, `content_hash`
    TagLanguage      `language`, `language_source`, `language_confidence`, `languages`
    CreditAgencies   `agencies`, `origin_agency`
    FollowStory      effective `pub_status`, `change_type` repeat or removed, `was_public`, `first_received`,
                     `language_key`, `story_seq`, `superseded`, `overtaken`, `story_state`
    LinkRepeats      `copy_family`, `dup_*`, `repeat_sketch`, `language_seq`
    AssignEventIds   `event_*`
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from schemas.article_parts import (
    AgencyCredit,
    ChangeType,
    DupKind,
    EventReason,
    ItemKind,
    LanguageShare,
    LanguageSource,
    Media,
    Precision,
    PublishedSource,
    PubStatus,
    RemovedLine,
    SourceKind,
    Subject,
    Tdm,
    Zone,
)
from schemas.record import Origin
from schemas.spec import Index, Spec
from schemas.version import PIPELINE_VERSION, SCHEMA_VERSION

_TEXT, _STORED, _HISTORY = Index.TEXT, Index.STORED, Index.HISTORY

Text = str | None
Instant = datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One version of one item, cleaned and comparable."""

    # identity
    article_id: Annotated[str, Spec("id of the item, common to all its versions", Index.EXACT, 64)]
    source_kind: Annotated[SourceKind, Spec("web or wire")]
    source: Annotated[
        str, Spec("provider of a wire, registrable domain of a page, `file` for bare files", Index.EXACT, 255)
    ]
    order_key: Annotated[
        int, Spec("orders the versions of one article: canceled bit, version number, milliseconds", _STORED)
    ]
    origin: Annotated[Origin, Spec("where the record stood", _STORED)]
    payload_sha256: Annotated[str, Spec("of the record's value", _STORED, 64)]
    part: Annotated[int, Spec("0 the item itself, 1 the target of a kill by reference", _STORED)] = 0
    source_name: Annotated[Text, Spec("name of the outlet or provider", Index.EXACT, 255)] = None
    source_country: Annotated[Text, Spec("ISO 3166 alpha-2", Index.EXACT, 2)] = None
    item_kind: Annotated[ItemKind, Spec("what the item is")] = ItemKind.ARTICLE
    take_no: Annotated[int | None, Spec("number of the take of a story sent in parts", _STORED)] = None
    guid: Annotated[Text, Spec("the provider's id of the item", Index.EXACT, 512)] = None
    version: Annotated[Text, Spec("as delivered", _STORED, 64)] = None
    url: Annotated[Text, Spec("as fetched", Index.EXACT, 8_192)] = None
    canonical_url: Annotated[Text, Spec("the page's own canonical link, same site", Index.EXACT, 8_192)] = (
        None
    )
    syndicated_from: Annotated[Text, Spec("canonical link to another publisher", Index.EXACT, 8_192)] = None

    # life
    pub_status: Annotated[PubStatus, Spec("IPTC pubStatus, effective")] = PubStatus.USABLE
    change_type: Annotated[ChangeType, Spec("what the message does to its story")] = ChangeType.NEW
    was_public: Annotated[
        bool, Spec("readers had the article before this row, judged at `received`", _HISTORY)
    ] = False
    embargoed_until: Annotated[Instant, Spec("as stated", _STORED)] = None
    visible_from: Annotated[
        Instant, Spec("readers may see it from then on; null: at once, or with `withheld` until released")
    ] = None
    expires: Annotated[Instant, Spec("as stated", _STORED)] = None
    visible_until: Annotated[Instant, Spec("`expires` where the profile hides expired copy")] = None
    restricted: Annotated[bool, Spec("not for readers by the provider's profile")] = False
    correction_note: Annotated[Text, Spec("what was corrected, as published", _TEXT, 4_000)] = None
    superseded: Annotated[
        bool, Spec("a row of history only: an older or losing version, a repeat, a sighting", _HISTORY)
    ] = False

    # text
    headline: Annotated[Text, Spec("IPTC headline", _TEXT, 2_000)] = None
    slugline: Annotated[Text, Spec("IPTC slugline", Index.EXACT, 512)] = None
    byline: Annotated[Text, Spec("as printed", _STORED, 1_000)] = None
    authors: Annotated[tuple[str, ...], Spec("people, without `By`", Index.EXACT, 255)] = ()
    dateline: Annotated[Text, Spec("as printed", _STORED, 512)] = None
    abstract: Annotated[Text, Spec("standfirst, teaser or summary", _TEXT, 10_000)] = None
    body_text: Annotated[Text, Spec("paragraphs separated by a line feed", _TEXT, 2_000_000)] = None
    removed_lines: Annotated[
        tuple[RemovedLine, ...],
        Spec("cut lines with the rule that cut them; non-public lines and editors' notes", _HISTORY),
    ] = ()
    word_count: Annotated[int, Spec("words of the body", _STORED)] = 0
    section: Annotated[Text, Spec("as published", Index.EXACT, 255)] = None
    media: Annotated[tuple[Media, ...], Spec("pictures and the like", _STORED)] = ()

    # time
    published: Annotated[Instant, Spec("first publication")] = None
    published_source: Annotated[PublishedSource | None, Spec("where it was read", _STORED)] = None
    published_precision: Annotated[Precision | None, Spec("unit it was stated in", _STORED)] = None
    published_zone: Annotated[Zone | None, Spec("where its zone comes from", _STORED)] = None
    modified: Annotated[Instant, Spec("as the publisher says; orders nothing", _STORED)] = None
    version_created: Annotated[
        Instant, Spec("IPTC versionCreated, clamped to `received` + 1 day", _STORED)
    ] = None
    fetched_at: Annotated[Instant, Spec("when the page was fetched", _STORED)] = None
    received: Annotated[Instant, Spec("timestamp of the record; null for bare files", _STORED)] = None
    first_received: Annotated[Instant, Spec("of the article's first version")] = None

    # language
    language: Annotated[str, Spec("BCP 47, `und` when unsure", Index.EXACT, 35)] = "und"
    language_source: Annotated[LanguageSource | None, Spec("who says so", _STORED)] = None
    language_confidence: Annotated[float | None, Spec("of the detector, 0..1", _STORED)] = None
    languages: Annotated[tuple[LanguageShare, ...], Spec("share by paragraph, largest first", _STORED)] = ()

    # subject and rights
    urgency: Annotated[int | None, Spec("IPTC urgency, 1 (most) to 9")] = None
    subjects: Annotated[tuple[Subject, ...], Spec("IPTC subject")] = ()
    genres: Annotated[tuple[str, ...], Spec("IPTC genre", Index.EXACT, 255)] = ()
    keywords: Annotated[tuple[str, ...], Spec("as published", Index.EXACT, 255)] = ()
    services: Annotated[tuple[str, ...], Spec("wire services it was sent on", Index.EXACT, 255)] = ()
    copyright_notice: Annotated[Text, Spec("as delivered", _STORED, 5_000)] = None
    usage_terms: Annotated[
        Text, Spec("as delivered; carried along, restricts nothing by itself", _STORED, 20_000)
    ] = None
    tdm: Annotated[Tdm, Spec("text and data mining")] = Tdm.UNKNOWN
    digital_source_type: Annotated[Text, Spec("IPTC digitalSourceType", Index.EXACT, 255)] = None
    signals: Annotated[
        tuple[str, ...], Spec("IPTC signal, HTTP sightings, profile marks", Index.EXACT, 255)
    ] = ()

    # credit
    agencies: Annotated[tuple[AgencyCredit, ...], Spec("agencies with role and evidence")] = ()
    origin_agency: Annotated[
        Text, Spec("the agency whose text this is; null unless the text itself says so", Index.EXACT, 64)
    ] = None

    # repeats
    content_hash: Annotated[Text, Spec("of folded headline and body; null without text", Index.EXACT, 64)] = (
        None
    )
    copy_family: Annotated[Text, Spec("opaque id made from the family's founder", Index.EXACT, 64)] = None
    dup_of: Annotated[Text, Spec("article_id of what it repeats", Index.ABSENT, 64)] = None
    dup_kind: Annotated[DupKind | None, Spec("copy, rewrite or excerpt")] = None
    dup_similarity: Annotated[
        float | None, Spec("estimated Jaccard index of the shingle sets, 0..1", _STORED)
    ] = None
    dup_containment: Annotated[
        float | None, Spec("estimated share of the smaller text in the larger, 0..1", _STORED)
    ] = None

    # memory: history only
    repeat_sketch: Annotated[bytes | None, Spec("what LinkRepeats remembers of it", _HISTORY)] = None
    event_terms: Annotated[bytes | None, Spec("what AssignEventIds remembers of it", _HISTORY)] = None
    language_key: Annotated[
        Text, Spec("language subtag of the first version, macrolanguages folded", _HISTORY, 35)
    ] = None
    story_seq: Annotated[int | None, Spec("place in the order of its FollowStory key", _HISTORY)] = None
    language_seq: Annotated[int | None, Spec("place in the order of its language key", _HISTORY)] = None
    message_number: Annotated[Text, Spec("number by which a notice may name this message", _HISTORY, 64)] = (
        None
    )
    kill_target: Annotated[
        Text, Spec("what a notice names, one a line: guid:, number:, slug: or item:", _HISTORY, 65_536)
    ] = None
    url_key: Annotated[Text, Spec("normalised URL", _HISTORY, 8_192)] = None
    canonical_key: Annotated[Text, Spec("normalised canonical URL", _HISTORY, 8_192)] = None

    # event
    event_id: Annotated[Text, Spec("evt-YYYYMMDD- and 13 base32 characters", Index.EXACT, 64)] = None
    event_confidence: Annotated[float | None, Spec("probability that it belongs there, 0..1", _STORED)] = None
    event_is_new: Annotated[bool, Spec("this article founded the event", _STORED)] = False
    event_reason: Annotated[EventReason | None, Spec("why it joined", Index.ABSENT)] = None
    event_model: Annotated[Text, Spec("version of prior and coefficients", _STORED, 64)] = None

    # quality and provenance
    quality_flags: Annotated[tuple[str, ...], Spec("closed list in docs/glossary.md", Index.EXACT, 64)] = ()
    extractor: Annotated[Text, Spec("which road the text came by", _STORED, 64)] = None
    schema_version: Annotated[int, Spec("of this row", _STORED)] = SCHEMA_VERSION
    pipeline_version: Annotated[str, Spec("of the rules that made it", _STORED, 32)] = PIPELINE_VERSION

    # memory again: history only
    story_state: Annotated[
        bytes | None, Spec("what FollowStory remembers of the story after this row", _HISTORY)
    ] = None

    # provenance again: history only
    replay_of: Annotated[Text, Spec("dead letter that this record is a replay of", _HISTORY, 64)] = None

    # on its way only
    overtaken: Annotated[
        bool,
        Spec(
            "a row that is read again and is no longer its story's present; false in every output",
            Index.PASSING,
        ),
    ] = False

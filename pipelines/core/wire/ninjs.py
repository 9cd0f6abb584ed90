"""ninjs 1, 2 and 3: one reader, since the versions differ in spelling and in lists, not in meaning.

    ninjs 1                         ninjs 2                    ninjs 3              item
    uri (Superdesk: guid)           uri                        uri                  guid
    pubstatus                       pubstatus                  pubStatus            pub_statuses
    embargoed                       embargoed                  embargoedUntil       embargoes
    versioncreated, firstcreated    the same                   versionCreated, …    version_created, …
    headline, body_html, byline     headlines[], bodies[], by  the same             headline, paragraphs, byline
    subject[], infosource[]         subjects[], infosources[]  infoSources[]        subjects, source_name
    associations{}                  associations[]             the same             media, references

Nothing is required but an id: a kill has nothing else, and no field of any shape loses it.

Source: IPTC ninjs 1.0–3.1 JSON Schemas; research/wire.md §1.3.
"""

from pipelines.core.decode.json_guard import load_object
from pipelines.core.wire.item import Reference, WireItem
from pipelines.core.wire.json_object import MAX_ENTRIES, JsonObject, as_object, every_object
from pipelines.core.wire.kill_reference import is_killing
from pipelines.core.wire.ninjs_life import embargoes_of, statuses_of
from pipelines.core.wire.ninjs_media import media_of
from pipelines.core.wire.ninjs_text import abstract_of, body_of, headline_of, hidden_texts_of
from schemas.article_parts import Subject
from schemas.rejection import ReasonCode, Rejected
from schemas.wire import RawWire

JSON_MENDED = "json_mended"
MARKUP_BROKEN = "markup_broken"
_MAX_BYTES = 7 * 1024 * 1024  # what decoding lets through

_NOT_NEWS = ("event", "planning", "concept", "catalog")
_MAX_URL_CHARS = 8_192


def read_ninjs(wire: RawWire) -> WireItem:
    """The item that a ninjs message holds.

    Raises:
        Rejected: no id, or no news (an event, a plan).
    """
    document = load_object(wire.body, _MAX_BYTES)
    item = as_object(document.fields)
    _check_is_news(item)
    guid = item.text("uri", "guid")
    if guid is None:
        raise Rejected(ReasonCode.WIRE_ID_MISSING, "uri is missing, blank or no text")
    body = body_of(item)
    flags = [JSON_MENDED] if document.is_mended else []
    return WireItem(
        guid=guid,
        item_type=item.text("type"),
        profile=item.text("profile"),
        version=item.text("version"),
        pub_statuses=statuses_of(document.fields),
        embargoes=embargoes_of(document.fields),
        version_created=item.text("versioncreated"),
        first_created=item.text("firstcreated"),
        expires=item.text("expires"),
        headline=headline_of(item),
        slugline=item.text("slugline", "slug"),
        byline=item.text("byline", "by"),
        dateline=item.text("dateline", "located"),
        abstract=abstract_of(item),
        paragraphs=body.paragraphs,
        non_public=hidden_texts_of(item) + body.non_public,
        ed_notes=_ed_notes_of(item),
        language=item.text("language"),
        urgency=item.text("urgency"),
        subjects=_subjects_of(item),
        genres=item.texts("genres", "genre"),
        keywords=_keywords_of(item),
        services=item.texts("services", "service", "products"),
        signals=item.texts("signals", "signal", keys=("qcode", "code", "uri", "name", "value")),
        copyright_notice=item.text("copyrightnotice", "copyrightholder"),
        usage_terms="\n".join(item.texts("usageterms")) or None,
        digital_source_type=_digital_source_type_of(item),
        correction_note=item.text("correction"),
        media=media_of(item, guid),
        references=_references_of(item),
        alt_ids=_alt_ids_of(item),
        url=_web_twin_of(item),
        source_name=next(iter(item.texts("infosources", "infosource", keys=("name",))), None),
        flags=tuple(flags + ([MARKUP_BROKEN] if body.is_broken else [])),
    )


def _check_is_news(item: JsonObject) -> None:
    kind = (item.text("type") or "").lower()
    is_plan = not kind and (item.states("eventdetails") or item.states("plannedcoverage"))
    if kind in _NOT_NEWS or is_plan:
        raise Rejected(ReasonCode.WIRE_NOT_NEWS, f"an item of type {kind or 'event'}")


def _ed_notes_of(item: JsonObject) -> tuple[str, ...]:
    """The notes under each of their names: one name must not hide another's embargo or kill."""
    names = ("ednote", "ednotes", "ed_note", "ed_notes", "editorial_note", "editorsnote")
    notes = (item.texts(name, keys=("value", "ednote", "text")) for name in names)
    return tuple(dict.fromkeys(note for texts in notes for note in texts))


def _subjects_of(item: JsonObject) -> tuple[Subject, ...]:
    parts = item.items("subjects", "subject")
    subjects = (
        Subject(uri=_cut(_concept_uri(part), 512), name=_cut(part.text("name"), 512)) for part in parts
    )
    return tuple(subject for subject in subjects if subject.uri is not None or subject.name is not None)


def _concept_uri(part: JsonObject) -> str | None:
    scheme, code = part.text("scheme"), part.text("code")
    if part.text("uri", "qcode") is not None:
        return part.text("uri", "qcode")
    if scheme is not None and code is not None:
        joint = "" if scheme.endswith(("/", "#", ":")) else "/" if "/" in scheme else ":"
        return f"{scheme}{joint}{code}"
    return code or part.text("literal")


def _keywords_of(item: JsonObject) -> tuple[str, ...]:
    stated = item.texts("keywords", "keyword")
    if len(stated) == 1:
        stated = tuple(word.strip() for word in stated[0].split(",")[:256])
    return tuple(word for word in stated if word)


def _digital_source_type_of(item: JsonObject) -> str | None:
    return next(iter(item.texts("digitalsourcetype", keys=("uri", "literal", "name"))), None)


def _references_of(item: JsonObject) -> tuple[Reference, ...]:
    """Other items that this one names, media apart; those that it kills of any type and in any number."""
    kills, others = [], []
    for name in ("links", "link", "associations"):
        for part in every_object(item.raw(name)):
            guid = part.text("uri", "guid", "residref", "href")
            rels = (*part.texts("rel"), part.text("name") or "")
            rel = next(filter(is_killing, rels), rels[0])
            if guid is None:
                continue
            if is_killing(rel):
                kills.append(Reference(guid=guid, rel=rel))
            elif (part.text("type") or "text") in ("text", "composite"):
                others.append(Reference(guid=guid, rel=rel))
    return (*kills, *others[:MAX_ENTRIES])


def _alt_ids_of(item: JsonObject) -> tuple[tuple[str, str], ...]:
    """Role and value; ninjs 1 has an object of them, 2 and 3 a list."""
    value = item.raw("altids")
    if isinstance(value, dict):
        ids = as_object(value)
        pairs = ((role, ids.text(role)) for role in ids.fields)
    else:
        pairs = ((part.text("role") or "", part.text("value")) for part in item.items("altids"))
    return tuple((role, text) for role, text in pairs if text is not None)[:256]


def _web_twin_of(item: JsonObject) -> str | None:
    links = (part.text("href", "uri") for part in item.items("links") if part.text("rel") == "canonical")
    url = next((link for link in links if link is not None), None)
    is_web = url is not None and url.startswith(("http://", "https://")) and len(url) <= _MAX_URL_CHARS
    return url if is_web else None


def _cut(text: str | None, max_chars: int) -> str | None:
    return None if text is None else text[:max_chars]

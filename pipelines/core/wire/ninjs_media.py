"""Pictures, videos, sounds and graphics of a ninjs item: its associations, or itself when it is one."""

from pipelines.core.wire.json_object import JsonObject
from pipelines.core.wire.life import status_code
from pipelines.core.wire.ninjs_life import embargoes_of, statuses_of
from pipelines.core.wire.ninjs_text import line_for_readers
from pipelines.core.wire.roles import is_for_editors, role_of
from schemas.article_parts import Media

MEDIA_TYPES = ("picture", "video", "audio", "graphic")
_MAIN_NAMES = ("main", "mainpic", "mainpicture", "featuremedia", "hero", "teaser")
# The rendition meant for publication, best first; thumbnails and watermarked previews only if nothing else is there.
_RENDITIONS = ("main", "original", "hires", "highres", "supplied", "publication", "web", "preview")
_CREDIT_ROLES = ("creditline", "credit", "writer")


def media_of(item: JsonObject, guid: str) -> tuple[Media, ...]:
    """The media for readers, own ones first; an association that is held back or withdrawn is left out."""
    own = [_media(item, "main", guid)] if _kind(item) in MEDIA_TYPES else []
    parts = [part for part in item.items("associations") if _kind(part) in MEDIA_TYPES and _is_usable(part)]
    return tuple(own + [_media(part, _media_role(part), part.text("uri", "guid")) for part in parts])


def _kind(item: JsonObject) -> str:
    return (item.text("type") or "").lower()


def _is_usable(part: JsonObject) -> bool:
    is_open = all(status_code(status) == "usable" for status in statuses_of(part.fields))
    return is_open and not embargoes_of(part.fields)


def _media_role(part: JsonObject) -> str:
    return "main" if (part.text("name") or "").lower() in _MAIN_NAMES else "associated"


def _media(part: JsonObject, role: str, guid: str | None) -> Media:
    return Media(
        role=role,
        url=_url(part),
        guid=None if guid is None else guid[:512],
        caption=_caption(part),
        credit=_credit(part),
    )


def _url(part: JsonObject) -> str | None:
    renditions = [
        r for r in part.items("renditions") if (r.text("href") or "").startswith(("http://", "https://"))
    ]
    ranked = sorted(renditions, key=lambda r: (_rank(r), -_width(r)))
    href = ranked[0].text("href") if ranked else None
    return href if href is not None and len(href) <= 8_192 else None


def _rank(rendition: JsonObject) -> int:
    for name in ((rendition.text("name") or "").lower(), (rendition.text("title") or "").lower()):
        if name in _RENDITIONS:
            return _RENDITIONS.index(name)
    return len(_RENDITIONS)


def _width(rendition: JsonObject) -> float:
    width = rendition.raw("width")
    return width if isinstance(width, int | float) else 0


def _caption(part: JsonObject) -> str | None:
    described = (d for d in part.items("descriptions") if _describes(role_of(d)))
    texts = (*(d.text("value") for d in described), part.text("description_text"), part.text("caption"))
    caption = next(filter(None, map(line_for_readers, texts)), None)
    return None if caption is None else caption[:4_000]


def _describes(role: str) -> bool:
    return role not in _CREDIT_ROLES and not is_for_editors(role)


def _credit(part: JsonObject) -> str | None:
    credited = [
        d.text("value") for d in part.items("descriptions") if (d.text("role") or "").lower() in _CREDIT_ROLES
    ]
    stated = next((text for text in credited if text is not None), None)
    return stated or part.text("byline", "by", "creditline", "copyrightholder")

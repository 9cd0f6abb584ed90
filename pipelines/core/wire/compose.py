"""A wire message becomes articles: read in its format, then judged by its provider's rules."""

from pipelines.core.wire.article import article_of
from pipelines.core.wire.ninjs import read_ninjs
from pipelines.core.wire.profile import provider_of
from schemas.article import Article
from schemas.rejection import ReasonCode, Rejected
from schemas.wire import RawWire, WireFormat

_NINJS = (WireFormat.NINJS_1, WireFormat.NINJS_2, WireFormat.NINJS_3)


def compose_wire(wire: RawWire) -> tuple[Article, ...]:
    """The articles in a wire message.

    A kill needs an id and nothing else; what is broken beside it is flagged.

    Raises:
        Rejected: no id, no news, no text, a provider on a feed that is not its own, or a format not read yet.
    """
    if wire.wire_format not in _NINJS:
        raise Rejected(ReasonCode.WIRE_FORMAT_UNSUPPORTED, f"{wire.wire_format} is not read yet")
    item = read_ninjs(wire)
    return (article_of(item, provider_of(item.guid, wire.wire_feed), wire),)

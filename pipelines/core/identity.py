"""Ids that are addressed by content: the same item has the same id in every run, on every machine."""

from datetime import UTC, datetime
from hashlib import blake2b

from schemas.article import Article

_CANCELED_BIT, _VERSION_BITS, _MS_BITS = 62, 19, 42
_MAX_VERSION = (1 << _VERSION_BITS) - 1
_MAX_MS = (1 << _MS_BITS) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def digest(*parts: str) -> str:
    """128 bits of BLAKE2b over the parts, in hex. Parts are kept apart: ("ab", "c") and ("a", "bc") differ.

    >>> digest("ab", "c") == digest("a", "bc")
    False
    """
    return blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def epoch_ms(instant: datetime) -> int:
    """Milliseconds since 1970, exact."""
    elapsed = instant - _EPOCH
    return (elapsed.days * 86_400 + elapsed.seconds) * 1000 + elapsed.microseconds // 1000


def order_key(*, canceled: bool, version: int, created: datetime | None) -> int:
    """The place of a version among the versions of its article: 63 bits, canceled bit, number, milliseconds.

    The greatest key is the present. `version` is 0 where the provider's numbers say nothing of order; a version beyond
    2^19 - 1 saturates. The canceled bit stands on top, so that a kill outranks whatever arrives later. A missing time
    counts as 1970.

    Source: `research/wire.md` §2.3; every arrival order converges with it.

    >>> kill = order_key(canceled=True, version=0, created=None)
    >>> kill > order_key(canceled=False, version=9, created=datetime(2026, 1, 1, tzinfo=UTC))
    True
    """
    ms = min(max(epoch_ms(created), 0), _MAX_MS) if created is not None else 0
    number = min(max(version, 0), _MAX_VERSION)
    return (int(canceled) << _CANCELED_BIT) | (number << _MS_BITS) | ms


def row_key(article: Article) -> bytes:
    """16 bytes that name a row of history: its origin, its part and the bytes it was made from."""
    origin = article.origin
    return name_of_row(
        origin.source, origin.partition, origin.offset, origin.item, article.part, article.payload_sha256
    )


def name_of_row(source: str, partition: int, offset: int, item: int, part: int, payload_sha256: str) -> bytes:
    """`row_key` by the values of a row of history, which is not made into an article for it."""
    place = f"{source}\x1f{partition}\x1f{offset}\x1f{item}\x1f{part}\x1f{payload_sha256}"
    return blake2b(place.encode(), digest_size=16).digest()

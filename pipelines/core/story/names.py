"""The names by which a row may be found within its source: where the page stood, the number and slug of the message.

Only hashes are kept: 64 bits within one source, of which a large one sends some 10,000 a day.
"""

from typing import Final

from pipelines.core.identity import epoch_ms
from pipelines.core.instants import ordering_time
from pipelines.core.story.record import hash_of
from pipelines.core.story.remembered import KillOrder, StoryNames
from schemas.article import Article
from schemas.article_parts import SourceKind

_HASH_BYTES: Final = 8


def name_hash(kind: str, source: str, value: str) -> int:
    """64 bits, never 0, by which a name is known within its source. `kind` is url, number or slug."""
    return int.from_bytes(hash_of(f"{kind}:{source}\x1f{value}", _HASH_BYTES), "little") or 1


def names_of(article: Article) -> StoryNames:
    """The names of a row, each once. A notice bears no number and no slug that another notice could mean."""
    source = article.source
    is_notice = article.kill_target is not None
    number = None if is_notice else article.message_number
    slug = None if is_notice or article.source_kind is not SourceKind.WIRE else article.slugline
    canonical = None if article.canonical_key == article.url_key else article.canonical_key
    return StoryNames(
        url=0 if article.url_key is None else name_hash("url", source, article.url_key),
        canonical=0 if canonical is None else name_hash("url", source, canonical),
        number=0 if number is None else name_hash("number", source, number),
        slug=0 if slug is None else name_hash("slug", source, slug.casefold()),
        stated=stated_ms(article),
    )


def stated_ms(article: Article) -> int:
    """The time a row states, in milliseconds; 0 when it states none."""
    created = ordering_time(article.version_created, article.received)
    return 0 if created is None else epoch_ms(created)


def targets_of(order: KillOrder) -> list[str]:
    """What an order names, `kind:value` each."""
    return order.target.split("\n")


def target_hash(order: KillOrder, target: str) -> int:
    """The name under which the rows that an order means may be found; an id is no name."""
    kind, _, value = target.partition(":")
    return name_hash(kind, order.source, value.casefold() if kind == "slug" else value)


def order_names(order: KillOrder) -> tuple[int, ...]:
    """The numbers and slugs that an order names, each once."""
    named = (target for target in targets_of(order) if not target.startswith(("guid:", "item:")))
    return tuple(dict.fromkeys(target_hash(order, target) for target in named))

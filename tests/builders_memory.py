"""A small stage with memory, for tests of what is around every such stage: it numbers the articles of a source."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pyarrow as pa

from pipelines.core.step import Step
from pipelines.transforms.stateful_stage import Recall, StatefulStage
from schemas.article import Article

KEPT = 1_000


@dataclass
class Numbers:
    """The last `KEPT` articles of a source, in their order, and how many there have been."""

    ids: list[str] = field(default_factory=list)
    next_number: int = 0

    @property
    def nbytes(self) -> int:
        return sum(map(len, self.ids))

    def apply(self, change: tuple[int, str]) -> None:
        number, article_id = change
        assert number == self.next_number, f"{number} after {self.next_number}"
        self.next_number = number + 1
        self.ids = [*self.ids, article_id][-KEPT:]

    def snapshot(self) -> Iterator[bytes]:
        yield str(self.next_number).encode()
        for article_id in self.ids:
            yield article_id.encode()

    def restore(self, blocks: Iterable[bytes]) -> None:
        first, *ids = blocks
        self.next_number, self.ids = int(first), [one.decode() for one in ids]

    def recall(self, rows: pa.Table) -> None:
        for number, article_id in zip(
            rows["story_seq"].to_pylist(), rows["article_id"].to_pylist(), strict=True
        ):
            self.apply((number, article_id))


def number(memory: Numbers, article: Article) -> Step[tuple[int, str]]:
    """The place of an article among those of its source; raises `KeyError` at one that is headed `bug`."""
    if article.headline == "bug":
        raise KeyError("ours")
    if article.article_id in memory.ids:
        return Step((), (replace(article, story_seq=-1),))
    change = (memory.next_number, article.article_id)
    return Step((change,), (replace(article, story_seq=memory.next_number),))


def pack(change: tuple[int, str]) -> bytes:
    return f"{change[0]} {change[1]}".encode()


def unpack(packed: bytes) -> tuple[int, str]:
    place, article_id = packed.decode().split(" ")
    return int(place), article_id


def source_of(source: str | None) -> str:
    return source or ""


def new_numbers(_: str) -> Numbers:
    return Numbers()


NUMBER = StatefulStage(
    label="Number",
    key_type=str,
    key_of=source_of,
    new_memory=new_numbers,
    step=number,
    pack=pack,
    unpack=unpack,
    recall=Recall(
        columns=("article_id", "story_seq"),
        key_column="source",
        order="story_seq",
        horizon=timedelta(days=30),
    ),
)

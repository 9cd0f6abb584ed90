"""How well LinkRepeats finds copies and rewritten versions, beside plain equality of the folded text.

    python -m benchmarks.quality_repeats [FOLDER OF THE EVALUATION DATA]

A labelled pair is proposed when one is a candidate of the other, accepted when a relation holds between them, found
when both end in one copy family. The naive peer joins texts whose folded bodies are equal.
"""

import gzip
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Any

from benchmarks.figures import Figure
from pipelines.core.fold import content_hash
from pipelines.core.repeats.linking import REWRITE, link_repeats, matches_of, relation
from pipelines.core.repeats.memory import RepeatMemory
from pipelines.core.repeats.shingles import unpack
from schemas.article import Article
from schemas.article_parts import DupKind, SourceKind
from schemas.record import Origin

_RECEIVED = datetime(2026, 3, 2, tzinfo=UTC)
_PEER = "equal folded bodies"
_EDITED = 400
_MIN_WORDS = 150
Pair = frozenset[str]


@dataclass
class Stream:
    """Articles that have passed, and what was seen of each pair on the way."""

    memory: RepeatMemory = field(default_factory=RepeatMemory)
    rows: dict[str, Article] = field(default_factory=dict)
    proposed: dict[Pair, float] = field(default_factory=dict)
    accepted: dict[Pair, DupKind] = field(default_factory=dict)

    def pass_one(self, article: Article) -> Article:
        """Link one article, and remember it."""
        step = link_repeats(self.memory, article)
        for change in step.changes:
            self.memory.apply(change)
        self.rows[article.article_id] = step.articles[0]
        return step.articles[0]

    def look(self, article: Article) -> None:
        """Note every candidate of an article that is about to pass."""
        blob = link_repeats(self.memory, article).articles[0].repeat_sketch
        sketch = unpack(blob) if blob is not None else None
        for match in matches_of(self.memory, article, sketch) if sketch else ():
            pair = frozenset((article.article_id, match.article.article_id))
            self.proposed[pair] = match.jaccard
            kind = relation(article, match)
            if kind is not None:
                self.accepted[pair] = kind


def figures(shared: Path) -> list[Figure]:
    """Everything that is measured of LinkRepeats, on the evaluation data beside the checkout."""
    folder = shared / "data" / "dedup"
    with gzip.open(folder / "pairs.json.gz") as file:
        labelled = json.load(file)
    with gzip.open(folder / "background.jsonl.gz") as lines:
        background = [_article(json.loads(line), offset) for offset, line in enumerate(lines)]
    stream = Stream()
    seconds = -process_time()
    for article in background:
        stream.pass_one(article)
    seconds += process_time()
    return [
        *_speed(stream, background, seconds),
        *_edits(stream, background),
        *pair_figures(stream, labelled),
    ]


def _article(row: dict[str, Any], offset: int) -> Article:
    return Article(
        article_id=row["ID"],
        source_kind=SourceKind.WEB,
        source=row["source"],
        order_key=1,
        origin=Origin(source="quality", offset=offset),
        payload_sha256=row["ID"],
        headline=row["title"],
        body_text=row["content_original"],
        content_hash=content_hash(row["title"], row["content_original"]),
        received=_RECEIVED,
    )


def _speed(stream: Stream, background: list[Article], seconds: float) -> Iterator[Figure]:
    peer_seconds = -process_time()
    for article in background:
        content_hash(None, article.body_text)
    peer_seconds += process_time()
    yield Figure(
        part="repeats",
        measure="documents/s, one core",
        ours=len(background) / seconds,
        peer=len(background) / peer_seconds,
        peer_name=_PEER,
        bar=1_500,
    )
    yield Figure(
        part="repeats",
        measure="bytes a live document",
        ours=stream.memory.nbytes / len(background),
        note="at most 600",
    )


def _edits(stream: Stream, background: list[Article]) -> Iterator[Figure]:
    """Wire edits as outlets make them: another credit, 30 % dropped, 3 % of the words changed, site chrome."""
    chance = random.Random(4)
    originals = [one for one in background if len((one.body_text or "").split()) >= _MIN_WORDS][:_EDITED]
    found = 0
    for number, original in enumerate(originals):
        edited = replace(
            original,
            article_id=f"edited-{number}",
            source="Another Outlet",
            origin=Origin(source="edits", offset=number),
            headline="Another headline",
            body_text=_edited(original.body_text or "", chance),
            content_hash=f"edited-{number}",
        )
        row = link_repeats(stream.memory, edited).articles[0]
        family = stream.rows[original.article_id].copy_family
        found += row.dup_of == original.article_id or row.copy_family == family
    yield Figure(
        part="repeats",
        measure="wire edits accepted",
        ours=found / len(originals),
        peer=0.0,
        peer_name=_PEER,
        bar=0.95,
        note=f"{len(originals)} made edits",
    )


def _edited(body: str, chance: random.Random) -> str:
    sentences = [one for one in body.replace("\n", " ").split(". ") if one]
    kept = [one for one in sentences if chance.random() >= 0.3]
    words = " . ".join(kept).split()
    changed = [f"word{chance.randrange(10_000)}" if chance.random() < 0.03 else word for word in words]
    chrome = [f"Section {chance.randrange(10_000)} Sign in Newsletter Most read" for _ in range(10)]
    return "\n".join(("SPRINGFIELD (Wire Agency) - " + " ".join(changed), *chrome))


def pair_figures(stream: Stream, labelled: dict[str, Any]) -> Iterator[Figure]:
    """What becomes of the labelled pairs when their documents pass after what the stream has seen."""
    for offset, (_, row) in enumerate(sorted(labelled["docs"].items())):
        article = _article(row, 100_000 + offset)
        stream.look(article)
        stream.pass_one(article)
    pairs = {frozenset((pair["a"], pair["b"])): pair["label"] for pair in labelled["pairs"]}
    for label, measure, bar in (("copy", "copy pairs", 1.0), ("wire_version", "version pairs", None)):
        these = [pair for pair, said in pairs.items() if said == label]
        yield _share(f"{measure} proposed", [pair in stream.proposed for pair in these], 1.0)
        equal = [_have_equal_text(stream, pair) for pair in these]
        accepted = [pair in stream.accepted for pair in these]
        yield replace(_share(f"{measure} accepted", accepted, bar), peer=_mean(equal), peer_name=_PEER)
        yield _share(f"{measure} in one family", [_are_one_family(stream, pair) for pair in these], bar)
    near = [pair for pair in pairs if stream.proposed.get(pair, 0.0) >= REWRITE]
    yield _share("precision at J >= .3", [pairs[pair] != "quote_or_excerpt" for pair in near], 0.93)
    joined = [pair for pair in pairs if _are_one_family(stream, pair)]
    yield _share("precision of families", [pairs[pair] != "quote_or_excerpt" for pair in joined], 0.93)


def _are_one_family(stream: Stream, pair: Pair) -> bool:
    return len({stream.rows[one].copy_family for one in pair}) == 1


def _have_equal_text(stream: Stream, pair: Pair) -> bool:
    return len({content_hash(None, stream.rows[one].body_text) for one in pair}) == 1


def _share(measure: str, hits: list[bool], bar: float | None) -> Figure:
    return Figure(
        part="repeats", measure=measure, ours=_mean(hits), bar=bar, note=f"{sum(hits)} of {len(hits)}"
    )


def _mean(hits: list[bool]) -> float:
    return sum(hits) / len(hits) if hits else 0.0


def main() -> None:
    """Print the figures."""
    default = Path(__file__).resolve().parents[1].parent / "shared"
    for figure in figures(Path(sys.argv[1]) if len(sys.argv) > 1 else default):
        peer = "" if figure.peer is None else f"  {figure.peer_name} {figure.peer:.3f}"
        bar = "" if figure.bar is None else f"  bar {figure.bar}"
        print(f"{figure.measure:32} {figure.ours:10.3f}{peer}{bar}  {figure.note}")


if __name__ == "__main__":
    main()

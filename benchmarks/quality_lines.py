"""How well stripped pages are read: `python -m benchmarks.quality_lines [DATA]`.

The pages of `text_lines` are real pages stripped by a generic tool, each line labelled 1 body, 0 not body, 2 title.
Measured are the share of the body's characters that is kept, the share of the kept characters that are body, and the
share of the other lines that is removed; beside it, in the same run, keeping everything and C4's rule (three words and
an end mark).
"""

import gzip
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from benchmarks.figures import Figure
from pipelines.core.page.stripped.lines import new_sheet, read_lines
from pipelines.core.page.stripped.model import shipped_model
from pipelines.core.page.stripped.read import strike_all

SETS = ("fundus", "aeb")
BODY, OTHER, TITLE = 1, 0, 2
_OTHER_BREAKS = re.compile("[\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029]")
_END_MARK = re.compile(r"[.!?\"”」。！？]$")


@dataclass(frozen=True, slots=True)
class LabelledPage:
    """A stripped page; `labels` by number of the line in the text."""

    name: str
    title: str | None
    text: str
    labels: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Shares of 0..1."""

    kept: float
    precision: float
    removed: float


def labelled_pages(shared: Path, name: str) -> Iterator[LabelledPage]:
    """The pages of one set."""
    with gzip.open(shared / "data" / "text_lines" / f"{name}.jsonl.gz") as rows:
        for row in rows:
            page = orjson.loads(row)
            yield LabelledPage(
                page["id"],
                page["title"],
                _OTHER_BREAKS.sub(" ", page["text"]),
                tuple((number, label, line) for number, label, line in page["lines"]),
            )


def kept_by_rules(page: LabelledPage) -> frozenset[int]:
    """Numbers of the lines that stay in headline or body."""
    sheet = new_sheet(read_lines(page.text.split("\n")))
    strike_all(sheet, None, model=shipped_model())
    return frozenset(
        number
        for index, line in enumerate(sheet.lines)
        if sheet.stands(index)
        for number in range(line.first, line.last + 1)
    )


def kept_by_c4(page: LabelledPage) -> frozenset[int]:
    """C4's rule: at least three words, and an end mark. Source: Raffel et al. 2020, §2.2."""
    return frozenset(
        number for number, _, line in page.labels if len(line.split()) >= 3 and _END_MARK.search(line.strip())
    )


def kept_all(page: LabelledPage) -> frozenset[int]:
    """Every line."""
    return frozenset(number for number, _, _ in page.labels)


def score(pages: list[LabelledPage], keep: Callable[[LabelledPage], frozenset[int]]) -> Score:
    """Score one way of keeping lines. Title lines count neither way."""
    gold = kept_gold = kept_other = others = removed = 0
    for page in pages:
        kept = keep(page)
        for number, label, line in page.labels:
            if label == BODY:
                gold += len(line)
                kept_gold += len(line) * (number in kept)
            elif label == OTHER:
                others += 1
                removed += number not in kept
                kept_other += len(line) * (number in kept)
    return Score(kept_gold / gold, kept_gold / (kept_gold + kept_other), removed / others)


def figures(shared: Path) -> list[Figure]:
    """Figures of both sets, with the bars of `research/text.md` §7."""
    found: list[Figure] = []
    for name in SETS:
        pages = list(labelled_pages(shared, name))
        ours, c4, everything = (score(pages, keep) for keep in (kept_by_rules, kept_by_c4, kept_all))
        part = f"lines/{name}"
        for peer, peer_name in ((c4, "C4 rule"), (everything, "keep all")):
            found += [
                Figure(part=part, measure="gold characters kept", ours=ours.kept, peer=peer.kept, peer_name=peer_name, bar=0.98),
                Figure(part=part, measure="precision of characters", ours=ours.precision, peer=peer.precision, peer_name=peer_name),
                Figure(part=part, measure="other lines removed", ours=ours.removed, peer=peer.removed, peer_name=peer_name, bar=0.40),
            ]  # fmt: skip
    return found


def main() -> None:
    """Print the figures of the data folder beside the checkout, or of the one named."""
    beside = Path(__file__).resolve().parents[2] / "shared"
    for figure in figures(Path(sys.argv[1]) if len(sys.argv) > 1 else beside):
        bar = "" if figure.bar is None else f"  (bar {figure.bar:.2f})"
        print(
            f"{figure.part:14} {figure.measure:24} {figure.ours:.3f}  {figure.peer_name} {figure.peer:.3f}{bar}"
        )


if __name__ == "__main__":
    main()

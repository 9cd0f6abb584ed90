"""How well TagLanguage names languages, beside plain py3langid in the same run.

    python -m benchmarks.quality_language [SHARED]

Scored by language key (`language_key`): nobody tells Bokmål from Nynorsk on a headline. Two measures a set, because
TagLanguage may answer `und` and py3langid always answers: `named` is the share of texts that got a language at all,
`right when named` the share of those that got the right one. The peer at one half is py3langid with the same right to
be silent. Sentences and short texts hold three languages (Māori, Tswana, Tsonga) that the model does not know; of UDHR's
435 languages it knows a quarter.
"""

import gzip
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from benchmarks.figures import Figure
from benchmarks.shared_data import SHARED
from pipelines.core.language.detector import known_keys
from pipelines.core.language.tagging import tag_language
from pipelines.core.language.tags import UNDETERMINED, language_key
from schemas.article import Article
from schemas.article_parts import SourceKind
from schemas.record import Origin

# `research/text.md` §7: every news body right, titles at least .985.
_BODIES, _TITLES = 1.0, 0.985
SETS = ("sentences", "short", "titles", "bodies", "udhr")


@dataclass(frozen=True, slots=True)
class Sample:
    """A text with the tag that its collection gives it."""

    gold: str
    text: str
    is_title: bool = False


Tagger = Callable[[Sample], str]


@dataclass(frozen=True, slots=True)
class Score:
    """Shares of the samples."""

    named: float
    right_when_named: float


def tag_ours(sample: Sample) -> str:
    """By the stage itself."""
    article = Article(
        article_id="a",
        source_kind=SourceKind.WEB,
        source="example",
        order_key=0,
        origin=Origin(source="benchmark", offset=0),
        payload_sha256="",
        headline=sample.text if sample.is_title else None,
        body_text=None if sample.is_title else sample.text,
    )
    return tag_language(article).language


class Py3langid:
    """The library as it is, on the whole text; below `floor` it is silent."""

    def __init__(self, floor: float) -> None:
        self.identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        self.floor = floor

    def __call__(self, sample: Sample) -> str:
        """The label, or `und` below the floor."""
        label, probability = self.identifier.classify(sample.text)
        return label if probability >= self.floor else UNDETERMINED


def score(samples: Sequence[Sample], tags: Sequence[str]) -> Score:
    """Compare tags with gold, by language key."""
    named = [(sample.gold, tag) for sample, tag in zip(samples, tags, strict=True) if tag != UNDETERMINED]
    right = sum(language_key(gold) == language_key(tag) for gold, tag in named)
    return Score(len(named) / len(samples), right / max(1, len(named)))


def languages_half_right(samples: Sequence[Sample], tags: Sequence[str]) -> int:
    """Languages of which more than half of the samples are right."""
    right: defaultdict[str, list[bool]] = defaultdict(list)
    for sample, tag in zip(samples, tags, strict=True):
        right[sample.gold].append(language_key(sample.gold) == language_key(tag))
    return sum(2 * sum(found) > len(found) for found in right.values())


def figures(shared: Path, only: Sequence[str] = SETS) -> list[Figure]:
    """Figures of sentences, short texts, titles, UDHR paragraphs and news bodies, or of some of them."""
    taggers: dict[str, Tagger] = {
        "ours": tag_ours,
        "py3langid": Py3langid(0.0),
        "py3langid p>=.5": Py3langid(0.5),
    }
    found: list[Figure] = []
    sets = _sets(shared)
    for name in only:
        samples = sets[name]
        tags = {tagger: [tag(sample) for sample in samples] for tagger, tag in taggers.items()}
        found += _scores(name, samples, tags)
        if name == "udhr":
            found += _udhr(samples, tags)
    return found


def _scores(name: str, samples: Sequence[Sample], tags: dict[str, list[str]]) -> list[Figure]:
    ours = score(samples, tags["ours"])
    bars = {"titles": _TITLES, "bodies": _BODIES}
    found: list[Figure] = []
    for peer in ("py3langid", "py3langid p>=.5"):
        other = score(samples, tags[peer])
        found += [
            Figure(part=f"language/{name}", measure="right when named", ours=ours.right_when_named,
                   peer=other.right_when_named, peer_name=peer, bar=bars.get(name), note=f"n {len(samples)}"),
            Figure(part=f"language/{name}", measure="named", ours=ours.named, peer=other.named, peer_name=peer,
                   bar=_BODIES if name == "bodies" else None),
        ]  # fmt: skip
    return found


def _udhr(samples: Sequence[Sample], tags: dict[str, list[str]]) -> list[Figure]:
    unknown = [
        number for number, sample in enumerate(samples) if language_key(sample.gold) not in known_keys()
    ]
    silent = {
        tagger: sum(found[number] == UNDETERMINED for number in unknown) / len(unknown)
        for tagger, found in tags.items()
    }
    half = {tagger: languages_half_right(samples, found) for tagger, found in tags.items()}
    return [
        Figure(part="language/udhr", measure="languages over half right", ours=half["ours"],
               peer=half["py3langid"], peer_name="py3langid", note=f"of {len({one.gold for one in samples})}"),
        Figure(part="language/udhr", measure="unknown languages left und", ours=silent["ours"],
               peer=silent["py3langid p>=.5"], peer_name="py3langid p>=.5", note=f"n {len(unknown)}"),
    ]  # fmt: skip


def _sets(shared: Path) -> dict[str, list[Sample]]:
    data = shared / "data"
    sets = orjson.loads(gzip.decompress((data / "language" / "sets.json.gz").read_bytes()))
    pages = orjson.loads(gzip.decompress((data / "pages" / "fundus" / "gold.json.gz").read_bytes()))
    gold = {row["id"]: row["gold"] for row in sets["news"]}
    return {
        "sentences": [Sample(tag, text) for tag, text in sets["sent75"]],
        "short": [Sample(tag, text) for tag, text in sets["short75"]],
        "titles": [Sample(row["gold"], row["title"], is_title=True) for row in sets["news"]],
        "bodies": [Sample(gold[page["id"]], page["articleBody"]) for page in pages if page["id"] in gold],
        "udhr": [Sample(tag, text) for tag, text in sets["udhr_para"] if tag != UNDETERMINED],
    }


def main() -> None:
    """Print the figures of the folder beside the checkout, or of the one named."""
    for figure in figures(Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED):
        bar = "" if figure.bar is None else f"  (bar {figure.bar:g})"
        print(
            f"{figure.part:20} {figure.measure:27} {figure.ours:.3f}  "
            f"{figure.peer_name} {figure.peer:.3f}{bar}  {figure.note}"
        )


if __name__ == "__main__":
    main()

"""Makes `pipelines/core/events/prior.json.zst`: in how many articles of a collection each term stands.

    python -m benchmarks.make_event_prior COLLECTION.jsonl.gz… [--version NAME]

A collection is JSON lines with `title`, `text` and `lang`. What is shipped are counts by 24-bit term hash, of terms that
stand in at least three articles: no text, and no term that can be read back.

The shipped file, version `news-3`, counted 6,000 English news articles of 2010-2015 (Article-Bias-Prediction, Apache-2.0,
the development half `events/background_dev`).
"""

import argparse
import gzip
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import orjson
import zstandard

from pipelines.core.events.terms import name_hash
from pipelines.core.events.words import read_words

LEAST_ARTICLES = 3
OUTPUT = Path(__file__).parents[1] / "pipelines" / "core" / "events" / "prior.json.zst"


def main() -> None:
    """Count the collections named on the command line and write the prior."""
    arguments = argparse.ArgumentParser(description="count the terms of a collection of articles")
    arguments.add_argument("collections", nargs="+", type=Path)
    arguments.add_argument("--version", default="news-3")
    chosen = arguments.parse_args()
    packed = make_prior(chosen.collections, chosen.version)
    OUTPUT.write_bytes(packed)
    print(f"{OUTPUT.name}: {len(packed)} bytes")


def make_prior(collections: list[Path], version: str) -> bytes:
    """The packed prior of some collections; the same bytes for the same articles."""
    documents: Counter[str] = Counter()
    counts: dict[str, Counter[int]] = {}
    for language, terms in _articles(collections):
        documents[language] += 1
        counts.setdefault(language, Counter()).update(terms)
    languages = {
        language: {"documents": documents[language], **_columns(counts[language])}
        for language in sorted(counts)
    }
    prior = {"version": version, "least_articles": LEAST_ARTICLES, "languages": languages}
    return zstandard.ZstdCompressor(level=19).compress(orjson.dumps(prior))


def _articles(collections: list[Path]) -> Iterator[tuple[str, frozenset[int]]]:
    for collection in collections:
        with gzip.open(collection) as lines:
            for line in lines:
                article = orjson.loads(line)
                words = read_words(article["title"] or "", article["text"] or "", article["lang"])
                terms = (*words.title, *words.counts, *map(name_hash, words.names))
                yield article["lang"], frozenset(terms)


def _columns(counts: Counter[int]) -> dict[str, list[int]]:
    kept = sorted(term for term, count in counts.items() if count >= LEAST_ARTICLES)
    gaps = [term - before for before, term in zip([0, *kept], kept, strict=False)]
    return {"gaps": gaps, "counts": [counts[term] for term in kept]}


if __name__ == "__main__":
    main()

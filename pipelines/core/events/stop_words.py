"""Stop words: the commonest words of a language, which say nothing of a happening."""

import json
from functools import cache
from importlib import resources


@cache
def stop_words(language: str) -> frozenset[str]:
    """The commonest words of a language; empty for one without a list."""
    return frozenset(_stop_lists().get(language, "").split())


@cache
def _stop_lists() -> dict[str, str]:
    table = resources.files("pipelines.core.events").joinpath("stop_words.json")
    lists: dict[str, str] = json.loads(table.read_text(encoding="utf-8"))
    return lists

"""Stripped pages, written for this project: what is headline, body, caption, date, and what is furniture."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.core.page.stripped import StrippedText, read_stripped_text

CASES = sorted((Path(__file__).resolve().parents[2] / "corpus" / "stripped").glob("*.json"))
BRIDGE = [case for case in CASES if case.stem.startswith("bridge_")]


def read(case: Path) -> tuple[StrippedText, dict[str, Any]]:
    given = json.loads(case.read_text(encoding="utf-8"))
    text = "\n".join(given["given"]["lines"])
    return read_stripped_text(text, title=given["given"].get("title")), given["expected"]


def as_expected(found: StrippedText) -> dict[str, Any]:
    published = found.published
    return {
        "headline": found.headline,
        "paragraphs": list(found.paragraphs),
        "published": published and published.instant.isoformat(),
        "precision": published and published.precision.value,
        "zone": published and published.zone.value,
        "byline": found.byline,
        "authors": list(found.authors),
        "captions": [media.caption for media in found.media],
        "canonical_url": found.canonical_url,
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_page_is_read_as_its_case_says(case: Path):
    found, expected = read(case)

    assert {name: value for name, value in as_expected(found).items() if name in expected} == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_every_line_ends_in_headline_body_or_removed(case: Path):
    lines = json.loads(case.read_text(encoding="utf-8"))["given"]["lines"]
    found, _ = read(case)

    kept = " ".join([found.headline or "", *found.paragraphs, *(line.line for line in found.removed)])
    assert [line for line in lines if " ".join(line.split()) not in kept] == []


def test_five_pages_of_one_happening_have_two_dates_and_no_others():
    days = [found.published and found.published.instant.date().isoformat() for found, _ in map(read, BRIDGE)]

    assert sorted(days, key=str) == ["2026-03-02", "2026-03-02", None, None, None]


def test_the_bodies_of_one_happening_hold_no_furniture():
    bodies = "\n".join(line for case in BRIDGE for line in read(case)[0].paragraphs).lower()

    furniture = (
        "share",
        "newsletter",
        "reply",
        "24 march",
        "°c",
        "photo:",
        "published",
        "©",
        "most read",
        "menu",
    )
    assert [word for word in furniture if word in bodies] == []

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.core.credit.crediting import credit_agencies
from pipelines.core.credit.dateline import is_place_and_date
from pipelines.core.credit.table import agencies, agency_of_host, author_spellings
from schemas.article import Article
from schemas.article_parts import AgencyRole, Media, SourceKind
from tests.builders import an_article

CORPUS = Path(__file__).resolve().parents[1] / "corpus" / "credit"
TABLE = Path(__file__).resolve().parents[2] / "pipelines" / "core" / "credit" / "agencies.json"
ROWS: list[dict[str, Any]] = json.loads(TABLE.read_text(encoding="utf-8"))
EXAMPLES = {
    kind: [(row["id"], example) for row in ROWS for example in row[kind]]
    for kind in ("credited", "not_credited")
}
CREDIT_WORDS = [
    "(",
    ")",
    "/",
    "Reuters",
    "AFP",
    "dpa",
    "新华社",
    "March 2",
    "SPRINGFIELD",
    " - ",
    "\n",
    "With inputs from ",
    "© 2026 ",
    ", ",
    "By ",
    ".",
]


def article_of(case: dict[str, Any]) -> Article:
    fields = dict(case["article"])
    fields["authors"] = tuple(fields.get("authors", ()))
    fields["media"] = tuple(Media(**picture) for picture in fields.get("media", ()))
    fields["source_kind"] = SourceKind(fields.get("source_kind", "web"))
    return an_article(**fields)


def example_article(example: str) -> Article:
    kind, _, text = example.partition(": ")
    if kind == "byline":
        return an_article(byline=text, body_text="The port reopened on Monday.")
    return an_article(body_text=text)


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.json")), ids=lambda path: path.stem)
def test_a_page_of_the_corpus_gets_the_credits_it_states(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))

    article = credit_agencies(article_of(case))

    found = [[one.agency, one.role.value, one.evidence.partition(":")[0]] for one in article.agencies]
    assert found == case["agencies"]
    assert article.origin_agency == case["origin_agency"]
    assert article.dateline == case["dateline"]


@pytest.mark.parametrize(("agency", "example"), EXAMPLES["credited"])
def test_every_agency_is_found_where_its_credit_stands(agency: str, example: str) -> None:
    article = credit_agencies(example_article(example))

    assert article.origin_agency == agency


@pytest.mark.parametrize(("agency", "example"), EXAMPLES["not_credited"])
def test_no_agency_is_found_where_its_letters_mean_something_else(agency: str, example: str) -> None:
    article = credit_agencies(example_article(example))

    assert article.origin_agency is None
    assert agency not in [one.agency for one in article.agencies if one.role is AgencyRole.ORIGIN]


def test_every_agency_has_examples_and_counterexamples() -> None:
    assert [row["id"] for row in ROWS if not row["credited"] or not row["not_credited"]] == []


def test_ids_spellings_and_domains_belong_to_one_agency_each() -> None:
    ids = [agency.id for agency in agencies()]
    spelled = [word for one in agencies() for word in (*one.names, *one.tokens, *one.bracketed)]
    domains = [domain for one in agencies() for domain in one.domains]

    assert len(set(ids)) == len(ids)
    assert len(set(spelled)) == len(spelled)
    assert len(set(domains)) == len(domains)


def test_a_short_token_counts_in_its_own_case_only() -> None:
    assert credit_agencies(an_article(byline="Afp")).agencies == ()
    assert credit_agencies(an_article(byline="ap")).agencies == ()
    assert credit_agencies(an_article(byline="AFP")).origin_agency == "afp"


def test_the_longer_name_wins_over_the_one_inside_it() -> None:
    names = [mention.agency for mention in author_spellings().mentions("Associated Press of Pakistan")]

    assert names == ["app"]


def test_evidence_names_the_rule_and_the_words() -> None:
    article = credit_agencies(
        an_article(body_text="SPRINGFIELD, March 2 (Reuters) - The port reopened on Monday.")
    )

    assert [one.evidence for one in article.agencies] == ["dateline:(Reuters)"]


def test_evidence_is_short_whatever_the_text() -> None:
    line = f"(Reporting by {'Ada Example, ' * 30}; Editing by Ben Sample)"

    article = credit_agencies(an_article(body_text=f"The port reopened.\n{line}"))

    assert article.origin_agency == "reuters"
    assert all(len(one.evidence) <= 200 for one in article.agencies)


def test_the_dateline_stays_in_the_body() -> None:
    body = "SPRINGFIELD, March 2 (Reuters) - The port reopened on Monday."

    assert credit_agencies(an_article(body_text=body)).body_text == body


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("SPRINGFIELD, March 2", True),
        ("Springfield", True),
        ("New Springfield [India], March 2", True),
        ("Rio de la Plata, 2 de marzo", True),
        ("Praha 2. března", True),
        ("13 сен", True),
        ("The crew said", False),
        ("Agence France-Presse", False),
        ("A man was hit by a car in Springfield", False),
        ("SHOWS: SPRINGFIELD", False),
        ("", False),
        ("12, 13", False),
    ],
)
def test_a_dateline_holds_a_place_and_a_date_and_no_sentence(text: str, is_one: bool) -> None:
    assert is_place_and_date(text) is is_one


@pytest.mark.parametrize(
    ("host", "agency"),
    [
        ("reuters.com", "reuters"),
        ("www.reuters.com", "reuters"),
        ("hosted.ap.org", "ap"),
        ("map.org", None),
        ("reuters.com.example", None),
        ("", None),
        ("....", None),
    ],
)
def test_a_host_is_an_agencys_by_whole_labels(host: str, agency: str | None) -> None:
    assert agency_of_host(host) == agency


def test_an_address_that_is_none_names_no_agency() -> None:
    assert credit_agencies(an_article(canonical_url="http://[reuters.com/")).agencies == ()


def test_an_article_without_text_has_no_credit() -> None:
    assert credit_agencies(an_article(headline=None, body_text=None)).agencies == ()


@given(st.lists(st.sampled_from(CREDIT_WORDS) | st.text(max_size=12), max_size=40).map("".join))
@settings(max_examples=150, deadline=None)
def test_credits_are_settled_once_and_one_an_agency_and_role(body: str) -> None:
    article = credit_agencies(an_article(body_text=body, byline=body, authors=(body,), canonical_url=body))

    pairs = [(one.agency, one.role) for one in article.agencies]
    origins = {agency for agency, role in pairs if role is AgencyRole.ORIGIN}
    assert len(set(pairs)) == len(pairs)
    assert article.origin_agency == (origins.pop() if len(origins) == 1 else None)
    assert credit_agencies(article) == article


@pytest.mark.parametrize(
    "piece",
    [
        "Reuters ",
        "(AP",
        "(",
        "/",
        "© 2026 AFP ",
        "with inputs from ",
        "新华社",
        "(AP)\n",
        " ",
        "\n",
        ".)",
        "By ",
    ],
)
def test_hostile_text_costs_no_more_than_its_length(piece: str) -> None:
    text = piece * (600_000 // len(piece))

    article = credit_agencies(
        an_article(
            body_text=text, byline=text[:100_000], authors=(text[:1_000],) * 300, copyright_notice=text
        )
    )

    assert len(article.agencies) < 10


SPELLED_SIGNS = st.sampled_from(
    ["The Associated Press", "Associated Press", "AP", "AFP", "АФП", "ロイター", "dpa"]
)


@given(
    st.lists(SPELLED_SIGNS | st.sampled_from([" ", "x", "_", ".", "A", "ó", "社", "The ", "dp"])).map("".join)
)
def test_mentions_are_those_that_a_search_for_each_spelling_finds(text: str) -> None:
    spellings = author_spellings()

    expected: list[tuple[int, str]] = []
    covered: set[int] = set()
    for spelling in spellings.agency:  # the longest first
        for start in [at for at in range(len(text)) if text.startswith(spelling, at)]:
            end = start + len(spelling)
            runs_on = spelling.startswith("ロ")
            opens = start == 0 or not (text[start - 1].isalnum() or text[start - 1] == "_") or runs_on
            closes = end == len(text) or not (text[end].isalnum() or text[end] == "_") or runs_on
            if opens and closes and start not in covered:
                covered.update(range(start, end))
                expected.append((start, text[start:end]))
    assert [(one.start, text[one.start : one.end]) for one in spellings.mentions(text)] == sorted(expected)


@pytest.mark.parametrize(
    ("line", "credited"),
    [
        ("The port reopened. (NTB)", ["ntb"]),
        ("The port reopened. (NTB).", ["ntb"]),
        ("The port reopened. (NTB) . . .", ["ntb"]),
        ("The port reopened. (NTB) again", []),
        ("/ritzau/", ["ritzau"]),
        ("(With inputs from PTI)", ["pti"]),
        ("The port reopened. With inputs from PTI", ["pti"]),
        ("The port reopened with inputs from PTI", []),
        ("© 2026 The Associated Press. All rights reserved.", ["ap"]),
        ("© The Associated Press. All rights reserved.", []),
    ],
)
def test_a_last_line_credits_whoever_signs_it(line: str, credited: list[str]) -> None:
    article = credit_agencies(an_article(body_text=f"The port was closed on Sunday.\n{line}"))

    assert [credit.agency for credit in article.agencies] == credited

"""An agency's name below a stripped text reaches CreditAgencies, whatever furniture stands around it."""

import pytest

from pipelines.core.clean import clean_text
from pipelines.core.credit.crediting import credit_agencies
from pipelines.core.page.compose import compose_page
from schemas.article import Article
from tests.core.page.test_compose import a_bare_page

FIRST = "The council of Marnow voted on Tuesday for a tram line between the station and the university."
SECOND = "The line will cost about ninety million, half of which the state will pay over the next six years."
TEXT = f"Tram line agreed by council\n{FIRST}\n{SECOND}"


def credited(text: str) -> Article:
    return credit_agencies(clean_text(compose_page(a_bare_page(text, is_text=True))))


@pytest.mark.parametrize(
    ("line", "agency"),
    [
        ("© dpa-infocom, dpa:260302-99-1/1", "dpa"),
        ("dpa-infocom, dpa:260302-99-1/1", "dpa"),
        ("dpa sza yybb n1", "dpa"),
        ("burs-abc/de", "afp"),
        ("© 2026 AFP", "afp"),
        ("Copyright 2026 The Associated Press. All rights reserved.", "ap"),
        ("(Reuters)", "reuters"),
    ],
)
@pytest.mark.parametrize(
    "furniture", ["", "\nShare on Facebook\n© 2026 Marnow Mail", "\nRelated stories\nOld trams sold"]
)
def test_a_sign_off_below_the_text_names_the_origin(line: str, agency: str, furniture: str) -> None:
    article = credited(f"{TEXT}\n{line}{furniture}")

    assert article.origin_agency == agency
    assert (article.body_text or "").split("\n") == [FIRST, SECOND, line]


@pytest.mark.parametrize("foot", ["Related stories\n© 2026 AFP", "© 2026 Marnow Mail", "© AFP"])
def test_the_foot_of_the_page_signs_nothing(foot: str) -> None:
    article = credited(f"{TEXT}\n{foot}")

    assert article.origin_agency is None
    assert (article.body_text or "").split("\n") == [FIRST, SECOND]

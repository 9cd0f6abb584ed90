"""What of a ninjs item becomes which field of an article."""

import pytest

from schemas.article_parts import (
    ChangeType,
    ItemKind,
    LanguageSource,
    Precision,
    PublishedSource,
    PubStatus,
    SourceKind,
    Subject,
    Zone,
)
from schemas.rejection import ReasonCode, Rejected
from tests.builders import MORNING
from tests.builders_wire import GUID, composed, ninjs

NINJS_1 = {
    "guid": GUID,
    "type": "text",
    "version": 1,
    "versioncreated": "2026-03-02T07:30:00+0000",
    "headline": "Ferry service to Grey Island resumes",
    "byline": "By Ada Vale and Jo Reed",
    "body_html": "<p>Ferries sail again.</p><p>Tickets are free.</p>",
    "subject": [{"scheme": "http://cv.meridian.example", "code": "transport", "name": "Transport"}],
    "associations": {
        "featuremedia": {
            "uri": "urn:p:1",
            "type": "picture",
            "renditions": {"main": {"href": "https://m.example/1.jpg"}},
        }
    },
}
NINJS_3 = {
    "uri": GUID,
    "standard": {"name": "ninjs", "version": "3.1"},
    "type": "text",
    "version": "1",
    "versionCreated": "2026-03-02T07:30:00Z",
    "pubStatus": "usable",
    "headlines": [{"role": "main", "value": "Ferry service to Grey Island resumes"}],
    "by": "By Ada Vale and Jo Reed",
    "bodies": [
        {"role": "plain", "contentType": "text/plain", "value": "Plain."},
        {
            "role": "main",
            "contentType": "text/html",
            "value": "<p>Ferries sail again.</p><p>Tickets are free.</p>",
        },
    ],
    "subjects": [{"uri": "http://cv.meridian.example/transport", "name": "Transport"}],
    "associations": [
        {
            "name": "mainpic",
            "uri": "urn:p:1",
            "type": "picture",
            "renditions": [
                {"name": "thumbnail", "href": "https://m.example/t.jpg", "width": 90},
                {"name": "main", "href": "https://m.example/1.jpg", "width": 900},
            ],
        }
    ],
}


@pytest.mark.parametrize("item", [NINJS_1, NINJS_3])
def test_every_version_of_ninjs_says_the_same(item):
    article = composed(item)

    assert (article.source_kind, article.source, article.guid) == (SourceKind.WIRE, "meridian.example", GUID)
    assert (article.version, article.change_type) == ("1", ChangeType.NEW)
    assert article.headline == "Ferry service to Grey Island resumes"
    assert article.body_text == "Ferries sail again.\nTickets are free."
    assert article.authors == ("Ada Vale", "Jo Reed")
    assert article.subjects == (Subject(uri="http://cv.meridian.example/transport", name="Transport"),)
    assert [(m.role, m.url, m.guid) for m in article.media] == [
        ("main", "https://m.example/1.jpg", "urn:p:1")
    ]
    assert article.version_created == MORNING.replace(hour=7, minute=30)


def test_the_first_creation_is_the_publication():
    article = composed(ninjs(firstcreated="2026-03-01T22:00:00+01:00", version="4"))

    assert article.published.isoformat() == "2026-03-01T21:00:00+00:00"
    assert (article.published_source, article.published_precision) == (PublishedSource.WIRE, Precision.SECOND)
    assert article.published_zone is Zone.STATED


@pytest.mark.parametrize(
    ("stated", "tag", "source"),
    [
        ("en", "en", LanguageSource.DECLARED),
        ("pt_br", "pt-BR", LanguageSource.DECLARED),
        ("zh-hant", "zh-Hant", LanguageSource.DECLARED),
        ("English", "und", None),
        (None, "und", None),
        (7, "und", None),
    ],
)
def test_the_declared_language_stands_in_its_one_spelling(stated, tag, source):
    article = composed(ninjs(language=stated))

    assert (article.language, article.language_source) == (tag, source)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, ItemKind.ARTICLE),
        ({"type": "composite"}, ItemKind.ARTICLE),
        ({"type": "composite", "bodies": []}, ItemKind.COMPOSITE),
        ({"bodies": []}, ItemKind.FLASH),
        ({"type": "picture"}, ItemKind.PICTURE),
        ({"type": "VIDEO"}, ItemKind.VIDEO),
        ({"type": "audio"}, ItemKind.AUDIO),
        ({"type": "graphic"}, ItemKind.GRAPHIC),
        ({"type": ...}, ItemKind.ARTICLE),
        ({"genres": [{"name": "Advisory"}]}, ItemKind.ADVISORY),
        ({"genres": [{"name": "Health advisory"}]}, ItemKind.ARTICLE),
        ({"headlines": [{"value": "ADVISORY: schedule of today"}]}, ItemKind.ADVISORY),
        ({"headlines": [{"value": "Advisory board resigns"}]}, ItemKind.ARTICLE),
        ({"genres": [{"name": "Daybook"}]}, ItemKind.DAYBOOK),
        ({"headlines": [{"value": "VORSCHAU - die Woche"}]}, ItemKind.DAYBOOK),
        ({"slugline": "bc-ferries, 2nd take"}, ItemKind.TAKE),
    ],
)
def test_type_genre_and_marks_say_what_an_item_is(fields, kind):
    assert composed(ninjs(**fields)).item_kind is kind


def test_a_take_has_its_number():
    assert composed(ninjs(slugline="bc-ferries, 2nd take")).take_no == 2


@pytest.mark.parametrize(
    "fields", [{"type": "event"}, {"type": "planning"}, {"type": ..., "eventDetails": {"dates": {}}}]
)
def test_events_and_plans_are_no_news(fields):
    with pytest.raises(Rejected) as caught:
        composed(ninjs(**fields))

    assert caught.value.reason is ReasonCode.WIRE_NOT_NEWS


@pytest.mark.parametrize("uri", [..., None, "", "  ", {"a": 1}, True])
def test_an_item_without_id_is_rejected(uri):
    from pipelines.core.wire.compose import compose_wire
    from tests.builders_wire import a_wire

    with pytest.raises(Rejected) as caught:
        compose_wire(a_wire(ninjs(uri=uri)))

    assert caught.value.reason is ReasonCode.WIRE_ID_MISSING


def test_an_article_needs_a_headline_or_a_body():
    assert composed(ninjs(headlines=[])).headline is None
    with pytest.raises(Rejected) as caught:
        composed(ninjs(headlines=[], bodies=[]))

    assert caught.value.reason is ReasonCode.TEXT_EMPTY


def test_notes_to_editors_are_in_no_text_for_readers():
    body = (
        "<p>Eds: adds quote in para 3</p><p>Ferries sail again.</p>"
        '<section class="np-nonpublic"><p>Harbour master, tel. 555-0101</p></section>'
        "<p>The following information is not intended for publication</p><p>desk@meridian.example</p>"
    )
    item = ninjs(
        ednote="Ada Vale is at 555-0102",
        bodies=[{"contenttype": "text/html", "value": body}, {"role": "note", "value": "call 555-0103"}],
    )

    article = composed(item)

    assert article.body_text == "Ferries sail again."
    removed = {(line.line, line.reason) for line in article.removed_lines}
    assert removed == {
        ("Ada Vale is at 555-0102", "editors_note"),
        ("Eds: adds quote in para 3", "non_public"),
        ("Harbour master, tel. 555-0101", "non_public"),
        ("The following information is not intended for publication", "non_public"),
        ("desk@meridian.example", "non_public"),
        ("call 555-0103", "non_public"),
    }
    public = (article.headline, article.abstract, article.body_text, article.correction_note, article.byline)
    assert not any("555" in (text or "") for text in public)


def test_a_body_does_not_repeat_its_headline():
    bodies = [
        {
            "contenttype": "text/html",
            "value": "<h1>Ferry service to Grey Island resumes</h1><p>They sail.</p>",
        }
    ]

    assert composed(ninjs(bodies=bodies)).body_text == "They sail."


@pytest.mark.parametrize(
    ("stated", "urgency"), [(4, 4), ("4", 4), (4.0, 4), (0, None), (10, None), ("high", None)]
)
def test_urgency_is_one_to_nine_or_nothing(stated, urgency):
    assert composed(ninjs(urgency=stated)).urgency == urgency


def test_texts_beyond_the_contract_are_cut_and_flagged():
    from schemas.article import Article
    from schemas.generate import validator

    item = ninjs(
        headlines=[{"value": "H" * 3_000}],
        slugline="s" * 900,
        keywords=["k" * 300],
        usageterms="u" * 30_000,
        version="v" * 100,
        subjects=[{"uri": "u" * 900, "name": "n" * 900}],
        associations=[
            {"name": "a", "type": "picture", "uri": "p" * 900, "descriptions": [{"value": "c" * 9_000}]}
        ],
    )

    article = composed(item)

    assert validator(Article)(article) == ()
    assert "field_cut" in article.quality_flags


def test_an_association_that_is_held_back_is_no_medium():
    pictures = [
        {"name": "a", "uri": "urn:p:1", "type": "picture", "pubstatus": "canceled"},
        {"name": "b", "uri": "urn:p:2", "type": "picture", "embargoed": "2027-01-01T00:00:00Z"},
        {"name": "c", "uri": "urn:p:3", "type": "picture"},
    ]

    assert [medium.guid for medium in composed(ninjs(associations=pictures)).media] == ["urn:p:3"]


def test_an_odd_shape_of_any_field_loses_that_field_only():
    for odd in (None, True, 7, 1.5, "text", [], [[]], [7], {}, {"a": {"b": []}}, [{"value": {}}]):
        for name in (
            "headlines",
            "bodies",
            "subjects",
            "associations",
            "altids",
            "genres",
            "keywords",
            "by",
            "links",
        ):
            article = composed(ninjs(headline="Ferries", **{name: odd}))
            assert article.pub_status is PubStatus.USABLE

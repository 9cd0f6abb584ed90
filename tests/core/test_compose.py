"""Whatever decoding lets through becomes articles."""

import orjson

from pipelines.core.compose import compose_article
from pipelines.core.decode.decoding import decode_record
from schemas.article_parts import SourceKind
from tests.builders import a_record
from tests.builders_wire import ninjs

PARAGRAPH = (
    "<p>The ferries to Grey Island sail again after nine days of storm, the harbour master said on {day}.</p>"
)


def test_a_wire_message_and_a_page_become_articles():
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    body = "".join(PARAGRAPH.format(day=day) for day in days)
    page = (
        f"<html><head><title>Ferries sail again</title></head><body><article>{body}</article></body></html>"
    )
    envelope = {"url": "https://coastal.example/ferries", "fetched_at": "2026-03-02T08:00:00Z", "html": page}

    articles = [
        article
        for document in (ninjs(), envelope)
        for article in compose_article(decode_record(a_record(orjson.dumps(document))))
    ]

    assert [article.source_kind for article in articles] == [SourceKind.WIRE, SourceKind.WEB]
    assert [article.source for article in articles] == ["meridian.example", "coastal.example"]

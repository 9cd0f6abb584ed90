"""One definition, four outputs: they agree with each other and with what is checked in."""

from dataclasses import fields, replace

import pyarrow as pa
import pytest

from schemas.article import Article
from schemas.article_parts import AgencyCredit, AgencyRole, PubStatus
from schemas.codec import to_table
from schemas.contract_files import CONTRACTS, contract_files
from schemas.dead_letter import DeadLetter
from schemas.event import Event
from schemas.generate import arrow_schema, field_types, index_mapping, json_schema, validator
from schemas.spec import Index
from tests.builders import MORNING, an_article


@pytest.mark.parametrize("name", sorted(contract_files()))
def test_the_checked_in_contract_is_the_generated_one(name):
    assert (CONTRACTS / name).read_bytes() == contract_files()[name]


def test_nothing_is_checked_in_that_is_not_generated():
    assert {path.name for path in CONTRACTS.iterdir()} == set(contract_files())


@pytest.mark.parametrize("record", [Article, Event, DeadLetter])
def test_every_output_names_every_field_in_the_order_of_the_class(record):
    names = [field.name for field in fields(record)]
    columns = [field.name for field in field_types(record) if field.spec.index is not Index.PASSING]

    assert arrow_schema(record).names == columns
    assert list(json_schema(record)["properties"]) == names


def test_what_is_told_from_stage_to_stage_is_no_column_and_in_no_index():
    assert "overtaken" not in arrow_schema(Article).names
    assert "overtaken" not in index_mapping(Article)["properties"]
    assert to_table(Article, [an_article(overtaken=True)]).column_names == arrow_schema(Article).names


def test_the_index_holds_nothing_that_is_for_history_or_parquet_only():
    kept = set(index_mapping(Article)["properties"])
    absent = {f.name for f in field_types(Article) if f.spec.index in (Index.ABSENT, Index.HISTORY)}

    assert not kept & absent
    assert {"removed_lines", "event_reason", "dup_of", "was_public", "event_terms"} <= absent


def test_the_mapping_refuses_fields_it_does_not_know():
    assert index_mapping(Article)["dynamic"] == "strict"


def test_an_article_of_the_builders_keeps_its_contract():
    assert validator(Article)(an_article()) == ()


@pytest.mark.parametrize(
    ("broken", "path"),
    [
        ({"article_id": None}, "article_id"),
        ({"order_key": "1"}, "order_key"),
        ({"part": True}, "part"),
        ({"pub_status": "usable?"}, "pub_status"),
        ({"headline": "x" * 2001}, "headline"),
        ({"published": MORNING.replace(tzinfo=None)}, "published"),
        ({"keywords": ["a"]}, "keywords"),
        ({"keywords": ("a", 1)}, "keywords[1]"),
        ({"agencies": (AgencyCredit(agency="a", role="boss", evidence="x"),)}, "agencies[0].role"),
    ],
)
def test_the_validator_names_the_field_that_breaks_the_contract(broken, path):
    assert [found.path for found in validator(Article)(replace(an_article(), **broken))] == [path]


def test_enums_and_nested_records_pass_the_validator():
    credit = AgencyCredit(agency="example", role=AgencyRole.ORIGIN, evidence="dateline:(EX)")

    assert validator(Article)(an_article(pub_status=PubStatus.WITHHELD, agencies=(credit,))) == ()


def test_instants_are_utc_microseconds_in_arrow():
    assert arrow_schema(Article).field("published").type == pa.timestamp("us", tz="UTC")

"""`copydesk sql`: one query that only reads, and an answer in JSON whatever its types."""

import json
from pathlib import Path

import pytest

from pipelines.commands.sql import sql
from pipelines.options import Misuse
from schemas.article_parts import ChangeType
from tests.builders_history import NOON, a_copy, a_life, a_version, arrive, publish_at
from tests.commands.copydesk import copydesk

AS_OF = NOON.isoformat()
NOT_UTF_8 = b"\xff".decode("utf-8", "surrogateescape")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    arrive(tmp_path, a_life()["new"], a_copy())
    publish_at(tmp_path)
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], query: str, data: Path) -> str:
    sql(query, data=data, as_of=AS_OF, json=True)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    "query",
    [
        "select count(*) from articles",
        "select 1;",
        "-- é\nfrom events -- ;",
        "values (1)",
        "table originals",
        "show tables",
        "describe articles",
        "summarize events",
        "explain select 1",
        "/* é */ EXPLAIN /* ; */ ANALYZE /* é */ select 'é'",
        "with recursive n(i) as (select 1 union select i + 1 from n where i < 3) from n",
        "select 'copy' as type, 'COPY_QUERY_NODE' as query",
        "select 1 union (select 2 intersect select 2)",
    ],
)
def test_a_query_that_reads_is_answered(capsys: pytest.CaptureFixture[str], data: Path, query: str):
    assert json.loads(told(capsys, query, data))


@pytest.mark.parametrize(
    "query",
    [
        "copy (select 1) to '{data}/history/evil.parquet'",
        "with a as (copy (select 1) to '{data}/history/evil.parquet') select 1",
        "explain analyze copy (select 1) to '{data}/history/evil.parquet'",
        "explain /* */ analyze with a as (copy (select 1) to '{data}/history/evil.parquet') select 1",
        "from query('with a as (copy (select 1) to ''{data}/history/evil.parquet'') select 1')",
        "from json_execute_serialized_sql(json_serialize_sql('with a as (copy (select 1) to ''{data}/history/evil.parquet'') select 1'))",
        "select 1; copy (select 1) to '{data}/history/evil.parquet'",
        "export database '{data}/history/evil'",
        "attach '{data}/history/evil.db'",
        "create table t as select 1",
        "with a as (insert into t values (1) returning *) select * from a",
        "pragma version",
        "call range(3)",
        "set threads = 1",
        "checkpoint",
        "select 1; select 2",
        "",
        ";",
        "-- nothing",
    ],
)
def test_only_one_statement_that_reads_is_run(data: Path, query: str):
    with pytest.raises(Misuse, match=r"(?s)QUERY.*allowed: one SELECT"):
        sql(query.format(data=data), data=data, as_of=AS_OF)

    assert [path.name for path in data.rglob("evil*")] == []


@pytest.mark.parametrize(
    "query", ["selec 1", "select * from nothing", "select ?", "select $a", "explain", NOT_UTF_8]
)
def test_a_query_that_cannot_be_run_is_a_misuse(data: Path, query: str):
    with pytest.raises(Misuse, match="QUERY"):
        sql(query, data=data, as_of=AS_OF)


def test_a_variable_of_the_program_is_no_table(data: Path):
    with pytest.raises(Misuse, match="QUERY"):
        sql("select * from statements", data=data, as_of=AS_OF)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("99999999999999999999999::hugeint", "99999999999999999999999"),
        ("-99999999999999999999999::hugeint", "-99999999999999999999999"),
        ("18446744073709551615::ubigint", "18446744073709551615"),
        ("12345678901234567890.1234567890::decimal(38, 10)", "12345678901234567890.1234567890"),
        ("0.00000001::decimal(18, 8)", "0.00000001"),
        ("interval '1 day 2 hours'", '"1 day, 2:00:00"'),
        ("'a'::blob", '"61"'),
        ("'12:00:00+02'::timetz", '"12:00:00+02:00"'),
        ("time '12:00'", '"12:00:00"'),
        ("date '2026-03-02'", '"2026-03-02"'),
        ("'nan'::double", "null"),
        ("'290000-01-01'::date", '"290000-01-01"'),
        ("map([99999999999999999999999::hugeint], [1.5])", '{"99999999999999999999999":1.5}'),
        ("[{'a': 99999999999999999999999::hugeint}]", '[{"a":99999999999999999999999}]'),
        ("timestamptz '2026-03-02 12:00:00+00'", '"2026-03-02T12:00:00Z"'),
    ],
)
def test_every_value_has_a_json_form(capsys: pytest.CaptureFixture[str], data: Path, value: str, form: str):
    assert told(capsys, f"select {value} as v", data) == f'[{{"v":{form}}}]\n'


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        ("1 a, 2 a", '{"a":1,"a_1":2}'),
        ("1 a, 2 a, 3 a", '{"a":1,"a_1":2,"a_2":3}'),
        ("1 a, 2 a, 3 a_1", '{"a":1,"a_2":2,"a_1":3}'),
        ('1 a, 2 "A"', '{"a":1,"A":2}'),
    ],
)
def test_columns_of_one_name_are_numbered(
    capsys: pytest.CaptureFixture[str], data: Path, columns: str, names: str
):
    assert told(capsys, f"select {columns}", data) == f"[{names}]\n"


@pytest.mark.parametrize("verb", ["events", "show"])
def test_a_name_that_is_no_text_is_found_nowhere(data: Path, verb: str):
    outcome = copydesk(verb, NOT_UTF_8, "--data", data, "--as-of", AS_OF)

    assert outcome.code == 2
    assert "ID" in outcome.err


def test_events_tell_no_title_before_its_time(tmp_path: Path):
    later = NOON.replace(hour=16)
    arrive(tmp_path, a_version(1, ChangeType.NEW, visible_from=later), a_copy())
    publish_at(tmp_path, later)

    printed = copydesk("events", "--data", tmp_path, "--as-of", AS_OF).out.decode()

    assert "MARK1" not in printed
    assert "1 article" in printed

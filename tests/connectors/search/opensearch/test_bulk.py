"""Writing in bulk: every document is written, stale or refused, each by itself, and nothing of it is ever quoted."""

import threading
from collections import Counter
from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.search.opensearch import bulk as bulk_module
from connectors.search.opensearch import patience as patience_module
from connectors.search.opensearch.bulk import Seat, Write, bulk
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.index_figures import IndexCount, forget_index_figures, index_figures
from connectors.search.opensearch.trouble import IndexRefused, IndexUnreachable
from tests.broker import eventually
from tests.index_server import unique_names
from tests.scripted_index import Answer, bulk_answer, refusal, scripted

PATIENCE_S = 60
FIELDS = {
    "date": {"type": "date"},
    "number": {"type": "long"},
    "flag": {"type": "boolean"},
    "address": {"type": "ip"},
    "word": {"type": "keyword"},
    "text": {"type": "text"},
    "object": {"properties": {"word": {"type": "keyword"}}},
}


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(patience_module, "_LONGEST_PAUSE_S", 0.1)
    monkeypatch.setattr(patience_module, "_FIRST_PAUSE_S", 0.1)


@pytest.fixture
def alias(client):
    """An alias of an index with fields of some types."""
    names = unique_names()
    index = names.generation("2026.03", 1)
    mappings = {"dynamic": "strict", "properties": FIELDS}
    settings = {"index": {"number_of_replicas": 0, "refresh_interval": "-1"}}
    body = {"mappings": mappings, "settings": settings, "aliases": {names.month_alias("2026.03"): {}}}
    client.ask("PUT", f"/{index}", body)
    yield names.month_alias("2026.03")
    client.ask("DELETE", f"/{index}")


def a_write(article_id="a", target="t", version=1, **fields):
    return Write(article_id=article_id, target=target, version=version, document=orjson.dumps(fields))


def standing(client, alias, article_id):
    found = client.ask("GET", f"/{alias}/_doc/{article_id}")
    return found["_version"], found["_source"]


def patient(index, patience_s=PATIENCE_S):
    return IndexClient(index.cluster, patience_s=patience_s)


def test_documents_are_written_with_their_versions(client, alias):
    writes = [a_write(f"a{place}", alias, version=100 + place, word=f"w{place}") for place in range(3)]

    outcome = bulk(client, writes)

    assert (outcome.written, outcome.stale, outcome.refused) == (3, (), ())
    assert standing(client, alias, "a2") == (102, {"word": "w2"})


def test_an_earlier_or_equal_version_is_stale(client, alias):
    bulk(client, [a_write("a", alias, version=5, word="first"), a_write("b", alias, version=5, word="first")])
    earlier, equal = a_write("a", alias, version=4, word="old"), a_write("b", alias, version=5, word="again")

    outcome = bulk(client, [earlier, equal])

    assert (outcome.written, outcome.stale, outcome.refused) == (0, (earlier, equal), ())
    assert standing(client, alias, "a")[1] == standing(client, alias, "b")[1] == {"word": "first"}


def seat(client, alias, article_id):
    found = client.ask("GET", f"/{alias}/_doc/{article_id}")
    return Seat(found["_version"], found["_seq_no"], found["_primary_term"])


def test_an_equal_version_replaces_what_was_found_and_nothing_else(client, alias):
    bulk(client, [a_write("a", alias, version=5, word="first")])
    found = seat(client, alias, "a")
    again = replace(a_write("a", alias, version=5, word="again"), replaces=found)
    late = replace(a_write("a", alias, version=5, word="late"), replaces=found)

    assert bulk(client, [again]).written == 1
    assert bulk(client, [late]).stale == (late,)
    assert standing(client, alias, "a") == (6, {"word": "again"})


def test_a_later_version_keeps_its_number_whatever_it_replaces(client, alias):
    bulk(client, [a_write("a", alias, version=5, word="first")])
    later = replace(a_write("a", alias, version=9, word="later"), replaces=seat(client, alias, "a"))

    assert bulk(client, [later]).missed == ()
    assert standing(client, alias, "a") == (9, {"word": "later"})


def test_a_later_version_of_what_was_taken_away_meanwhile_is_written_and_missed(client, alias):
    bulk(client, [a_write("a", alias, version=5, word="first")])
    later = replace(a_write("a", alias, version=9, word="later"), replaces=seat(client, alias, "a"))
    client.ask("DELETE", f"/{alias}/_doc/a")

    outcome = bulk(client, [later])

    assert (outcome.written, outcome.missed) == (1, (later,))


def test_no_writes_are_no_request():
    with scripted(Answer(None)) as index, patient(index) as client:
        assert bulk(client, []).written == 0
        assert index.asked == []


def test_one_poison_document_among_500_is_refused_and_499_are_written(client, alias):
    writes = [a_write(f"a{place}", alias, number=place) for place in range(500)]
    writes[77] = a_write("a77", alias, number="not a number")

    outcome = bulk(client, writes)

    assert outcome.written == 499
    assert [(refused.write, refused.status, refused.kind) for refused in outcome.refused] == [
        (writes[77], 400, "mapper_parsing_exception")
    ]
    assert "field [number] of type [long]" in outcome.refused[0].reason
    assert standing(client, alias, "a499")[1] == {"number": 499}


@pytest.mark.parametrize(
    "document",
    [
        {"date": "Sesame 'at noon' [or \"later\"]"},
        {"number": "Sesame 1"},
        {"number": 1.5e300, "word": "Sesame"},
        {"flag": "Sesame"},
        {"address": "Sesame"},
        {"word": {"inner": "Sesame"}},
        {"word": "Sesame " * 5_000},
        {"text": {"inner": "Sesame"}},
        {"object": "Sesame"},
        {"object": ["Sesame", {"word": "Sesame"}]},
        {"date": {"inner": "Sesame"}},
        {"unknown": "Sesame"},
        {"object": {"unknown": "Sesame"}},
        {"": "Sesame"},
        {"a..b": "Sesame"},
    ],
    ids=str,
)
def test_the_reason_of_a_refusal_quotes_nothing_of_the_document(client, alias, document):
    (refused,) = bulk(client, [a_write("a", alias, **document)]).refused
    # A term that is too long is quoted as a list of its bytes.
    quoted = "Sesame", str(list(b"Ses"))[1:-1]

    assert not [text for text in quoted if text in refused.reason]
    assert refused.reason
    assert "Sesame" not in repr(refused)


def test_a_refusal_that_repeats_the_request_is_cut():
    told = 'failed on [index {[news][a], source[{"body":"Sesame, it\'s"}]}] and \'Sesame\' too'
    with scripted(bulk_answer(400, kind="some_exception", reason=told)) as index, patient(index) as client:
        (refused,) = bulk(client, [a_write()]).refused

    assert "Sesame" not in refused.reason
    assert refused.reason.startswith("failed on")


def test_an_alias_that_is_not_there_is_a_refusal_and_makes_no_index(client):
    alias = unique_names().month_alias("2026.03")
    (refused,) = bulk(client, [a_write("a", alias)]).refused

    assert (refused.status, refused.kind) == (404, "index_not_found_exception")
    with pytest.raises(IndexRefused):
        client.ask("GET", f"/{alias}")


def test_an_id_that_is_too_long_costs_no_other_document(client, alias):
    writes = [a_write(f"a{place}", alias, number=place) for place in range(20)]
    writes[13] = a_write("x" * 513, alias)

    outcome = bulk(client, writes)

    assert outcome.written == 19
    assert [(refused.write, refused.status) for refused in outcome.refused] == [(writes[13], 400)]


def test_an_index_that_is_closed_to_writes_is_waited_for(client, alias, index_server):
    (index,) = client.ask("GET", f"/_alias/{alias}")
    client.ask("PUT", f"/{index}/_settings", {"index.blocks.write": True})
    forget_index_figures()
    outcomes = []
    writing = threading.Thread(target=lambda: outcomes.append(bulk(client, [a_write("a", alias)])))
    writing.start()
    try:
        eventually(lambda: "cluster_block_exception" in (index_figures().waiting_for or ""))
    finally:
        with IndexClient(index_server.cluster, patience_s=PATIENCE_S) as other:
            other.ask("PUT", f"/{index}/_settings", {"index.blocks.write": False})
    writing.join(PATIENCE_S)

    assert outcomes[0].written == 1
    assert index_figures().waiting_for is None


def test_only_what_a_full_queue_refused_is_sent_again():
    writes = [a_write(article_id) for article_id in "abc"]
    forget_index_figures()
    with (
        scripted(bulk_answer(201, 429, 201, kind="rejected_execution_exception"), bulk_answer(201)) as index,
        patient(index) as client,
    ):
        outcome = bulk(client, writes)

        assert [list(asked.documents) for asked in index.asked] == [["a", "b", "c"], ["b"]]
    assert outcome.written == 3
    assert index_figures().counts == {IndexCount.WRITTEN: 3, IndexCount.BYTES: 6, IndexCount.RETRIED: 1}


def test_what_stays_full_for_longer_than_patience_is_an_outage_that_says_why():
    storm = bulk_answer(429, kind="rejected_execution_exception", reason="queue capacity is reached")
    with (
        scripted(storm) as index,
        patient(index, 0.3) as client,
        pytest.raises(IndexUnreachable) as caught,
    ):
        bulk(client, [a_write()])

    assert "429 rejected_execution_exception: queue capacity is reached" in str(caught.value)
    assert "0.3 s" in str(caught.value)


def test_patience_counts_from_the_last_document_that_was_taken():
    slowly = [
        Answer(body=bulk_answer(*([429] * left), 201).body, after_s=0.2) for left in reversed(range(1, 6))
    ]
    with scripted(*slowly, bulk_answer(201)) as index, patient(index, 0.5) as client:
        assert bulk(client, [a_write(article_id) for article_id in "abcdef"]).written == 6


def test_an_outage_of_the_whole_request_is_waited_out():
    with (
        scripted(refusal(503, "x"), Answer(None), bulk_answer(201)) as index,
        patient(index) as client,
    ):
        assert bulk(client, [a_write()]).written == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_cluster_that_refuses_us_is_no_fault_of_the_documents(status):
    with (
        scripted(refusal(status, "security_exception")) as index,
        patient(index) as client,
        pytest.raises(IndexRefused) as caught,
    ):
        bulk(client, [a_write()])

    assert caught.value.status == status


@pytest.mark.parametrize(
    ("status", "kind"),
    [(403, "security_exception"), (500, "security_exception"), (401, "x"), (403, "x"), (405, "x")],
)
def test_a_refusal_of_one_document_that_is_of_all_refuses_no_document(status, kind):
    reason = "no permissions for [indices:data/write/bulk[s]]"
    with (
        scripted(bulk_answer(201, status, kind=kind, reason=reason)) as index,
        patient(index) as client,
        pytest.raises(IndexRefused, match="no permissions") as caught,
    ):
        bulk(client, [a_write("a"), a_write("b")])

    assert (caught.value.status, caught.value.kind) == (status, kind)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "index_closed_exception"), (500, "engine_exception"), (403, "cluster_block_exception")],
)
def test_a_document_is_sent_again_after_what_passes(status, kind):
    with scripted(bulk_answer(status, kind=kind), bulk_answer(201)) as index, patient(index) as client:
        assert bulk(client, [a_write()]).written == 1


def test_a_document_that_a_processor_of_the_cluster_fails_on_costs_no_other():
    with (
        scripted(bulk_answer(201, 500, 201, kind="fail_processor_exception")) as index,
        patient(index) as client,
    ):
        outcome = bulk(client, [a_write("a"), a_write("b"), a_write("c")])

    assert outcome.written == 2
    assert [refused.write.article_id for refused in outcome.refused] == ["b"]


@pytest.mark.parametrize("status", [400, 413, 502])
def test_a_proxy_that_refuses_everything_refuses_no_document(status):
    with scripted(Answer(status, b"<html>", "text/html")) as index, patient(index, 0.2) as client:
        if status == 413:
            assert [refused.status for refused in bulk(client, [a_write()]).refused] == [413]
            return
        with pytest.raises((IndexRefused, IndexUnreachable)):
            bulk(client, [a_write()])


def limited_to(size):
    """An index that takes requests up to so many bytes."""

    def answer(asked):
        if len(asked.body) > size:
            return Answer(413)
        return bulk_answer(*([201] * len(asked.documents)))

    return answer


def test_a_request_that_is_too_large_is_halved_and_a_document_that_is_refused_alone():
    writes = [a_write(f"a{place}", word="x" * 300) for place in range(8)]
    writes[5] = a_write("a5", word="x" * 2_000)
    with scripted(limited_to(1_500)) as index, patient(index) as client:
        outcome = bulk(client, writes)

        taken = Counter(
            article_id for asked in index.asked if len(asked.body) <= 1_500 for article_id in asked.documents
        )
    assert outcome.written == 7
    assert [(refused.write, refused.status) for refused in outcome.refused] == [(writes[5], 413)]
    assert taken == {write.article_id: 1 for write in writes if write is not writes[5]}


def test_batches_are_bounded_in_documents_and_bytes_and_a_larger_document_goes_alone(monkeypatch):
    monkeypatch.setattr(bulk_module, "MAX_BATCH_DOCUMENTS", 3)
    monkeypatch.setattr(bulk_module, "MAX_BATCH_BYTES", 100)
    sizes = [20, 20, 20, 20, 60, 60, 300, 20]
    writes = [a_write(f"a{place}", word="x" * (size - 11)) for place, size in enumerate(sizes)]
    with scripted(limited_to(10_000)) as index, patient(index) as client:
        bulk(client, writes)

        sent = [[len(document) for document in asked.documents.values()] for asked in index.asked]
    assert sent == [[20, 20, 20], [20, 60], [60], [300], [20]]


PASSING, FINAL = st.sampled_from([429, 502, 503]), st.sampled_from([200, 201, 409, 400, 404, 413, 500])


@given(st.lists(st.tuples(st.lists(PASSING, max_size=3), FINAL), max_size=12), st.integers(1, 5))
def test_every_document_is_accounted_for_once_whatever_the_index_says_of_each(fates, batch):
    left = {f"a{place}": [*passing, final] for place, (passing, final) in enumerate(fates)}

    def told_by_fate(asked):
        return bulk_answer(*(left[article_id].pop(0) for article_id in asked.documents))

    writes = [a_write(article_id) for article_id in left]
    with (
        pytest.MonkeyPatch.context() as patch,
        scripted(told_by_fate) as index,
        patient(index) as client,
    ):
        patch.setattr(bulk_module, "MAX_BATCH_DOCUMENTS", batch)
        patch.setattr(patience_module, "_FIRST_PAUSE_S", 0.0)
        outcome = bulk(client, writes)

    by_fate = {write.article_id: final for write, (_, final) in zip(writes, fates, strict=True)}
    assert outcome.written == sum(final < 300 for final in by_fate.values())
    assert {write.article_id for write in outcome.stale} == {
        article_id for article_id, final in by_fate.items() if final == 409
    }
    assert {refused.write.article_id: refused.status for refused in outcome.refused} == {
        article_id: final for article_id, final in by_fate.items() if final in (400, 404, 413, 500)
    }
    assert not any(left.values())

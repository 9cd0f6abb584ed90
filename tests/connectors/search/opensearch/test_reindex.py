"""A month made anew behind its alias: no write is lost and no version, whatever happens beside it."""

import os
import random
import subprocess
import sys
import threading

import pytest

from connectors.search.opensearch import copying
from connectors.search.opensearch import reindex as reindex_module
from connectors.search.opensearch.bulk_load import bulk_load, loading
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.months import Month, ensure_month, generations, months
from connectors.search.opensearch.reindex import reindex_month
from connectors.search.opensearch.trouble import IndexRefused
from tests.broker import eventually

PATIENCE_S = 60
ROUNDS = 10 if os.environ.get("COPYDESK_FULL") else 2
MONTH = "2026.03"


def month_of(client, names):
    [found] = [month for month in months(client, names) if month.month == MONTH]
    return found


def write(client, names, article_id, version, headline):
    """Write a version as the stream does: through the alias, the last word of a version stands."""
    document = {"article_id": article_id, "pub_status": "usable", "headline": headline}
    params = {"version": str(version), "version_type": "external_gte", "require_alias": "true"}
    client.ask("PUT", f"/{names.month_alias(MONTH)}/_doc/{article_id}", document, params=params)


def documents(client, names, alias=None):
    """Id, version and headline of all that is found."""
    alias = alias or names.month_alias(MONTH)
    client.ask("POST", f"/{alias}/_refresh")
    hits = client.ask("POST", f"/{alias}/_search", {"size": 10_000, "version": True})["hits"]["hits"]
    return {hit["_id"]: (hit["_version"], hit["_source"]["headline"]) for hit in hits}


def reindex(client, names, told=lambda copied: None):
    return reindex_month(client, names, month_of(client, names), told)


def test_a_month_made_anew_has_the_same_documents_in_the_next_generation(client, names):
    for number in range(20):
        write(client, names, f"a{number}", 100 + number, f"headline {number}")
    before = documents(client, names)

    done = reindex(client, names)

    assert documents(client, names) == before
    assert (done.before, done.after) == (names.generation(MONTH, 1), names.generation(MONTH, 2))
    assert (done.documents, done.resumed) == (20, False)
    assert generations(client, names)[MONTH] == (names.generation(MONTH, 2),)


def test_readers_and_editors_find_everything_once_behind_the_filter_of_each(client, names):
    write(client, names, "a1", 1, "for all")
    hidden = {"article_id": "a2", "pub_status": "withheld", "headline": "not for readers"}
    client.ask("PUT", f"/{names.month_alias(MONTH)}/_doc/a2", hidden)

    reindex(client, names)

    assert set(documents(client, names, names.readers)) == {"a1"}
    assert set(documents(client, names, names.editors)) == {"a1", "a2"}


def test_a_new_generation_is_of_the_templates_and_refreshes_by_itself(client, names):
    custom = {"template": {"settings": {"index": {"number_of_shards": "2"}}}}
    client.ask("PUT", f"/_component_template/{names.custom_template}", custom)
    write(client, names, "a1", 1, "one")

    after = reindex(client, names).after

    settings = client.ask("GET", f"/{after}/_settings")[after]["settings"]["index"]
    assert (settings["number_of_shards"], settings["refresh_interval"]) == ("2", "5s")


def test_shards_may_be_more_or_fewer_and_lose_nothing(client, names):
    custom = f"/_component_template/{names.custom_template}"
    for shards in (3, 2):
        settings = {"index": {"number_of_shards": shards}}
        client.ask("PUT", custom, {"template": {"settings": settings}})
        for number in range(30):
            write(client, names, f"a{number}", 103 - shards, f"in {shards} shards, before")

        after = reindex(client, names).after

        kept = client.ask("GET", f"/{after}/_settings")[after]["settings"]["index"]["number_of_shards"]
        assert kept == str(shards)
        assert len(documents(client, names)) == 30


class Stream:
    """Writers that go on until told to stop, and what they know to be written."""

    def __init__(self, cluster, names, seed):
        self.names, self.random = names, random.Random(seed)
        self.client = IndexClient(cluster, patience_s=PATIENCE_S)
        self.written, self.writes, self.greatest = {}, 0, 0
        self.seed = seed
        self.stopped = threading.Event()
        self.failed = None
        self.thread = threading.Thread(target=self.run)

    def run(self):
        try:
            while not self.stopped.is_set():
                self.write_once()
                self.writes += 1
        except BaseException as error:
            self.failed = error
            raise
        finally:
            self.client.close()

    def write_once(self):
        """A new version of an article of its own, the same once more with another text, or it is taken out."""
        article_id = f"w{self.seed}-{self.random.randrange(60)}"
        before = self.written.get(article_id)
        if before and self.random.random() < 0.1:
            self.client.ask("DELETE", f"/{self.names.month_alias(MONTH)}/_doc/{article_id}")
            # What is deleted is remembered for a minute, with a version one greater.
            self.greatest += 1
            del self.written[article_id]
            return
        if before and self.random.random() < 0.4:
            version = before[0]
        else:
            self.greatest += 1
            version = self.greatest
        headline = f"words {self.writes}"
        write(self.client, self.names, article_id, version, headline)
        self.written[article_id] = (version, headline)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join()


def test_while_a_stream_goes_on_no_write_is_lost_and_no_version(index_server, client, names):
    for number in range(500):
        write(client, names, f"old{number}", 5, "was there")

    with Stream(index_server.cluster, names, 1) as one, Stream(index_server.cluster, names, 2) as two:
        for _ in range(ROUNDS):
            before = one.writes
            done = reindex(client, names)
            eventually(lambda before=before: one.writes > before)

    assert (one.failed, two.failed) == (None, None)
    expected = {f"old{number}": (5, "was there") for number in range(500)} | one.written | two.written
    assert documents(client, names) == expected
    assert month_of(client, names).number == ROUNDS + 1
    assert done.before == names.generation(MONTH, ROUNDS)


class Broken(BaseException):
    """As if a person broke it off here."""


STEPS = (
    "_make",
    "_noted",
    "copy_since",
    "_note",
    "_finish",
    "remove_deleted",
    "_check_ours",
    "_move_aliases",
)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_what_is_broken_off_at_any_step_is_finished_by_the_next_run(client, names, monkeypatch, step, when):
    for number in range(10):
        write(client, names, f"a{number}", 100 + number, f"headline {number}")
    real = getattr(reindex_module, step)

    def broken(*arguments):
        if when == "after":
            real(*arguments)
        raise Broken

    with monkeypatch.context() as breaking:
        breaking.setattr(reindex_module, step, broken)
        with pytest.raises(Broken):
            reindex(client, names)
    write(client, names, "a1", 200, "written between")

    reindex(client, names)

    expected = {f"a{number}": (100 + number, f"headline {number}") for number in range(10)}
    assert documents(client, names) == expected | {"a1": (200, "written between")}
    assert documents(client, names, names.editors) == documents(client, names)
    assert len(generations(client, names)[MONTH]) == 1


KILLED = """
import sys
from connectors.search.opensearch import reindex
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.cluster import IndexCluster
from connectors.search.opensearch.months import months
from connectors.search.opensearch.names import IndexNames

def stop_here(client, old, new):
    print("blocked", flush=True)
    sys.stdin.read()

reindex.remove_deleted = stop_here
names = IndexNames(prefix=sys.argv[2])
with IndexClient(IndexCluster(hosts=(sys.argv[1],))) as client:
    reindex.reindex_month(client, names, months(client, names)[0], lambda copied: None)
"""


def test_a_reindex_that_was_killed_while_it_held_writers_back_is_finished_and_lets_them_go(
    index_server, client, names
):
    write(client, names, "a1", 1, "one")
    [host] = index_server.cluster.hosts
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, host, names.prefix],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as killed:
        assert killed.stdout.readline() == "blocked\n"
        killed.kill()

    with Stream(index_server.cluster, names, 3) as stream:
        done = reindex(client, names)
        eventually(lambda: stream.writes > 5)

    assert (done.resumed, done.documents) == (True, 1)
    assert stream.failed is None
    assert documents(client, names) == {"a1": (1, "one")} | stream.written


def test_one_that_another_has_taken_over_stops_and_moves_nothing(client, names, monkeypatch):
    write(client, names, "a1", 1, "one")
    real, taken = reindex_module.remove_deleted, []

    def taken_over(own, old, new):
        if not taken:
            taken.append(reindex_module._noted(own, move_of(names, old, new)))
        return real(own, old, new)

    monkeypatch.setattr(reindex_module, "remove_deleted", taken_over)
    with pytest.raises(IndexRefused, match="taken over"):
        reindex(client, names)

    assert month_of(client, names).number == 1
    write(client, names, "a1", 2, "two")  # writers are let go


def move_of(names, old, new):
    return reindex_module._Move(names=names, month=MONTH, old=old, new=new, by="another")


def test_what_was_left_by_an_older_release_is_begun_anew(client, names):
    write(client, names, "a1", 1, "one")
    left = names.generation(MONTH, 2)
    client.ask("PUT", f"/{left}")
    meta = {"schema_version": 1, "reindex": {"by": "another", "copied_to": 1_000}}
    client.ask("PUT", f"/{left}/_mapping", {"_meta": meta})

    done = reindex(client, names)

    assert (done.resumed, documents(client, names)) == (False, {"a1": (1, "one")})


def test_a_document_that_the_new_mapping_refuses_moves_nothing_and_is_told(client, names):
    write(client, names, "a1", 1, "one")
    alias = names.month_alias(MONTH)
    client.ask("PUT", f"/{alias}/_mapping", {"properties": {"mood": {"type": "keyword"}}})
    client.ask("PUT", f"/{alias}/_doc/a2", {"article_id": "a2", "mood": "good", "headline": "two"})

    with pytest.raises(IndexRefused, match=r"cannot be copied.*mood"):
        reindex(client, names)

    assert month_of(client, names) == Month(month=MONTH, number=1, index=names.generation(MONTH, 1))


@pytest.mark.parametrize("step", ["_make", "copy_since", "remove_deleted", "_check_ours", "_move_aliases"])
def test_a_bulk_load_that_ends_while_its_month_is_made_anew_leaves_no_month_that_never_refreshes(
    client, names, monkeypatch, step
):
    load, real = bulk_load(client, names), getattr(reindex_module, step)
    load.__enter__()
    ensure_month(client, names, "2026.04")
    month = months(client, names)[1]

    def then_the_load_ends(*arguments):
        load.__exit__(None, None, None)
        monkeypatch.setattr(reindex_module, step, real)
        return real(*arguments)

    monkeypatch.setattr(reindex_module, step, then_the_load_ends)
    reindex_month(client, names, month, lambda copied: None)

    assert [month.number for month in months(client, names)] == [1, 2, 1]
    assert loading(client, names) == ()


def test_a_copy_that_was_asked_for_twice_does_not_go_on_once_the_month_has_moved(client, names, monkeypatch):
    write(client, names, "a0", 1, "was there")
    real, ask, passes = reindex_module.copy_since, client.ask, []

    def then_written_to(own, *arguments):
        copied = real(own, *arguments)
        if not passes:
            for number in range(20):
                write(client, names, f"a{number}", 5, "written between")
        passes.append(copied)
        return copied

    def asked_twice(method, path, body=None, **options):
        """Its answer is lost, and the client asks again; the first goes on, slowly."""
        if path == "/_reindex":
            slowly = {"wait_for_completion": "false", "requests_per_second": "1"}
            ask(method, path, {**body, "source": {**body["source"], "size": 1}}, params=slowly)
        return ask(method, path, body, **options)

    monkeypatch.setattr(reindex_module, "copy_since", then_written_to)
    monkeypatch.setattr(client, "ask", asked_twice)
    done = reindex(client, names)

    assert passes == [1, 20]
    assert copying._copies_into(client, done.after) == []


def test_a_copy_that_does_not_end_moves_nothing_and_lets_writers_go(client, names, monkeypatch):
    write(client, names, "a1", 1, "one")
    monkeypatch.setattr(copying, "_ENDED_WITHIN_S", 0.1)
    monkeypatch.setattr(copying, "_copies_into", lambda own, new: ["node:1"])
    monkeypatch.setattr(reindex_module, "copy_since", lambda *arguments: 1)

    with pytest.raises(IndexRefused, match=r"does not end \(node:1\)"):
        reindex(client, names)

    assert month_of(client, names).number == 1
    write(client, names, "a1", 2, "two")


class OneShard:
    """A shard of which a replica is behind its primary, which one node has not."""

    def ask(self, method, path, params):
        primary = {"routing": {"primary": True}, "seq_no": {"local_checkpoint": 9, "global_checkpoint": 7}}
        return {"indices": {"old": {"shards": {"0": [primary]}}}}


def test_what_a_replica_does_not_have_yet_is_left_to_the_next_pass():
    assert copying.written_to(OneShard(), "old") == 7


def test_progress_tells_of_how_many_are_copied(client, names):
    for number in range(5):
        write(client, names, f"a{number}", 1, "one")
    told = []

    reindex(client, names, told.append)

    assert (told[-1].month, told[0].number) == (MONTH, 1)
    assert max(copied.documents for copied in told) == 5


def test_what_changes_between_two_passes_is_as_it_was_written_last(client, names, monkeypatch):
    for number in range(4):
        write(client, names, f"a{number}", 5, "as it was")
    real, passes = reindex_module.copy_since, []

    def then_written_to(own, *arguments):
        copied = real(own, *arguments)
        if not passes:
            write(client, names, "a0", 5, "the same version, another word")
            write(client, names, "a1", 6, "another version")
            client.ask("DELETE", f"/{names.month_alias(MONTH)}/_doc/a2")
        passes.append(copied)
        return copied

    monkeypatch.setattr(reindex_module, "copy_since", then_written_to)
    reindex(client, names)

    assert documents(client, names) == {
        "a0": (5, "the same version, another word"),
        "a1": (6, "another version"),
        "a3": (5, "as it was"),
    }
    assert passes == [4, 2]

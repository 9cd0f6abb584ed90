"""Whatever stands on the topics, a stream goes on: each record is a row or a dead letter, and none harms another."""

import base64
import gzip
import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from connectors.kafka.subscription import MAX_RECORD_BYTES
from connectors.parquet.audit import audit_folder
from tests.broker import new_topic, produce
from tests.streamed import ask, stream_to_the_end

GUID = "urn:newsml:estuary.example:20260302:harbour"
OTHER = "urn:newsml:estuary.example:20260302:museum"
BIG, BEYOND = 6_000_000, MAX_RECORD_BYTES + 1
SENTENCE = "The harbour bridge in Port Ansel was closed on Monday after an inspector found a crack of {} centimetres. "
HARBOUR = SENTENCE.format(40) + "The ferry company doubled its crossings, and schools opened two hours late."
MUSEUM = (
    "The museum in Varn gives back nine statues that were taken from a temple, its director said on Monday. "
    "A ship with the statues leaves in spring, and copies of wax stay in the hall."
)

NEWSML_KILL = f"""<?xml version="1.0" encoding="UTF-8"?>
<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="{GUID}" version="9" standard="NewsML-G2"
 standardversion="2.30" conformance="power"><itemMeta><itemClass qcode="ninat:text"/>
<provider literal="estuary.example"/><versionCreated>2026-03-02T09:00:00Z</versionCreated>
<pubStatus qcode="stat:canceled"/></itemMeta></newsItem>""".encode()
ENTITIES = "".join(f'<!ENTITY e{depth} "{f"&e{depth - 1};" * 10}">' for depth in range(1, 10))
XML_BOMB = f'<?xml version="1.0"?><!DOCTYPE newsItem [<!ENTITY e0 "ha">{ENTITIES}]><newsItem>&e9;</newsItem>'.encode()


def wire(guid=GUID, version=1, text=HARBOUR, **fields) -> bytes:
    item = {
        "uri": guid,
        "type": "text",
        "version": str(version),
        "versioncreated": f"2026-03-02T07:0{version}:00Z",
        "pubstatus": "usable",
        "language": "en",
        "headline": f"News of {guid[-7:]}, version {version}",
        "body_text": text,
    }
    return json.dumps(item | fields).encode()


def kill(guid=GUID) -> bytes:
    return json.dumps({"uri": guid, "pubstatus": "canceled", "version": "9"}).encode()


def page(text: str, title: str = "Bridge shut") -> bytes:
    paragraphs = "".join(f"<p>{sentence}.</p>" for sentence in text.split(". "))
    return f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{paragraphs}</article></body></html>".encode()


def served(url: str, *more: tuple[str, bytes]) -> list[tuple[str, bytes]]:
    return [("ce_subject", url.encode()), ("content-type", b"text/html"), *more]


def envelope(url: str, **fields) -> bytes:
    return json.dumps({"url": url, "fetched_at": "2026-03-02T08:00:00Z"} | fields).encode()


def long_text(size: int) -> str:
    """A text of so many bytes in sentences that are all different."""
    count = size // len(SENTENCE.format(100_000))
    return "".join(SENTENCE.format(100_000 + number) for number in range(count))


def captured(value: bytes, topic: str) -> bytes:
    return json.dumps(
        {"topic": topic, "offset": 7, "value_base64": base64.b64encode(value).decode()}
    ).encode()


@dataclass(frozen=True, slots=True)
class Streamed:
    """What became of the records on the topics of pages, of wire messages, and of a name that says neither."""

    data: Path
    pages: str
    wire: str
    intake: str

    def letters(self, topic: str, *columns: str, where: str = "") -> list[tuple]:
        """The dead letters of a topic in their order."""
        names = ", ".join(columns)
        return ask(
            self.data,
            f"select {names} from dead_letters where origin.source = '{topic}' {where} order by origin.offset",
        )

    def versions(self, guid: str) -> list[tuple]:
        """Version, status and text of an article of readers."""
        return ask(self.data, f"select version, pub_status, body_text from articles where guid = '{guid}'")


# What is sent to the topic of pages, in one partition: value and headers.
BIG_PAGE = page(MUSEUM, "Statues").replace(b"</head>", b"<script>'%s'</script></head>" % (b"x" * BIG))
FORGED = (
    (NEWSML_KILL, served("https://gazette.example/newsml")),
    (NEWSML_KILL, []),
    (kill(), served("https://gazette.example/ninjs")),
    (kill(), []),
    (envelope("https://gazette.example/a", html=NEWSML_KILL.decode()), []),
    (envelope("https://gazette.example/b", text=kill().decode()), []),
    (envelope("https://gazette.example/c", body_base64=base64.b64encode(kill()).decode()), []),
    (captured(kill(), "news.wire.raw"), []),
)
POISON_PAGES = (
    (b"\x93\x00\xfe" * 500, served("https://gazette.example/garbage")),
    (gzip.compress(b"<p>ha</p>" * 3_000_000), served("https://gazette.example/bomb")),
    (b'{"url": "https://gazette.example/broken", ', []),
)
TWICE = served(
    "https://gazette.example/bridge", ("twice", b"1"), ("twice", b"\xff"), ("ce_subject", b"nowhere")
)
PAGES = (
    *POISON_PAGES,
    (page(HARBOUR), TWICE),
    (page(MUSEUM), served("https://gazette.example/later", ("ce_time", b"2099-01-01T00:00:00Z"))),
    (b"<p>" + b"x" * BEYOND, served("https://gazette.example/beyond")),
    (None, served("https://gazette.example/null")),
    (BIG_PAGE, served("https://gazette.example/big")),
    *FORGED,
)

# And to that of wire messages.
LATER, LATER_STILL = "urn:newsml:estuary.example:20260302:ferry", "urn:newsml:estuary.example:20260302:tram"
FAR = "2099-01-01T00:00:00Z"
WIRES = (
    wire(),
    b"\x93\x00\xfe" * 500,
    XML_BOMB,
    b'{"uri": "urn:newsml:estuary.example:20260302:broken", ',
    wire(LATER, version="1", versioncreated=FAR, text=f"Too early. {HARBOUR}"),
    wire(LATER, version="2"),
    wire(LATER_STILL, version=None, versioncreated=FAR, text=f"Too early. {MUSEUM}"),
    wire(LATER_STILL, version=None, text=MUSEUM),
    None,
    b"",
    wire(OTHER, text=long_text(BEYOND)),
    wire(OTHER, text=long_text(BIG)),
    wire(version=2),
)


@pytest.fixture(scope="module", params=["plain", "secure"])
def streamed(request, broker, tmp_path_factory) -> Streamed:
    """All records in one run, over the listener without and over that with TLS and SCRAM."""
    pages, wires, intake, empty = (new_topic(broker, stem) for stem in ("pages", "wire", "intake", "pages"))
    for value, headers in PAGES:
        produce(broker, pages, [value], keys=[b"k" if value is None else None], headers=headers)
    produce(broker, wires, WIRES, keys=[None if place % 2 else b"\xff\x00" for place in range(len(WIRES))])
    produce(broker, intake, [captured(kill(), wires), captured(wire(GUID, 8), wires), wire(GUID, 3)])
    data = tmp_path_factory.mktemp("streamed")
    cluster = broker.cluster if request.param == "plain" else broker.secure_cluster
    stream_to_the_end(cluster, (pages, wires, intake, empty), data, workers=1)
    return Streamed(data, pages, wires, intake)


def test_every_record_is_a_row_or_a_dead_letter(streamed):
    rows = ask(streamed.data, "select distinct origin.source, origin.offset from history")
    letters = ask(streamed.data, "select distinct origin.source, origin.offset from dead_letters")

    assert not set(rows) & set(letters)
    assert len(rows) + len(letters) == len(PAGES) + len(WIRES) + 3
    assert audit_folder(streamed.data).unaccounted == 0


def test_a_page_and_a_message_of_six_megabytes_come_out(streamed):
    [(size,)] = ask(streamed.data, f"select strlen(body_text) from articles where guid = '{OTHER}'")

    assert size > 250_000
    assert ask(streamed.data, "select count(*) from articles where url = 'https://gazette.example/big'") == [
        (1,)
    ]


def test_a_record_beyond_the_limit_is_a_dead_letter_that_tells_its_place_size_and_hash(streamed):
    columns = (
        "origin.offset",
        "payload_size",
        "payload_sha256",
        "payload is null or payload = ''::blob",
        "reason_code",
    )
    where = "and reason_code = 'size.payload'"
    [of_pages] = streamed.letters(streamed.pages, *columns, where=where)
    [of_wire] = streamed.letters(streamed.wire, *columns, where=where)

    beyond = b"<p>" + b"x" * BEYOND
    assert of_pages == (5, len(beyond), sha256(beyond).hexdigest(), True, "size.payload")
    assert of_wire == (10, len(WIRES[10]), sha256(WIRES[10]).hexdigest(), True, "size.payload")


def test_poison_is_a_dead_letter_and_stops_nobody(streamed):
    pages = streamed.letters(streamed.pages, "reason_code", "payload", where="and origin.offset < 3")
    wires = streamed.letters(streamed.wire, "reason_code", "payload", where="and origin.offset in (1, 2, 3)")

    assert [payload for _, payload in pages] == [value for value, _ in POISON_PAGES]
    assert [reason for reason, _ in pages] == ["encoding.undecodable", "size.decompressed", "json.malformed"]
    assert [payload for _, payload in wires] == list(WIRES[1:4])
    assert [wires[0][0], wires[2][0]] == ["wire.header_unrecognised", "json.malformed"]


def test_what_was_crawled_kills_nothing_and_moves_nowhere(streamed):
    [(version, status, _)] = streamed.versions(GUID)

    assert (version, status) == ("3", "usable")
    assert ask(streamed.data, "select count(*) from history where pub_status = 'canceled'") == [(0,)]
    first = len(PAGES) - len(FORGED)
    crawled = f"origin.source = '{streamed.pages}' and origin.offset >= {first}"
    rows = ask(
        streamed.data, f"select origin.offset - {first}, source_kind, guid from history where {crawled}"
    )
    # Text in an envelope of a page may talk of anything: it is a page.
    assert rows == [(4, "web", None)]


def test_a_record_that_looks_captured_chooses_no_place_on_a_topic_of_any_name(streamed):
    assert streamed.letters(streamed.intake, "origin.offset", "reason_code") == [
        (0, "schema.unknown"),
        (1, "schema.unknown"),
    ]
    assert ask(
        streamed.data,
        f"select count(*) from history where origin.source = '{streamed.wire}' and origin.offset = 7",
    ) == [(1,)]


@pytest.mark.parametrize("guid", [LATER, LATER_STILL])
def test_a_version_dated_far_ahead_makes_no_true_one_stale(streamed, guid):
    [(_, _, text)] = streamed.versions(guid)

    assert not text.startswith("Too early")


def test_a_page_fetched_far_ahead_is_a_dead_letter(streamed):
    assert streamed.letters(streamed.pages, "reason_code", where="and origin.offset = 4") == [
        ("time.future",)
    ]


def test_a_record_without_value_is_a_dead_letter(streamed):
    pages = streamed.letters(streamed.pages, "reason_code", "payload", where="and origin.offset = 6")
    wires = streamed.letters(streamed.wire, "reason_code", "payload", where="and origin.offset in (8, 9)")

    assert pages == [("text.empty", b"")]
    assert wires == [("wire.header_unrecognised", b"")] * 2


def test_of_a_header_that_comes_twice_the_first_counts(streamed):
    where = "url = 'https://gazette.example/bridge'"

    assert ask(streamed.data, f"select headline from articles where {where}") == [("Bridge shut",)]

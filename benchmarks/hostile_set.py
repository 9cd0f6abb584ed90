"""Hostile and mutated pages, each made from its number alone: the same number is the same page.

One in so many is a monster, each kind in turn: nested without end, a thousand attributes, one line of megabytes, bombs,
links by the ten thousand. The others are pages of the demo corpus with stretches flipped, lost, doubled and moved.
"""

import gzip
import random
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path

from schemas.page import RawPage
from schemas.record import Origin, Record

EXAMPLES = Path(__file__).resolve().parents[1] / "examples" / "morning"
# Every so many pages is a monster, each kind in turn; the others are mutations.
MONSTER_EVERY = 25
PARAGRAPH = (
    b"<p>Crews of the Saltmarsh ferries ended their nine-day strike on Sunday night, their union said.</p>"
)


def hostile_page(number: int) -> RawPage:
    """One of the set, the same for the same number."""
    chance = random.Random(number)
    if number % MONSTER_EVERY == 0:
        monsters = _monsters()
        body = monsters[number // MONSTER_EVERY % len(monsters)](chance)
    else:
        body = _mutated(chance.choice(ordinary_bodies()), chance)
    charset = chance.choice((*[None] * 20, "utf-16", "shift_jis", "ascii", "no-such-charset"))
    return a_page(body, number, charset)


def a_page(body: bytes, number: int, charset: str | None = None) -> RawPage:
    """A page as DecodeRecord hands it on."""
    return RawPage(
        record=Record(origin=Origin(source="hostile", offset=number), value=body),
        body=body,
        is_text=False,
        payload_sha256=sha256(body).hexdigest(),
        charset=charset,
        url=f"https://hostile.example/{number}",
    )


@cache
def ordinary_bodies() -> tuple[bytes, ...]:
    """The HTML pages of the demo corpus."""
    return tuple(path.read_bytes() for path in sorted((EXAMPLES / "pages").rglob("*.html")))


def _monsters() -> tuple[Callable[[random.Random], bytes], ...]:
    return (
        _deep,
        _deep_tables,
        _many_attributes,
        _long_line,
        _long_attribute,
        _bomb,
        _truncated_gzip,
        _many_links,
        _large_json,
        _deep_json,
        _many_paragraphs,
        _wrong_charset,
        _noise,
        _open_quotes,
        _many_entities,
    )


def _deep(chance: random.Random) -> bytes:
    return b"<html><body>" + b"<div>" * chance.choice((255, 2_001, 39_000, 100_000)) + PARAGRAPH


def _deep_tables(chance: random.Random) -> bytes:
    return b"<html><body>" + b"<table><tr><td>" * chance.choice((80, 600, 13_000)) + PARAGRAPH * 20


def _many_attributes(chance: random.Random) -> bytes:
    names = b" ".join(b"a%d=1" % place for place in range(chance.choice((900, 50_000))))
    return b"<html><body>" + (b"<p " + names + b">") * chance.choice((1, 20)) + PARAGRAPH * 3


def _long_line(chance: random.Random) -> bytes:
    return b"<html><body><p>" + b"word " * chance.choice((200_000, 800_000, 2_000_000))


def _long_attribute(chance: random.Random) -> bytes:
    return b'<p data-x="' + b"a b " * chance.choice((250_000, 1_000_000)) + b'">' + PARAGRAPH


def _bomb(chance: random.Random) -> bytes:
    return gzip.compress(chance.choice((b"\0", b"<p>")) * chance.choice((3_000_000, 60_000_000)), 9, mtime=0)


def _truncated_gzip(chance: random.Random) -> bytes:
    packed = gzip.compress(chance.choice(ordinary_bodies()), mtime=0)
    return packed[: chance.randrange(3, len(packed))]


def _many_links(chance: random.Random) -> bytes:
    many = chance.choice((9_000, 19_000, 50_000))
    return b"<html><body>" + b"".join(b'<a href="/%d">link %d</a> ' % (place, place) for place in range(many))


def _large_json(chance: random.Random) -> bytes:
    text = b"the pier at Port Lowry " * chance.choice((20_000, 150_000, 400_000))
    return (
        b'<script type="application/ld+json">{"@type":"NewsArticle","articleBody":"'
        + text
        + b'"}</script>'
        + PARAGRAPH
    )


def _deep_json(chance: random.Random) -> bytes:
    many = chance.choice((500, 50_000, 900_000))
    return (
        b'<script type="application/ld+json">'
        + b'{"author":[' * many
        + b"]}" * many
        + b"</script>"
        + PARAGRAPH
    )


def _many_paragraphs(chance: random.Random) -> bytes:
    return b"<html><body>" + chance.choice((PARAGRAPH, b"<br>", b"<li>pier ", b"<p>")) * 19_000


def _wrong_charset(chance: random.Random) -> bytes:
    body = chance.choice(ordinary_bodies()).decode("utf-8", "replace")
    name = chance.choice(("utf-16", "utf-32", "shift_jis", "koi8-r", "cp037", "gb18030"))
    return b'<meta charset="utf-8">' + body.encode(name, "replace")


def _noise(chance: random.Random) -> bytes:
    return chance.randbytes(chance.choice((100, 100_000, 2_000_000)))


def _open_quotes(chance: random.Random) -> bytes:
    return (
        b"<html><body>"
        + chance.choice((b'<a b="', b"<!--", b"<p x='<p ", b"<![CDATA[")) * 100_000
        + PARAGRAPH
    )


def _many_entities(chance: random.Random) -> bytes:
    return b"<p>" + chance.choice((b"&amp;", b"&#x110000;", b"&lt;p&gt;", b"&notin")) * 400_000 + PARAGRAPH


def _mutated(body: bytes, chance: random.Random) -> bytes:
    """Some bytes flipped, some stretches taken out, doubled, moved or multiplied."""
    out = bytearray(body)
    for _ in range(chance.randrange(1, 30)):
        start = chance.randrange(len(out) or 1)
        stop = min(len(out), start + chance.choice((1, 10, 100, 2_000)))
        piece = bytes(out[start:stop])
        deed = chance.randrange(5)
        if deed == 0:
            out[start : start + 10] = chance.randbytes(len(piece[:10]))
        elif deed == 1:
            del out[start:stop]
        elif deed == 2:
            out[start:start] = piece * chance.choice((1, 2, 50))
        elif deed == 3:
            place = chance.randrange(len(out) + 1)
            out[place:place] = piece
        else:
            out[start:start] = chance.choice(
                (b"<", b">", b'"', b"<table>", b"</p>", b"<!--", b"\xff\xfe", b"\0")
            )
    return bytes(out[:3_000_000])

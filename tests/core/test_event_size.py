"""What an article costs the memory of AssignEventIds."""

import gc
import random
import tracemalloc
from datetime import timedelta

from pipelines.core.events.change import Effect, EventChange
from pipelines.core.events.change_codec import pack_change, unpack_change
from pipelines.core.events.frequencies import TermPrior
from pipelines.core.events.memory import EventMemory
from schemas.article_parts import Contribution, EventReason
from tests.builders import MORNING

ARTICLES = 6_000
MAX_BYTES = 1_700
# The distinct terms of news grow like this (Heaps' law): a term is new with falling probability.
VOCABULARY = [int(400_000 * (place / 30_000) ** 2.2) % (1 << 24) for place in range(30_000)]


def terms_of(chance: random.Random, common: list[bytes]) -> bytes:
    """As many terms as an ordinary report has: 80 words, 14 names, 4 numbers, 1 day."""
    terms = [chance.choice(VOCABULARY).to_bytes(3) + bytes((chance.randrange(60, 160), 1)) for _ in range(94)]
    terms[:12] = common
    return bytes((1, 80, 14, 4, 1)) + b"".join(terms) + chance.randbytes(12) + b"\x50\x00"


REASON = EventReason(
    nearest_article="ab" * 16,
    shared_terms=("harbour", "strike", "cranes", "union", "wages", "dockers", "talks", "deal"),
    shared_entities=("Harbour Union", "Mara Voss", "Port Alder"),
    shared_numbers=("1450", "62"),
    shared_dates=("Monday", "2026-03-02"),
    gap_hours=1.25,
    margin=0.4321,
    contributions=tuple(Contribution(feature="words", value=0.1234, weight=-0.5) for _ in range(10)),
)


def changes(count: int) -> list[bytes]:
    """Reports of a night, a third of them in events of two to five."""
    chance = random.Random(5)
    packed: list[bytes] = []
    while len(packed) < count:
        event = f"evt-20260302-{''.join(chance.choices('abcdefghijklmnopqrstuvwxyz234567', k=12))}a"
        common = [chance.randbytes(3) + b"\xa0\x81" for _ in range(12)]
        members = chance.choice((2, 3, 4, 5)) if chance.random() < 1 / 8 else 1
        packed += [_packed(chance, event, common, len(packed) + place, place) for place in range(members)]
    return packed[:count]


def _packed(chance: random.Random, event: str, common: list[bytes], number: int, place: int) -> bytes:
    received = MORNING + timedelta(seconds=number)
    ms = int(received.timestamp() * 1000)
    return pack_change(
        EventChange(
            row_key=chance.randbytes(16),
            article_id=chance.randbytes(16).hex(),
            received=received,
            effect=Effect.ENTER,
            event_id=event,
            event_confidence=0.75,
            event_is_new=place == 0,
            event_reason=REASON if place else None,
            event_terms=terms_of(chance, common),
            event_model="lr10-3+news-3",
            order_key=ms,
            first_ms=ms,
            last_ms=ms,
            copy_family=chance.randbytes(16).hex(),
        )
    )


def test_an_article_costs_at_most_1700_bytes():
    journal = changes(ARTICLES)
    EventMemory("en").apply(unpack_change(journal[0]))  # tables of the model, which are read once
    gc.collect()
    tracemalloc.start()
    memory = EventMemory("en", TermPrior("test", 10_000, {}))
    for record in journal:
        memory.apply(unpack_change(record))
    gc.collect()
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert used / ARTICLES <= MAX_BYTES
    assert 0.5 <= memory.nbytes / used <= 1.2

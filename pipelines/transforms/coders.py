"""Explicit, versioned coders for every element type: they are part of the update contract of a running job.

Beam asks for the size of elements it has at hand, for its metrics, and encodes them to know it; a page is worth an
estimate.
"""

import apache_beam as beam
from apache_beam.coders import Coder

from schemas.article import Article
from schemas.codec import decode, encode
from schemas.dead_letter import DeadLetter
from schemas.page import RawPage
from schemas.raw import Raw
from schemas.raw_codec import decode_raw, decode_record_bytes, encode_raw, encode_record
from schemas.record import Record
from schemas.wire import RawWire

# Bytes of the fields that are not counted one by one, roughly (tests/transforms/test_coders.py holds it to a factor of two).
_RECORD_HEAD, _RAW_HEAD, _DEAD_LETTER_HEAD, _ARTICLE_HEAD = 300, 700, 800, 2_500


class RecordCoder(Coder):
    """`Record` by `schemas.raw_codec`."""

    def encode(self, value: Record) -> bytes:
        return encode_record(value)

    def decode(self, encoded: bytes) -> Record:
        return decode_record_bytes(encoded)

    def estimate_size(self, value: Record) -> int:
        return _RECORD_HEAD + len(value.value)

    def is_deterministic(self) -> bool:
        return True


class RawCoder(Coder):
    """`RawPage` and `RawWire` by `schemas.raw_codec`."""

    def encode(self, value: Raw) -> bytes:
        return encode_raw(value)

    def decode(self, encoded: bytes) -> Raw:
        return decode_raw(encoded)

    def estimate_size(self, value: Raw) -> int:
        assert isinstance(value, RawPage | RawWire)
        return _RAW_HEAD + len(value.record.value) + len(value.body)

    def is_deterministic(self) -> bool:
        return True


class PlainRecordCoder(RecordCoder):
    """`RecordCoder` within one machine: nothing is compressed."""

    def encode(self, value: Record) -> bytes:
        return encode_record(value, plain=True)


class PlainRawCoder(RawCoder):
    """`RawCoder` within one machine: nothing is compressed."""

    def encode(self, value: Raw) -> bytes:
        return encode_raw(value, plain=True)


class ArticleCoder(Coder):
    """`Article` by `schemas.codec`."""

    def encode(self, value: Article) -> bytes:
        return encode(value)

    def decode(self, encoded: bytes) -> Article:
        return decode(Article, encoded)

    def estimate_size(self, value: Article) -> int:
        return _ARTICLE_HEAD + len(value.body_text or "")

    def is_deterministic(self) -> bool:
        return True


class DeadLetterCoder(Coder):
    """`DeadLetter` by `schemas.codec`."""

    def encode(self, value: DeadLetter) -> bytes:
        return encode(value)

    def decode(self, encoded: bytes) -> DeadLetter:
        return decode(DeadLetter, encoded)

    def estimate_size(self, value: DeadLetter) -> int:
        return _DEAD_LETTER_HEAD + len(value.payload or b"") * 4 // 3

    def is_deterministic(self) -> bool:
        return True


def register_coders(*, plain: bool = False) -> None:
    """Tell Beam the coder of every element type; called once, before a graph is built.

    `plain` where no element leaves this machine: bodies are not compressed then. Either form is read by both.
    """
    for element, coder in (
        (Record, PlainRecordCoder if plain else RecordCoder),
        (Raw, PlainRawCoder if plain else RawCoder),
        (Article, ArticleCoder),
        (DeadLetter, DeadLetterCoder),
    ):
        beam.coders.registry.register_coder(element, coder)

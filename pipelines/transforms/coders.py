"""Explicit, versioned coders for every element type: they are part of the update contract of a running job."""

import apache_beam as beam
from apache_beam.coders import Coder

from schemas.article import Article
from schemas.codec import decode, encode
from schemas.dead_letter import DeadLetter
from schemas.raw import Raw
from schemas.raw_codec import decode_raw, decode_record_bytes, encode_raw, encode_record
from schemas.record import Record


class RecordCoder(Coder):
    """`Record` by `schemas.raw_codec`."""

    def encode(self, value: Record) -> bytes:
        return encode_record(value)

    def decode(self, encoded: bytes) -> Record:
        return decode_record_bytes(encoded)

    def is_deterministic(self) -> bool:
        return True


class RawCoder(Coder):
    """`RawPage` and `RawWire` by `schemas.raw_codec`."""

    def encode(self, value: Raw) -> bytes:
        return encode_raw(value)

    def decode(self, encoded: bytes) -> Raw:
        return decode_raw(encoded)

    def is_deterministic(self) -> bool:
        return True


class ArticleCoder(Coder):
    """`Article` by `schemas.codec`."""

    def encode(self, value: Article) -> bytes:
        return encode(value)

    def decode(self, encoded: bytes) -> Article:
        return decode(Article, encoded)

    def is_deterministic(self) -> bool:
        return True


class DeadLetterCoder(Coder):
    """`DeadLetter` by `schemas.codec`."""

    def encode(self, value: DeadLetter) -> bytes:
        return encode(value)

    def decode(self, encoded: bytes) -> DeadLetter:
        return decode(DeadLetter, encoded)

    def is_deterministic(self) -> bool:
        return True


def register_coders() -> None:
    """Tell Beam the coder of every element type; called once, before a graph is built."""
    for element, coder in (
        (Record, RecordCoder),
        (Raw, RawCoder),
        (Article, ArticleCoder),
        (DeadLetter, DeadLetterCoder),
    ):
        beam.coders.registry.register_coder(element, coder)

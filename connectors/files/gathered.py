"""What comes out of a file: the bytes of one record, gathered piece by piece and never more than are accepted."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

# The largest envelope that is accepted (a page of 8 MiB in base64 has 11) with room to say so of larger ones.
MAX_RECORD_BYTES = 32 * 1024 * 1024
# What may be skipped of one oversize line: a gigabyte without a line feed is a bomb, not a record.
MAX_SKIPPED_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of one record.

    `damage` says why they end early; `oversize_bytes` that they were not kept, and then `oversize_sha256` still tells
    which they were. `received` is what the file says of the time of its capture, UTC.
    """

    value: bytes
    damage: str | None = None
    oversize_bytes: int | None = None
    oversize_sha256: str | None = None
    is_line: bool = False
    received: datetime | None = None


@dataclass(frozen=True, slots=True)
class Passed:
    """A record that is no page by its own word: passed over, and numbered like its neighbours. `size` in bytes."""

    size: int


class Gathered:
    """The bytes of a record that is being read: kept up to the largest that is accepted, beyond that only hashed."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._hash: Any = None
        self.size = 0

    def add(self, part: bytes) -> None:
        """Take the bytes that come next."""
        self.size += len(part)
        self._parts.append(part)
        if self.size > MAX_RECORD_BYTES:
            self._hash = self._hash or sha256()
            for kept in self._parts:
                self._hash.update(kept)
            self._parts.clear()

    @property
    def is_beyond_skipping(self) -> bool:
        """Whether this is a bomb and no record."""
        return self.size > MAX_SKIPPED_BYTES

    def content(
        self, damage: str | None = None, *, is_line: bool = False, received: datetime | None = None
    ) -> Content:
        """The record as it was gathered; `damage` says why it ends here."""
        if self.size > MAX_RECORD_BYTES:
            return Content(
                b"",
                oversize_bytes=self.size,
                oversize_sha256=self._hash.hexdigest(),
                is_line=is_line,
                received=received,
            )
        value = b"".join(self._parts)
        return Content(value.strip() if is_line else value, damage=damage, is_line=is_line, received=received)

"""`handled/`: what people did about dead letters, append-only, a file a command."""

from collections.abc import Sequence
from datetime import UTC
from hashlib import blake2b
from pathlib import Path

from connectors.parquet.sorted_file import place_file
from schemas.codec import to_json, to_table
from schemas.handling import Handling

HANDLED = "handled"


def append_handlings(root: Path, handlings: Sequence[Handling]) -> Path | None:
    """Write what was done under `root`, in one file that is there whole or not at all; the same again is the same file.

    Raises:
        OSError: disk full, or the folder may not be written.
    """
    if not handlings:
        return None
    ordered = sorted(handlings, key=lambda handling: (handling.dead_letter_id, handling.deed, handling.at))
    digest = blake2b(b"\n".join(map(to_json, ordered)), digest_size=16).hexdigest()
    day = ordered[0].at.astimezone(UTC).date().isoformat()
    path = root / HANDLED / f"{day}-{digest}.parquet"
    place_file(to_table(Handling, ordered), path)
    return path

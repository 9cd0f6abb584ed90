"""Files of one bundle that come into place one after another, and lists of those that are perhaps a part of it.

    list ─▶ first file ─▶ … ─▶ last file ─▶ no list

Rows of several days are several files, and a crash may come between them. So that nobody takes a part for the whole, a
list of the new files lies beside them until the last is in place (`<digest>.pending`), locked by whoever puts them there.
Whoever decides by history leaves out what is listed: the records of that bundle come again. If they do not, a list is
removed after a later run that went well: its files are then rows like all others.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from hashlib import blake2b
from pathlib import Path

import orjson

from connectors.parquet.sorted_file import make_folder, sync_folder
from connectors.parquet.temporary import opened_again, remove_abandoned, together, written_aside

PENDING = ".pending"

_LEDGERS = ("history", "dead_letters")
_DIGEST_BYTES = 16
_NAME = re.compile(rf"[0-9a-f]{{{2 * _DIGEST_BYTES}}}{re.escape(PENDING)}")


@contextmanager
def all_or_none(folder: Path, paths: Sequence[Path]) -> Iterator[None]:
    """List the files that are not there yet while the body puts all of them in place, if there are several.

    The list is named after all of them, so that the same bundle takes up, and then away, what an earlier try left. Who
    puts the same files in place at the same time waits.

    Raises:
        OSError: disk full, or the folder may not be written.
    """
    digest = blake2b("\x1f".join(path.name for path in paths).encode(), digest_size=_DIGEST_BYTES).hexdigest()
    listed = folder / f"{digest}{PENDING}"
    with ExitStack() as held:
        if not _take_up(listed, held):
            new = [path.name for path in paths if not path.exists()]
            if len(new) < 2:
                yield
                return
            _list(new, listed, held)
        yield
        listed.unlink(missing_ok=True)
        sync_folder(folder)


def _take_up(listed: Path, held: ExitStack) -> bool:
    """Hold the list that an earlier try has left, as of now; whether there is one."""
    file = opened_again(listed)
    if file is None:
        return False
    held.enter_context(file)
    os.utime(listed)
    return True


def _list(names: Sequence[str], listed: Path, held: ExitStack) -> None:
    """Put the list in place, locked from its first byte on."""
    make_folder(listed.parent)
    temporary, file = held.enter_context(written_aside(listed))
    file.write(orjson.dumps(names))
    file.flush()
    os.fsync(file.fileno())
    temporary.replace(listed)
    sync_folder(listed.parent)


def pending_files(folder: Path) -> frozenset[str]:
    """Names of the files of a ledger that are a part of what was to be written, and perhaps not the whole."""
    return frozenset(Path(name).name for listed in folder.glob(f"*{PENDING}") for name in _listed(listed))


def _listed(path: Path) -> Sequence[str]:
    """The names on a list; none if it has been taken away since it was seen, for then all of its files are in place."""
    try:
        names: list[str] = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return ()
    return names


def settle_pending(folder: Path, before_ns: int) -> int:
    """Remove the lists under a folder of output whose writer is dead, and that were written before a time; how many.

    `before_ns` is when a run began that has ended well since, in nanoseconds since 1970: it has not written those
    bundles again, so what is there of them is to be remembered like any other row.

    Raises:
        OSError: the folder may not be written.
    """
    return sum(_settled(folder / name, before_ns) for name in _LEDGERS)


def _settled(ledger: Path, before_ns: int) -> int:
    lists = (path for path in ledger.glob(f"*{PENDING}") if _NAME.fullmatch(path.name))
    removed = together(remove_abandoned(path, before_ns) for path in lists).removed
    if removed:
        sync_folder(ledger)
    return removed

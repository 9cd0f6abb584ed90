"""A merged file and the files it was made of, which stand side by side for a moment and, after a crash, for longer.

    write merged ─▶ fsync ─▶ rename ─▶ remove the inputs

The merged file names its inputs. One of them that still is what was read is removed by whoever comes next; one that has
come back otherwise is a new file.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import groupby
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.parquet.listing import MERGED, ListedFile, Stamp
from connectors.parquet.sorted_file import sync_folder
from connectors.parquet.temporary import folder_held

_INPUTS = b"copydesk.inputs"


def merged_path(inputs: Sequence[ListedFile]) -> Path:
    """Where the file made of these stands: beside them, named after them."""
    digest = blake2b(_document(inputs), digest_size=16).hexdigest()
    return inputs[0].path.with_name(f"{MERGED}{digest}.parquet")


def naming_inputs(schema: pa.Schema, inputs: Sequence[ListedFile]) -> pa.Schema:
    """The schema of a file that is made of these."""
    return schema.with_metadata({**(schema.metadata or {}), _INPUTS: _document(inputs)})


def _document(inputs: Sequence[ListedFile]) -> bytes:
    return orjson.dumps([[file.path.name, file.size, file.written_ns] for file in inputs])


def inputs_of(path: Path) -> dict[str, Stamp]:
    """What the file was made of: name in its folder, and stamp. Nothing, if it does not say."""
    metadata = pq.read_metadata(path).metadata or {}
    return {name: (size, time) for name, size, time in orjson.loads(metadata.get(_INPUTS, b"[]"))}


def is_no_news(file: ListedFile, root: Path, read: Mapping[str, Stamp]) -> bool:
    """Whether all rows of the file have been read already, as rows of the files it was made of."""
    if not file.is_merged:
        return False
    folder = file.path.parent.relative_to(root.resolve())
    inputs = inputs_of(file.path)
    return bool(inputs) and all(read.get(str(folder / name)) == stamp for name, stamp in inputs.items())


def remove_read(inputs: Iterable[ListedFile]) -> int:
    """Remove files of one folder that still are what was listed; how many that were. Durable."""
    removed = 0
    for file in inputs:
        with folder_held(file.path.parent, alone=True):
            if _stamp(file.path) == file.stamp:
                file.path.unlink()
                removed += 1
    return removed


def _stamp(path: Path) -> Stamp | None:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_size, stat.st_mtime_ns


def remove_left_inputs(files: Iterable[ListedFile]) -> int:
    """Remove what crashed merges have left beside their merged files; how many files that were."""
    removed = 0
    for folder, group in groupby(sorted(files, key=_path), key=_folder):
        left = _left_inputs(tuple(group))
        removed += remove_read(left)
        if left:
            sync_folder(folder)
    return removed


def _left_inputs(beside: Sequence[ListedFile]) -> list[ListedFile]:
    """The files of one folder that another of them was made of."""
    left = []
    for merged in beside:
        # An input is never younger: footers of settled folders are not read.
        older = [file for file in beside if file is not merged and file.written_ns <= merged.written_ns]
        if merged.is_merged and older:
            inputs = inputs_of(merged.path)
            left += [file for file in older if inputs.get(file.path.name) == file.stamp]
    return left


def _path(file: ListedFile) -> str:
    return str(file.path)


def _folder(file: ListedFile) -> Path:
    return file.path.parent

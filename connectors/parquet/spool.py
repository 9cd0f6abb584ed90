"""Rows on their way into partitions, in bounded memory: what is too much for it waits on disk.

Articles come out of history ordered by id and go into partitions by day, so nearly every partition stays open until the
end.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

import pyarrow as pa

from connectors.parquet.sorted_file import make_folder

R = TypeVar("R")

# Rows as objects cost some 8 KB each, so 2,000 a partition on its way into Arrow are 16 MB.
_ROWS_AS_OBJECTS = 2_000
_BYTES_AS_ARROW = 256 << 20


class Spool(Generic[R]):
    """Collects rows by partition, gives them back as one table a partition.

    `folder` is its own: emptied at the start, removed at the end, made only when memory does not suffice.
    """

    def __init__(
        self,
        folder: Path,
        encode: Callable[[list[R]], pa.Table],
        *,
        rows_as_objects: int = _ROWS_AS_OBJECTS,
        bytes_as_arrow: int = _BYTES_AS_ARROW,
    ) -> None:
        self._folder = folder
        self._encode = encode
        self._max_rows = rows_as_objects
        self._max_bytes = bytes_as_arrow
        self._rows: dict[str, list[R]] = {}
        self._tables: dict[str, list[pa.Table]] = {}
        self._files: dict[str, list[Path]] = {}
        self._held_rows = 0
        self._held_bytes = 0

    def __enter__(self) -> Self:
        shutil.rmtree(self._folder, ignore_errors=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, partition: str, row: R) -> None:
        """Take one row."""
        self._rows.setdefault(partition, []).append(row)
        self._held_rows += 1
        if self._held_rows >= self._max_rows:
            self._to_arrow()
            if self._held_bytes >= self._max_bytes:
                self._to_disk()

    def partitions(self) -> list[str]:
        """The partitions that have a row, sorted."""
        return sorted(self._rows.keys() | self._tables.keys() | self._files.keys())

    def table(self, partition: str) -> pa.Table:
        """All rows of a partition; its schema without rows when it has none."""
        self._to_arrow()
        parts = [_read(path) for path in self._files.get(partition, ())]
        parts += self._tables.get(partition, ())
        return pa.concat_tables(parts) if parts else self._encode([])

    def _to_arrow(self) -> None:
        for partition, rows in self._rows.items():
            table = self._encode(rows)
            self._tables.setdefault(partition, []).append(table)
            self._held_bytes += table.nbytes
        self._rows, self._held_rows = {}, 0

    def _to_disk(self) -> None:
        make_folder(self._folder)
        for partition, tables in self._tables.items():
            files = self._files.setdefault(partition, [])
            path = self._folder / f"{partition}-{len(files)}.arrow"
            table = pa.concat_tables(tables)
            with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
                writer.write_table(table)
            files.append(path)
        self._tables, self._held_bytes = {}, 0


def _read(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all()

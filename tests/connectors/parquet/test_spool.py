from pathlib import Path

import pytest

from connectors.parquet.partitions import reader_table
from connectors.parquet.spool import Spool
from tests.builders import an_article


@pytest.mark.parametrize(("rows", "size"), [(1, 1), (2, 1), (3, 1 << 30), (1_000, 1 << 30)])
def test_rows_come_back_whole_whether_they_waited_in_memory_or_on_disk(tmp_path: Path, rows: int, size: int):
    articles = [an_article(f"a{number}", offset=number) for number in range(10)]
    folder = tmp_path / "spool"

    with Spool(folder, reader_table, rows_as_objects=rows, bytes_as_arrow=size) as spool:
        for number, article in enumerate(articles):
            spool.add(f"day{number % 2}", article)
        odd, none = spool.table("day1"), spool.table("day9")
        partitions = spool.partitions()
        waited_on_disk = folder.exists()

    assert odd.equals(reader_table(articles[1::2]))
    assert none.num_rows == 0
    assert partitions == ["day0", "day1"]
    assert waited_on_disk is (size == 1)
    assert not folder.exists()

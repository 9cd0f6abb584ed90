"""Whether the file knows every article that `publish` knows of, and which it lacks.

The stream writes what passes through it. An index that was made later than the first article, because the file was lost
or moved away, lacks all that passed before, and cannot know it. So a file says of itself that it is whole, once
`publish` has compared it: a new one does not.
"""

import sqlite3
from collections.abc import Iterable

import orjson

# SQLite's place for a number of the application's own: 0 in every new file, kept by a vacuum.
_WHOLE = 1

_LACKING = """
select offered.value ->> 0 from json_each(?) as offered left join document on article_id = offered.value ->> 0
where article_id is null or order_key < offered.value ->> 1
    or (order_key = offered.value ->> 1 and is_tombstone)
order by 1
"""


def is_whole(connection: sqlite3.Connection) -> bool:
    """Whether the file was marked as whole."""
    return bool(connection.execute("pragma user_version").fetchone()[0] == _WHOLE)


def mark_whole(connection: sqlite3.Connection) -> None:
    """Say that the file lacks nothing."""
    connection.execute(f"pragma user_version = {_WHOLE}")


def lacking(connection: sqlite3.Connection, versions: Iterable[tuple[str, int]]) -> list[str]:
    """Of articles that readers see, by id and order key, those that the index does not show, nor any later version."""
    found = connection.execute(_LACKING, (orjson.dumps(list(versions)).decode(),))
    return [article_id for (article_id,) in found]

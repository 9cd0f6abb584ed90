"""Taking the bytes of withdrawn texts out of the file, not only out of reach.

`secure_delete` zeroes what SQLite frees, yet two places keep killed words: FTS5 notes a deletion beside the old entry
until segments are merged, and a page that was once rebalanced keeps stale copies of rows between its cells (1 of 1,000
killed texts in 2 of 5 trials; 0 of 5,000 after a vacuum). So a withdrawal leaves a note in `erasure`, in the same
transaction, and whoever closes the index merges, vacuums and empties the write-ahead log before the note goes.

FTS5's own `secure-delete` (SQLite 3.42) would spare the merge but not the vacuum (2.3 and 2.4 s of CPU for 100,000
articles), and makes a file that older releases cannot read; one way for all.
"""

import sqlite3


def erase(connection: sqlite3.Connection) -> bool:
    """Erase every withdrawn text for good; whether nothing is left to erase.

    False while another process reads an older state: its notes stay for the next to close. Rewrites the file, during
    which writers wait; without a note it does nothing.
    """
    noted: int | None = connection.execute("select max(id) from erasure").fetchone()[0]
    if noted is None:
        return True
    connection.execute("insert into article_text (article_text) values ('optimize')")
    connection.execute("vacuum")
    if not _empty_log(connection):
        return False
    connection.execute("delete from erasure where id <= ?", (noted,))
    return True


def _empty_log(connection: sqlite3.Connection) -> bool:
    busy: int = connection.execute("pragma wal_checkpoint(truncate)").fetchone()[0]
    return busy == 0


def close(connection: sqlite3.Connection) -> None:
    """Erase what was withdrawn, move the write-ahead log into the file, and close.

    The last of several processes to close leaves one file.
    """
    erase(connection)
    connection.execute("pragma wal_checkpoint(passive)")
    connection.close()

"""Rows that an index did not take, written to it again from history: what it should hold of their articles now.

Whatever has come since counts, too: all rows of the article are offered, and the row that readers see, as `publish` does.
The index keeps the greatest, so a dead letter that a later version stands for is done with as well.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from connectors.parquet.chosen_letters import in_batches
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.cluster import IndexTarget
from connectors.search.opensearch.upsert import write_articles
from pipelines.commands.letters.delivery import LOST, Asked, asked_of
from pipelines.commands.letters.sent import PATIENCE_S, Refused, SentLetters, note
from pipelines.core.readers import reader_row, without_hidden
from schemas.article import Article
from schemas.handling import Deed


def index_again(folder: Path, sizes: Sequence[tuple[str, int]], index: IndexTarget, by: str) -> SentLetters:
    """Write the articles of these dead letters, ids with their sizes, and note that they were delivered.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us; what was noted was written.
    """
    count, refused = 0, list[Refused]()
    with IndexClient(index.cluster, patience_s=PATIENCE_S) as client:
        for batch in in_batches(sizes):
            moment = datetime.now(UTC)
            asked = asked_of(folder, batch, moment)
            lost = {letter for letter in batch if not asked.has_row(letter)}
            rows = [row for letter in batch if letter not in lost for row in _rows(asked, letter, moment)]
            failed = {
                article.article_id: failure.reason
                for article, failure in write_articles(client, index.names, rows, as_of=moment).refused
            }
            done = []
            for letter in batch:
                reason = LOST if letter in lost else failed.get(asked.article_of(letter))
                if reason is None:
                    done.append(letter)
                else:
                    refused.append(Refused(dead_letter_id=letter, reason=reason))
            note(folder, done, by, Deed.DELIVERED)
            count += len(done)
    return SentLetters(count=count, refused=tuple(refused))


def _rows(asked: Asked, letter: str, as_of: datetime) -> tuple[Article, ...]:
    """All rows of its article, and then what readers see of it."""
    rows = asked.rows_of(letter)
    shown = reader_row(rows, as_of)
    if shown is None:
        return tuple(rows)

    def is_visible(name: str) -> bool:
        return asked.is_visible(name, as_of)

    return (*rows, without_hidden(shown, is_visible))

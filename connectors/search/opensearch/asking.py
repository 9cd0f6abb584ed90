"""One query on its way: what all its requests have in common."""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.expression import Audience, Clause
from connectors.search.opensearch.names import IndexNames
from connectors.search.query import Query, QueryTree

# Distinct values are counted exactly up to that many, the most that the index takes.
PRECISION = 40_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A query, its tree, what it may see, what of that it matches and what that is ranked by, and where it is asked.

    `readers` is what readers may see, where that is less.
    """

    client: IndexClient
    alias: str
    query: Query
    tree: QueryTree
    seen: Clause
    readers: Clause | None
    matched: Clause
    ranking: tuple[Clause, ...]

    @property
    def ranked(self) -> Clause:
        """What it matches, with all that scores."""
        return {"bool": {"must": [self.matched], "should": list(self.ranking), "minimum_should_match": 0}}

    def ask(self, body: dict[str, Any]) -> Any:
        """The answer to a search.

        Raises:
            IndexTrouble: there is no index, or it does not answer; never a part of an answer.
        """
        params = {
            # Scores are made from the figures of all months together, so that they compare.
            "search_type": "dfs_query_then_fetch",
            "allow_partial_search_results": "false",
            # A replica counts other deleted documents, hence other scores: the pages of a query come from the same one.
            "preference": blake2b(self.query.text.encode("utf-8", "replace"), digest_size=8).hexdigest(),
        }
        return self.client.ask("POST", f"/{self.alias}/_search", body, params=params)


def alias_of(names: IndexNames, audience: Audience) -> str:
    """The alias that an audience asks."""
    return names.readers if audience is Audience.READERS else names.editors

"""The search index on a cluster, for those who ask."""

from collections.abc import Sequence
from datetime import datetime

from connectors.search.opensearch.article import read_article, read_document
from connectors.search.opensearch.asking import Asking, alias_of
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.events import largest_events, telling
from connectors.search.opensearch.expression import Audience, matching, ranking, seen_by
from connectors.search.opensearch.names import IndexNames
from connectors.search.opensearch.search import search
from connectors.search.query import Document, Page, Query, parse_query
from schemas.article import Article


class OpenSearchIndex:
    """What an audience may see, searchable; answers as the embedded index does, but for the scores.

    What was written can be found some seconds later, after the index's next refresh.
    """

    def __init__(
        self, client: IndexClient, names: IndexNames, *, audience: Audience = Audience.READERS_AT
    ) -> None:
        self._client = client
        self._names = names
        self._audience = audience

    def search(self, query: Query, as_of: datetime) -> Page:
        """The page that a query asks for, among what the audience may see at `as_of`.

        Raises:
            ValueError: `after` is no cursor of this query.
            IndexTrouble: there is no index, or it does not answer.
        """
        return search(self._asking(query, as_of))

    def get(self, name: str, as_of: datetime) -> Document | None:
        """The article with this id or address, if the audience may see it at `as_of`.

        Raises:
            IndexTrouble: there is no index, or it does not answer.
        """
        return read_document(self._asking(Query(copies=True), as_of), name)

    def article(self, name: str, as_of: datetime) -> Article | None:
        """The article with this id, address or guid, with all that the index holds of it, if the audience may see it.

        Raises:
            IndexTrouble: there is no index, or it does not answer.
        """
        return read_article(self._asking(Query(), as_of), name)

    def largest_events(self, limit: int, as_of: datetime) -> list[str]:
        """The ids of the events that most articles tell which the audience may see, largest first.

        Raises:
            IndexTrouble: there is no index, or it does not answer.
        """
        return largest_events(self._asking(Query(), as_of), limit)

    def telling(self, event_ids: Sequence[str], as_of: datetime) -> list[Article]:
        """The articles that tell these events, in the order of their ids, without texts, if the audience may see them.

        Raises:
            IndexTrouble: there is no index, or it does not answer.
        """
        return list(telling(self._asking(Query(), as_of), event_ids))

    def _asking(self, query: Query, as_of: datetime) -> Asking:
        tree = parse_query(query.text)
        seen = seen_by(self._audience, as_of)
        return Asking(
            client=self._client,
            alias=alias_of(self._names, self._audience),
            query=query,
            tree=tree,
            seen=seen,
            readers=seen_by(Audience.READERS_AT, as_of) if self._audience is Audience.EDITORS else None,
            matched=matching(query, tree, seen),
            ranking=ranking(tree),
        )

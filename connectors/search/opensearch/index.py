"""The search index on a cluster, for those who ask."""

from datetime import datetime

from connectors.search.opensearch.article import read_document
from connectors.search.opensearch.asking import Asking, alias_of
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.expression import Audience, matching, seen_by
from connectors.search.opensearch.names import IndexNames
from connectors.search.opensearch.search import search
from connectors.search.query import Document, Page, Query, parse_query


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

    def _asking(self, query: Query, as_of: datetime) -> Asking:
        tree = parse_query(query.text)
        seen = seen_by(self._audience, as_of)
        return Asking(
            client=self._client,
            alias=alias_of(self._names, self._audience),
            query=query,
            tree=tree,
            seen=seen,
            matched=matching(query, tree, seen),
        )

"""Which index each month is, so that one that was lost and made anew is not taken for the one that it was."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.months import months
from connectors.search.opensearch.names import IndexNames


@dataclass(frozen=True, slots=True)
class Identity:
    """The number of a month's generation, and the name that the cluster has given that index for itself."""

    number: int
    uuid: str

    def is_anew_of(self, before: "Identity") -> bool:
        """Whether this is an index made anew; one of a later generation is a reindex, which loses nothing."""
        return self.number < before.number or (self.number == before.number and self.uuid != before.uuid)


def identities(client: IndexClient, names: IndexNames) -> dict[str, Identity]:
    """The index of every month.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    found = client.ask("GET", f"/{names.pattern}/_settings/index.uuid")
    return {
        month.month: Identity(month.number, found[month.index]["settings"]["index"]["uuid"])
        for month in months(client, names)
        if month.index in found
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """What is known of an index that was found to lack nothing: its months, and those that were taken away by then.

    Months that have come since are the stream's, and lack nothing either.
    """

    months: Mapping[str, Identity]
    removed: frozenset[str] = frozenset()

    def holds_of(self, now: Mapping[str, Identity]) -> bool:
        """Whether the index as it is now lacks nothing that it had: no month was made anew."""
        kept = self.months.keys() & now.keys()
        return bool(now) and not any(now[month].is_anew_of(self.months[month]) for month in kept)

    def removed_by(self, now: Mapping[str, Identity]) -> frozenset[str]:
        """The months that are gone on purpose: they went while others stayed, as old ones do, and not with the whole index."""
        gone = self.months.keys() - now.keys() if self.holds_of(now) else frozenset()
        return (self.removed | gone) - now.keys()

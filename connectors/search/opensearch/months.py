"""The months of an installation: which there are, and one more when its first article comes."""

from dataclasses import dataclass

from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.names import IndexNames
from connectors.search.opensearch.trouble import IndexRefused

_NOT_FOUND = 404
# Somebody else made it meanwhile: the index, or another generation that is written to.
_MADE_MEANWHILE = ("resource_already_exists_exception", "illegal_state_exception")


@dataclass(frozen=True, slots=True)
class Month:
    """A month, the number of its generation, and the index that its alias stands for."""

    month: str
    number: int
    index: str


def months(client: IndexClient, names: IndexNames) -> tuple[Month, ...]:
    """The months that are written to, in their order, `undated` last. One request.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    found = client.ask("GET", f"/_alias/{names.pattern}")
    return tuple(
        sorted(
            (
                Month(*generation, index)
                for index, held in found.items()
                if (generation := names.generation_in(index)) is not None
                and names.month_alias(generation[0]) in held["aliases"]
            ),
            key=lambda month: month.month,
        )
    )


def ensure_month(client: IndexClient, names: IndexNames, month: str) -> None:
    """Make the month if it is not there. Any number of processes may at once; a reindex may go on beside.

    Raises:
        IndexRefused: our index template does not make it: what came there would be seen by nobody, in fields of any form.
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    if any(there.month == month for there in months(client, names)):
        return
    _check_is_ours(client, names, names.generation(month, 1))
    # As the index that is written to: a second one of the alias is refused.
    aliases = {names.month_alias(month): {"is_write_index": True}}
    try:
        client.ask("PUT", f"/{names.generation(month, 1)}", {"aliases": aliases})
    except IndexRefused as refused:
        if refused.kind not in _MADE_MEANWHILE or all(
            there.month != month for there in months(client, names)
        ):
            raise


def _check_is_ours(client: IndexClient, names: IndexNames, index: str) -> None:
    # Before it is made: once it is, others write to it, and it could not be taken away again.
    made = client.ask("POST", f"/_index_template/_simulate_index/{index}")
    if "_meta" not in made.get("template", {}).get("mappings", {}):
        told = (
            f"{index} would not be made by the index template {names.index_template}: it is missing, or another of a higher"
            " priority goes before it; run `copydesk index init`, or see to the other template"
        )
        raise IndexRefused(told, status=409)


def delete_month(client: IndexClient, names: IndexNames, month: str) -> tuple[str, ...]:
    """Delete every index of a month, those of a reindex that was broken off too; their names. One that is gone is well.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    ours = generations(client, names).get(month, ())
    for index in ours:
        try:
            client.ask("DELETE", f"/{index}")
        except IndexRefused as refused:
            if (
                refused.status != _NOT_FOUND
            ):  # asked again after an outage in which it was done, or by somebody else too
                raise
    return ours


def generations(client: IndexClient, names: IndexNames) -> dict[str, tuple[str, ...]]:
    """Every index there is of each month, behind an alias or not, the oldest first.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    found: dict[str, tuple[str, ...]] = {}
    for index in sorted(client.ask("GET", f"/{names.pattern}/_settings/index.uuid")):
        generation = names.generation_in(index)
        if generation is not None:
            found[generation[0]] = (*found.get(generation[0], ()), index)
    return found

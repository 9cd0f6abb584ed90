"""`copydesk index init`: the index made ready for this release."""

from connectors.search.opensearch.cluster import IndexTarget
from pipelines.commands.cluster.index_options import with_index
from pipelines.commands.index.opened import Json, opened
from pipelines.commands.output import print_json, result


@with_index
def init(index: IndexTarget | None, json: Json = False) -> None:
    """Make the index ready for this release: templates, aliases, and new fields in every month. Nothing changes twice.

    `run` and `replay` with --index do the same when they start. What a bulk load left behind that was killed is put
    right. A month that cannot be brought up in place is named, with the command that makes it anew; exit code 3.
    """
    from connectors.search.opensearch.languages import chosen_among_several
    from connectors.search.opensearch.manage import ensure_index

    with opened(index) as (client, names):
        done = ensure_index(client, names)
    if json:
        print_json({"readers": names.readers, "editors": names.editors, "done": done})
        return
    told = [
        f"OpenSearch {done.server}: {names.readers} for readers, {names.editors} for editors.",
        f"Templates: {'written' if done.templates_written else 'as they were'}.",
        f"Months brought up: {', '.join(done.brought_up) or 'none lacked anything'}.",
        *(
            [f"A bulk load that did not end: {', '.join(done.loads_ended)}; ended."]
            if done.loads_ended
            else []
        ),
        "Ranked by what this cluster has: "
        + ", ".join(
            f"{language} {analyzer}" for language, analyzer in chosen_among_several(done.analyzers).items()
        ),
    ]
    for line in told:
        result.print(line, markup=False)

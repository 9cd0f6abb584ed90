"""Show the event that most articles tell, and why each article joined: `python examples/largest_event.py DATA`.

DATA is the output folder of a replay of `examples/morning`, as `make demo` leaves it. The same is
`copydesk events --data DATA` and then `copydesk events ID --data DATA`.
"""

import sys
from functools import partial
from pathlib import Path

from pipelines.__main__ import main as copydesk
from pipelines.commands.events import rows_of
from pipelines.commands.opened import read_output
from pipelines.options import Misuse, parse_as_of

# The demo's noon: the one clock of its commands.
AS_OF = "2026-03-02T12:00:00Z"
_LARGEST = "select event_id from events order by articles desc, last_seen desc nulls last, event_id limit 1"


def largest_event(data: Path) -> str:
    """The ID of the event with most articles.

    Raises:
        Misuse: the folder holds no output, or no event.
    """
    found = read_output(data, parse_as_of(AS_OF), partial(rows_of, query=_LARGEST))
    if not found:
        raise Misuse("DATA", data, "holds no event that readers may see")
    return str(found[0]["event_id"])


def main() -> int:
    """Print the largest event of the folder that the command line names; 2 if that cannot be done."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python examples/largest_event.py DATA\n")
        return 2
    data = Path(sys.argv[1])
    try:
        event_id = largest_event(data)
    except Misuse as error:
        sys.stderr.write(f"{error}\n")
        return 2
    copydesk(["events", event_id, "--data", str(data), "--as-of", AS_OF])
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Print `roles.yml` of an installation."""

import re
import sys

from connectors.search.opensearch.names import PREFIX, IndexNames
from deploy.opensearch.roles import written


def main(arguments: list[str]) -> None:
    """Print the file for the prefix that is named, or for the one that is the default."""
    prefix = arguments[0] if arguments else IndexNames().prefix
    if re.fullmatch(PREFIX, prefix) is None:
        sys.exit(f"{prefix!r} is no prefix of indices; see `copydesk index init --help`")
    sys.stdout.write(written(IndexNames(prefix=prefix)))


if __name__ == "__main__":
    main(sys.argv[1:])

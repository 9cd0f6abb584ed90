"""What an error in an answer of many is about: the document, all that we ask, or a moment.

400, 413, 404 of a month that is not there   ─▶ the document: whoever tries, it is not taken
401, 403 that is no block, security_exception ─▶ all that we ask: a login, a role; the next document fares no better
429, 5xx, a block, a closed index            ─▶ a moment: asked again
"""

from enum import Enum, auto

from connectors.search.opensearch.client import is_passing

_SERVER_ERRORS = 500
# An index that an operator has closed is told as 400, and opened again.
_CLOSED = "index_closed_exception"
_NO_PERMISSION = "security_exception"
_OF_A_DOCUMENT = frozenset({400, 404, 413})


class Fate(Enum):
    """What becomes of that which an error was told of."""

    WAIT = auto()
    REFUSE_IT = auto()
    REFUSE_ALL = auto()


def fate_of(status: int, kind: str) -> Fate:
    """The fate after a status and the index's word for the error.

    >>> fate_of(403, "security_exception"), fate_of(403, "cluster_block_exception"), fate_of(400, "mapper_parsing_exception")
    (<Fate.REFUSE_ALL: 3>, <Fate.WAIT: 1>, <Fate.REFUSE_IT: 2>)
    """
    if kind == _NO_PERMISSION:
        return Fate.REFUSE_ALL
    if is_passing(status, kind) or kind == _CLOSED or status >= _SERVER_ERRORS:
        return Fate.WAIT
    return Fate.REFUSE_IT if status in _OF_A_DOCUMENT else Fate.REFUSE_ALL

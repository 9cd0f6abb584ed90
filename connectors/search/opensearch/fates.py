"""What an error in an answer of many is about: the document, all that we ask, or a moment.

400, 413, 404 of a month that is not there     ─▶ the document: whoever tries, it is not taken
500 of none of those below                     ─▶ the document: a processor of an operator's that fails, a defect that it strikes
401, 403 that is no block, security_exception   ─▶ all that we ask: a login, a role; the next document fares no better
429, 502 to 504, a block, a closed index        ─▶ a moment: asked again
500 of the disk, the engine or the log of writes ─▶ a moment too
"""

from enum import Enum, auto

from connectors.search.opensearch.client import is_passing

# An index that an operator has closed is told as 400, and opened again.
_CLOSED = "index_closed_exception"
_NO_PERMISSION = "security_exception"
_OF_A_DOCUMENT = frozenset({400, 404, 413, 500})
# What a shard tells of itself with 500, whichever document it was given. Source: OpenSearch's names of its exceptions.
_OF_A_SHARD = frozenset(
    {
        "engine_exception",
        "engine_creation_failure_exception",
        "file_system_exception",
        "flush_failed_engine_exception",
        "refresh_failed_engine_exception",
        "translog_exception",
        "timeout_exception",
    }
)


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
    if is_passing(status, kind) or kind == _CLOSED or kind in _OF_A_SHARD:
        return Fate.WAIT
    return Fate.REFUSE_IT if status in _OF_A_DOCUMENT else Fate.REFUSE_ALL

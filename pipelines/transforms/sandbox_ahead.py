"""Pages begun before ComposeArticle asks for them, so that the workers are busy while the run does something else.

    ReadRecords ──▶ foresee: half a bundle before its turn, a record is decoded and its pages begun
    DecodeRecord ─▶ decode_ahead: what was decoded then, else now

For the local runner only, where all stages are in one process, one after another, and each bundle goes to its end
before the next one is read: without this the workers would have nothing to do in the stages after them, which is a
third of the time on two cores.
"""

import sys
from collections.abc import Callable, Iterable
from contextlib import suppress

from pipelines.transforms.sandbox_nursery import Job
from pipelines.transforms.sandbox_page import pack_page, page_job, page_name
from pipelines.transforms.sandbox_pool import shared_pool
from schemas.page import RawPage
from schemas.raw import Raw
from schemas.record import Origin, Record
from schemas.rejection import Rejected

Decode = Callable[[Record], Iterable[Raw]]

# Twice what ReadRecords reads ahead, in records: of a bundle that failed, some are never asked for.
_MAX_FORESEEN = 500

# For how long one thread may keep the others from running. An attendant needs the interpreter several times a page, at
# Python's 5 ms a worker waited 4 to 5.5 ms for its next page (median, busy run), at this 2 to 3.
_SWITCH_S = 0.0005

_foreseen: dict[Origin, tuple[Record, tuple[Raw, ...]]] = {}


def prepare_sandbox(workers: int) -> None:
    """Let the sandbox for pages load its parsers while the caller does something else; without workers, nothing.

    Threads of this process give way to each other sooner from then on.
    """
    forget_foreseen()
    if workers:
        sys.setswitchinterval(min(_SWITCH_S, sys.getswitchinterval()))
        shared_pool(page_job(), workers).start()


def forget_foreseen() -> None:
    """Let go of the records that were never asked for: those of a bundle that failed."""
    _foreseen.clear()


def foresee(decode: Decode, workers: int, record: Record, job: Job | None = None) -> None:
    """Decode a record that will come, and begin its pages. What is to be rejected is rejected when it has come."""
    if not workers or len(_foreseen) >= _MAX_FORESEEN:
        return
    with suppress(Rejected):
        _foreseen[record.origin] = record, decode_ahead(decode, workers, record, job)


def decode_ahead(decode: Decode, workers: int, record: Record, job: Job | None = None) -> tuple[Raw, ...]:
    """`decode`, and each page that comes out is begun in the sandbox at once, unless that was foreseen.

    A bundle is decoded to its end before ComposeArticle sees its first page.
    """
    known, raws = _foreseen.pop(record.origin, (None, ()))
    # Records of two files may have one origin.
    if known is record:
        return raws
    raws = tuple(decode(record))
    for raw in raws:
        if workers and isinstance(raw, RawPage):
            shared_pool(job or page_job(), workers).begin(page_name(raw), pack_page(raw))
    return raws

"""Writing documents in bulk: each accounted for by itself, because a full queue is told per item within an HTTP 200.

taken                             ─▶ written; missed, if it was to replace a document that was taken away meanwhile
409, somebody wrote meanwhile     ─▶ stale
429, 502 to 504, a block, a shard ─▶ sent again, these only, until patience is over: IndexUnreachable
400, 404, 413, any other 500      ─▶ refused, with the index's own reason
anything else                     ─▶ IndexRefused: not the documents are at fault
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.fates import Fate, fate_of
from connectors.search.opensearch.index_figures import IndexCount, count_index
from connectors.search.opensearch.reasons import reason_of
from connectors.search.opensearch.trouble import IndexRefused

# The fastest of 256 KB, 1 MB and 5 MB. Source: research/sinks.md §2.3.
MAX_BATCH_BYTES, MAX_BATCH_DOCUMENTS = 1_000_000, 500

# A missing alias must not become an index that has no mapping of ours; the index waits half a minute for a shard before it
# says so of each document; and a success is answered in 26 bytes a document, in the order they were sent.
_PATH = "/_bulk?require_alias=true&timeout=30s&filter_path=errors,items.*.status,items.*.error"
_CREATED, _STALE, _TOO_LARGE, _BAD_REQUEST = 201, 409, 413, 400


class Seat(NamedTuple):
    """Which write a document is of, as it was looked up. The number is its index's own, and another for every write."""

    version: int
    number: int
    term: int


# Not frozen: to make a frozen one takes as long as half of its encoding.
@dataclass(slots=True, kw_only=True)
class Write:
    """A document to write: one line of JSON, to the alias `target`, as a version of `article_id`. Its repr shows no text.

    `replaces` is what was found there. What has this version or a greater one is replaced only as it was found; the
    document is then one version later than it.
    """

    article_id: str
    target: str
    version: int
    document: bytes = field(repr=False)
    replaces: Seat | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedWrite:
    """A document that the index does not take, whoever tries: the status, kind and reason are its own.

    The reason quotes nothing of the document.
    """

    write: Write
    status: int
    kind: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOutcome:
    """What became of the documents: how many were written, and those that were not.

    Stale are those that were overtaken: their version or a greater one is there, or no more what they were to replace. Missed
    are those that were written where nothing was any more: it was taken away, and may stand elsewhere.
    """

    written: int
    missed: tuple[Write, ...] = ()
    stale: tuple[Write, ...] = ()
    refused: tuple[RefusedWrite, ...] = ()


def bulk(client: IndexClient, writes: Sequence[Write]) -> BulkOutcome:
    """Write documents, each unless its version or a later one is there that it does not replace.

    When it returns, every document is written, stale or refused. One that was sent twice, because the answer to the first
    was lost, is stale.

    Raises:
        IndexUnreachable: nothing was taken for as long as the client is patient.
        IndexRefused, IndexUntrusted: the cluster refuses us, whatever we send.
    """
    sending = _Sending(client)
    for batch in _batches(writes):
        sending.send(batch)
    return BulkOutcome(
        written=sending.written,
        missed=tuple(sending.missed),
        stale=tuple(sending.stale),
        refused=tuple(sending.refused),
    )


def _batches(writes: Sequence[Write]) -> Iterator[Sequence[Write]]:
    begin = size = 0
    for place, write in enumerate(writes):
        if place > begin and (
            size + len(write.document) > MAX_BATCH_BYTES or place - begin == MAX_BATCH_DOCUMENTS
        ):
            yield writes[begin:place]
            begin, size = place, 0
        size += len(write.document)
    if begin < len(writes):
        yield writes[begin:]


# Filled in, and not made of a dict: half the time, for each document.
_HEAD = b'{"index":{"_index":%b,"_id":'
_ACTION = b'%b%b,"version":%d,"version_type":"external"}}'
# The two ways do not combine: a write on condition takes no version of ours, and the index counts one on.
_ACTION_ON_CONDITION = b'%b%b,"if_seq_no":%d,"if_primary_term":%d}}'


def _body(writes: Sequence[Write]) -> bytes:
    encoded = orjson.dumps
    heads = {target: _HEAD % encoded(target) for target in {write.target for write in writes}}
    lines: list[bytes] = []
    for write in writes:
        head, name, seat = heads[write.target], encoded(write.article_id), write.replaces
        if seat is None or seat.version < write.version:
            lines.append(_ACTION % (head, name, write.version))
        else:
            lines.append(_ACTION_ON_CONDITION % (head, name, seat.number, seat.term))
        lines.append(write.document)
    lines.append(b"")
    return b"\n".join(lines)


class _Sending:
    """Sends batches and keeps account of each document."""

    def __init__(self, client: IndexClient) -> None:
        self._client = client
        self._patience = client.patience()
        self.written = 0
        self.missed: list[Write] = []
        self.stale: list[Write] = []
        self.refused: list[RefusedWrite] = []

    def send(self, batch: Sequence[Write]) -> None:
        """Send until each is settled."""
        while batch:
            try:
                answer = self._client.ask_within(self._patience, "POST", _PATH, _body(batch))
            except IndexRefused as error:
                if not _is_of_a_document(error):
                    raise
                self._send_apart(batch, error)
                return
            batch = self._settle(batch, answer)

    def _send_apart(self, batch: Sequence[Write], error: IndexRefused) -> None:
        """Halve what was refused as a whole, until the one that it is because of stands alone."""
        if len(batch) == 1:
            size = len(batch[0].document)
            told = (
                f"{size:,} bytes are more than a request may have"
                if error.status == _TOO_LARGE
                else str(error)
            )
            self._refuse(batch[0], error.status, error.kind, told)
            return
        half = len(batch) // 2
        self.send(batch[:half])
        self.send(batch[half:])

    def _settle(self, batch: Sequence[Write], answer: Any) -> Sequence[Write]:
        """Take account of an answer; the documents to be sent again."""
        items = answer["items"]
        assert len(items) == len(batch), "one answer for each document"
        if not answer["errors"]:
            self._take(batch, items)
            self._patience.heard()
            return ()
        taken: list[Write] = []
        told_of_taken: list[Any] = []
        again: list[Write] = []
        why = ""
        for write, item in zip(batch, items, strict=True):
            (told,) = item.values()
            error = told.get("error")
            if error is None:
                taken.append(write)
                told_of_taken.append(item)
            elif told["status"] == _STALE:
                self.stale.append(write)
                count_index(IndexCount.STALE)
            elif self._is_to_wait(write, told["status"], error):
                again.append(write)
                why = f"{told['status']} {error['type']}: {reason_of(error)}"
        self._take(taken, told_of_taken)
        if len(again) < len(batch):
            self._patience.heard()
        if again:
            count_index(IndexCount.RETRIED, len(again))
            self._patience.wait_out(why)
        return again

    def _is_to_wait(self, write: Write, status: int, error: dict[str, Any]) -> bool:
        """Whether a document that was not taken is to be sent again; else it is refused.

        Raises:
            IndexRefused: the error is of no document's.
        """
        kind = error["type"]
        fate = fate_of(status, kind)
        if fate is Fate.REFUSE_ALL:
            raise IndexRefused(
                f"the index takes no document of us: {status} {kind}: {reason_of(error)}",
                status=status,
                kind=kind,
            )
        if fate is Fate.REFUSE_IT:
            self._refuse(write, status, kind, reason_of(error))
        return fate is Fate.WAIT

    def _take(self, writes: Sequence[Write], items: Sequence[Any]) -> None:
        for write, item in zip(writes, items, strict=True):
            if write.replaces is not None and item["index"]["status"] == _CREATED:
                self.missed.append(write)
        self.written += len(writes)
        count_index(IndexCount.WRITTEN, len(writes))
        count_index(IndexCount.BYTES, sum(len(write.document) for write in writes))

    def _refuse(self, write: Write, status: int, kind: str, reason: str) -> None:
        self.refused.append(RefusedWrite(write=write, status=status, kind=kind, reason=reason))
        count_index(IndexCount.REFUSED)


def _is_of_a_document(error: IndexRefused) -> bool:
    """Whether a request was refused as a whole for one document's sake: its size, an id that is too long."""
    return error.status == _TOO_LARGE or (error.status == _BAD_REQUEST and error.kind != "")

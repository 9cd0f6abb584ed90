"""ComposeArticle with pages in worker processes: what a page does to its parser, it does to nobody else.

    process ──▶ submit ──▶ │ queue, in the order of arrival │ ──▶ the finished head, with its timestamp and window
                           └── finish_bundle waits for the rest

Wire messages are composed here, in their turn: they cost less than the way to a worker and back.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import TaggedOutput
from apache_beam.utils.windowed_value import WindowedValue

from pipelines.core.compose import compose_article, of_record
from pipelines.transforms.rejecting import ACCEPTED, REJECTS, judged, or_reject
from pipelines.transforms.sandbox_nursery import Job
from pipelines.transforms.sandbox_page import pack_page, page_job, page_name, unpack_article
from pipelines.transforms.sandbox_pool import Pool, shared_pool
from schemas.article import Article
from schemas.page import RawPage
from schemas.raw import Raw
from schemas.wire import RawWire

STAGE = "ComposeArticle"
# So that a slow page keeps no worker idle at once, and memory stays bounded all the same.
_PLACES_A_WORKER = 4
_MAX_QUEUED_BYTES = 64 * 1024 * 1024


class _Place:
    """One item's place in the order, until what became of it is known."""

    def __init__(self, raw: RawPage | RawWire, timestamp: Any, window: Any, pool: Pool) -> None:
        self._raw = raw
        self._timestamp = timestamp
        self._window = window
        self.size = len(raw.record.value) + len(raw.body)
        self._composing: Future[bytes] | None = None
        if isinstance(raw, RawPage):
            self._composing = pool.take(page_name(raw)) or pool.submit(pack_page(raw))

    @property
    def is_ready(self) -> bool:
        return self._composing is None or self._composing.done()

    def cancel(self) -> None:
        if self._composing is not None:
            self._composing.cancel()

    def leave(self) -> Iterator[Any]:
        """What becomes of the item, waiting for it if need be; with the timestamp and the window it came with."""
        for outcome in judged(STAGE, self._articles, self._raw):
            if isinstance(outcome, TaggedOutput):
                yield TaggedOutput(outcome.tag, self._windowed(outcome.value))
            else:
                yield self._windowed(outcome)

    def _articles(self, raw: RawPage | RawWire) -> tuple[Article, ...]:
        if self._composing is None:
            return compose_article(raw)
        return of_record((unpack_article(self._composing.result()),), raw.record)

    def _windowed(self, value: Any) -> WindowedValue:
        return WindowedValue(value, self._timestamp, (self._window,))


class _SandboxFn(beam.DoFn):
    def __init__(self, job: Job, workers: int) -> None:
        self._job = job
        self._workers = workers
        self._queue: deque[_Place] = deque()
        self._bytes = 0

    def default_label(self) -> str:
        """The label of the same stage without a sandbox: labels are a contract."""
        return "_OrRejectFn"

    def start_bundle(self) -> None:
        self._drop()

    def process(
        self, raw: Raw, timestamp: Any = beam.DoFn.TimestampParam, window: Any = beam.DoFn.WindowParam
    ) -> Iterator[Any]:
        assert isinstance(raw, RawPage | RawWire)
        place = _Place(raw, timestamp, window, shared_pool(self._job, self._workers))
        self._queue.append(place)
        self._bytes += place.size
        while self._queue and (self._is_full() or self._queue[0].is_ready):
            yield from self._leave_first()

    def finish_bundle(self) -> Iterator[Any]:
        while self._queue:
            yield from self._leave_first()

    def teardown(self) -> None:
        self._drop()

    def _leave_first(self) -> Iterator[Any]:
        place = self._queue.popleft()
        self._bytes -= place.size
        return place.leave()

    def _is_full(self) -> bool:
        return len(self._queue) > _PLACES_A_WORKER * self._workers or self._bytes > _MAX_QUEUED_BYTES

    def _drop(self) -> None:
        """Forget what a bundle that failed has left behind."""
        for place in self._queue:
            place.cancel()
        self._queue.clear()
        self._bytes = 0


def compose_or_reject(workers: int, job: Job | None = None) -> beam.PTransform:
    """ComposeArticle: raw items in, articles out and, tagged, the dead letters of items in which there is none.

    With `workers` processes for the pages (at most so many in this process, whatever asks for them), or with 0 of them in
    this process and without limits. Bounded and unbounded; the order of arrival, timestamps and windows are kept; no
    state. At least once: a bundle that fails leaves nothing behind.
    """
    if not workers:
        return or_reject(STAGE, compose_article, Article)
    return (
        beam.ParDo(_SandboxFn(job or page_job(), workers))
        .with_output_types(Article)
        .with_outputs(REJECTS, main=ACCEPTED)
    )

"""A runner's state by hand: Beam's own state handler, and bundles that commit or are given up."""

from itertools import count

from apache_beam.coders import Coder, StrUtf8Coder
from apache_beam.runners.portability.fn_api_runner.worker_handlers import StateServicer
from apache_beam.runners.worker.bundle_processor import FnApiUserStateContext
from apache_beam.runners.worker.sdk_worker import GlobalCachingStateHandler
from apache_beam.runners.worker.statecache import StateCache
from apache_beam.transforms.window import GlobalWindow, GlobalWindows

from pipelines.transforms.journal import JOURNAL, NONCE, STANDING
from pipelines.transforms.remembering import RememberFn
from schemas.article import Article


class RunnersState:
    """The state of one stage, as the local runner holds it."""

    def __init__(self, label: str, key_coder: Coder | None = None) -> None:
        self._label = label
        self._key_coder = key_coder or StrUtf8Coder()
        self._handler = GlobalCachingStateHandler(StateCache(0), StateServicer())
        self._ids = count()

    def bundle(self, fn: RememberFn) -> "Bundle":
        fn.start_bundle()
        return Bundle(fn, self._handler, self.context(), f"bundle_{next(self._ids)}")

    def context(self) -> FnApiUserStateContext:
        return FnApiUserStateContext(
            self._handler, self._label, self._key_coder, GlobalWindows().get_window_coder()
        )

    def sizes(self, key: object) -> tuple[int, int]:
        """Bytes of the journal and of what it stands on."""
        with self._handler.process_instruction_id("sizes", []):
            context = self.context()
            journal, standing = (
                sum(map(len, context.get_state(spec, key, GlobalWindow()).read()))
                for spec in (JOURNAL, STANDING)
            )
        return journal, standing


class Bundle:
    """One bundle of one DoFn instance. What it has written is there for others once it is committed."""

    def __init__(self, fn, handler, context, name) -> None:
        self._fn, self._handler, self._context, self._name = fn, handler, context, name

    def process(self, key: object, *articles: Article) -> list[Article]:
        with self._handler.process_instruction_id(self._name, []):
            states = [
                self._context.get_state(spec, key, GlobalWindow()) for spec in (NONCE, JOURNAL, STANDING)
            ]
            return [row for article in articles for row in self._fn.process((key, article), *states)]

    def commit(self) -> None:
        with self._handler.process_instruction_id(self._name, []):
            self._context.commit()

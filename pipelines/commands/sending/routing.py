"""Onto which topic a record of a file is sent.

    with --topic                ─▶ the one that is named
    captured from pages or wire ─▶ that one, with its key, headers and time
    captured from elsewhere     ─▶ none: no file chooses a topic, least of all one that the pipeline writes
    all else                    ─▶ pages or wire, as its content says

Of files that somebody else delivers (`trusts_captures` False) not even the first two names are taken: of a captured
record there the content decides, as of any other.
"""

from dataclasses import dataclass, replace

from connectors.kafka.topics import Topics
from pipelines.core.addressing import address_of
from pipelines.core.decode.capture import captured_again
from schemas.record import Feed, Record
from schemas.rejection import Rejected
from schemas.topic_record import TopicRecord

# Of a name that may be anything, what is told.
_TOLD_CHARS = 100


class NotForTopic(ValueError):
    """A record names a topic that it may not choose; the message says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """Where records of files go: all to `topic`, or where they belong."""

    topics: Topics
    topic: str | None = None
    trusts_captures: bool = True

    def routed(self, record: Record) -> TopicRecord:
        """The record as it is sent.

        Raises:
            NotForTopic: it was captured from a topic that it may not go back to.
        """
        try:
            captured = captured_again(record)
        except Rejected:
            captured = None  # broken: DecodeRecord says so, on the topic that its content makes it
        if captured is None:
            return self._by_content(record)
        if self.topic is not None:
            return replace(captured, topic=self.topic)
        if not self.trusts_captures:
            inner = replace(record, value=captured.value or b"", headers=captured.headers, feed=Feed.ANY)
            return replace(self._by_content(inner), value=captured.value)
        if captured.topic not in (self.topics.pages.name, self.topics.wire.name):
            raise NotForTopic(
                f"captured from {captured.topic[:_TOLD_CHARS]!r}, which is no declared topic of raw news;"
                " --topic says where to send it"
            )
        return captured

    def _by_content(self, record: Record) -> TopicRecord:
        address = address_of(record)
        declared = self.topics.wire if address.feed is Feed.WIRE else self.topics.pages
        return TopicRecord(
            topic=self.topic or declared.name,
            key=address.key,
            value=record.value,
            headers=record.headers or address.headers,
        )

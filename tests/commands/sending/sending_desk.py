"""A pages topic and a wire topic of a test's own, a folder to send from, and what stands on the topics in the end."""

import orjson

from tests.broker import consume_all, new_topic
from tests.commands.copydesk import copydesk

PAGE = {"url": "https://coastal.example/a", "fetched_at": "2026-03-02T08:00:00Z", "html": "<p>x</p>"}


class SendingDesk:
    def __init__(self, broker, folder, **configs):
        self.broker = broker
        self.pages = new_topic(broker, "pages", partitions=3, **configs)
        self.wire = new_topic(broker, "wire", partitions=3)
        self.file = folder / "topics.yaml"
        self.file.write_text(f"pages: {{name: {self.pages}}}\nwire: {{name: {self.wire}}}\n")
        self.folder = folder / "in"
        self.folder.mkdir()

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else ndjson(content))
        return path

    def send(self, *options, cluster=None):
        paths = () if any(str(option).startswith(str(self.folder)) for option in options) else (self.folder,)
        told = ("send", *paths, "--topics", self.file, *options)
        return copydesk(*told, cluster=cluster or self.broker.cluster)

    def values(self, topic):
        return sorted(record.value for record in consume_all(self.broker, topic))


def ndjson(items):
    return b"".join((item if isinstance(item, bytes) else orjson.dumps(item)) + b"\n" for item in items)

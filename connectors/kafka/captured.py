"""A record of a topic as one line of NDJSON, from which it can be had again: the writing side of a capture.

    {"topic", "partition", "offset", "timestamp", "key", "headers", "value_base64"}

Text stands as text where it can be nothing else when it is read; all other bytes are in base64. A reader may take
header values for base64 where each of them could be; so what could be, is (`pipelines/core/decode/capture.py`).
"""

import base64
from typing import Any

import orjson

from connectors.kafka.consumed import ConsumedRecord

# The last millisecond that a time of ours can be: year 9999. What lies beyond is no time to any reader.
_MAX_MS = 253_402_300_799_999


def captured_line(record: ConsumedRecord) -> bytes:
    r"""The line, without its end. A null key, header or value stays null; a timestamp beyond the year 9999 is none.

    >>> captured_line(ConsumedRecord(topic="t", partition=0, offset=7, key=None, value=b"<p>", timestamp_ms=1))
    b'{"topic":"t","partition":0,"offset":7,"timestamp":1,"key":null,"headers":[],"value_base64":"PHA+"}'
    """
    timestamp = record.timestamp_ms
    return orjson.dumps(
        {
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "timestamp": timestamp if timestamp is not None and timestamp <= _MAX_MS else None,
            "key": _text_or_base64(record.key),
            "headers": [[name, _header(value)] for name, value in record.headers],
            "value_base64": None if record.value is None else base64.b64encode(record.value).decode(),
        }
    )


def _text_or_base64(value: bytes | None) -> Any:
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}


def _header(value: bytes | None) -> Any:
    text = _text_or_base64(value)
    if value is None or not isinstance(text, str) or not _may_be_base64(value):
        return text
    return {"base64": base64.b64encode(value).decode()}


def _may_be_base64(value: bytes) -> bool:
    try:
        base64.b64decode(value, validate=True)
    except ValueError:
        return False
    return True

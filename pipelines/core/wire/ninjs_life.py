"""Every status and every embargo that a ninjs item states, in any spelling: which one counts is decided in `life`.

Two spellings of a name may stand side by side (`pubstatus`, `pubStatus`) and contradict each other, so these are read
from the fields as parsed.
"""

from collections.abc import Iterator
from typing import Any

from pipelines.core.wire.json_object import as_object, text_of

_STATUS_NAMES = ("pubstatus", "pub_status")
_STATUS_KEYS = ("qcode", "code", "uri", "literal", "value", "name")
_UNREADABLE = "unreadable"


def statuses_of(fields: dict[str, Any]) -> tuple[str, ...]:
    """The statuses as stated; one of another shape than text is no status that is known."""
    values = (value for name, value in fields.items() if name.lower() in _STATUS_NAMES)
    return tuple(status for value in values for status in _statuses(value))


def _statuses(value: object) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        is_blank = one is None or (isinstance(one, str) and not one.strip())
        if isinstance(one, dict):
            yield as_object(one).text(*_STATUS_KEYS) or _UNREADABLE
        elif not is_blank:
            yield text_of(one) or _UNREADABLE


def embargoes_of(fields: dict[str, Any]) -> tuple[str, ...]:
    """Every embargo stated under a name that begins so: null and false state none, an empty text one without a date."""
    stated = []
    for name, value in fields.items():
        if value is None or value is False or name[:7].lower() != "embargo":
            continue
        is_empty = isinstance(value, str) and not value.strip()
        stated.append("" if is_empty else text_of(value) or _UNREADABLE)
    return tuple(stated)

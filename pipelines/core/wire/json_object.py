"""A JSON object read without trust: every question is answered in the type asked for, or with nothing.

Names are found in any case, because ninjs 3 spells `pubStatus` what ninjs 1 and 2 spell `pubstatus`.
"""

import re
from dataclasses import dataclass
from typing import Any

MAX_ENTRIES = 256  # of any list (research/wire.md §6)
# C0 controls but tab and line feed, a byte order mark inside a text, lone surrogates (research/wire.md §6).
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufeff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class JsonObject:
    """The fields of an object by their names in lower case."""

    fields: dict[str, Any]

    def raw(self, name: str) -> Any:
        """The value as parsed, `None` when missing."""
        return self.fields.get(name)

    def states(self, name: str) -> bool:
        """Whether the field is there and says something: null says nothing."""
        return self.fields.get(name) is not None

    def text(self, *names: str) -> str | None:
        """The first of these fields that is a text (or a number) and not blank."""
        for name in names:
            value = self.fields.get(name)
            if value is not None and (found := text_of(value)) is not None:
                return found
        return None

    def items(self, *names: str) -> "tuple[JsonObject, ...]":
        """The objects in the first of these fields that has any: a list of them, or one.

        Of an object whose values are objects or null (ninjs 1 associations) the objects, each with its key as `name`.
        """
        for name in names:
            value = self.fields.get(name)
            if value is not None and (found := _items(value)):
                return found
        return ()

    def texts(
        self, *names: str, keys: tuple[str, ...] = ("name", "literal", "code", "value", "uri")
    ) -> tuple[str, ...]:
        """The texts in the first of these fields that has any; an object stands for the first of its `keys`."""
        for name in names:
            value = self.fields.get(name)
            if value is None:
                continue
            values = value[:MAX_ENTRIES] if isinstance(value, list) else [value]
            found = (as_object(v).text(*keys) if isinstance(v, dict) else text_of(v) for v in values)
            texts = tuple(text for text in found if text is not None)
            if texts:
                return texts
        return ()


def every_object(value: object) -> "tuple[JsonObject, ...]":
    """All objects of a list, or an object and those in it, without a limit: for what no cap may lose."""
    if isinstance(value, list):
        return tuple(as_object(part) for part in value if isinstance(part, dict))
    if not isinstance(value, dict):
        return ()
    found = [as_object(value)]
    for name, part in value.items():
        found += (as_object({"name": name, **one.fields}) for one in _within(part))
    return tuple(found)


def _within(part: object) -> list[JsonObject]:
    parts = part if isinstance(part, list) else [part]
    return [as_object(one) for one in parts if isinstance(one, dict)]


def as_object(value: object) -> JsonObject:
    """The value as an object; anything else as an empty one.

    Of two spellings of a name the later counts that is not null; two spellings of a status are a list of both.
    """
    if not isinstance(value, dict):
        return JsonObject({})
    fields: dict[str, Any] = {}
    for stated, part in value.items():
        name = str(stated).lower()
        earlier = fields.get(name)
        if name == "pubstatus" and earlier is not None:
            fields[name] = [*_as_list(earlier), *_as_list(part)]
        elif part is not None or earlier is None:
            fields[name] = part
    return JsonObject(fields)


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def text_of(value: object) -> str | None:
    """A text trimmed and without control characters, a number as text; `None` for all else and for a blank."""
    if isinstance(value, str):
        # Nothing unprintable is printable: a look at a text of 2,500 characters takes 4 µs, a search 20.
        is_clean = value.replace("\n", "").isprintable()
        return (value if is_clean else _UNPRINTABLE.sub("", value)).strip() or None
    return None if isinstance(value, bool) or not isinstance(value, int | float) else str(value)


def _items(value: object) -> tuple[JsonObject, ...]:
    if isinstance(value, list):
        return tuple(as_object(part) for part in value[:MAX_ENTRIES] if isinstance(part, dict))
    if not isinstance(value, dict):
        return ()
    stated = [(name, part) for name, part in value.items() if part is not None]
    parts = [(name, part) for name, part in stated if isinstance(part, dict)]
    if parts and len(parts) == len(stated):
        return tuple(as_object({"name": name, **part}) for name, part in parts[:MAX_ENTRIES])
    return (as_object(value),)

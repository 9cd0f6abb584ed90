"""Which JSON wire format an object is, by its keys.

Source: research/wire.md §1.1.
"""

from typing import Any

from schemas.wire import WireFormat

# An id and one of these make a ninjs item: most items state a type or a time, a kill only a status.
_NINJS_MARKS = frozenset(
    {
        "type",
        "versioncreated",
        "firstcreated",
        "pubstatus",
        "headline",
        "headlines",
        "bodies",
        "standard",
        "$standard",
        "eventdetails",
        "plannedcoverage",
    }
)


def json_wire_format(fields: dict[str, Any]) -> WireFormat | None:
    """The wire format of an object, `None` when it is none.

    >>> json_wire_format({"uri": "urn:newsml:agency.example:1", "pubStatus": "canceled"}).value
    'ninjs/3'
    """
    stated = fields.get("format")
    if isinstance(stated, str) and stated.startswith("digitalwires@"):
        return WireFormat.DPA_JSON
    data = fields.get("data")
    if "api_version" in fields and isinstance(data, dict) and "item" in data:
        return WireFormat.AP_JSON
    names = {name.lower() for name in fields}
    if not (names & {"uri", "guid"}) or not (names & _NINJS_MARKS):
        return None
    return _ninjs_major(fields)


def _ninjs_major(fields: dict[str, Any]) -> WireFormat:
    standard = fields.get("standard", fields.get("$standard"))
    stated = standard.get("version") if isinstance(standard, dict) else None
    majors = {"1": WireFormat.NINJS_1, "2": WireFormat.NINJS_2, "3": WireFormat.NINJS_3}
    if isinstance(stated, str) and stated.partition(".")[0] in majors:
        return majors[stated.partition(".")[0]]
    if any(name in fields for name in ("pubStatus", "versionCreated", "embargoedUntil", "eventDetails")):
        return WireFormat.NINJS_3
    if isinstance(fields.get("bodies", fields.get("headlines")), list):
        return WireFormat.NINJS_2
    return WireFormat.NINJS_1

"""The index's own reason for refusing a document, without what it quotes of the document.

A restricted article's dead letter tells why it was refused wherever reasons are shown: its text must not be among that.
"""

import re
from typing import Any

# Enough for the longest of those that were seen, of 300 characters.
_LONGEST = 600
# What OpenSearch 3.8 quotes of a document, as seen: values of fields, and terms as lists of bytes.
_QUOTES = (
    re.compile(r"\s*Preview of field's value: .*", re.DOTALL),
    re.compile(r"\s*The prefix of the first immense term is: .*?\]\.\.\.',", re.DOTALL),
)
# Kinds whose reasons quote, besides, only names: of fields, types, indices, and the document's id.
_NAMES_ONLY = frozenset(
    {
        "mapper_parsing_exception",
        "strict_dynamic_mapping_exception",
        "index_not_found_exception",
        "cluster_block_exception",
        "circuit_breaking_exception",
    }
)
_QUOTED = re.compile(r"'.*'|\".*\"|\[.*\]", re.DOTALL)
_IMMENSE = "Document contains at least one immense term"


def reason_of(error: dict[str, Any]) -> str:
    """The reason in an item's `error` object, in one line, and the kinds of its causes; no value of any field.

    >>> reason_of({"type": "mapper_parsing_exception",
    ...            "reason": "failed to parse field [d] of type [date]. Preview of field's value: 'at noon'",
    ...            "caused_by": {"type": "illegal_argument_exception", "reason": "date field [at noon]"}})
    'failed to parse field [d] of type [date]. (illegal_argument_exception)'
    >>> reason_of({"type": "some_exception", "reason": "cannot take 'at noon' for x"})
    "cannot take '…' for x"
    """
    reason = str(error.get("reason", ""))
    for quote in _QUOTES:
        reason = quote.sub("", reason)
    if error.get("type") not in _NAMES_ONLY and not reason.startswith(_IMMENSE):
        reason = _QUOTED.sub(lambda found: f"{found[0][0]}…{found[0][-1]}", reason)
    return f"{' '.join(reason.split())[:_LONGEST]}{_causes(error)}"


def _causes(error: dict[str, Any]) -> str:
    kinds = []
    at = error.get("caused_by")
    while isinstance(at, dict):
        kinds.append(str(at.get("type", "")))
        at = at.get("caused_by")
    return f" ({', '.join(kinds)})" if kinds else ""

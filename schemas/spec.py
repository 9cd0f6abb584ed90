"""What a field is, beyond its Python type: the one annotation that every generated schema is made from.

A record class in this package is a frozen dataclass whose fields are `Annotated[type, Spec(...)]`. From that alone
`schemas.generate` makes the Arrow schema, the index mapping, the JSON Schema and the validator, so the four cannot
disagree.
"""

from dataclasses import dataclass
from enum import StrEnum


class Index(StrEnum):
    """How the search index treats a field."""

    TEXT = "text"  # words are searched
    EXACT = "exact"  # the whole value is filtered and counted
    STORED = "stored"  # kept and shown, neither searched nor filtered
    ABSENT = "absent"  # in Parquet, not in the index
    HISTORY = "history"  # in `history/` only: never in the index, `articles/` or on the readers' topic
    PASSING = "passing"  # told from stage to stage: a column of no Parquet, in no index, false on every topic


@dataclass(frozen=True, slots=True)
class Spec:
    """Meaning and limits of one field.

    `max_chars` bounds a string (or each string of a list); `since` is the schema version that added the field, since a
    field is only ever added, at the end, and optional.
    """

    doc: str
    index: Index = Index.EXACT
    max_chars: int | None = None
    since: int = 1000

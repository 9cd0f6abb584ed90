"""The form of every figure that a benchmark prints: ours, the peer's in the same run, and the bar."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measurement. `peer` is the other tool's value in the same run; `bar` the least that is accepted."""

    part: str
    measure: str
    ours: float
    peer: float | None = None
    peer_name: str | None = None
    bar: float | None = None
    note: str = ""

"""What a page reserves: whether its text may be mined.

Source: TDM Reservation Protocol (W3C community group, 2022) §7 for `tdm-reservation`; `noai` by common use.
"""

from schemas.article_parts import Tdm

_RESERVED, _ALLOWED = "1", "0"
_NO_MINING = ("noai", "noimageai")


def tdm_of(*, reservations: tuple[str | None, ...], robots: tuple[str | None, ...]) -> Tdm:
    """The rights statement of a page's headers and metas. A reservation anywhere outweighs a permission.

    >>> tdm_of(reservations=(None, "1"), robots=("index, follow",)).value
    'reserved'
    """
    said = {value.strip() for value in reservations if value is not None}
    words = " ".join(value for value in robots if value is not None).lower().replace(",", " ").split()
    if _RESERVED in said or any(word in _NO_MINING for word in words):
        return Tdm.RESERVED
    return Tdm.ALLOWED if _ALLOWED in said else Tdm.UNKNOWN

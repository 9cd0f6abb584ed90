"""Numbers of a text, as reports of one happening share them."""

import re

# A number begins where no word or number goes on. The digit comes first, so that the search leaps from digit to digit.
_NUMBER = re.compile(r"\d(?<![\w.,]\d)[\d.,\u00a0\u202f']*")
_NOT_DIGITS = re.compile(r"\D+")
_YEAR = re.compile(r"(?:19|20)\d\d")


def numbers_in(chunk: str) -> tuple[str, ...]:
    """Numbers of two digits and more without separators, in order, without years: those say nothing of a happening.

    >>> numbers_in("1,450"), numbers_in("2026"), numbers_in("B52")
    (('1450',), (), ())
    """
    found = (_NOT_DIGITS.sub("", number) for number in _NUMBER.findall(chunk))
    return tuple(n for n in found if 2 <= len(n) <= 18 and not _YEAR.fullmatch(n))

"""The border to the parsers of others: whatever one of them throws is the page's fault, told as one reason."""

from collections.abc import Iterator
from contextlib import contextmanager

from schemas.rejection import ReasonCode, Rejected


@contextmanager
def parser_border(parser: str) -> Iterator[None]:
    """Turn any failure of a third-party parser on hostile markup into `html.unparsable`.

    The one `except Exception` of the project: lxml, trafilatura and htmldate raise what they like (AttributeError,
    AssertionError, RecursionError …), and each of them is called inside this border only. MemoryError passes: it says
    more about the neighbours on the machine than about the page.

    Raises:
        Rejected: `html.unparsable`, naming the parser and the error's class, never article text.
    """
    try:
        yield
    except (Rejected, MemoryError):
        raise
    except Exception as error:
        raise Rejected(ReasonCode.HTML_UNPARSABLE, f"{parser}: {type(error).__name__}") from error

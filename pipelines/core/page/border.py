"""The border to the parsers of others: whatever one of them throws is the page's fault, told as one reason."""

from collections.abc import Iterator
from contextlib import contextmanager

from schemas.rejection import ReasonCode, Rejected


@contextmanager
def parser_border(parser: str) -> Iterator[None]:
    """Turn any failure of a third-party parser on hostile markup into `html.unparsable`.

    The one `except Exception` of the project: lxml, trafilatura and htmldate raise what they like on a page
    (AttributeError, AssertionError, RecursionError …), so every call of theirs that parses or extracts a page stands
    inside this border. The small markup of wire items is parsed elsewhere (`wire/html_text.py`), by lxml alone, with the
    errors it names: there an item is never lost. MemoryError passes: it says more about the neighbours on the machine
    than about the page.

    Raises:
        Rejected: `html.unparsable`, naming the parser and the error's class, never article text.
    """
    try:
        yield
    except (Rejected, MemoryError):
        raise
    except Exception as error:
        raise Rejected(ReasonCode.HTML_UNPARSABLE, f"{parser}: {type(error).__name__}") from error

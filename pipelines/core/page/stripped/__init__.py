"""Pages that come already stripped of markup: body and furniture in one run of lines."""

from pipelines.core.page.stripped.read import StrippedText, read_stripped_text

__all__ = ["StrippedText", "read_stripped_text"]

"""How an index cuts text into words, so that it matches what the embedded index matches. No plugin is needed.

    fold      char filter   each character as SQLite's tokenizer has it: case, diacritics; full-width ones narrow first
    words     tokenizer     runs of characters that part no word; each Han, kana, Hangul, Thai, … character by itself
    bounded   filter        a term's beginning, where Lucene refuses a longer one
    unmarked  filter        marks that fold to nothing go, and one that stands alone leaves its place, as in SQLite

Text comes composed (NFC): documents and queries are, by their writers. The table behind is unicode61.json.
"""

from functools import cache
from typing import Any

from connectors.search.folding import is_unspaced, narrowed
from connectors.search.opensearch.unicode61 import Unicode61, ranges, unicode61

EXACT = "exact"
# Lucene refuses a term above 32,766 bytes, and with it the document; a UTF-16 unit takes 3 bytes at most. SQLite cuts
# off after 32,768 bytes. So two words differ here that agree in their first 10,922 characters, and there later.
MAX_TERM_CHARS = 32_766 // 3


@cache
def analysis() -> dict[str, Any]:
    """`settings.analysis` of every index of ours."""
    table = unicode61()
    return {
        "char_filter": {"fold": {"type": "mapping", "mappings": _rules(table)}},
        "tokenizer": {"words": {"type": "simple_pattern", "pattern": _words(table)}},
        "filter": {
            "bounded": {"type": "truncate", "length": MAX_TERM_CHARS},
            "unmarked": {"type": "pattern_replace", "pattern": f"[{table.dropped}]+", "replacement": ""},
        },
        "analyzer": {
            EXACT: {
                "type": "custom",
                "char_filter": ["fold"],
                "tokenizer": "words",
                "filter": ["bounded", "unmarked"],
            }
        },
    }


def _rules(table: Unicode61) -> list[str]:
    """What becomes of characters. A filter for lower case would know letters that SQLite does not."""
    folded = dict(table.folds)
    for wide, narrow in narrowed().items():
        folded[wide] = table.folds.get(narrow, narrow)
    return [f"{character}=>{folded[character]}" for character in sorted(folded)]


def _words(table: Unicode61) -> str:
    """An expression of Lucene's: one unspaced character, or as many as possible of those that stand in words with spaces."""
    separators = {code for first, last in table.separators for code in range(first, last + 1)}
    unspaced = [code for code in range(0x110000) if is_unspaced(chr(code)) and code not in separators]
    return f"[{_class(unspaced)}]|[^{_class(sorted(separators.union(unspaced)))}]+"


def _class(codes: list[int]) -> str:
    """The inside of a character class. No end of a range of ours is a character that is special there."""
    return "".join(
        chr(first) if first == last else f"{chr(first)}-{chr(last)}" for first, last in ranges(codes)
    )

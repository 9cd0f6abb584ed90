"""A file that an earlier release has made goes on being written and read."""

import sqlite3
from contextlib import closing

from connectors.search.sqlite.schema import TOKENIZER
from tests.builders_search import a_text, an_index, asked

EARLIER = f"""
create virtual table article_text using fts5(
    headline, abstract, body, tokenize = "{TOKENIZER}", prefix = '3'
);
"""


def test_an_index_without_beginnings_of_two_letters_finds_the_same_as_one_with_them(tmp_path):
    articles = [a_text(f"a{number}", word) for number, word in enumerate(("dock", "dome", "quay", "埠头"))]
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
    with closing(sqlite3.connect(old / "search.sqlite")) as earlier:
        earlier.executescript(EARLIER)

    pages = []
    for folder in (old, new):
        index = an_index(folder, *articles)
        index.upsert([a_text("a1", "domed", order_key=9)], articles[1].published)
        pages.append([asked(index, text) for text in ("d*", "do*", "dom*", "dome*", "埠*")])

    assert pages[0] == pages[1]
    assert [page.total for page in pages[0]] == [2, 2, 1, 1, 1]

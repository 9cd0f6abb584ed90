"""The table of characters is the tokenizer's own."""

from connectors.search.folding import is_unspaced
from connectors.search.opensearch.unicode61 import unicode61, unicode61_of_sqlite


def test_the_kept_table_is_what_the_sqlite_of_this_machine_does():
    """If a newer SQLite has newer tables: write the file anew, and raise INDEX_VERSION of the mapping."""
    assert unicode61() == unicode61_of_sqlite()


def test_no_character_that_is_a_word_by_itself_becomes_another():
    table = unicode61()

    assert [character for character in (*table.folds, *table.dropped) if is_unspaced(character)] == []


def test_what_a_character_becomes_becomes_nothing_else():
    table = unicode61()

    assert [
        folded for folded in table.folds.values() if folded in table.folds or folded in table.dropped
    ] == []

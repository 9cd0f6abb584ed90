"""The analyzer that decides what matches cuts text as SQLite's tokenizer does, after the same folding."""

import os
import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.search.folding import fold
from connectors.search.opensearch.analysis import EXACT, MAX_TERM_CHARS, analysis
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.unicode61 import unicode61
from connectors.search.sqlite.tokenizer import every_character, tokens_of
from tests.index_server import unique_names

# Each text makes up to six tokens, and `_analyze` answers with no more than 10,000 (index.analyze.max_token_count).
TEXTS_A_REQUEST = 1_600
# Between two texts of one request (position_increment_gap); no text here has as many tokens.
GAP = 90


class Analyzer:
    """The exact analyzer on the server, asked for the tokens of texts, each of which has one at its beginning."""

    def __init__(self, client, index):
        self.client, self.index = client, index

    def tokens_of(self, texts):
        answer = self.client.ask(
            "POST",
            f"/{self.index}/_analyze",
            {"analyzer": EXACT, "text": [unicodedata.normalize("NFC", text) for text in texts]},
            params={"filter_path": "tokens.token,tokens.position"},
        )
        found, last, first = [], None, 0
        for token in answer["tokens"]:
            place = token["position"]
            if last is None or place - last > GAP:
                found.append([])
                first = place
            assert place - first == len(found[-1]), "a place without a token"
            found[-1].append(token["token"])
            last = place
        assert len(found) == len(texts)
        return [tuple(tokens) for tokens in found]


@pytest.fixture(scope="module")
def analyzer(index_server):
    index = f"{unique_names().prefix}-analysis"
    with IndexClient(index_server.cluster, patience_s=60) as client:
        client.ask("PUT", f"/{index}", {"settings": {"index": {"analysis": analysis()}}})
        yield Analyzer(client, index)


def of_sqlite(texts):
    return tokens_of(fold(text) for text in texts)


def chosen_characters():
    """All that the table names, both sides of every border in it, and some of the rest; all there are in a full run."""
    if os.environ.get("COPYDESK_FULL"):
        return list(every_character())
    table = unicode61()
    borders = {
        chr(code + by) for ends in table.separators for code in ends for by in (-1, 0, 1) if code + by >= 0
    }
    rest = random.Random(1).sample(list(every_character()), 2_000)
    return sorted(borders.union(rest, table.folds, table.dropped) - set(map(chr, range(0xD800, 0xE000))))


def test_every_character_in_a_word_and_by_itself_is_cut_and_folded_as_in_sqlite(analyzer):
    characters = chosen_characters()
    different = {}
    for first in range(0, len(characters), TEXTS_A_REQUEST):
        some = characters[first : first + TEXTS_A_REQUEST]
        texts = [f"x{character}y {character} z" for character in some]
        for character, here, there in zip(some, analyzer.tokens_of(texts), of_sqlite(texts), strict=True):
            if here != there:
                different[f"U+{ord(character):04X}"] = (here, there)

    assert different == {}


LETTERS = "aZéÉßœİıſ 1٣²Ⅷ_'-.,\u0301\u0308\u0327\u20dd\u200d\ufeff年東京ｶﾞガか゚한글ไทยລາວမြန်ខ្មែរАяΣςאב😀ＡｚＴ２０हिन्दी々ー〇ﷺﬁ"


@given(st.lists(st.text(st.sampled_from(LETTERS) | st.characters(codec="utf-8"), max_size=30), max_size=20))
def test_any_text_is_cut_and_folded_as_in_sqlite(analyzer, texts):
    texts = [f"first {text}" for text in texts or [""]]

    assert analyzer.tokens_of(texts) == of_sqlite(texts)


@pytest.mark.parametrize("letter", ["a", "é", "я", "\u0939", "\U00010428"])
def test_a_word_longer_than_a_term_may_be_is_kept_by_its_beginning(index_server, letter):
    index = f"{unique_names().prefix}-long"
    field = {"type": "text", "analyzer": EXACT}
    word = letter * 40_000
    with IndexClient(index_server.cluster, patience_s=60) as client:
        client.ask(
            "PUT",
            f"/{index}",
            {"settings": {"index": {"analysis": analysis()}}, "mappings": {"properties": {"text": field}}},
        )
        client.ask("PUT", f"/{index}/_doc/1", {"text": f"before {word} after"}, params={"refresh": "true"})
        found = [
            client.ask("POST", f"/{index}/_count", {"query": {kind: {"text": text}}})["count"]
            for kind, text in (
                ("match_phrase", "before"),
                ("match_phrase", f"before {word} after"),
                ("match_phrase_prefix", f"before {letter * 100}"),
                ("match_phrase", f"before {letter * (MAX_TERM_CHARS // 4)}"),
            )
        ]

    assert found == [1, 1, 1, 0]

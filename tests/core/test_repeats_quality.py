import gzip
import json
from pathlib import Path

import pytest

from benchmarks.quality_repeats import Stream, pair_figures

PAIRS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "dedup" / "pairs.json.gz"


@pytest.mark.shared_data
@pytest.mark.skipif(not PAIRS.exists(), reason="the evaluation data are not beside this checkout")
def test_real_copies_are_found_real_versions_proposed_and_shared_quotes_kept_apart() -> None:
    with gzip.open(PAIRS) as file:
        figures = list(pair_figures(Stream(), json.load(file)))

    short = [figure for figure in figures if figure.bar is not None and figure.ours < figure.bar]
    assert short == []
    assert {figure.measure for figure in figures} >= {"copy pairs in one family", "version pairs proposed"}

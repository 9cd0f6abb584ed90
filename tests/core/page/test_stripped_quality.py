"""The bars that reading stripped pages has to hold on real pages."""

from pathlib import Path

import pytest

from benchmarks.quality_lines import figures

SHARED = Path(__file__).resolve().parents[4] / "shared"


@pytest.mark.shared_data
@pytest.mark.skipif(
    not (SHARED / "data").is_dir(), reason="the evaluation data beside the checkout are not here"
)
def test_the_body_is_kept_and_furniture_goes_on_both_sets():
    missed = [figure for figure in figures(SHARED) if figure.bar is not None and figure.ours < figure.bar]

    assert missed == []

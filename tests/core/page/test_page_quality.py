"""How well real pages are read: the least that is accepted, beside trafilatura in the same run."""

from pathlib import Path

import pytest

from benchmarks.quality_pages import quality_figures

SHARED = Path(__file__).resolve().parents[3].parent / "shared"


@pytest.mark.shared_data
@pytest.mark.skipif(
    not (SHARED / "data" / "pages").is_dir(),
    reason="the evaluation pages lie beside the checkout of this project's own machines only",
)
def test_pages_are_read_at_least_as_well_as_the_bars_ask() -> None:
    missed = [one for one in quality_figures(SHARED) if one.bar is not None and one.ours < one.bar]

    assert not missed

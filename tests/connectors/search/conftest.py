import pytest

from tests.builders_search import close_all


@pytest.fixture(autouse=True, scope="module")
def _nothing_stays_open():
    yield
    close_all()

"""What ends a run is told as what it is, whatever its runner put around it."""

import pytest

from connectors.kafka.trouble import KafkaTrouble
from connectors.search.opensearch.trouble import IndexUnreachable
from pipelines.commands.sink_trouble import naming_sink_trouble


@pytest.mark.parametrize("kind", [KafkaTrouble, IndexUnreachable])
def test_trouble_with_a_cluster_is_told_without_where_in_the_graph_it_happened(kind):
    inner, outer = kind("no answer"), kind("no answer [while running 'Write']")
    outer.__cause__ = inner
    around = RuntimeError("a bundle failed")
    around.__cause__ = outer

    with pytest.raises(kind) as caught, naming_sink_trouble():
        raise around

    assert str(caught.value) == "no answer"


def test_what_is_no_trouble_with_a_cluster_stays_as_it_is():
    with pytest.raises(RuntimeError, match="our own bug"), naming_sink_trouble():
        raise RuntimeError("our own bug")

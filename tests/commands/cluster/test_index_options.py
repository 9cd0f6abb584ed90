"""An index is named by URLs; what cannot work is refused before anything connects; a password is shown nowhere."""

from inspect import signature

import pytest
import typer
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from typer.testing import CliRunner

from connectors.search.opensearch.cluster import PATIENCE_S, IndexCluster, IndexTarget
from connectors.search.opensearch.names import IndexNames
from connectors.search.opensearch.trouble import IndexRefused, IndexUnreachable
from connectors.secret import Secret
from deploy.local.authority import make_authority
from pipelines.commands.cluster.environment import index_environment
from pipelines.commands.cluster.index_options import index_target, named, with_index
from pipelines.commands.cluster.reaching_index import index_reached
from pipelines.options import Misuse

PLAIN = "http://127.0.0.1:9200"
SECURE = "https://search.example:9200"
NAMES = [name for name in signature(index_target).parameters if name != "sink_patience"]


@pytest.fixture(autouse=True)
def no_variables(monkeypatch):
    for name in (*NAMES, "index_password"):
        monkeypatch.delenv(f"COPYDESK_{name.upper()}", raising=False)


@pytest.fixture
def password_file(tmp_path):
    file = tmp_path / "password"
    file.write_text("open sesame\n")
    return str(file)


def test_a_node_is_all_that_is_needed():
    assert index_target(index=PLAIN) == IndexTarget(
        cluster=IndexCluster(hosts=(PLAIN,)), names=IndexNames(), patience_s=PATIENCE_S
    )


@pytest.mark.parametrize("text", [None, ""])
def test_no_node_is_no_index(text):
    assert index_target(index=text, index_prefix="desk") is None


def test_a_verb_that_cannot_do_without_says_how_to_name_one():
    with pytest.raises(Misuse, match="COPYDESK_INDEX"):
        named(None)


def test_several_nodes_are_one_cluster():
    target = index_target(index="https://a.example:9200/, https://[::1]:443")

    assert target.cluster.hosts == ("https://a.example:9200", "https://[::1]:443")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (" , ", "HOST:PORT"),
        ("search.example:9200", "neither http:// nor https://"),
        ("ftp://search.example:9200", "neither http:// nor https://"),
        ("http://search.example", "HOST:PORT"),
        ("http://search.example:0", "HOST:PORT"),
        ("http://search.example:99999", "HOST:PORT"),
        ("http://search.example:9200/news", "--index-prefix"),
        ("http://a.example:9200,https://b.example:9200", "http and https"),
        ("http://desk@search.example:9200", "--index-username"),
        ("http://a.example:9200 http://b.example:9200", "HOST:PORT"),
    ],
)
def test_what_is_no_list_of_nodes_is_refused_with_how_to_write_it(text, word):
    with pytest.raises(Misuse) as caught:
        index_target(index=text)

    assert caught.value.option == "--index"
    assert word in str(caught.value)


@pytest.mark.parametrize(
    "text", ["https://desk:sesame@a.example:9200", "https://a.example:9200/?key=sesame", "desk:sesame@a"]
)
def test_an_address_that_holds_a_secret_does_not_show_it(text):
    with pytest.raises(Misuse) as caught:
        index_target(index=text)

    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize("prefix", ["News", "-news", "news*", "news,other", "ä", "n" * 65, "a.b", "news\n"])
def test_a_prefix_that_no_index_may_have_is_refused(prefix):
    with pytest.raises(Misuse) as caught:
        index_target(index=PLAIN, index_prefix=prefix)

    assert caught.value.option == "--index-prefix"


@pytest.mark.parametrize(
    "prefix", ["news-editors", "a-editors-editors", "news-articles-undated", "news-articles-x"]
)
def test_a_prefix_that_would_be_a_name_of_another_installation_is_refused(prefix):
    with pytest.raises(Misuse) as caught:
        index_target(index=PLAIN, index_prefix=prefix)

    assert "-editors" in str(caught.value)


@pytest.mark.parametrize("prefix", ["editors", "news-editorial", "editors-news", "news-articles"])
def test_a_prefix_that_only_looks_like_one_is_taken(prefix):
    assert index_target(index=PLAIN, index_prefix=prefix).names.prefix == prefix


def test_a_prefix_names_the_installation():
    assert index_target(index=PLAIN, index_prefix="desk-2").names == IndexNames(prefix="desk-2")


def test_a_password_comes_from_a_file_before_the_environment(monkeypatch, password_file):
    monkeypatch.setenv("COPYDESK_INDEX_PASSWORD", "of the environment")
    of_environment = index_target(index=SECURE, index_username="desk")
    of_file = index_target(index=SECURE, index_username="desk", index_password_file=password_file)

    assert of_environment.cluster.password == Secret("of the environment")
    assert of_file.cluster.password == Secret("open sesame")


def test_the_environments_password_is_left_alone_where_nobody_logs_in(monkeypatch):
    monkeypatch.setenv("COPYDESK_INDEX_PASSWORD", "of another cluster")

    assert index_target(index=SECURE).cluster.password is None


@pytest.mark.parametrize(
    ("options", "option", "word"),
    [
        ({"index_username": "desk"}, "--index-password-file", "COPYDESK_INDEX_PASSWORD"),
        ({"index_username": "de:sk"}, "--index-username", "colon"),
        ({"index_password_file": "p"}, "--index-password-file", "--index-username"),
        ({"index_username": "desk", "index_password_file": "/nowhere"}, "--index-password-file", "No such"),
        ({"index_cafile": "/nowhere.pem"}, "--index-cafile", "No such file"),
        ({"index_certfile": "/nowhere.pem"}, "--index-certfile", "No such file"),
        ({"index_keyfile": "/nowhere.pem"}, "--index-keyfile", "--index-certfile"),
        ({"index": PLAIN, "index_cafile": "ca.pem"}, "--index-cafile", "https://"),
        ({"index": PLAIN, "index_certfile": "own.pem"}, "--index-certfile", "https://"),
    ],
)
def test_options_that_cannot_work_are_named_with_what_is_allowed(options, option, word):
    with pytest.raises(Misuse) as caught:
        index_target(**({"index": SECURE} | options))

    assert caught.value.option == option
    assert word in str(caught.value)


def test_a_key_that_is_locked_is_refused_and_the_terminal_never_asked(tmp_path):
    _, certificate = make_authority(tmp_path)
    locked = tmp_path / "locked.key"
    private = load_pem_private_key(certificate.read_bytes(), None)
    locked.write_bytes(
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"sesame"))
    )
    with pytest.raises(Misuse, match="locked by a password"):
        index_target(index=SECURE, index_certfile=str(certificate), index_keyfile=str(locked))


@pytest.mark.parametrize(
    ("address", "is_told"),
    [
        ("http://search.example:9200", True),
        ("http://10.1.2.3:9200", True),
        ("http://127.0.0.1:9200", False),
        ("http://localhost:9200", False),
        ("https://search.example:9200", False),
    ],
)
def test_a_password_that_would_go_unencrypted_to_another_machine_is_told_of(
    address, is_told, password_file, capsys
):
    index_target(index=address, index_username="desk", index_password_file=password_file)
    told = capsys.readouterr().err

    assert ("unencrypted" in told) is is_told
    assert "sesame" not in told


def test_the_other_process_finds_the_same_index(monkeypatch, tmp_path):
    authority, certificate = make_authority(tmp_path)
    cluster = IndexCluster(
        hosts=(SECURE, "https://[::1]:9200"),
        username="desk",
        password=Secret("open sesame"),
        ca_file=str(authority),
        cert_file=str(certificate),
    )
    for target in (
        IndexTarget(cluster=cluster, names=IndexNames(prefix="desk")),
        IndexTarget(cluster=IndexCluster(hosts=(PLAIN,)), names=IndexNames()),
        None,
    ):
        environment = index_environment(target)
        monkeypatch.setenv("COPYDESK_INDEX_PASSWORD", environment["COPYDESK_INDEX_PASSWORD"])

        assert index_target(**{name: environment[f"COPYDESK_{name.upper()}"] for name in NAMES}) == target


def test_no_index_is_stated_too_so_that_none_of_ours_is_found():
    assert set(index_environment(None)) == {f"COPYDESK_{name.upper()}" for name in (*NAMES, "index_password")}
    assert set(index_environment(None).values()) == {""}


def a_verb(body):
    app = typer.Typer()
    app.command()(with_index(body))
    return app


def test_a_verb_is_given_the_index_in_the_place_of_its_parameter(monkeypatch):
    seen = []

    def verb(index: IndexTarget | None, sink_patience: float = 5.0) -> None:
        seen.append((index.names.prefix, index.cluster.hosts, index.patience_s, sink_patience))

    monkeypatch.setenv("COPYDESK_INDEX_PREFIX", "desk")
    outcome = CliRunner().invoke(a_verb(verb), ["--index", PLAIN, "--sink-patience", "7"])

    assert outcome.exit_code == 0, outcome.output
    assert seen == [("desk", (PLAIN,), 7.0, 7.0)]


def test_help_never_shows_what_the_variables_hold(monkeypatch):
    for name in (*NAMES, "index_password"):
        monkeypatch.setenv(f"COPYDESK_{name.upper()}", "sesame")

    def verb(index: IndexTarget | None) -> None:
        """A verb."""

    told = CliRunner().invoke(a_verb(verb), ["--help"]).output

    assert "--index-password-file" in told
    assert "sesame" not in told


@pytest.mark.parametrize(
    "trouble", [IndexUnreachable("it is away"), IndexRefused("it says [no]", status=403, kind="x")]
)
def test_an_index_that_does_not_help_is_one_sentence_and_exit_code_3(trouble, capsys):
    with pytest.raises(typer.Exit) as caught, index_reached():
        raise trouble

    assert caught.value.exit_code == 3
    assert capsys.readouterr().err == f"copydesk: {trouble}\n"

"""An index behind TLS and a login: who is let in works as in the open; who is not, is told why at once and without secrets."""

import time

import pytest

from deploy.local.authority import make_authority
from tests.broker import eventually
from tests.commands.copydesk import copydesk
from tests.index_server import unique_names
from tests.test_index_faults_stream import index_options, secure_options

WRONG = "sesame-is-wrong"
# Of each verb that is refused: an outage would be waited out for 30 s.
AT_ONCE_S = 10


@pytest.fixture
def names():
    return unique_names()


def refused(*arguments):
    """What a verb says that cannot have its index."""
    began = time.monotonic()
    outcome = copydesk(*arguments)

    assert time.monotonic() - began < AT_ONCE_S
    assert outcome.code == 3
    assert WRONG not in outcome.err + outcome.out.decode()
    return outcome.err


def test_a_private_authority_and_a_login_are_all_that_is_needed(index_server, names, tmp_path):
    options = secure_options(index_server, names)

    replayed = copydesk(
        "replay", "examples/morning/texts", "--data", tmp_path, "--workers", 0, "--json", *options
    )

    assert replayed.json["index_refused"] == 0
    # What is written is found within the 5 s of an index's refresh.
    eventually(lambda: copydesk("search", "", "--json", *options).json["total"])


def test_a_wrong_password_is_told_at_once_and_shown_nowhere(index_server, names, tmp_path):
    (tmp_path / "password").write_text(WRONG)
    options = index_options(
        index_server.secure_url,
        names,
        *("--index-username", "copydesk", "--index-password-file", str(tmp_path / "password")),
        *("--index-cafile", str(index_server.login.ca_file)),
    )

    told = refused("index", "init", *options)

    assert f"{index_server.secure_url} refuses with 401: it wants a user and a password" in told
    assert "<html>" not in told


def test_an_authority_that_is_not_believed_is_told_at_once(index_server, names, tmp_path):
    stranger, _ = make_authority(tmp_path)
    with_login = secure_options(index_server, names)

    unnamed = refused("index", "init", *with_login[:-2])
    another = refused("index", "init", *with_login[:-1], str(stranger))

    for told in (unnamed, another):
        assert f"{index_server.secure_url}: its certificate is not believed" in told

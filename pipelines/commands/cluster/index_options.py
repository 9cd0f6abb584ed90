"""How a verb is told of an index on a cluster: seven options, the same of every verb, each also from the environment.

    @with_index                                     --index, --index-prefix, --index-username, --index-…file
    def search(index: IndexTarget | None, …): …     stand where `index` stood

As for Kafka, a password is never an argument, and what cannot work is refused before anything connects.
"""

from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from connectors.search.opensearch.cluster import PATIENCE_S, IndexCluster, IndexTarget
from connectors.search.opensearch.names import PREFIX, IndexNames
from connectors.secret import Secret
from pipelines.commands.cluster.index_addresses import parse_index_addresses
from pipelines.commands.cluster.passwords import secret_told
from pipelines.commands.cluster.taking_options import connection_option, taking_options
from pipelines.commands.cluster.tls_files import TlsFiles, check_tls_files
from pipelines.commands.output import people
from pipelines.options import Misuse

INDEX_PASSWORD = "COPYDESK_INDEX_PASSWORD"  # noqa: S105 - the name of a variable
_OPTIONS = {
    "index": connection_option(
        "--index", "http(s)://HOST:PORT[,…]", "Nodes of the OpenSearch cluster that holds the index."
    ),
    "index_prefix": connection_option(
        "--index-prefix", "NAME", f"What its indices begin with. Default: {IndexNames().prefix}."
    ),
    "index_username": connection_option("--index-username", "NAME", "User of the cluster."),
    "index_password_file": connection_option(
        "--index-password-file", "FILE", f"File that holds the password; or set {INDEX_PASSWORD}."
    ),
    "index_cafile": connection_option(
        "--index-cafile", "FILE", "Authorities to believe (PEM). Default: the system's."
    ),
    "index_certfile": connection_option("--index-certfile", "FILE", "Our own certificate (PEM)."),
    "index_keyfile": connection_option(
        "--index-keyfile", "FILE", "Its key (PEM). Default: in the certificate's file."
    ),
}


def with_index(verb: Callable[..., None]) -> Callable[..., None]:
    """The verb with the options of an index in the place of its parameter `index`, which is `None` where none is named.

    An outage is waited out for as long as the verb's own `--sink-patience` says, where it has one. The verb raises
    `Misuse` when the options cannot be as they are.
    """
    return taking_options(verb, "index", _OPTIONS, index_target, shared=("sink_patience",))


def named(index: IndexTarget | None) -> IndexTarget:
    """The index of a verb that cannot do without.

    Raises:
        Misuse: none is named.
    """
    if index is None:
        raise Misuse(
            "--index", "is missing", "give a node, like http://127.0.0.1:9200, or set COPYDESK_INDEX"
        )
    return index


def index_target(
    *,
    index: str | None,
    index_prefix: str | None = None,
    index_username: str | None = None,
    index_password_file: str | None = None,
    index_cafile: str | None = None,
    index_certfile: str | None = None,
    index_keyfile: str | None = None,
    sink_patience: float = PATIENCE_S,
) -> IndexTarget | None:
    """The index that the options name, `None` where no node is; an empty text is an option that was not given.

    A password file is believed before the environment. Nothing connects.

    Raises:
        Misuse: options that cannot work together or at all.
    """
    if not index:
        return None
    hosts = parse_index_addresses(index)
    files = TlsFiles(
        prefix="--index",
        ca_file=index_cafile or None,
        cert_file=index_certfile or None,
        key_file=index_keyfile or None,
        locked="is locked by a password; give one that is not",
    )
    _check_tls(hosts, files)
    password = _password(hosts, index_username, index_password_file)
    cluster = IndexCluster(
        hosts=hosts,
        username=index_username or None,
        password=password,
        ca_file=files.ca_file,
        cert_file=files.cert_file,
        key_file=files.key_file,
    )
    return IndexTarget(cluster=cluster, names=_names(index_prefix), patience_s=sink_patience)


def _names(prefix: str | None) -> IndexNames:
    if not prefix:
        return IndexNames()
    if PREFIX.fullmatch(prefix) is None:
        allowed = (
            "must be 1 to 64 small letters, digits, - or _, the first of them a letter or a digit, and neither end in -editors"
            " nor have -articles- in it, as what belongs to another prefix"
        )
        raise Misuse("--index-prefix", repr(prefix), allowed)
    return IndexNames(prefix=prefix)


def _check_tls(hosts: tuple[str, ...], files: TlsFiles) -> None:
    """Load the files; refuse them for http, since whoever names them believes to be safe."""
    if hosts[0].startswith("https://"):
        check_tls_files(files)
        return
    stated = {"cafile": files.ca_file, "certfile": files.cert_file, "keyfile": files.key_file}
    for name, file in stated.items():
        if file is not None:
            raise Misuse(files.option(name), file, f"needs --index https://…, not {hosts[0]}")


def _password(hosts: tuple[str, ...], user: str | None, file: str | None) -> Secret | None:
    if not user:
        if file:
            raise Misuse("--index-password-file", file, "needs --index-username, whose password it is")
        return None
    if ":" in user:
        raise Misuse("--index-username", user, "must have no colon (RFC 7617)")
    password = secret_told("--index-password-file", file, INDEX_PASSWORD)
    if password is None:
        allowed = f"give the file that holds the password of {user}, or set {INDEX_PASSWORD}"
        raise Misuse("--index-password-file", "is missing", allowed)
    for host in hosts:
        if not host.startswith("https://") and not _is_this_machine(host):
            people.print(f"copydesk: --index {host} takes the password unencrypted; use https:// if you can")
    return password


def _is_this_machine(host: str) -> bool:
    name = urlsplit(host).hostname or ""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"

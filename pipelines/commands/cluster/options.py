"""How a verb is told of a Kafka cluster: nine options, the same of every verb, each also from the environment.

    @with_cluster                                  --bootstrap-servers, --security-protocol, --sasl-…, --ssl-…
    def topics(cluster: KafkaCluster, …): …        stand where `cluster` stood

A password is never an argument, which every user of a machine can see in `ps`: it comes from the environment or from a
file. What cannot work is refused before anything connects, because a broker's own answer to a wrong protocol, authority
or password is always the same silence (research/services.md §1).
"""

from collections.abc import Callable

from connectors.kafka.cluster import KafkaCluster
from connectors.secret import Secret
from pipelines.commands.cluster.addresses import parse_bootstrap_servers
from pipelines.commands.cluster.passwords import secret_told
from pipelines.commands.cluster.taking_options import connection_option, taking_options
from pipelines.commands.cluster.tls_files import TlsFiles, check_tls_files
from pipelines.options import Misuse

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
SASL_PASSWORD, SSL_KEY_PASSWORD = "COPYDESK_SASL_PASSWORD", "COPYDESK_SSL_KEY_PASSWORD"

_OPTIONS = {
    "bootstrap_servers": connection_option(
        "--bootstrap-servers", "HOST:PORT[,…]", "Brokers of the Kafka cluster."
    ),
    "security_protocol": connection_option("--security-protocol", "|".join(PROTOCOLS), "Default: PLAINTEXT."),
    "sasl_mechanism": connection_option(
        "--sasl-mechanism", "|".join(MECHANISMS), "How the password is proved."
    ),
    "sasl_username": connection_option("--sasl-username", "NAME", "User of the cluster."),
    "sasl_password_file": connection_option(
        "--sasl-password-file", "FILE", f"File that holds the password; or set {SASL_PASSWORD}."
    ),
    "ssl_cafile": connection_option(
        "--ssl-cafile", "FILE", "Authorities to believe (PEM). Default: the system's."
    ),
    "ssl_certfile": connection_option("--ssl-certfile", "FILE", "Our own certificate (PEM)."),
    "ssl_keyfile": connection_option(
        "--ssl-keyfile", "FILE", "Its key (PEM). Default: in the certificate's file."
    ),
    "ssl_key_password_file": connection_option(
        "--ssl-key-password-file", "FILE", f"File with the key's password; or set {SSL_KEY_PASSWORD}."
    ),
}


def with_cluster(verb: Callable[..., None]) -> Callable[..., None]:
    """The verb with the options of a cluster in the place of its parameter `cluster`.

    The verb raises `Misuse` when no cluster is named or the options cannot be as they are.
    """
    return taking_options(verb, "cluster", _OPTIONS, kafka_cluster)


def with_cluster_if_named(verb: Callable[..., None]) -> Callable[..., None]:
    """The same for a verb that can do without: its `cluster` is `None` where no bootstrap servers are given."""

    def cluster_if_named(**options: str | None) -> KafkaCluster | None:
        return None if not options["bootstrap_servers"] else kafka_cluster(**options)

    return taking_options(verb, "cluster", _OPTIONS, cluster_if_named)


def kafka_cluster(
    *,
    bootstrap_servers: str | None,
    security_protocol: str | None = None,
    sasl_mechanism: str | None = None,
    sasl_username: str | None = None,
    sasl_password_file: str | None = None,
    ssl_cafile: str | None = None,
    ssl_certfile: str | None = None,
    ssl_keyfile: str | None = None,
    ssl_key_password_file: str | None = None,
) -> KafkaCluster:
    """The cluster that the options name; an empty text is an option that was not given.

    A password file is believed before the environment. Nothing connects.

    Raises:
        Misuse: no address, or options that cannot work together or at all.
    """
    protocol = _one_of("--security-protocol", security_protocol, PROTOCOLS) or PROTOCOLS[0]
    mechanism = _one_of("--sasl-mechanism", sasl_mechanism, MECHANISMS)
    _check_login(protocol, mechanism, sasl_username, sasl_password_file)
    _check_tls_is_meant(
        protocol,
        {"--ssl-cafile": ssl_cafile, "--ssl-certfile": ssl_certfile, "--ssl-keyfile": ssl_keyfile},
    )
    logs_in, is_tls = protocol.startswith("SASL"), protocol.endswith("SSL")
    cluster = KafkaCluster(
        bootstrap_servers=parse_bootstrap_servers(bootstrap_servers),
        security_protocol=protocol,
        sasl_mechanism=mechanism,
        sasl_username=sasl_username or None,
        sasl_password=_password(sasl_password_file) if logs_in else None,
        ssl_cafile=ssl_cafile or None,
        ssl_certfile=ssl_certfile or None,
        ssl_keyfile=ssl_keyfile or None,
        ssl_key_password=_key_password(ssl_key_password_file) if is_tls else None,
    )
    if is_tls:
        check_tls_files(_tls_files(cluster))
    return cluster


def _one_of(option: str, value: str | None, allowed: tuple[str, ...]) -> str | None:
    if not value:
        return None
    if value.upper() not in allowed:
        raise Misuse(option, value, f"unknown; allowed: {', '.join(allowed)}")
    return value.upper()


def _check_login(protocol: str, mechanism: str | None, user: str | None, password_file: str | None) -> None:
    if protocol.startswith("SASL"):
        if mechanism is None:
            raise Misuse("--sasl-mechanism", "is missing", f"{protocol} needs one of {', '.join(MECHANISMS)}")
        if not user:
            raise Misuse("--sasl-username", "is missing", f"{protocol} needs a user and a password")
        return
    named = {"--sasl-mechanism": mechanism, "--sasl-username": user, "--sasl-password-file": password_file}
    for option, value in named.items():
        if value:
            allowed = f"needs --security-protocol SASL_SSL or SASL_PLAINTEXT, not {protocol}"
            raise Misuse(option, value, allowed)


def _check_tls_is_meant(protocol: str, files: dict[str, str | None]) -> None:
    """Refuse files of TLS for a protocol without: whoever names them believes to be safe."""
    for option, file in files.items():
        if file and not protocol.endswith("SSL"):
            raise Misuse(option, file, f"needs --security-protocol SSL or SASL_SSL, not {protocol}")


def _password(file: str | None) -> Secret:
    password = secret_told("--sasl-password-file", file, SASL_PASSWORD)
    if password is None:
        allowed = f"give the file that holds the password, or set {SASL_PASSWORD}"
        raise Misuse("--sasl-password-file", "is missing", allowed)
    return password


def _key_password(file: str | None) -> Secret | None:
    return secret_told("--ssl-key-password-file", file, SSL_KEY_PASSWORD)


def _tls_files(cluster: KafkaCluster) -> TlsFiles:
    return TlsFiles(
        prefix="--ssl",
        ca_file=cluster.ssl_cafile,
        cert_file=cluster.ssl_certfile,
        key_file=cluster.ssl_keyfile,
        key_password=cluster.ssl_key_password,
        locked="its password is wrong or missing; see --ssl-key-password-file",
    )

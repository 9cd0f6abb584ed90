"""How a verb is told of a Kafka cluster: nine options, the same of every verb, each also from the environment.

    @with_cluster                                  --bootstrap-servers, --security-protocol, --sasl-…, --ssl-…
    def topics(cluster: KafkaCluster, …): …        stand where `cluster` stood

A password is never an argument, which every user of a machine can see in `ps`: it comes from the environment or from a
file. What cannot work is refused before anything connects, because a broker's own answer to a wrong protocol, authority
or password is always the same silence (research/services.md §1).
"""

import inspect
import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from connectors.kafka.cluster import KafkaCluster
from connectors.secret import Secret
from pipelines.commands.cluster.addresses import parse_bootstrap_servers
from pipelines.commands.cluster.tls_files import check_tls_files
from pipelines.options import Misuse

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
SASL_PASSWORD, SSL_KEY_PASSWORD = "COPYDESK_SASL_PASSWORD", "COPYDESK_SSL_KEY_PASSWORD"
# No password is longer; a file that is, is another file.
_MAX_PASSWORD_BYTES = 4_096


def _option(name: str, metavar: str, told: str) -> Any:
    variable = "COPYDESK_" + name.removeprefix("--").replace("-", "_").upper()
    return typer.Option(name, envvar=variable, metavar=metavar, help=told, show_default=False)


_OPTIONS = {
    "bootstrap_servers": _option("--bootstrap-servers", "HOST:PORT[,…]", "Brokers of the Kafka cluster."),
    "security_protocol": _option("--security-protocol", "|".join(PROTOCOLS), "Default: PLAINTEXT."),
    "sasl_mechanism": _option("--sasl-mechanism", "|".join(MECHANISMS), "How the password is proved."),
    "sasl_username": _option("--sasl-username", "NAME", "User of the cluster."),
    "sasl_password_file": _option(
        "--sasl-password-file", "FILE", f"File that holds the password; or set {SASL_PASSWORD}."
    ),
    "ssl_cafile": _option("--ssl-cafile", "FILE", "Authorities to believe (PEM). Default: the system's."),
    "ssl_certfile": _option("--ssl-certfile", "FILE", "Our own certificate (PEM)."),
    "ssl_keyfile": _option("--ssl-keyfile", "FILE", "Its key (PEM). Default: in the certificate's file."),
    "ssl_key_password_file": _option(
        "--ssl-key-password-file", "FILE", f"File with the key's password; or set {SSL_KEY_PASSWORD}."
    ),
}


def with_cluster(verb: Callable[..., None]) -> Callable[..., None]:
    """The verb with the options of a cluster in the place of its parameter `cluster`.

    The verb raises `Misuse` when no cluster is named or the options cannot be as they are.
    """
    return _taking_options(verb, kafka_cluster)


def with_cluster_if_named(verb: Callable[..., None]) -> Callable[..., None]:
    """The same for a verb that can do without: its `cluster` is `None` where no bootstrap servers are given."""

    def cluster_if_named(**options: str | None) -> KafkaCluster | None:
        return None if not options["bootstrap_servers"] else kafka_cluster(**options)

    return _taking_options(verb, cluster_if_named)


def _taking_options(
    verb: Callable[..., None], cluster_of: Callable[..., KafkaCluster | None]
) -> Callable[..., None]:
    @wraps(verb)
    def told(**values: Any) -> None:
        options = {name: values.pop(name, None) for name in _OPTIONS}
        verb(cluster=cluster_of(**options), **values)

    own = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in inspect.signature(verb).parameters.values()
        if parameter.name != "cluster"
    ]
    added = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[str | None, option]
        )
        for name, option in _OPTIONS.items()
    ]
    # typer asks for both; what it calls takes all of them by name.
    told.__signature__ = inspect.Signature([*own, *added])  # type: ignore[attr-defined]
    told.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *added)}
    return told


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
        check_tls_files(cluster)
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
    password = _secret("--sasl-password-file", file, SASL_PASSWORD)
    if password is None:
        allowed = f"give the file that holds the password, or set {SASL_PASSWORD}"
        raise Misuse("--sasl-password-file", "is missing", allowed)
    return password


def _key_password(file: str | None) -> Secret | None:
    return _secret("--ssl-key-password-file", file, SSL_KEY_PASSWORD)


def _secret(option: str, file: str | None, variable: str) -> Secret | None:
    """What a file holds, without the line feed at its end, or else a variable. Never part of a message."""
    if not file:
        text = os.environ.get(variable)
        return Secret(_plain(variable, text)) if text else None
    try:
        with Path(file).open("rb") as stream:
            held = stream.read(_MAX_PASSWORD_BYTES + 1)
    except OSError as error:
        raise Misuse(option, file, f"cannot be read ({error.strerror})") from error
    if len(held) > _MAX_PASSWORD_BYTES:
        raise Misuse(option, file, f"holds more than {_MAX_PASSWORD_BYTES} bytes, which is no password")
    text = held.decode("utf-8", "surrogateescape").rstrip("\r\n")
    if not text:
        raise Misuse(option, file, "is empty; put the password into it")
    return Secret(_plain(f"{option} {file}", text))


def _plain(told: str, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        # Not `from error`, which holds the text.
        raise Misuse(told, "", "is no text in UTF-8") from None
    return text

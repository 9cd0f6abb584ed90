"""The files of a TLS connection, looked at before anything connects: a broker's answer to a wrong one says nothing."""

import ssl

from connectors.kafka.cluster import KafkaCluster
from pipelines.options import Misuse


def check_tls_files(cluster: KafkaCluster) -> None:
    """Hold that the authorities, certificate and key of a cluster can be loaded.

    Raises:
        Misuse: a file is not there or holds something else, or the key's password is wrong or missing.
    """
    if cluster.ssl_cafile is not None:
        _check_authorities(cluster.ssl_cafile)
    if cluster.ssl_certfile is None:
        if cluster.ssl_keyfile is not None:
            raise Misuse("--ssl-keyfile", cluster.ssl_keyfile, "needs --ssl-certfile, whose key it is")
        return
    for option, file in (("--ssl-certfile", cluster.ssl_certfile), ("--ssl-keyfile", cluster.ssl_keyfile)):
        if file is not None:
            _check_readable(option, file)
    _check_pair(cluster, cluster.ssl_certfile)


def _check_authorities(file: str) -> None:
    _check_readable("--ssl-cafile", file)
    try:
        ssl.create_default_context(cafile=file)
    except ssl.SSLError as error:
        raise Misuse("--ssl-cafile", file, "holds no certificate in PEM") from error


def _check_readable(option: str, file: str) -> None:
    try:
        with open(file, "rb"):  # noqa: PTH123 - the client takes names, and so do we
            pass
    except OSError as error:
        raise Misuse(option, file, f"cannot be read ({error.strerror})") from error


def _check_pair(cluster: KafkaCluster, certificate: str) -> None:
    asked = False

    def password() -> str:
        # Without one OpenSSL would ask at the terminal, and a service wait for ever.
        nonlocal asked
        asked = True
        return "" if cluster.ssl_key_password is None else cluster.ssl_key_password.revealed()

    key = cluster.ssl_keyfile or certificate
    try:
        ssl.create_default_context().load_cert_chain(certificate, cluster.ssl_keyfile, password)
    except ssl.SSLError as error:
        # Not `from error`: what OpenSSL was given stays with it.
        if asked:
            allowed = "its password is wrong or missing; see --ssl-key-password-file"
            raise Misuse("--ssl-keyfile", key, allowed) from None
        raise Misuse(
            "--ssl-certfile", certificate, f"no certificate in PEM with its key ({error.reason})"
        ) from None

"""The files of a TLS connection, looked at before anything connects: a server's answer to a wrong one says nothing."""

import ssl
from dataclasses import dataclass

from connectors.secret import Secret
from pipelines.options import Misuse


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """The files in PEM of one connection, and `prefix`, by which their options begin.

    `locked` is what to say where the key needs a password that was not given, or another.
    """

    prefix: str
    ca_file: str | None
    cert_file: str | None
    key_file: str | None
    locked: str
    key_password: Secret | None = None

    def option(self, name: str) -> str:
        """The option that names a file.

        >>> TlsFiles(prefix="--ssl", ca_file=None, cert_file=None, key_file=None, locked="").option("cafile")
        '--ssl-cafile'
        """
        return f"{self.prefix}-{name}"


def check_tls_files(files: TlsFiles) -> None:
    """Hold that authorities, certificate and key can be loaded.

    Raises:
        Misuse: a file is not there or holds something else, or the key's password is wrong or missing.
    """
    if files.ca_file is not None:
        _check_authorities(files.option("cafile"), files.ca_file)
    if files.cert_file is None:
        if files.key_file is not None:
            allowed = f"needs {files.option('certfile')}, whose key it is"
            raise Misuse(files.option("keyfile"), files.key_file, allowed)
        return
    _check_readable(files.option("certfile"), files.cert_file)
    if files.key_file is not None:
        _check_readable(files.option("keyfile"), files.key_file)
    _check_pair(files, files.cert_file)


def _check_authorities(option: str, file: str) -> None:
    _check_readable(option, file)
    try:
        ssl.create_default_context(cafile=file)
    except ssl.SSLError as error:
        raise Misuse(option, file, "holds no certificate in PEM") from error


def _check_readable(option: str, file: str) -> None:
    try:
        with open(file, "rb"):  # noqa: PTH123 - the client takes names, and so do we
            pass
    except OSError as error:
        raise Misuse(option, file, f"cannot be read ({error.strerror})") from error


def _check_pair(files: TlsFiles, certificate: str) -> None:
    asked = False

    def password() -> str:
        # Without one OpenSSL would ask at the terminal, and a service wait for ever.
        nonlocal asked
        asked = True
        return "" if files.key_password is None else files.key_password.revealed()

    key = files.key_file or certificate
    try:
        ssl.create_default_context().load_cert_chain(certificate, files.key_file, password)
    except ssl.SSLError as error:
        # Not `from error`: what OpenSSL was given stays with it.
        if asked:
            raise Misuse(files.option("keyfile"), key, files.locked) from None
        allowed = f"no certificate in PEM with its key ({error.reason})"
        raise Misuse(files.option("certfile"), certificate, allowed) from None

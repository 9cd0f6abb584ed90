"""The addresses of the nodes of an index, as URLs."""

import re

from pipelines.options import Misuse

_ADDRESS = re.compile(r"(https?)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})/?")


def parse_index_addresses(text: str) -> tuple[str, ...]:
    """The addresses in a list, all by one protocol.

    Raises:
        Misuse: none, one that is no address of a node, or two protocols.

    >>> parse_index_addresses("https://search-1.example:9200/, https://[::1]:9201")
    ('https://search-1.example:9200', 'https://[::1]:9201')
    """
    stated = [address.strip() for address in text.split(",")]
    addresses = tuple(_address(address) for address in stated if address)
    if not addresses:
        raise Misuse("--index", repr(text), "no address; write http(s)://HOST:PORT")
    if len({address.partition(":")[0] for address in addresses}) > 1:
        raise Misuse("--index", text, "http and https; all nodes of a cluster are reached by one of them")
    return addresses


def _address(text: str) -> str:
    found = _ADDRESS.fullmatch(text)
    if found is None or not 1 <= int(found[3]) <= 65_535:
        # What stands before an @ may be a password, what stands behind a ? a key.
        shown = text.rpartition("@")[2].partition("?")[0]
        raise Misuse("--index", shown, _told(text))
    return f"{found[1]}://{found[2]}:{found[3]}"


def _told(text: str) -> str:
    written = "write http(s)://HOST:PORT, several with commas between"
    if "@" in text:
        return f"{written}; the user goes into --index-username, the password into --index-password-file"
    if not text.startswith(("http://", "https://")):
        return f"says neither http:// nor https://; {written}"
    if re.search(r"[^/:]/.", text.partition("://")[2]):
        return f"{written}, without a path; --index-prefix says which indices are meant"
    return f"no address of a node; {written}"

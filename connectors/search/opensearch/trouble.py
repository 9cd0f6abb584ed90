"""What a cluster would not or could not do, in errors that name it: callers know no client library.

IndexTrouble
├─ IndexUnreachable   no answer, or none that helps, for longer than was to be waited: connection, time-out, 429, 5xx, a block
├─ IndexUntrusted     TLS fails: the cluster is not whom we believe, or does not believe us; waiting does not help
└─ IndexRefused       the cluster refuses what was asked, whoever waits: login, permission, a wrong request
"""


class IndexTrouble(Exception):
    """The index went away, or refused what was asked; the message says what that was, in one line and without secrets."""


class IndexUnreachable(IndexTrouble):
    """Nothing came back within patience; it may later."""


class IndexUntrusted(IndexTrouble):
    """No connection by TLS: a certificate that is not believed, for another name, or none at all."""


class IndexRefused(IndexTrouble):
    """Refused for good: `status` is that of HTTP, `kind` the index's own word for it (may be empty)."""

    def __init__(self, told: str, *, status: int, kind: str = "") -> None:
        super().__init__(told)
        self.status = status
        self.kind = kind

    def __reduce__(self) -> tuple[object, ...]:
        return _refused, (str(self), self.status, self.kind)


def _refused(told: str, status: int, kind: str) -> IndexRefused:
    return IndexRefused(told, status=status, kind=kind)

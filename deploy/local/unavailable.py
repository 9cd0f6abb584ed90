"""Why a service cannot be had here: what to do in one sentence, or what it said last."""


class Unavailable(RuntimeError):
    """Something that a service needs is not on this machine. Exit code 2."""


class DidNotStart(RuntimeError):
    """A service ended, or gave no answer in time. Exit code 3."""

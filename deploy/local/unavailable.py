"""Why a service cannot be had here: one sentence that says what to do."""


class Unavailable(RuntimeError):
    """Something that a service needs is not on this machine, or would not start. Exit code 2."""

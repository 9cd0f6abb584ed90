"""What DecodeRecord hands on: a page or a wire message, still to be read."""


class Raw:
    """Either a `RawPage` or a `RawWire`.

    A class and not a union, because Beam finds the coder of a collection by the class of its elements.
    """

    __slots__ = ()

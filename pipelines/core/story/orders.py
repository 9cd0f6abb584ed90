"""Kill orders that stand, for good: notices that named a number or a slug which later rows may still bear."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from pipelines.core.story.names import order_names
from pipelines.core.story.record import KEY_BYTES, hash_of
from pipelines.core.story.remembered import KillOrder
from schemas.codec import encode

# An order as objects, beside its texts: measured some 900 bytes; there are few.
_ORDER_BYTES = 1_000
_TARGET_BYTES = 90


def order_id(order: KillOrder) -> bytes:
    """16 bytes that tell an order: where the notice stood, and what it names."""
    origin = order.origin
    place = f"{origin.source} {origin.partition} {origin.offset} {origin.item} {order.target}"
    return hash_of(place, KEY_BYTES)


class OrderBook:
    """Orders in the order in which they were given, and those that wait for a name."""

    __slots__ = ("_by_name", "_nbytes", "_orders", "_places")

    def __init__(self) -> None:
        self._orders: list[KillOrder] = []
        self._places: dict[bytes, int] = {}
        self._by_name: dict[int, list[int]] = {}
        self._nbytes = 0

    def __len__(self) -> int:
        """Number of orders."""
        return len(self._orders)

    @property
    def nbytes(self) -> int:
        """Bytes that the orders take, near enough."""
        return self._nbytes

    def give(self, order: KillOrder) -> None:
        """Let an order stand; one that stands already takes the targets it has found."""
        place = self._places.setdefault(order_id(order), len(self._orders))
        if place < len(self._orders):
            self._orders[place] = order
            return
        self._orders.append(order)
        names = order_names(order)
        for name in names:
            self._by_name.setdefault(name, []).append(place)
        self._nbytes += _ORDER_BYTES + len(order.target) + _TARGET_BYTES * (len(order.targets) + len(names))

    def strike(self, name: bytes, article_id: str) -> None:
        """Note that the order of this id has found an article. An order that is not known is none."""
        place = self._places.get(name)
        if place is None or article_id in self._orders[place].targets:
            return
        order = self._orders[place]
        self._orders[place] = replace(order, targets=(*order.targets, article_id))
        self._nbytes += _TARGET_BYTES

    def waiting_for(self, names: Iterable[int]) -> Iterator[KillOrder]:
        """The orders that name one of these, in the order in which they were given."""
        places = {place for name in names for place in self._by_name.get(name, ())}
        return (self._orders[place] for place in sorted(places))

    def packed(self) -> list[bytes]:
        """Every order, as `decode` reads it."""
        return [encode(order) for order in self._orders]

"""`session.data`: a dict that notices when it, or a dict or list inside it, changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, SupportsIndex

# What the hosted platform keeps in stored data for itself; apps never see it.
METADATA_KEYS = frozenset({"__cpsl_session_rev", "__cpsl_session_checksum", "__cpsl_session_nonce"})

_SCALARS = frozenset({str, int, float, bool, type(None)})

Notify = Callable[[], None]


class TrackedDict(dict[Any, Any]):
    """A dict inside `session.data`. Dicts and lists put into it become tracked copies."""

    __slots__ = ("_notify",)

    def __init__(self, notify: Notify) -> None:
        self._notify = notify

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, track(value, self._notify))
        self._notify()

    def __delitem__(self, key: Any) -> None:
        super().__delitem__(key)
        self._notify()

    def __ior__(self, other: Any) -> TrackedDict:  # type: ignore[misc]
        self.update(other)
        return self

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        # Copies and pickles are plain: they belong to no session.
        return dict, (), None, None, iter(self.items())

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Set each of the given items."""
        for key, value in dict(*args, **kwargs).items():
            super().__setitem__(key, track(value, self._notify))
        self._notify()

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """Return the value of `key`, which becomes `default` if there is none."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, *args: Any) -> Any:
        """Remove a key and return its value, or the default if there is one."""
        value = super().pop(*args)
        self._notify()
        return value

    def popitem(self) -> tuple[Any, Any]:
        """Remove the newest item and return it."""
        item = super().popitem()
        self._notify()
        return item

    def clear(self) -> None:
        """Remove everything."""
        super().clear()
        self._notify()


class SessionData(TrackedDict):
    """The data of a session, kept as JSON from turn to turn."""

    __slots__ = ()

    def __init__(self, values: Any = (), notify: Notify | None = None, **kwargs: Any) -> None:
        super().__init__(notify or _ignore)
        own = {key: track(value, self._notify) for key, value in dict(values, **kwargs).items()}
        dict.update(self, own)

    async def set(self, key: str, value: Any) -> Any:
        """Set `key` and return the value as it is kept."""
        self[key] = value
        return self[key]


class TrackedList(list[Any]):
    """A list inside `session.data`. Dicts and lists put into it become tracked copies."""

    __slots__ = ("_notify",)

    def __init__(self, notify: Notify) -> None:
        self._notify = notify

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(index, slice):
            value = [track(item, self._notify) for item in value]
        else:
            value = track(value, self._notify)
        super().__setitem__(index, value)
        self._notify()

    def __delitem__(self, index: SupportsIndex | slice) -> None:
        super().__delitem__(index)
        self._notify()

    def __iadd__(self, values: Iterable[Any]) -> TrackedList:  # type: ignore[misc]
        self.extend(values)
        return self

    def __imul__(self, count: SupportsIndex) -> TrackedList:
        super().__imul__(count)
        self._notify()
        return self

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        # Copies and pickles are plain: they belong to no session.
        return list, (), None, iter(self)

    def append(self, value: Any) -> None:
        """Add a value at the end."""
        super().append(track(value, self._notify))
        self._notify()

    def extend(self, values: Iterable[Any]) -> None:
        """Add values at the end."""
        super().extend([track(item, self._notify) for item in values])
        self._notify()

    def insert(self, index: SupportsIndex, value: Any) -> None:
        """Add a value before `index`."""
        super().insert(index, track(value, self._notify))
        self._notify()

    def pop(self, index: SupportsIndex = -1) -> Any:
        """Remove the value at `index` and return it."""
        value = super().pop(index)
        self._notify()
        return value

    def remove(self, value: Any) -> None:
        """Remove the first value that is equal."""
        super().remove(value)
        self._notify()

    def clear(self) -> None:
        """Remove everything."""
        super().clear()
        self._notify()

    def sort(self, **kwargs: Any) -> None:
        """Sort in place."""
        super().sort(**kwargs)
        self._notify()

    def reverse(self) -> None:
        """Reverse in place."""
        super().reverse()
        self._notify()


def track(value: Any, notify: Notify) -> Any:
    """Return `value` with its dicts and lists replaced by tracked copies that tell `notify`."""
    if type(value) in _SCALARS:
        return value
    return _track(value, notify, {})


def _track(value: Any, notify: Notify, seen: dict[int, Any]) -> Any:
    """Track what may refer to itself: `seen` holds the copies of what is being copied."""
    if id(value) in seen:
        return seen[id(value)]
    if isinstance(value, dict):
        if _belongs_to(value, TrackedDict, notify):
            return value
        members = seen[id(value)] = TrackedDict(notify)
        # In one go, past the methods that track and tell.
        plain = {
            key: item if type(item) in _SCALARS else _track(item, notify, seen)
            for key, item in value.items()
        }
        dict.update(members, plain)
        return members
    if isinstance(value, list):
        if _belongs_to(value, TrackedList, notify):
            return value
        items = seen[id(value)] = TrackedList(notify)
        list.extend(
            items,
            [item if type(item) in _SCALARS else _track(item, notify, seen) for item in value],
        )
        return items
    return value


def _belongs_to(value: Any, kind: type, notify: Notify) -> bool:
    return isinstance(value, kind) and value._notify is notify  # type: ignore[attr-defined]  # noqa: SLF001 - kin


def _ignore() -> None:
    """Serve as `notify` of data that belongs to no session."""

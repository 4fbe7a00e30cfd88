"""Arrays into views that compiled code hands on without counting who holds them.

Reach for `unowned()` at the entry of a kernel whose inner functions take many arrays. Compiled code counts references
whenever it hands an array on, atomically; two threads that share the arrays of an index then wait for each other at
every call (measured: half of a search). The views hold nothing: whoever calls the kernel must keep the arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import carray, njit, types  # type: ignore[attr-defined]
from numba.core import cgutils
from numba.extending import intrinsic, overload

Function = TypeVar("Function", bound=Callable[..., Any])


def uncounted(*, inline: str = "never") -> Callable[[Function], Function]:
    """Return the decorator of compiled functions that make no array, and so need count none."""
    options: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False, "inline": inline}
    return njit(**options)  # type: ignore[no-any-return]


def unowned(value: Any) -> Any:
    """Return the same arrays, tuples of arrays or plain values, uncounted; for compiled code only."""
    raise TypeError("for compiled code only")


@intrinsic
def _pointer(context: Any, address: Any) -> Any:
    """Return an address as a pointer."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(address), code


@overload(unowned)
def _unowned(value):  # type: ignore[no-untyped-def]  # numba compares it with the signatures returned
    if isinstance(value, types.Array):
        return lambda value: carray(_pointer(value.ctypes.data), value.shape, value.dtype)  # type: ignore[call-arg]
    if isinstance(value, types.BaseTuple):
        if len(value) == 0:
            return lambda value: ()
        return lambda value: (unowned(value[0]),) + unowned(value[1:])
    return lambda value: value

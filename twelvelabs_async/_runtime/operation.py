"""Operations: what a program requested, from start to end, for the hooks."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Protocol, Self

from .hooks import Hooks, OperationInfo, OperationKind, run_hook

if TYPE_CHECKING:
    from .call import Call
    from .clock import Clock

__all__ = ["Operation", "OperationContext", "call_operation", "operation"]


class OperationContext(Protocol):
    """What an operation takes of its client."""

    base_url: str
    clock: Clock
    hooks: tuple[Hooks, ...]


class Operation:
    """A running operation; without hooks it does nothing.

    As a context manager it is active from its beginning to its end. A stream is active while it is
    opened, and begins and ends by the methods.
    """

    def begin(self) -> None:
        """Call the hooks."""

    def active(self) -> AbstractContextManager[object]:
        """What the parts of the operation run in."""
        return self

    def done(self, result: object) -> None:
        """Keep what came back."""

    def end(self, error: BaseException | None = None) -> None:
        """Call the hooks, once."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        pass


class _Observed(Operation):
    def __init__(self, context: OperationContext, info: OperationInfo) -> None:
        self._hooks = context.hooks
        self._clock = context.clock
        self._info = info
        self._began: float | None = None
        self._active: AbstractContextManager[object] | None = None

    def begin(self) -> None:
        self._began = self._clock.monotonic()
        for hook in self._hooks:
            run_hook(hook.begin, self._info)

    @contextmanager
    def active(self) -> Generator[None]:
        stack = ExitStack()

        def enter(hook: Hooks) -> None:
            stack.enter_context(hook.within(self._info))

        for hook in self._hooks:
            run_hook(enter, hook)
        try:
            yield
        finally:
            run_hook(stack.close)

    def done(self, result: object) -> None:
        self._info.result = result

    def end(self, error: BaseException | None = None) -> None:
        if self._began is None:
            return  # it has not begun, or has ended
        self._info.seconds = self._clock.monotonic() - self._began
        self._info.error = error
        self._began = None
        for hook in self._hooks:
            run_hook(hook.end, self._info)

    def __enter__(self) -> Self:
        self.begin()
        self._active = self.active()
        self._active.__enter__()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if self._active is not None:
            self._active.__exit__(None, None, None)
        self.end(error)


_UNOBSERVED = Operation()


def operation(
    context: OperationContext,
    kind: OperationKind,
    *,
    subject: str | None = None,
    size: int | None = None,
) -> Operation:
    """An upload, a wait or an ingestion."""
    if not context.hooks:
        return _UNOBSERVED
    return _Observed(context, OperationInfo(kind, context.base_url, subject=subject, size=size))


def call_operation(
    context: OperationContext, kind: OperationKind, call: Call, body: Mapping[str, Any] | None
) -> Operation:
    """A call or a stream; of its body only the model's name is read."""
    if not context.hooks:
        return _UNOBSERVED
    model = next((v for n in ("model_name", "model") if (v := (body or {}).get(n))), None)
    info = OperationInfo(
        kind,
        context.base_url,
        method=call.method,
        template=call.template,
        model=model if isinstance(model, str) else None,
    )
    return _Observed(context, info)

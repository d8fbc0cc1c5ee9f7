"""The bodies of errors by the vendor's names: objects whose keys can be read as attributes, too."""

from __future__ import annotations

from typing import Any, cast

__all__ = [
    "BadRequestErrorBody",
    "ConflictErrorBody",
    "ErrorResponse",
    "ErrorResponseError",
    "FlatErrorResponse",
    "ForbiddenErrorBody",
    "GoneErrorBody",
    "InternalServerErrorBody",
    "NotFoundErrorBody",
    "UnprocessableEntityErrorBody",
]


class ErrorBody(dict[str, Any]):
    """A JSON object. ``body.code`` is ``body["code"]``, and None where the body has no code.

    The service replies with one of two shapes, by endpoint: ``{"code", "message"}``, or these in
    an object named ``error``. The names of each class are those that the vendor gives it.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name in self:
            value = self[name]
            return ErrorBody(cast("dict[str, Any]", value)) if type(value) is dict else value
        if any(name in getattr(cls, "__annotations__", ()) for cls in type(self).__mro__):
            return None
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({super().__repr__()})"

    def model_dump(self, *, exclude_none: bool = False) -> dict[str, Any]:
        """This as a plain dict; with `exclude_none` without the keys that are None."""
        return {k: v for k, v in self.items() if not (exclude_none and v is None)}


class FlatErrorResponse(ErrorBody):
    """A code and a message."""

    __slots__ = ()

    code: str | None
    message: str | None


class _Documented(FlatErrorResponse):
    """A code, a message and the URL of a page about the error."""

    __slots__ = ()

    docs_url: str | None


class BadRequestErrorBody(_Documented):
    """The body of a `BadRequestError`."""

    __slots__ = ()


class ForbiddenErrorBody(_Documented):
    """The body of a `ForbiddenError`."""

    __slots__ = ()


class NotFoundErrorBody(_Documented):
    """The body of a `NotFoundError`."""

    __slots__ = ()


class ConflictErrorBody(_Documented):
    """The body of a `ConflictError`."""

    __slots__ = ()


class GoneErrorBody(FlatErrorResponse):
    """The body of a `GoneError`."""

    __slots__ = ()


class UnprocessableEntityErrorBody(_Documented):
    """The body of an `UnprocessableEntityError`."""

    __slots__ = ()


class InternalServerErrorBody(_Documented):
    """The body of an `InternalServerError`."""

    __slots__ = ()


class ErrorResponseError(FlatErrorResponse):
    """What an `ErrorResponse` says: a code, a message and perhaps details."""

    __slots__ = ()

    details: dict[str, Any] | None


class ErrorResponse(ErrorBody):
    """A body that has the code and the message in an object named ``error``."""

    __slots__ = ()

    @property
    def error(self) -> ErrorResponseError | None:
        """The code and the message; None where the body has no such object."""
        inner: Any = self.get("error")
        fields: Any = inner  # not narrowed
        return ErrorResponseError(fields) if isinstance(inner, dict) else None

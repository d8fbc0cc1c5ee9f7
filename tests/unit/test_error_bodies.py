"""What the body of an error is read by: keys, and the vendor's attributes."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from twelvelabs_async import errors, types

NAMED = [
    (errors.BadRequestError, types.BadRequestErrorBody),
    (errors.UnauthorizedError, types.FlatErrorResponse),
    (errors.ForbiddenError, types.ForbiddenErrorBody),
    (errors.NotFoundError, types.NotFoundErrorBody),
    (errors.ConflictError, types.ConflictErrorBody),
    (errors.GoneError, types.GoneErrorBody),
    (errors.UnprocessableEntityError, types.UnprocessableEntityErrorBody),
    (errors.InternalServerError, types.InternalServerErrorBody),
]
NESTED = [
    errors.ContentTooLargeError,
    errors.ServiceUnavailableError,
    errors.GatewayTimeoutError,
]


@pytest.mark.parametrize(("error", "body"), NAMED)
def test_a_flat_body_is_read_by_keys_and_by_attributes(
    error: type[errors.ApiError], body: type[types.FlatErrorResponse]
) -> None:
    sent = {"code": "index_not_found", "message": "none", "hint": {"id": "x"}}
    found = errors.readable_body(error, sent)
    assert isinstance(found, body)
    assert found == sent == json.loads(json.dumps(found)) == found.model_dump()
    assert (found.code, found.message, found["code"]) == ("index_not_found", "none", found.code)
    assert found.hint.id == "x"  # type: ignore[attr-defined]  # what the service added
    assert body(code="c") == {"code": "c"}
    assert body(code="c").message is None
    for copied in (copy.deepcopy(found), pickle.loads(pickle.dumps(found))):
        assert (type(copied), copied) == (body, sent)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        found.nothing  # type: ignore[attr-defined]  # noqa: B018  # it must fail


@pytest.mark.parametrize("error", NESTED)
def test_a_nested_body_is_read_by_keys_and_by_attributes(error: type[errors.ApiError]) -> None:
    sent = {"error": {"code": "c", "message": "m", "details": {"limit": 3}}}
    made = error(body=errors.readable_body(error, sent))
    assert isinstance(made.body, types.ErrorResponse)
    assert isinstance(made.body.error, types.ErrorResponseError)
    assert (made.body.error.code, made.body.error.message, made.code) == ("c", "m", "c")
    assert made.body.error.details == {"limit": 3}
    assert made.body["error"]["details"]["limit"] == 3
    assert errors.readable_body(error, {"code": "flat"}).error is None


@pytest.mark.parametrize("body", [None, "", "text", ["a"], 3])
def test_a_body_that_is_no_object_stays_what_it_is(body: object) -> None:
    assert errors.readable_body(errors.GoneError, body) is body

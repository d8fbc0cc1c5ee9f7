"""Data connectors: users' accounts at other services, from which files are imported."""

from __future__ import annotations

from .._runtime.core import Resource
from .._runtime.pager import Page, Pager
from .._runtime.urls import expand_path
from ..options import RequestOptions
from . import models
from .models import *

__all__ = ["DataConnectors"]
__all__ += models.__all__


class DataConnectors(Resource):
    """Connections and redirect URIs; ``imports`` has the methods that import files."""

    async def authorize_connection(
        self,
        *,
        provider: AuthorizeConnectionRequestProvider,
        redirect_uri: str,
        custom_id: str | None = None,
        request_options: RequestOptions | None = None,
    ) -> AuthorizeConnectionResponse:
        """The page at which the user consents to a new connection.

        ``provider`` is ``"google_drive"``. After consent the browser goes to ``redirect_uri`` with
        ``connection_id`` and ``status=ok``, or with ``error``; compare ``state`` there. Where
        redirect URIs are registered, it must be one of them. ``custom_id`` is an id of yours that
        comes back. Raises `BadRequestError` for a URI that is not registered.
        ``POST /connections:authorize``

        Example: ``page = await client.data_connectors.authorize_connection(
        provider="google_drive", redirect_uri="https://example.com/done")``
        """
        return await self._core.request(
            AuthorizeConnectionResponse,
            "POST",
            "/connections:authorize",
            json={"provider": provider, "redirect_uri": redirect_uri, "custom_id": custom_id},
            options=request_options,
        )

    def list_connections(
        self,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> Pager[Connection]:
        """Every connection, newest first; awaited, the first page.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. Raises `BadRequestError`
        for other values. ``GET /connections``

        Example: ``async for connection in client.data_connectors.list_connections(): ...``
        """
        return self._core.pages(
            Page[Connection],
            "GET",
            "/connections",
            query={"page": page, "page_limit": page_limit},
            options=request_options,
        )

    async def retrieve_connection(
        self, connection_id: str, *, request_options: RequestOptions | None = None
    ) -> Connection:
        """One connection, with its state.

        Raises `NotFoundError` when there is none with this id. ``GET /connections/{connection_id}``

        Example: ``connection = await client.data_connectors.retrieve_connection(connection_id)``
        """
        return await self._core.request(
            Connection,
            "GET",
            expand_path("/connections/{connection_id}", connection_id),
            options=request_options,
        )

    async def delete_connection(
        self, connection_id: str, *, request_options: RequestOptions | None = None
    ) -> None:
        """Nothing; the access is revoked, imported assets stay.

        Raises `NotFoundError` when there is none with this id.
        ``DELETE /connections/{connection_id}``

        Example: ``await client.data_connectors.delete_connection(connection.id)``
        """
        await self._core.request(
            None,
            "DELETE",
            expand_path("/connections/{connection_id}", connection_id),
            options=request_options,
        )

    async def create_connection_picker_token(
        self, connection_id: str, *, request_options: RequestOptions | None = None
    ) -> CreateConnectionPickerTokenResponse:
        """A token with which the provider's file picker opens in a browser.

        It is a secret of the user's, valid for ``expires_in`` seconds. Another token does no harm,
        so the call is retried. Raises `ConflictError` when the connection is not active and
        `NotFoundError` when there is none. ``POST /connections/{connection_id}/picker-token``

        Example: ``token = await client.data_connectors.create_connection_picker_token(id)``
        """
        return await self._core.request(
            CreateConnectionPickerTokenResponse,
            "POST",
            expand_path("/connections/{connection_id}/picker-token", connection_id),
            repeatable="read",
            options=request_options,
        )

    def list_redirect_uris(
        self,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> Pager[RedirectUri]:
        """Every registered redirect URI, newest first; awaited, the first page.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. Raises `BadRequestError`
        for other values. ``GET /connections/redirect-uris``

        Example: ``async for uri in client.data_connectors.list_redirect_uris(): ...``
        """
        return self._core.pages(
            Page[RedirectUri],
            "GET",
            "/connections/redirect-uris",
            query={"page": page, "page_limit": page_limit},
            options=request_options,
        )

    async def create_redirect_uri(
        self, *, redirect_uri: str, request_options: RequestOptions | None = None
    ) -> RedirectUri:
        """The redirect URI, registered.

        ``redirect_uri`` is an https URL of a public host, without a wildcard. Raises
        `UnprocessableEntityError` for another (``redirect_uri_invalid``) and past the limit of
        their number (``redirect_uri_limit_exceeded``), and `ConflictError` when it is registered
        already. ``POST /connections/redirect-uris``

        Example: ``await client.data_connectors.create_redirect_uri(redirect_uri="https://...")``
        """
        return await self._core.request(
            RedirectUri,
            "POST",
            "/connections/redirect-uris",
            json={"redirect_uri": redirect_uri},
            options=request_options,
        )

    async def delete_redirect_uri(
        self, redirect_uri_id: str, *, request_options: RequestOptions | None = None
    ) -> None:
        """Nothing; consent pages lead there no more.

        Raises `NotFoundError` when there is none with this id.
        ``DELETE /connections/redirect-uris/{redirect_uri_id}``

        Example: ``await client.data_connectors.delete_redirect_uri(uri.id)``
        """
        await self._core.request(
            None,
            "DELETE",
            expand_path("/connections/redirect-uris/{redirect_uri_id}", redirect_uri_id),
            options=request_options,
        )

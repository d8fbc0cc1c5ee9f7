# Generated from data_connectors/__init__.py: do not edit.
"""Data connectors: users' accounts at other services, from which files are imported."""

from __future__ import annotations

from ...data_connectors import DataConnectors as AsyncDataConnectors
from ...data_connectors.models import (
    AuthorizeConnectionRequestProvider,
    AuthorizeConnectionResponse,
    Connection,
    CreateConnectionPickerTokenResponse,
    RedirectUri,
)
from ...options import RequestOptions
from ..bridge import SyncResource
from ..iterate import SyncPager

__all__ = ["DataConnectors"]


class DataConnectors(SyncResource[AsyncDataConnectors]):
    """Connections and redirect URIs; ``imports`` has the methods that import files."""

    def authorize_connection(
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

        Example: ``page = client.data_connectors.authorize_connection( provider="google_drive",
        redirect_uri="https://example.com/done")``
        """
        return self._bridge.call(
            self._async.authorize_connection,
            provider=provider,
            redirect_uri=redirect_uri,
            custom_id=custom_id,
            request_options=request_options,
        )

    def list_connections(
        self,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncPager[Connection]:
        """Every connection, newest first; the first page is fetched.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. Raises `BadRequestError`
        for other values. ``GET /connections``

        Example: ``for connection in client.data_connectors.list_connections(): ...``
        """
        return SyncPager(
            self._bridge,
            self._async.list_connections(
                page=page, page_limit=page_limit, request_options=request_options
            ),
        )

    def retrieve_connection(
        self, connection_id: str, *, request_options: RequestOptions | None = None
    ) -> Connection:
        """One connection, with its state.

        Raises `NotFoundError` when there is none with this id. ``GET /connections/{connection_id}``

        Example: ``connection = client.data_connectors.retrieve_connection(connection_id)``
        """
        return self._bridge.call(
            self._async.retrieve_connection, connection_id, request_options=request_options
        )

    def delete_connection(
        self, connection_id: str, *, request_options: RequestOptions | None = None
    ) -> None:
        """Nothing; the access is revoked, imported assets stay.

        Raises `NotFoundError` when there is none with this id.
        ``DELETE /connections/{connection_id}``

        Example: ``client.data_connectors.delete_connection(connection.id)``
        """
        self._bridge.call(
            self._async.delete_connection, connection_id, request_options=request_options
        )

    def create_connection_picker_token(
        self, connection_id: str, *, request_options: RequestOptions | None = None
    ) -> CreateConnectionPickerTokenResponse:
        """A token with which the provider's file picker opens in a browser.

        It is a secret of the user's, valid for ``expires_in`` seconds. Another token does no harm,
        so the call is retried. Raises `ConflictError` when the connection is not active and
        `NotFoundError` when there is none. ``POST /connections/{connection_id}/picker-token``

        Example: ``token = client.data_connectors.create_connection_picker_token(id)``
        """
        return self._bridge.call(
            self._async.create_connection_picker_token,
            connection_id,
            request_options=request_options,
        )

    def list_redirect_uris(
        self,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncPager[RedirectUri]:
        """Every registered redirect URI, newest first; the first page is fetched.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. Raises `BadRequestError`
        for other values. ``GET /connections/redirect-uris``

        Example: ``for uri in client.data_connectors.list_redirect_uris(): ...``
        """
        return SyncPager(
            self._bridge,
            self._async.list_redirect_uris(
                page=page, page_limit=page_limit, request_options=request_options
            ),
        )

    def create_redirect_uri(
        self, *, redirect_uri: str, request_options: RequestOptions | None = None
    ) -> RedirectUri:
        """The redirect URI, registered.

        ``redirect_uri`` is an https URL of a public host, without a wildcard. Raises
        `UnprocessableEntityError` for another (``redirect_uri_invalid``) and past the limit of
        their number (``redirect_uri_limit_exceeded``), and `ConflictError` when it is registered
        already. ``POST /connections/redirect-uris``

        Example: ``client.data_connectors.create_redirect_uri(redirect_uri="https://...")``
        """
        return self._bridge.call(
            self._async.create_redirect_uri,
            redirect_uri=redirect_uri,
            request_options=request_options,
        )

    def delete_redirect_uri(
        self, redirect_uri_id: str, *, request_options: RequestOptions | None = None
    ) -> None:
        """Nothing; consent pages lead there no more.

        Raises `NotFoundError` when there is none with this id.
        ``DELETE /connections/redirect-uris/{redirect_uri_id}``

        Example: ``client.data_connectors.delete_redirect_uri(uri.id)``
        """
        self._bridge.call(
            self._async.delete_redirect_uri, redirect_uri_id, request_options=request_options
        )

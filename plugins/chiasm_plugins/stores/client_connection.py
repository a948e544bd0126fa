"""A connection to Qdrant, and calls on it that are tried again when the server is away for a moment."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import ParamSpec, TypeVar

import grpc  # type: ignore[import-untyped]
import httpx
from qdrant_client import QdrantClient
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from chiasm.errors import StoreError
from chiasm_plugins.stores.client_params import IN_MEMORY, QdrantParams
from chiasm_plugins.stores.engine_errors import as_store_error

_A = ParamSpec("_A")
_R = TypeVar("_R")

_LONGEST_WAIT = 30.0
"""Seconds between two attempts at most."""

_TRANSIENT_STATUS = frozenset({408, 429, 502, 503, 504})
_TRANSIENT_CODES = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.ABORTED,
    }
)


class Connection:
    """A client of one server, folder or memory.

    Args:
        params: Which, and how patiently.
        where: The collection, for messages.

    Raises:
        StoreError: The environment variable of the API key is not set, or the client cannot be made.
    """

    def __init__(self, params: QdrantParams, where: str) -> None:
        self._params = params
        self._where = where
        with as_store_error("the store cannot be opened", where):
            self.client = _client(params, where)

    def call(self, doing: str, function: Callable[_A, _R], *args: _A.args, **kwargs: _A.kwargs) -> _R:
        """Return what ``function`` returns, trying it again while the server is away or overloaded.

        For what may be done twice: reading, writing points by their ids, deleting.

        Args:
            doing: What failed, for the message of an error.
            function: A method of ``client``.
            *args: Its arguments.
            **kwargs: Its keyword arguments.

        Raises:
            StoreError: It failed, for good or as often as it may be tried.
        """
        retrying = Retrying(
            retry=retry_if_exception(_is_transient),
            stop=stop_after_attempt(self._params.attempts),
            wait=self._wait,
            reraise=True,
        )
        with self._errors(doing):
            return retrying(function, *args, **kwargs)

    def once(self, doing: str, function: Callable[_A, _R], *args: _A.args, **kwargs: _A.kwargs) -> _R:
        """Return what ``function`` returns, tried once; as ``call`` otherwise."""
        with self._errors(doing):
            return function(*args, **kwargs)

    def close(self) -> None:
        """Close the client."""
        with as_store_error("the store could not be closed", self._where):
            self.client.close()

    def _errors(self, doing: str) -> AbstractContextManager[None]:
        return as_store_error(doing, self._where, _FIX if self._params.url else None)

    def _wait(self, state: RetryCallState) -> float:
        seconds = wait_exponential(multiplier=self._params.retry_wait, max=_LONGEST_WAIT)(state)
        error = state.outcome.exception() if state.outcome else None
        asked_for = error.retry_after_s if isinstance(error, ResourceExhaustedResponse) else 0
        return max(seconds, float(asked_for))


_FIX = "Check that the server runs, that url and grpc_port are right, and that api_key_env names a valid key."


def _client(params: QdrantParams, where: str) -> QdrantClient:
    if params.path == IN_MEMORY:
        return QdrantClient(":memory:")
    if params.path is not None:
        # The thread that writes in a run is not the one that opens.
        return QdrantClient(path=str(params.path.expanduser()), force_disable_check_same_thread=True)
    return QdrantClient(
        url=params.url,
        api_key=_api_key(params.api_key_env, where),
        prefer_grpc=params.prefer_grpc,
        grpc_port=params.grpc_port,
        timeout=params.timeout,
        # It would ask the server once more and only warn; what a server lacks is refused where it is asked for.
        check_compatibility=False,
    )


def _api_key(variable: str | None, where: str) -> str | None:
    if variable is None:
        return None
    key = os.environ.get(variable)
    if not key:
        raise StoreError(
            f"the environment variable {variable} does not hold an API key",
            where=where,
            fix=f"Set it (`export {variable}=...`), or leave api_key_env out for a server without keys.",
        )
    return key


def _is_transient(error: BaseException) -> bool:
    if isinstance(error, ResponseHandlingException):
        return isinstance(error.source, httpx.TransportError)
    if isinstance(error, UnexpectedResponse):
        return error.status_code in _TRANSIENT_STATUS
    if isinstance(error, grpc.RpcError):
        code = getattr(error, "code", None)
        return callable(code) and code() in _TRANSIENT_CODES
    return isinstance(error, ResourceExhaustedResponse)

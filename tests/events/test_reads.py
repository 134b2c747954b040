"""How often the deployed portal reads the table for an answer, counted between the function and the
database.

Run by `make test`; alone, on a running stack: `infra/local/run exec .local/venv/bin/pytest
tests/events/test_reads.py`.
"""

import os
import secrets
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

import settings
from deploy import client
from tenant import Tenant

READS = ("GetItem", "BatchGetItem", "Query")


class Counting(ThreadingHTTPServer):
    """Passes calls on to the database, and counts them."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        super().__init__(("127.0.0.1", 0), Passing)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def reads(self) -> int:
        return sum(self.calls[name] for name in READS)


class Passing(BaseHTTPRequestHandler):
    server: Counting

    def do_POST(self) -> None:
        self.server.calls[self.headers["x-amz-target"].rsplit(".", 1)[1]] += 1
        body = self.rfile.read(int(self.headers["content-length"]))
        # With the host that was called: it is signed.
        kept = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        request = urllib.request.Request(settings.AWS_URL, body, kept, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                self.answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            self.answer(error.code, error.headers, error.read())

    def answer(self, status: int, headers: Any, body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing: a test that fails says enough."""


@pytest.fixture
def counting() -> Iterator[Counting]:
    """The database behind a counter, for the portal's function alone."""
    proxy = Counting()
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    function, lambdas = os.environ["PORTAL_API_FUNCTION"], client("lambda")
    variables: dict[str, str] = lambdas.get_function_configuration(FunctionName=function)[
        "Environment"
    ]["Variables"]
    counted = variables | {"AWS_ENDPOINT_URL_DYNAMODB": proxy.url}
    lambdas.update_function_configuration(FunctionName=function, Environment={"Variables": counted})
    yield proxy
    lambdas.update_function_configuration(
        FunctionName=function, Environment={"Variables": variables}
    )
    proxy.shutdown()
    proxy.server_close()


def test_each_answer_stays_within_its_table_reads(counting: Counting) -> None:
    tenant = Tenant(f"reads{secrets.token_hex(4)}")
    # A history of months, so that most of them are closed.
    tenant.connect(int.from_bytes(secrets.token_bytes(3)), movements=400)
    assert tenant.sync()["verdict"] == "match"
    assert counting.calls, "the function does not pass by the counter"
    counting.calls.clear()
    tenant.portal("GET", "/settings")
    session = counting.reads()
    assert session == 1, "the session and what every answer needs come in one read"
    # Beside that one.
    most = {
        "/statements/2025-05": 3,
        "/statements?from=2025-03-10&to=2025-05-20": 3,
        "/journal?from=2025-05-01&to=2025-05-31": 3,
        "/series?from=2025-04-01&to=2025-06-17&currency=USD": 3,
        "/series?from=2024-01-01&to=2025-06-17&currency=USD": 3,
        "/attention": 1,
    }
    taken = {}
    for path in most:
        counting.calls.clear()
        answer = tenant.portal("GET", path)
        taken[path] = counting.reads() - session
        assert not path.startswith("/statements") or any(
            row["activity"] for row in answer["statements"]
        ), answer
    assert all(taken[path] <= limit for path, limit in most.items()), taken

"""Labelling in a browser on this machine. Public: `serve`."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

from dedup.evaluation.answers import Answer, Answers
from dedup.evaluation.picking import Picked
from dedup.report.label_page import SCRIPT, label_page

HOST = "127.0.0.1"
MOST_BYTES = 4096  # of an answer
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class LabelServer(HTTPServer):
    """Serves the pairs to one person. Its address holds a secret, so that no other page can answer for them."""

    def __init__(self, pairs: Sequence[Picked], answers: Answers, port: int = 0) -> None:
        super().__init__((HOST, port), _Handler)
        self.pairs, self.answers, self.secret = pairs, answers, secrets.token_urlsafe(16)
        self.at = self.first_open()

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://{HOST}:{self.server_port}/{self.secret}/"

    def first_open(self) -> int:
        """Return the number of the first pair without an answer; past the last where all have one."""
        given = self.answers.given
        return next((number for number, one in enumerate(self.pairs) if one.pair not in given), len(self.pairs))

    def page(self) -> str:
        """Return the page of the pair that is to be answered."""
        pair = self.pairs[self.at] if self.at < len(self.pairs) else None
        done = sum(one.pair in self.answers.given for one in self.pairs)
        return label_page(pair, self.at, done, len(self.pairs), self.answers.by, self.secret)

    def take(self, number: int, answer: str) -> bool:
        """Take an answer to the pair of a number, or go back; return whether it could be understood."""
        if not 0 <= number < len(self.pairs) or answer not in ("back", *Answer):
            return False
        if answer == "back":
            self.at = max(0, number - 1)
        else:
            self.answers.give(self.pairs[number].pair, Answer(answer))
            self.at = self.first_open()
        return True


class _Handler(BaseHTTPRequestHandler):
    server: LabelServer

    def do_GET(self) -> None:
        """Answer with the page, or with its script."""
        if not self._known():
            return
        if self.path == f"/{self.server.secret}/keys.js":
            self._send(SCRIPT, "text/javascript")
        elif self.path == f"/{self.server.secret}/":
            self._send(self.server.page(), "text/html")
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        """Take an answer."""
        if not self._known():
            return
        size = self.headers.get("Content-Length", "")
        if self.path != f"/{self.server.secret}/" or not size.isdigit() or int(size) > MOST_BYTES:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        form = parse_qs(self.rfile.read(int(size)).decode("utf-8", "replace"))
        number, answer = form.get("number", [""])[0], form.get("answer", [""])[0]
        if not number.isdigit() or not self.server.take(int(number), answer):
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", f"/{self.server.secret}/")
        self.end_headers()

    def _known(self) -> bool:
        """Refuse what was not asked of this machine by its number: a name could point here from anywhere."""
        if self.headers.get("Host") == f"{HOST}:{self.server.server_port}":
            return True
        self.send_error(HTTPStatus.FORBIDDEN)
        return False

    def _send(self, text: str, kind: str) -> None:
        body = text.encode("utf-8", "replace")
        self.send_response(HTTPStatus.OK)
        for name, value in {
            **HEADERS,
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(body)),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing of each request."""

"""The demo club's own website, on a server and address of its own: it shows the sign-up inside its page."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from django_scopes import scope

from billing.demo.club import club
from billing.models import SignUpSettings
from members.models import Organisation

PAGE = Path(__file__).parent / "index.html"


def allow(origin: str) -> None:
    """The club's office has named its website; the demo may have begun with another port."""
    organisation = Organisation.objects.get(slug=club()["slug"])
    with scope(organisation=organisation):
        row = SignUpSettings.objects.get(organisation=organisation)
        if origin not in row.origins:
            row.origins = [*row.origins, origin]
            row.save()


def page(server: str, home: str = "/", notice: str = "") -> bytes:
    """The page as it is served: with the address of the product, its own, and what else is said above it."""
    text = PAGE.read_text(encoding="utf-8")
    return text.replace("{server}", server).replace("{home}", home).replace("{notice}", notice).encode()


def serve(port: int, server: str) -> None:
    """One page for every path, until it is stopped."""
    content = page(server)

    class Website(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            """Silent beside the servers that matter."""

    ThreadingHTTPServer(("127.0.0.1", port), Website).serve_forever()

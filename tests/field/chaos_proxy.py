"""A proxy between a phone and Odoo that does what mobile networks do.

Standard library only. A fault is planned for the next call of a route and happens once;
what passes whole is noted, so that a test can say what the server was really given.
"""

import hashlib
import http.client
import threading
from collections import defaultdict, deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

API = "/intercommunal/api/"
PORTAL = b"<html><title>Wi-Fi</title><p>Acceptez nos conditions.</p></html>"
# Answers that come from somebody else than Odoo.
FOREIGN = {
    "502": (502, "text/html", b"<h1>Bad gateway</h1>"),
    "503": (503, "text/html", b"<h1>Service unavailable</h1>"),
    "captive": (200, "text/html", PORTAL),
    "foreign": (200, "application/json", b'{"jsonrpc": "2.0", "result": {"ok": 1}}'),
    "empty": (200, "application/json", b""),
}
# What the network itself does: see `Handler`.
CUTS = ("refuse", "lose", "cut_up", "cut_down")


class ChaosProxy(ThreadingHTTPServer):
    """Passes everything on to ``target``, except what it is told to spoil.

    :param tuple target: host and port of Odoo
    """

    daemon_threads = True

    def __init__(self, target):
        super().__init__(("127.0.0.1", 0), Handler)
        self.target = target
        self.lock = threading.Lock()
        self.planned = defaultdict(deque)
        self.done = []
        # {photo: {SHA-256 of what passed whole}}
        self.passed = defaultdict(set)
        # pass on what may be compressed, and note what each answer weighs
        self.packed = False
        self.weights = []

    @property
    def url(self):
        """The address that a phone opens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def serve(self):
        """Serve in a thread of its own."""
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def plan(self, route, act):
        """Spoil the next call of ``route`` (pull, submit, photo or status) by ``act``."""
        with self.lock:
            self.planned[route].append(act)

    def heal(self):
        """From now on everything passes."""
        with self.lock:
            self.planned.clear()

    def pick(self, path):
        """The fault that this call meets, or None."""
        if not path.startswith(API):
            return None
        route = path.removeprefix(API).partition("/")[0]
        with self.lock:
            if not self.planned[route]:
                return None
            act = self.planned[route].popleft()
            self.done.append((route, act))
            return act

    def note(self, path, body):
        """Remember the photo that passed whole."""
        if path.startswith(f"{API}photo/"):
            with self.lock:
                self.passed[path.rpartition("/")[2]].add(
                    hashlib.sha256(body).hexdigest()
                )

    def weigh(self, path, headers, body):
        """Remember what an answer weighs on the wire, headers and body."""
        size = sum(len(name) + len(value) + 4 for name, value in headers) + len(body)
        with self.lock:
            self.weights.append((path, size))

    def handle_error(self, request, client_address):
        """A phone that goes away is what this is about."""


class Handler(BaseHTTPRequestHandler):
    """One call."""

    def log_message(self, *args):
        """Quiet."""

    def do_GET(self):
        """Pass a page on."""
        self.pass_on()

    def do_POST(self):
        """Pass a call on."""
        self.pass_on()

    def pass_on(self):
        """The call, its fault, and the answer or a part of it."""
        act = self.server.pick(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        if act == "refuse":
            return self.hang_up()
        if act == "cut_up":
            # the upstream hears of it as little as of any phone in a tunnel
            self.rfile.read(length // 2)
            return self.hang_up()
        body = self.rfile.read(length)
        if act in FOREIGN:
            return self.reply(*FOREIGN[act])
        status, headers, answer = self.ask(body)
        self.server.weigh(self.path, headers, answer)
        self.server.note(self.path, body)
        if act == "lose":
            return self.hang_up()
        return self.reply_with(status, headers, answer, cut=act == "cut_down")

    def ask(self, body):
        upstream = http.client.HTTPConnection(*self.server.target, timeout=120)
        headers = {
            name: value
            for name, value in self.headers.items()
            if name.lower() not in ("connection", "accept-encoding")
            or (self.server.packed and name.lower() == "accept-encoding")
        }
        try:
            upstream.request(self.command, self.path, body or None, headers)
            answer = upstream.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            upstream.close()

    def reply(self, status, kind, body):
        self.reply_with(status, [("Content-Type", kind)], body)

    def reply_with(self, status, headers, body, cut=False):
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in (
                "content-length",
                "connection",
                "transfer-encoding",
                "date",
                "server",
            ):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self.hang_up()

    def hang_up(self):
        self.close_connection = True
        self.wfile.flush()
        self.connection.close()

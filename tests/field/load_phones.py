"""Phones that only speak: the page's outbox (`outbox.js`, `api.js`) without a screen.

Fifty browsers don't fit on a small machine; what the server hears of them does.
"""

import hashlib
import http.client
import json
import random
import time
from dataclasses import dataclass, field
from uuid import uuid4

FIRST_WAIT = 1.0  # s, as on the page
LONGEST_WAIT = 300.0
PROTOCOL = 1


class NoNetwork(Exception):
    """No answer, or one of a proxy's: the page waits and tries again."""


class Shown(Exception):
    """Something that the page would put before a person."""


@dataclass
class Phone:
    """A leader's phone with reports that wait.

    ``times`` are seconds a call, by route; ``retried`` counts what the back-off
    absorbed; ``shown`` is what a person would have read.
    """

    address: tuple
    login: str
    reports: list
    times: dict = field(default_factory=dict)
    retried: int = 0
    shown: list = field(default_factory=list)
    seconds: float = 0.0
    cookie: str = ""
    device: str = field(default_factory=lambda: str(uuid4()))
    user: int = 0

    def log_in(self, database):
        """As on any morning before: the phone is logged in already."""
        body = {"db": database, "login": self.login, "password": self.login}
        answer, headers = self._post("/web/session/authenticate", {"params": body})
        cookies = [value for name, value in headers if name.lower() == "set-cookie"]
        self.cookie = cookies[-1].partition(";")[0]
        self.user = json.loads(answer)["result"]["uid"]

    def work(self):
        """Send all that waits, however long it takes."""
        begun = time.monotonic()
        wait = 0.0
        while any(report["state"] != "complete" for report in self.reports):
            try:
                self._sync()
            except NoNetwork:
                self.retried += 1
                wait = min(LONGEST_WAIT, wait * 2 or FIRST_WAIT)
                time.sleep(wait * (0.5 + random.random() / 2))  # noqa: S311
            except Shown as error:
                self.shown.append(str(error))
                break
            else:
                wait = 0.0
        self.seconds = time.monotonic() - begun

    # ------------------------------------------------------------ as outbox.js

    def _sync(self):
        waiting = [item for item in self.reports if item["state"] != "complete"]
        device = {"uuid": self.device, "name": "Load", "unsent": len(waiting)}
        self._rpc("pull", {"device": device})
        for report in waiting:
            self._send(report)

    def _send(self, report):
        if report["state"] != "received":
            answer = self._rpc(
                "submit",
                {
                    "uuid": report["uuid"],
                    "content": report["content"],
                    "user": self.user,
                },
            )
            self._note(report, answer)
        for uuid, content in report["photos"].items():
            if uuid in report["missing"]:
                answer = self._send_photo(report["uuid"], uuid, content)
                self._note(report, answer["submission"])

    def _note(self, report, answer):
        if answer.get("uuid") != report["uuid"]:
            raise NoNetwork
        if answer["status"] in ("refused", "other_user", "upgrade_required"):
            raise Shown(answer)
        if answer["state"] not in ("received", "complete") or answer["refused"]:
            raise Shown(answer)
        report["missing"] = answer["missing"]
        report["state"] = "received" if answer["missing"] else "complete"

    def _rpc(self, route, params):
        body = {
            "jsonrpc": "2.0",
            "method": "call",
            "params": {"protocol": PROTOCOL, **params},
        }
        answer = self._read(route, self._post(f"/intercommunal/api/{route}", body)[0])
        if "error" in answer:
            raise Shown(answer["error"])
        return answer["result"]

    def _send_photo(self, report, uuid, content):
        path = f"/intercommunal/api/photo/{report}/{uuid}"
        return self._read("photo", self._post(path, content)[0])

    def _read(self, route, body):
        try:
            return json.loads(body)
        except ValueError:
            raise NoNetwork(route) from None

    def _post(self, path, body):
        """The body and headers of the answer."""
        raw = isinstance(body, bytes)
        headers = {
            "Cookie": self.cookie,
            "Content-Type": "application/octet-stream" if raw else "application/json",
            **({"X-Intercommunal-Photo": "1"} if raw else {}),
        }
        begun = time.monotonic()
        connection = http.client.HTTPConnection(*self.address, timeout=120)
        try:
            connection.request("POST", path, body if raw else json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            raise NoNetwork(path) from None
        finally:
            connection.close()
        if answer.status >= 500:
            raise NoNetwork(path)
        if answer.status in (303, 401):
            raise Shown("log in")
        route = path.split("/")[3]
        self.times.setdefault(route, []).append(time.monotonic() - begun)
        return content, answer.getheaders()


def write_report(job_id, agent_id, photos):
    """What a phone keeps of a report that waits.

    :param list photos: bytes of each
    """
    named = {str(uuid4()): content for content in photos}
    return {
        "uuid": str(uuid4()),
        "state": "queued",
        "missing": [],
        "photos": named,
        "content": {
            "kind": "report",
            "job": job_id,
            "outcome": "done",
            "summary": f"Fait : {job_id}",
            "lines": [{"kind": "labour", "agent": agent_id, "minutes": 75}],
            "photos": [
                {
                    "uuid": uuid,
                    "sha256": hashlib.sha256(content).hexdigest(),
                    "kind": "after",
                }
                for uuid, content in named.items()
            ],
        },
    }

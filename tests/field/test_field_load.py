"""Every phone at once, at 07:55, against two workers: all in, none doubled.

``INTERCOMMUNAL_LOAD_PHONES`` phones (6 unless told; 50 before a release) with
``INTERCOMMUNAL_LOAD_REPORTS`` reports each (4; 20), of three photos. The figures are
printed. A copy of the test's database is made for it and dropped afterwards: the real
server commits.
"""

import io
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from contextlib import closing, suppress
from functools import cache
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryFile
from threading import Barrier, Thread
from unittest.mock import patch

from browsing import unlimited_memory
from load_phones import Phone, write_report
from PIL import Image
from test_journey import Territory

from odoo import Command, api, fields
from odoo.modules.registry import Registry
from odoo.sql_db import close_db, db_connect
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import SQL, config

PHONES = int(os.environ.get("INTERCOMMUNAL_LOAD_PHONES", "6"))
REPORTS = int(os.environ.get("INTERCOMMUNAL_LOAD_REPORTS", "4"))
PHOTOS = 3
STARTS_WITHIN = 120  # s


@cache
def draw_photo():
    """A JPEG as phones reduce them: 1600 px, a quarter of a megabyte."""
    image = Image.effect_noise((1600, 1200), 10).convert("RGB")
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=60)
    return stream.getvalue()


def take_photos(count):
    """Photos of which no two have the same bytes."""
    # what follows the picture's end is nobody's concern, but counts in its SHA-256
    return [draw_photo() + random.randbytes(16) for _index in range(count)]


def free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Country(Territory):
    """The journeys' territory, made without a browser, in another database."""

    @classmethod
    def found(cls, env):
        """Make it in ``env`` with a team and its jobs for each phone.

        :return: list of (login, user id, job ids)
        """
        cls.env = env
        cls._set_up_territory()
        return [cls._found_team(index) for index in range(PHONES)]

    @classmethod
    def _found_team(cls, index):
        leader = cls._staff(f"chef-{index}", f"Chef {index}", "leader")
        team = cls.env["intercommunal.team"].create(
            {
                "name": f"Équipe {index}",
                "service_id": cls.service.id,
                "leader_id": leader.id,
                "member_ids": [Command.set(leader.ids)],
            }
        )
        request = cls.send_request(cls, f"Tournée {index}")
        request.with_user(cls.manager).action_accept()
        request.with_user(cls.manager).action_schedule()
        jobs = request.intervention_ids | cls.env["intercommunal.intervention"].create(
            [
                {"request_id": request.id, "name": f"Tournée {index}.{number}"}
                for number in range(1, REPORTS)
            ]
        )
        jobs.with_user(cls.manager).action_plan(team.id, fields.Datetime.now())
        return leader.login, leader.id, jobs.ids


@tagged("post_install", "-at_install")
class TestLoad(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.database = f"{get_db_name()}_load"
        cls._copy_database(get_db_name())
        cls.addClassCleanup(cls._drop_database)
        # loading it must not run the tests of its modules
        with patch.dict(config.options.maps[0], test_enable=False):
            cls.registry = Registry.new(cls.database)
        with cls.registry.cursor() as cr:
            teams = Country.found(api.Environment(cr, api.SUPERUSER_ID, {}))
        cls._start_server()
        cls.phones = [
            Phone(
                cls.address,
                login,
                [
                    write_report(job_id, user_id, take_photos(PHOTOS))
                    for job_id in job_ids
                ],
            )
            for login, user_id, job_ids in teams
        ]
        for phone in cls.phones:
            phone.log_in(cls.database)

    # ------------------------------------------------------------- the machinery

    @classmethod
    def _copy_database(cls, source):
        close_db(source)
        with closing(db_connect("postgres").cursor()) as cr:
            cr._cnx.autocommit = True
            name = SQL.identifier(cls.database)
            cr.execute(SQL("DROP DATABASE IF EXISTS %s WITH (FORCE)", name))
            cr.execute(
                SQL("CREATE DATABASE %s TEMPLATE %s", name, SQL.identifier(source))
            )

    @classmethod
    def _drop_database(cls):
        Registry.delete(cls.database)
        close_db(cls.database)
        with closing(db_connect("postgres").cursor()) as cr:
            cr._cnx.autocommit = True
            # not by force: nobody of ours may end an autovacuum, which gives way by itself
            cr.execute(SQL("DROP DATABASE IF EXISTS %s", SQL.identifier(cls.database)))

    @classmethod
    def _start_server(cls):
        cls.address = ("127.0.0.1", free_port())
        cls.log = cls.enterClassContext(TemporaryFile("w+"))
        with unlimited_memory():
            server = subprocess.Popen(  # noqa: S603  our own program
                [
                    sys.executable,
                    Path(sys.executable).with_name("odoo"),
                    f"--config={config['config']}",
                    f"--database={cls.database}",
                    "--workers=2",
                    "--max-cron-threads=0",
                    f"--http-port={cls.address[1]}",
                    f"--gevent-port={free_port()}",
                    "--log-level=warn",
                ],
                stdout=cls.log,
                stderr=subprocess.STDOUT,
            )
        cls.addClassCleanup(server.wait, 60)
        cls.addClassCleanup(server.terminate)
        limit = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < limit and server.poll() is None:
            with suppress(OSError, HTTPException):
                probe = HTTPConnection(*cls.address, timeout=60)
                probe.request("GET", "/web/health")
                if probe.getresponse().status == 200:
                    return
            time.sleep(0.5)
        cls.log.seek(0)
        raise AssertionError(f"The server does not start:\n{cls.log.read()[-2000:]}")

    # ------------------------------------------------------------------ the story

    def test_every_phone_sends_at_the_same_moment(self):
        start = Barrier(len(self.phones))

        def wake(phone):
            start.wait()
            phone.work()

        threads = [Thread(target=wake, args=(phone,)) for phone in self.phones]
        begun = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self._print(time.monotonic() - begun)
        self.assertEqual([phone.shown for phone in self.phones if phone.shown], [])
        with self.registry.cursor() as cr:
            self._check_arrived(api.Environment(cr, api.SUPERUSER_ID, {}))

    def _check_arrived(self, env):
        """One sent report a job, complete, with the photos that its phone kept."""
        submissions = env["intercommunal.mobile.submission"].search([])
        told = {
            report["uuid"]: report for phone in self.phones for report in phone.reports
        }
        self.assertEqual(len(told), PHONES * REPORTS)
        self.assertEqual(sorted(submissions.mapped("uuid")), sorted(told))
        self.assertEqual(set(submissions.mapped("state")), {"complete"})
        for submission in submissions:
            report = submission.report_id
            kept = told[submission.uuid]
            self.assertEqual(report.intervention_id.id, kept["content"]["job"])
            self.assertEqual(report.intervention_id.report_ids, report)
            self.assertEqual((report.state, report.total_minutes), ("sent", 75))
            self.assertEqual(len(report.photo_ids), PHOTOS)
            self.assertEqual(
                {photo.uuid: photo.sha256 for photo in submission.photo_ids},
                {photo["uuid"]: photo["sha256"] for photo in kept["content"]["photos"]},
            )
        # each report asks the commune once
        self.assertEqual(
            len(env["intercommunal.validation"].search([("report_id", "!=", False)])),
            len(told),
        )

    def _print(self, seconds):
        count = PHONES * REPORTS
        weight = sum(
            len(content)
            for phone in self.phones
            for report in phone.reports
            for content in report["photos"].values()
        )
        print(  # noqa: T201  the figures are the output
            f"\nLoad: {PHONES} phones × {REPORTS} reports × {PHOTOS} photos"
            f" ({weight / 1e6:.0f} MB), 2 workers, {os.cpu_count()} cores:"
            f" {seconds:.0f} s, {count / seconds:.1f} reports/s,"
            f" {sum(phone.retried for phone in self.phones)} tries absorbed,"
            f" {sum(len(phone.shown) for phone in self.phones)} errors shown;"
            f" first phone done in {min(phone.seconds for phone in self.phones):.0f} s"
        )
        for route in ("pull", "submit", "photo"):
            times = sorted(
                one for phone in self.phones for one in phone.times.get(route, [])
            )
            print(  # noqa: T201
                f"  {route}: {len(times)} calls, median {statistics.median(times):.2f}"
                f" s, 95 % under {times[int(len(times) * 0.95) - 1]:.2f} s"
            )

"""./run itself: what it says when something is wrong, and that it resumes."""

import collections
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPO / "config"))

from runner import (  # noqa: E402  the line above makes it importable
    cli,
    console,
    database,
    debian,
    docker,
    environment,
    home,
    pdf,
    postgres,
    quality,
    server,
)
from runner.console import Failure  # noqa: E402

Usage = collections.namedtuple("Usage", "total used free")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder of its own instead of .odoo/."""
    for module in (home, debian, environment, pdf, database, docker, quality, server):
        monkeypatch.setattr(module, "HOME", tmp_path, raising=False)
    monkeypatch.setattr(debian, "ROOT", tmp_path / "root")
    monkeypatch.setattr(debian, "SITE", tmp_path / "root" / debian.PACKAGES)
    return tmp_path


# Python, venv, apt, disk


def test_without_a_python_for_odoo_it_says_which_ones_will_do(tmp_path):
    # the real interpreters are hidden: a PATH with the shell's own needs only
    for tool in ("sh", "dirname"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    script = tmp_path / "run"
    text = (REPO / "run").read_text(encoding="utf-8")
    script.write_text(text.replace(" /usr/bin/python3", ""), encoding="utf-8")
    result = subprocess.run(
        ["sh", str(script)],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "Python 3.10 to 3.13" in result.stderr
    assert "apt-get install python3" in result.stderr


def test_without_ensurepip_it_names_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(Failure, match="apt-get install python3-venv"):
        environment.check_venv_module()


def test_without_apt_it_names_the_other_ways(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Failure, match="ODOO_HOME.*docker compose"):
        debian.check_tools()


def test_without_the_keyring_it_names_the_package(monkeypatch):
    monkeypatch.setattr(debian, "KEYRING", Path("/nowhere"))
    monkeypatch.setattr(shutil, "which", lambda tool: tool)
    with pytest.raises(Failure, match="debian-archive-keyring"):
        debian.check_tools()


def test_a_full_disk_is_told_before_anything_is_fetched(place, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(9, 9, 2**30))
    monkeypatch.setattr(debian, "fetch", lambda _rows: pytest.fail("fetched"))
    with pytest.raises(Failure, match="Only 1.0 GB are free"):
        debian.install_odoo()


def test_a_folder_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(home, "HOME", tmp_path / "file" / "odoo")
    with pytest.raises(Failure, match="INTERCOMMUNAL_HOME"), home.locked():
        pytest.fail("entered")


# Debian's packages


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sources.list", "deb [signed-by=/k.gpg] http://m.invalid/debian sid main\n"),
        ("sources.list.d/a.list", "deb http://m.invalid/debian bookworm main\n"),
        ("sources.list.d/d.sources", "Types: deb\nURIs: http://m.invalid/debian\n"),
    ],
)
def test_the_mirror_is_the_one_of_the_machine(tmp_path, monkeypatch, name, text):
    monkeypatch.delenv("DEBIAN_MIRROR", raising=False)
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / name).write_text("# deb http://no.invalid/debian x\n" + text)
    assert debian.find_mirror(tmp_path) == "http://m.invalid/debian"


def test_without_a_mirror_it_names_the_variable(tmp_path, monkeypatch):
    monkeypatch.delenv("DEBIAN_MIRROR", raising=False)
    (tmp_path / "sources.list").write_text("deb http://m.invalid/ubuntu noble main\n")
    with pytest.raises(Failure, match="DEBIAN_MIRROR"):
        debian.find_mirror(tmp_path)


def test_a_package_that_is_gone_leaves_the_cache_alone(place, monkeypatch):
    def refuse(*_args, **_options):
        raise Failure("E: Can't find a source")

    monkeypatch.setattr(debian, "run", refuse)
    kept = place / "odoo-19_18.deb"
    kept.touch()
    with pytest.raises(Failure, match="could not be fetched from Debian: odoo-19/sid"):
        debian._download(place, [debian.Package("odoo-19", "sid", "19", "00")])
    assert kept.exists()


def test_a_wrong_checksum_is_refused_and_the_file_goes(tmp_path):
    deb = tmp_path / "odoo-19_19.0.0_all.deb"
    deb.write_bytes(b"something else")
    with pytest.raises(Failure, match="checksum of odoo-19 19.0.0 differs"):
        debian.check_deb(deb, debian.Package("odoo-19", "sid", "19.0.0", "00"))
    assert not deb.exists()


def test_a_newer_build_is_accepted_with_a_note(tmp_path, capsys):
    deb = tmp_path / "odoo-19_19.0.1_all.deb"
    deb.write_bytes(b"newer")
    debian.check_deb(deb, debian.Package("odoo-19", "sid", "19.0.0", "00"))
    assert "Debian has moved odoo-19 on" in capsys.readouterr().out


def test_another_odoo_is_refused(tmp_path):
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo/release.py").write_text("version_info = (18, 0, 0, FINAL, 0)")
    with pytest.raises(Failure, match="not Odoo 19.0"):
        debian.check_release(tmp_path)


def test_a_failed_download_keeps_the_odoo_that_works(place, monkeypatch, capsys):
    debian.SITE.mkdir(parents=True)

    def refuse(_rows):
        raise Failure("no network")

    monkeypatch.setattr(debian, "fetch", refuse)
    monkeypatch.setattr(debian, "check_disk", lambda: None)
    debian.install_odoo()
    assert debian.SITE.exists()
    assert "goes on being used" in capsys.readouterr().out


def test_a_failed_download_of_the_first_odoo_is_a_failure(place, monkeypatch):
    def refuse(_rows):
        raise Failure("no network")

    monkeypatch.setattr(debian, "fetch", refuse)
    monkeypatch.setattr(debian, "check_disk", lambda: None)
    with pytest.raises(Failure, match="no network"):
        debian.install_odoo()


def test_an_interrupted_unpacking_leaves_no_half_root(place, monkeypatch):
    monkeypatch.setattr(debian, "fetch", lambda _rows: {"odoo-19": place / "x.deb"})
    monkeypatch.setattr(debian, "check_disk", lambda: None)

    def interrupt(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr(debian, "unpack", interrupt)
    with pytest.raises(KeyboardInterrupt):
        debian.install_odoo()
    assert not debian.ROOT.exists()
    assert not (place / "stamps/odoo").exists()


# The environment


def test_a_failed_environment_keeps_the_one_that_works(place, monkeypatch, capsys):
    (place / "venv/bin").mkdir(parents=True)
    launcher = place / "venv/bin/odoo"
    launcher.touch()

    def refuse(_fresh):
        raise Failure("no network")

    for name, value in {
        "ODOO": launcher,
        "check_release": lambda _path: None,
        "check_disk": lambda: None,
        "_make_venv": refuse,
    }.items():
        monkeypatch.setattr(environment, name, value)
    environment.install_venv()
    assert launcher.exists()
    assert "goes on being used" in capsys.readouterr().out


def test_an_odoo_home_that_is_none_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("ODOO_HOME", str(tmp_path))
    with pytest.raises(Failure, match="is not Odoo 19.0"):
        environment.install_venv()


def test_the_lists_pin_every_version():
    for path in sorted(home.REQUIREMENTS.iterdir()):
        if path.suffix == ".in":
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        loose = [line for line in lines if line and line[0] != "#" and "==" not in line]
        assert loose == [], path.name


def test_nothing_forbidden_is_pinned():
    text = (home.REQUIREMENTS / "odoo.lock").read_text(encoding="utf-8").lower()
    assert "pypdf2" not in text  # breaks PDFs of several documents
    assert "odoo==" not in text  # it is Debian's, not the index's


# PostgreSQL


def test_a_postgresql_out_of_reach_is_told(monkeypatch):
    def refuse(*_args, **_options):
        raise Failure("connection refused")

    monkeypatch.setattr(postgres, "sql", refuse)
    with pytest.raises(Failure, match="PGHOST=db.invalid can't be reached as “odoo”"):
        postgres._check_reachable({"PGHOST": "db.invalid", "PGUSER": "odoo"})


def test_a_cluster_of_another_version_is_told(tmp_path, monkeypatch):
    (tmp_path / "pg").mkdir()
    (tmp_path / "pg/PG_VERSION").write_text("12\n")
    monkeypatch.setattr(postgres, "base", lambda: tmp_path)
    monkeypatch.setattr(postgres, "_install_programs", lambda: None)
    monkeypatch.setattr(postgres, "programs", lambda: tmp_path)
    monkeypatch.setattr(postgres, "run", lambda _words: "postgres (PostgreSQL) 18.6")
    with pytest.raises(Failure, match="made by PostgreSQL 12.*18.6"):
        postgres._start_ours()


# The server


def test_a_taken_port_is_told_with_another_one(place, monkeypatch):
    monkeypatch.setattr(server, "PID", place / "odoo.pid")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Failure, match=rf"{port} is taken.*--port {port + 1}"):
            server.check_port(port)


def test_the_process_of_somebody_else_is_not_ours(place, monkeypatch):
    monkeypatch.setattr(server, "PID", place / "odoo.pid")
    server.PID.write_text(str(os.getpid()))
    monkeypatch.setattr(server, "CONF", place / "odoo.conf")
    assert server._running_pid() is None
    server.stop()
    assert not server.PID.exists()


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("2026-01-01 00:00:00,1 1 WARNING db odoo.models: no such field", True),
        ("2026-01-01 00:00:00,1 1 ERROR db odoo.sql_db: bad query", True),
        ("2026-01-01 00:00:00,1 1 INFO db odoo.modules: loaded", False),
        ("2026-01-01 00:00:00,1 1 WARNING db py.warnings: /lib/babel.py: old", False),
        (
            "2026-01-01 00:00:00,1 1 WARNING db py.warnings:"
            " /x/intercommunal_workflow/models/a.py:3: DeprecationWarning: old",
            True,
        ),
    ],
)
def test_the_log_of_an_installation_is_read(line, fault):
    assert server.is_fault(line) is fault


# Tests without a browser


def test_without_chromium_ci_fails_and_others_are_told(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(Failure, match="apt-get install chromium"):
        cli.check_browser()
    monkeypatch.delenv("CI")
    cli.check_browser()
    assert "They are skipped" in capsys.readouterr().out


# The command line


def test_arguments_after_test_are_pytests():
    options = cli.parse(["test", "-k", "refuse", "--check", "addons/x"])
    assert options.command == "test"
    assert options.rest == ["-k", "refuse", "--check", "addons/x"]


def test_core_tests_that_are_gone_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(quality, "odoo_path", lambda: tmp_path)
    with pytest.raises(Failure, match="CORE_TESTS"):
        quality.core_tests()
    folder = tmp_path / "odoo/addons/base/tests"
    folder.mkdir(parents=True)
    (folder / "test_acl.py").touch()
    monkeypatch.setattr(quality, "CORE_TESTS", {"base/tests": ("acl",)})
    assert quality.core_tests() == [str(folder / "test_acl.py")]


def test_without_a_command_it_serves():
    options = cli.parse(["--port", "8070", "--detach"])
    assert (options.command, options.port, options.detach) == ("serve", 8070, True)


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit):
        cli.parse(["--help"])
    text = capsys.readouterr().out
    assert [name for name in cli.COMMANDS if f"./run {name}" not in text] == ["serve"]


def test_verify_tells_odoo_what_to_compare_and_ends_with_its_code(monkeypatch):
    calls = []

    def stream(command, **options):
        calls.append((command, options))
        return 1

    monkeypatch.setattr(cli, "setup", lambda: None)
    monkeypatch.setattr(cli, "stream", stream)
    monkeypatch.setattr(database, "exists", lambda name: name == "prod")
    monkeypatch.setattr(server, "environment", dict)
    assert (
        cli.main(["verify", "--database", "prod", "--quick", "--witness", "abc"]) == 1
    )
    [(command, options)] = calls
    assert command[command.index("-d") + 1] == "prod"
    assert options["env"] == {
        "INTERCOMMUNAL_VERIFY": "quick",
        "INTERCOMMUNAL_WITNESS": "abc",
    }
    assert options["stdin"].name.endswith("verify.py")


def test_verify_of_a_database_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setattr(cli, "setup", lambda: None)
    monkeypatch.setattr(database, "exists", lambda _name: False)
    with pytest.raises(Failure, match="no database “gone”"):
        cli.verify(cli.parse(["verify", "--database", "gone"]))


def test_a_failure_is_a_sentence_and_an_exit_code(monkeypatch, capsys):
    def fail(_options):
        raise Failure("Do this.")

    monkeypatch.setitem(cli.COMMANDS, "stop", fail)
    assert cli.main(["stop"]) == 1
    assert capsys.readouterr().err == "\nDo this.\n"


def test_an_interruption_says_that_it_can_go_on(monkeypatch, capsys):
    def interrupt(_options):
        raise KeyboardInterrupt

    monkeypatch.setitem(cli.COMMANDS, "stop", interrupt)
    assert cli.main(["stop"]) == 130
    assert "takes up where it stopped" in capsys.readouterr().err


# Steps and their stamps


def test_a_key_follows_the_content_of_files_but_not_caches(tmp_path):
    (tmp_path / "a.py").write_text("1")
    before = home.digest(tmp_path, "x")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__/a.pyc").write_text("cache")
    assert home.digest(tmp_path, "x") == before
    (tmp_path / "a.py").write_text("2")
    assert home.digest(tmp_path, "x") != before


def test_a_step_is_done_for_its_inputs_only(place):
    home.mark_done("step", "one")
    assert home.is_done("step", "one")
    assert not home.is_done("step", "two")


def test_an_update_brings_the_french_terms_that_changed(place, monkeypatch):
    calls = []
    monkeypatch.setattr(database, "USERS", place / "users.txt")
    monkeypatch.setattr(database, "our_addons", lambda: ["one", "two"])
    monkeypatch.setattr(database, "code_digest", lambda: "key")
    monkeypatch.setattr(server, "install", lambda *words: calls.append(words))
    database.update()
    [(name, addons, *options)] = calls
    assert (name, addons) == (database.DEMO, ["one", "two"])
    # Odoo takes the second option with the first one only
    assert options == ["-u", "one,two", "--i18n-overwrite"]
    assert home.is_done("demo-code", "key")


def test_an_update_says_that_a_server_keeps_the_old_code(place, monkeypatch, capsys):
    monkeypatch.setattr(cli, "setup", lambda: None)
    for name in ("demo", "update"):
        monkeypatch.setattr(database, name, lambda: None)
    for runs in (True, False):
        monkeypatch.setattr(server, "is_running", lambda runs=runs: runs)
        cli.update(None)
        assert ("start it again" in capsys.readouterr().out) is runs


def test_a_program_that_is_not_there_is_a_sentence():
    with pytest.raises(Failure, match="could not be started"):
        console.run(["/nowhere/program"])


def test_the_end_of_what_a_program_said_is_shown(tmp_path):
    log = tmp_path / "log/x.log"
    with pytest.raises(Failure, match="“sh” failed \\(3\\):\nwhy\n.*x.log"):
        console.run(["sh", "-c", "echo why; exit 3"], log=log)
    assert log.read_text() == "why\n"


# The Docker files


def test_the_image_and_the_environment_share_the_oca_list():
    docker.check_image()
    assert home.REQUIREMENTS / "oca.txt" in environment.LISTS


def test_the_configuration_behind_the_proxy_is_closed():
    docker.check_conf()


def test_the_runner_names_no_host_but_this_machine():
    """Mirrors and indexes are those of the machine."""
    for path in [*home.CONFIG.rglob("*.py"), REPO / "run", REPO / ".ci/run"]:
        hosts = re.findall(r"https?://([^/:\s\"']+)", path.read_text(encoding="utf-8"))
        assert set(hosts) <= {"127.0.0.1"}, path

"""evroll-registry as its operator meets it: settings, migration, tokens, readiness, metrics, signals."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import ssl
import stat
import subprocess
import time
import urllib.error
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("EVROLL_BUILD", ROOT / "build" / "release"))
REGISTRY = BUILD / "bin" / "evroll-registry"
DEADLINE = 20


class Registry:
    def __init__(self, folder, authority):
        self.folder = folder
        self.db = f"sqlite:{folder}/r.db"
        self.pki = shutil.copytree(authority, folder / "pki")
        self.process = None
        self.config = folder / "registry.yaml"
        self.config.write_text(
            f"db: {self.db}\ncert: {self.pki}/servers/registry.pem\nkey: {self.pki}/servers/registry.key\n"
            f"client_ca: {self.pki}/ca.pem\ncrl: {self.pki}/crl.pem\nworkers: 2\n")

    def run(self, *argv, status=0):
        done = subprocess.run([REGISTRY, *argv], capture_output=True, text=True, timeout=60,
                              env={**os.environ, "EVROLL_DB": self.db})
        assert done.returncode == status, f"{argv}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def start(self, *options):
        port_file = self.folder / "port"
        port_file.unlink(missing_ok=True)
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([REGISTRY, "serve", "--config", self.config, "--port", "0",
                                             "--port-file", port_file, *options], stderr=log)
        until = time.monotonic() + DEADLINE
        while not port_file.exists():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < until, "the service did not become ready"
            time.sleep(0.02)
        self.port = int(port_file.read_text())

    def stop(self, which=signal.SIGTERM):
        self.process.send_signal(which)
        status = self.process.wait(DEADLINE)
        self.process = None
        return status

    def ask(self, path, token=None, method="GET", body=None, gateway=None):
        context = ssl.create_default_context(cafile=str(self.pki / "ca.pem"))
        if gateway:
            context.load_cert_chain(self.pki / "gateways" / f"{gateway}.pem", self.pki / "gateways" / f"{gateway}.key")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(f"https://localhost:{self.port}{path}", method=method, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE, context=context) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


@pytest.fixture
def registry(tmp_path, authority):
    made = Registry(tmp_path, authority)
    yield made
    if made.process is not None:
        made.process.kill()
        made.process.wait()
    for text in (tmp_path / "log",) if (tmp_path / "log").exists() else ():
        assert "Sanitizer" not in text.read_text() and "evr_" not in text.read_text()


def status_becomes(ask, wanted):
    until = time.monotonic() + DEADLINE
    while (got := ask()[0]) != wanted:
        assert time.monotonic() < until, f"still {got}, not {wanted}"
        time.sleep(0.05)


def test_help_and_version_name_every_command():
    help_text = subprocess.run([REGISTRY, "--help"], capture_output=True, text=True, check=True).stdout
    for command in ("serve", "migrate", "import", "compliance", "token"):
        assert f"  {command} " in help_text
        usage = subprocess.run([REGISTRY, command, "--help"], capture_output=True, text=True, check=True).stdout
        assert usage.startswith(f"usage: evroll-registry {command}")
    assert subprocess.run([REGISTRY, "--version"], capture_output=True, text=True, check=True).stdout.startswith("evroll-registry ")
    assert subprocess.run([REGISTRY], capture_output=True).returncode == 2
    assert subprocess.run([REGISTRY, "brew"], capture_output=True).returncode == 2


def test_the_man_page_knows_every_option_of_serve():
    page = (ROOT / "docs" / "man" / "evroll-registry.1").read_text().replace("\\-", "-")
    usage = subprocess.run([REGISTRY, "serve", "--help"], capture_output=True, text=True, check=True).stdout
    options = {word for line in usage.splitlines() for word in line.split()[:1] if word.startswith("--")}
    assert len(options) > 10
    assert {option for option in options if option not in page} == set()


def test_serve_says_what_to_do_about_an_unmigrated_database(registry):
    done = registry.run("serve", "--config", str(registry.config), "--port", "0", status=2)
    assert "migrate" in done.stderr
    assert "applied 0001_" in registry.run("migrate").stdout
    assert "applied" not in registry.run("migrate").stdout
    registry.start()
    assert registry.stop() == 0


def test_serve_can_migrate_by_itself(registry):
    registry.start("--migrate")
    assert registry.ask("/readyz") == (200, '{"status":"ready"}')
    assert registry.stop(signal.SIGINT) == 0


@pytest.mark.parametrize("change, said", [
    (("port", "port: 70000\n"), "registry.yaml:7:7: "),
    (("prot", "prot: 1\n"), "registry.yaml:7:1: unknown key \"prot\""),
    (("log", "log_level: loud\n"), "loud"),
    (("address", "address: localhost\n"), "localhost"),
])
def test_a_wrong_setting_is_named(registry, change, said):
    registry.run("migrate")
    registry.config.write_text(registry.config.read_text() + change[1])
    done = registry.run("serve", "--config", str(registry.config), status=2)
    assert said in done.stderr and len(done.stderr.strip().splitlines()[-1]) > 20


@pytest.mark.parametrize("options", [
    ["--port"], ["--port", "x"], ["--bogus"], ["word"], ["--workers", "257"], ["--config", "/nonexistent.yaml"]])
def test_wrong_options_exit_with_2(registry, options):
    registry.run("serve", "--cert", "a", "--key", "b", *options, status=2)


def test_a_port_in_use_is_said(registry):
    registry.run("migrate")
    registry.start()
    done = registry.run("serve", "--config", str(registry.config), "--port", str(registry.port), status=3)
    assert "in use" in done.stderr


def test_tokens_open_the_api_until_they_are_revoked(registry):
    registry.run("migrate")
    file = registry.folder / "admin.token"
    registry.run("token", "create", "--name", "chief", "--role", "admin", "--out", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    admin = file.read_text().strip()
    viewer = registry.run("token", "create", "--name", "reader", "--role", "viewer", "--days", "1").stdout.strip()
    registry.start()
    assert registry.ask("/v1/balance")[0] == 401
    assert registry.ask("/v1/balance", token="evr_" + "A" * 43)[0] == 401
    assert registry.ask("/v1/balance", token=viewer)[0] == 200
    assert registry.ask("/v1/vehicles", token=viewer, method="POST", body=b"{}")[0] == 403
    assert registry.ask("/v1/vehicles", token=admin, method="POST", body=b"{}")[0] == 400
    listed = registry.run("token", "list").stdout
    assert "chief" in listed and "reader" in listed and admin[4:] not in listed
    registry.run("token", "revoke", "1")
    status_becomes(lambda: registry.ask("/v1/balance", token=admin), 401)
    assert registry.ask("/v1/balance", token=viewer)[0] == 200
    registry.run("token", "revoke", "9", status=1)
    registry.run("token", "create", "--name", "x", "--role", "king", status=2)
    registry.run("token", "create", "--name", "x", "--role", "admin", "--days", "99999", "--out", str(file), status=2)
    assert file.read_text().strip() == admin, "what could not be done leaves the old token's file alone"
    assert registry.stop() == 0


def test_a_gateway_is_let_in_by_certificate_until_it_is_revoked(registry):
    registry.run("migrate")
    registry.start()
    deliver = lambda: registry.ask("/v1/ingest/batches", method="POST", body=b"x", gateway="gw-1")  # noqa: E731
    assert deliver()[0] == 415
    assert registry.ask("/v1/ingest/batches", method="POST", body=b"x")[0] == 403
    subprocess.run([ROOT / "certs" / "evroll-ca", "--dir", registry.pki, "revoke", "gw-1"], check=True, capture_output=True)
    status_becomes(deliver, 403)


def test_metrics_and_description_are_served(registry):
    registry.run("migrate")
    registry.start()
    assert registry.ask("/healthz") == (200, '{"status":"ok"}')
    text = registry.ask("/metrics")[1]
    for name in ("evroll_build_info", "evroll_http_connections ", "evroll_ingest_samples_total ",
                 "evroll_rollup_hours_waiting ", 'evroll_http_requests_total{method="GET",route="/healthz",status="2xx"} 1'):
        assert name in text
    for line in text.splitlines():
        assert line.startswith("# ") or float(line.rsplit(" ", 1)[1]) >= 0
    assert registry.ask("/openapi.yaml")[1] == (ROOT / "registry" / "http" / "openapi.yaml").read_text()
    assert json.loads(registry.ask("/v1/nothing")[1])["status"] == 404


def test_a_killed_service_comes_up_again_on_the_same_database(registry):
    registry.run("migrate")
    registry.start()
    registry.process.kill()
    registry.process.wait()
    registry.start()
    assert registry.ask("/readyz")[0] == 200


def test_idle_connections_do_not_hold_up_the_end(registry):
    registry.run("migrate")
    registry.start()
    context = ssl.create_default_context(cafile=str(registry.pki / "ca.pem"))
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            raw = stack.enter_context(socket.create_connection(("127.0.0.1", registry.port)))
            stack.enter_context(context.wrap_socket(raw, server_hostname="localhost"))
        began = time.monotonic()
        assert registry.stop() == 0
        assert time.monotonic() - began < 9, "the grace period is for running requests, not for idle clients"


def test_retention_says_what_would_go_and_takes_only_whole_days(registry):
    registry.run("migrate")
    assert "samples    before" in registry.run("retention", "dry-run", "--keep-samples-days", "30").stdout
    assert "removed so far: 0 rows" in registry.run("retention", "run").stdout
    assert "bytes given back to the disk" in registry.run("retention", "shrink").stdout
    for words in (["retention"], ["retention", "all"], ["retention", "run", "--keep-samples-days", "3"],
                  ["retention", "run", "--keep-events-days", "many"]):
        assert registry.run(*words, status=2).stderr.count("\n") == 1


def test_a_service_ends_when_a_newer_program_migrates_its_database(registry):
    registry.start("--migrate")
    with contextlib.closing(sqlite3.connect(registry.folder / "r.db")) as db, db:
        db.execute("INSERT INTO schema_migration SELECT MAX(number) + 1, 'of tomorrow', 0 FROM schema_migration")
    assert registry.process.wait(DEADLINE) == 2
    registry.process = None
    assert "use the newer program" in (registry.folder / "log").read_text()

"""What the end-to-end tests share: a stack of real processes in a directory of its own, on free ports."""
import errno
import fcntl
import itertools
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from harness import citus  # noqa: E402
from harness.postgres import Postgres, Unavailable  # noqa: E402
from harness.process import wait_until  # noqa: E402
from harness.stack import Stack, build_dir, run  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes more than half a minute; left out of the sanitizer run")
    config.addinivalue_line("markers", "sqlite_file: about the file of a SQLite database; left out of the run over PostgreSQL")


def way_in(stack, transport):
    """Options of evroll-unit; the last --port counts."""
    return ["--transport", transport, "--port", stack.ports["mqtt" if transport == "mqtt" else "coap"]]


def certify(stack, *units):
    """Each unit has a certificate; those that every stack begins with have theirs."""
    missing = [unit for unit in units if not (stack.pki / "units" / f"{unit}.pem").exists()]
    if missing:
        stack.ca("unit", *missing)


class Fleet:
    """evroll-unit against one stack."""

    def __init__(self, stack, folder):
        self.stack, self.folder, self.runs = stack, pathlib.Path(folder), 0

    def certify(self, *units):
        certify(self.stack, *units)

    def argv(self, command, *options):
        self.runs += 1
        self.report = self.folder / f"report-{self.runs}.json"
        return [str(build_dir() / "bin" / "evroll-unit"), command, "--port", str(self.stack.ports["mqtt"]),
                "--pki", str(self.stack.pki), "--report", str(self.report), "--quiet", *map(str, options)]

    def start(self, command, *options):
        """In the background; the caller waits for it."""
        return subprocess.Popen(self.argv(command, *options), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self, command, *options, status=0, timeout=120):
        done = subprocess.run(self.argv(command, *options), capture_output=True, text=True, timeout=timeout)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout


def publish(stack, unit, format_, payload, version="mqttv311", topic=None, extra=()):
    """mosquitto_pub as an onboard unit; returns the finished process. QoS 1: it ends at the PUBACK."""
    return subprocess.run(
        ["mosquitto_pub", "-h", "localhost", "-p", str(stack.ports["mqtt"]), "-V", version, "-i", unit, "-q", "1",
         "--cafile", stack.pki / "ca.pem", "--cert", stack.pki / "units" / f"{unit}.pem",
         "--key", stack.pki / "units" / f"{unit}.key",
         "-t", topic or f"evroll/v1/units/{unit}/{format_}", "-s", *extra],
        input=payload, capture_output=True, timeout=30)


def stored(stack, unit):
    """Every sample of a unit that the registry gives, over all pages, once what arrived is sorted and rolled up."""
    wait_until(lambda: stack.get_json("/v1/balance")["rows_waiting"] == 0, "the rollup", 60, every=0.1)
    samples, cursor = [], ""
    while True:
        page = stack.get_json(f"/v1/units/{unit}/samples?from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z"
                              f"&limit=1000{cursor}")
        samples += page["samples"]
        if not page["next"]:
            return samples
        cursor = f"&cursor={page['next']}"


def check_each_once(stack, units, count):
    """Of each unit `count` samples, of as many instants, are stored."""
    for unit in units:
        at = [s["at"] for s in stored(stack, unit)]
        assert len(at) == len(set(at)), f"{unit}: a sample is stored twice"
        assert len(at) == count, f"{unit}: {count} acknowledged, {len(at)} stored"


def configure(stack, text):
    """Begins the gateway anew with more in its configuration."""
    path = stack.state / "gateway" / "gateway.yaml"
    stack.services["gateway"].stop()
    path.write_text(path.read_text() + text)
    stack.start("gateway")


def drained(stack, seconds=60):
    """Waits until the gateway has delivered its whole journals."""
    def empty():
        journals = json.loads(stack.gateway("journal", "--json"))["journals"]
        return (any(j["appended"] > 0 for j in journals) and
                all(j["cursor"] == j["appended"] for j in journals))
    wait_until(empty, "the gateway to deliver its journals", seconds, every=0.2)


def fill(file):
    """Uses up the file system."""
    with open(file, "wb", buffering=0) as out:
        try:
            while True:
                out.write(b"\0" * 4096)
        except OSError as full:
            assert full.errno == errno.ENOSPC


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    """One private PostgreSQL for all tests that want one; each makes databases of its own there."""
    try:
        server = Postgres(tmp_path_factory.mktemp("postgres"), fast=True)
    except Unavailable as reason:
        pytest.skip(f"SKIPPED: {reason}")
    with server:
        yield server


@pytest.fixture
def make_distributed():
    """Makes distributed databases: schemas of the database that the cluster was named by. They go with the test."""
    url = os.environ.get(citus.VARIABLE)
    if not url:
        pytest.skip(f"SKIPPED: {citus.WHY_NOT}")
    prefix = f"e2e_{secrets.token_hex(6)}"
    numbers = itertools.count()

    def make():
        address = citus.create_schema(url, f"{prefix}_{next(numbers)}")
        run(build_dir() / "bin" / "evroll-registry", "migrate", "--distributed", "--db", address)
        return address

    yield make
    citus.drop_schemas(url, f"{prefix}\\_%")


@pytest.fixture
def make_database(request):
    """The address of an empty database, or None for the stack's own: EVROLL_E2E_DB, postgresql or citus, chooses."""
    kind = os.environ.get("EVROLL_E2E_DB")
    if kind == "citus":
        return request.getfixturevalue("make_distributed")
    if kind != "postgresql":
        return lambda: None
    server = request.getfixturevalue("postgres")
    return lambda: server.create("stack_" + server.sql("postgres", "SELECT COUNT(*) FROM pg_database"))


def made_once(tmp_path_factory, name, make):
    """The folder that `make` is given to fill: by the first that asks, for all workers side by side. It is to be copied."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with open(shared / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / name).exists():
            make(shared / f"{name}.new")
            (shared / f"{name}.new").rename(shared / name)
    return shared / name


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """The certificates that every stack begins with. They are made once: signing them costs more than the rest of a stack."""
    def make(folder):
        first = Stack(folder)
        first.prepare()
        first.ca("unit", "bus-1", "bus-2", "truck-1", "tram-1", *[f"sim-{i + 1:04d}" for i in range(20)])

    return made_once(tmp_path_factory, "authority", make) / "pki"


@pytest.fixture
def make_stack(tmp_path, make_database, authority):
    """Starts stacks that end with the test. A sanitizer's report in a log fails the test."""
    stacks = []

    def make(**options):
        options.setdefault("db", make_database())
        stack = Stack(tmp_path / f"stack-{len(stacks)}", **options)
        stacks.append(stack)
        shutil.copytree(authority, stack.pki)
        return stack.up()

    yield make
    for stack in stacks:
        stack.down()
    for stack in stacks:
        for log in (stack.state / "logs").glob("*.log"):
            text = log.read_text(errors="replace")
            assert "Sanitizer" not in text and "runtime error" not in text, f"{log}:\n{text[-4000:]}"


@pytest.fixture
def stack(make_stack):
    return make_stack()


@pytest.fixture
def fleet(stack, tmp_path):
    return Fleet(stack, tmp_path)


def pytest_sessionstart(session):
    if not (build_dir() / "bin" / "evroll-unit").exists():
        pytest.exit(f"nothing is built in {build_dir()}; run ./dev build, or set EVROLL_BUILD", returncode=3)


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"build: {os.path.basename(build_dir())}")



"""PostgreSQL under the registry: killed, cut off in the middle of COMMIT, shared by several registries. What was
acknowledged is stored, once."""
import json
import os
import pathlib
import shlex
import shutil
import signal
import socket
import subprocess
import threading

import pytest
from conftest import Fleet, check_each_once, drained, fill, stored
from harness.postgres import Postgres, Unavailable
from harness.process import Failed, wait_until
from harness.stack import PRIVATE_POSTGRES
from registries import Sender, make_batches, second_registry

UNITS = 4
ROUNDS = int(os.environ.get("EVROLL_CRASH_ROUNDS", "4"))  # more of them with ./dev crash
SPEED = 30
SECONDS = 400 * ROUNDS  # of the fleet's own time: one sample a second a unit; the kills must not outlast it


@pytest.fixture
def make_postgres_stack(make_stack):
    """A stack whose database is a server of its own, which the test may kill."""
    made = []

    def make(**options):
        try:
            stack = make_stack(db=PRIVATE_POSTGRES, **options)
        except Unavailable as reason:
            pytest.skip(f"SKIPPED: {reason}")
        made.append(stack)
        return stack

    yield make
    for stack in made:
        stack.down()
        stack.postgres.remove()


def simulation(fleet):
    return ["--units", UNITS, "--duration", f"{SECONDS}s", "--interval", "1s", "--resume", fleet.folder / "resume"]


def start_load(fleet):
    fleet.certify(*[f"sim-{i + 1:04d}" for i in range(UNITS)])
    return fleet.start("simulate", *simulation(fleet), "--speed", SPEED)


def end_load(fleet, load):
    """What is left is sent at once; then every sample was acknowledged."""
    load.send_signal(signal.SIGTERM)
    assert load.wait(60) == 0, load.stdout.read()
    acknowledged = json.loads(fleet.report.read_text())["acknowledged"]
    fleet.run("simulate", *simulation(fleet), timeout=300)
    report = json.loads(fleet.report.read_text())
    assert report["skipped"] == acknowledged and report["skipped"] + report["acknowledged"] == UNITS * SECONDS


def check_all_stored(stack):
    check_each_once(stack, [f"sim-{i + 1:04d}" for i in range(UNITS)], SECONDS)


def delivered(stack):
    return sum(j["cursor"] for j in json.loads(stack.gateway("journal", "--json"))["journals"])


def test_a_server_killed_again_and_again_under_load_loses_and_repeats_nothing(make_postgres_stack, tmp_path):
    stack = make_postgres_stack()
    fleet = Fleet(stack, tmp_path)
    load = start_load(fleet)
    for round_ in range(ROUNDS):
        # Under load means: batches were committed since the last kill.
        before = delivered(stack)
        wait_until(lambda before=before: load.poll() is not None or delivered(stack) > before, "a delivery", 60)
        assert load.poll() is None, f"the load ended after {round_} kills: {load.stdout.read()}"
        stack.postgres.kill()
        stack.start("postgres")
    end_load(fleet, load)
    drained(stack, 120)
    wait_until(lambda: stack.get_json("/v1/balance")["hours_waiting"] == 0, "the rollup", 60)
    check_all_stored(stack)


def test_a_base_backup_taken_under_load_is_a_registry_again(make_postgres_stack, tmp_path):
    stack = make_postgres_stack()
    fleet = Fleet(stack, tmp_path)
    load = start_load(fleet)
    wait_until(lambda: delivered(stack) > 0, "a delivery", 60)
    backup = stack.postgres.base_backup(tmp_path / "backup")
    load.terminate()
    load.wait(60)
    drained(stack, 120)
    try:
        backup.start()
        # A copy reads every row of it, and compares; what it holds is the beginning of what the registry has.
        out = stack.registry("copy", "--from", backup.url(), "--to", f"sqlite:{tmp_path}/copy.db")
        assert "the same" in out and "\nblock " in out
        at = int(backup.sql("evroll", "SELECT next_position FROM journal WHERE messages > 0"))
        assert 0 < at <= delivered(stack)
        # The registry goes on from an older copy: gateways deliver again what they still have, and state the rest.
        assert "applied" not in stack.registry("migrate", "--db", f"sqlite:{tmp_path}/copy.db")
    finally:
        backup.remove()


def archiving(server):
    """The server archives its log from now on; the folder where."""
    archive = server.home / "archive"
    archive.mkdir()
    if server.user is not None:
        os.chown(archive, server.user.pw_uid, server.user.pw_gid)
    server.sql("postgres", "ALTER SYSTEM SET archive_mode = 'on'")
    server.sql("postgres", f"ALTER SYSTEM SET archive_command = 'cp %p {archive}/%f'")
    server.stop()
    return archive


def restore(server, base, archive, moment):
    """As docs/operations.md says: the base backup in place of the data, the log up to the moment."""
    server.stop()
    shutil.rmtree(server.data)
    shutil.move(base.data, server.data)
    with open(server.data / "postgresql.auto.conf", "a") as conf:
        conf.write(f"restore_command = 'cp {archive}/%f %p'\nrecovery_target_time = '{moment}'\n"
                   "recovery_target_action = 'promote'\n")
    (server.data / "recovery.signal").touch()
    if server.user is not None:
        os.chown(server.data / "recovery.signal", server.user.pw_uid, server.user.pw_gid)


def test_after_a_restore_to_a_point_in_time_the_gateway_delivers_the_rest_again(make_postgres_stack, tmp_path):
    stack = make_postgres_stack()
    server, fleet = stack.postgres, Fleet(stack, tmp_path)
    fleet.certify("sim-0001")
    sent = 0

    def deliver():
        nonlocal sent
        fleet.run("simulate", "--units", 1, "--duration", "20s", "--interval", "1s", "--speed", 20)
        sent += 20
        drained(stack)

    archive = archiving(server)
    stack.start("postgres")
    deliver()
    base = server.base_backup(tmp_path / "base")
    deliver()
    moment = server.sql("postgres", "SELECT now()")
    kept = len(stored(stack, "sim-0001"))
    deliver()
    segment = archive / server.sql("postgres", "SELECT pg_walfile_name(pg_switch_wal())")
    wait_until(segment.exists, "the log to be archived", 60)
    before = delivered(stack)
    stack.services["registry"].stop()
    restore(server, base, archive, moment)
    stack.start("postgres")
    wait_until(lambda: server.sql("postgres", "SELECT pg_is_in_recovery()") == "f", "the recovery", 60)
    stack.start("registry")
    assert len(stored(stack, "sim-0001")) == kept < delivered(stack) == before
    deliver()
    wait_until(lambda: stack.get_json("/v1/balance")["hours_waiting"] == 0, "the rollup", 60)
    assert sum(j["rows"] for j in stack.get_json("/v1/ingest/journals")["journals"]) == sent
    assert stack.get_json("/v1/balance")["lost"] == 0


class SmallDisk(Postgres):
    """A server with a tablespace `small` on a file system of 32 MiB that only it sees."""

    def _launch(self, argv, **options):
        small = self.home / "small"
        small.mkdir(exist_ok=True)
        become = f"setpriv --reuid={self.user.pw_uid} --regid={self.user.pw_gid} --clear-groups"
        return subprocess.Popen(["unshare", "--mount", "sh", "-c", f"mount -t tmpfs -o size=32m,mode=700,uid={self.user.pw_uid} "
                                 f"none {small} && exec {become} {shlex.join(argv)}"], **options)

    def start(self):
        super().start()
        self.sql("postgres", f"CREATE TABLESPACE small LOCATION '{self.home}/small'")
        self.sql("postgres", "CREATE DATABASE evroll TABLESPACE small")
        return self

    def disk(self):
        return pathlib.Path(f"/proc/{self.pid()}/root{self.home}/small")


def test_a_server_whose_disk_is_full_says_so_and_the_gateway_keeps_its_data(make_stack, tmp_path):
    if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode != 0:
        pytest.skip("SKIPPED: no mount namespace can be made here (root can)")
    try:
        server = SmallDisk(tmp_path / "postgres", fast=True)
    except Unavailable as reason:
        pytest.skip(f"SKIPPED: {reason}")
    with server:
        stack = make_stack(db=server.url())
        fleet = Fleet(stack, tmp_path)
        fleet.certify("sim-0001")
        fill(server.disk() / "filler")
        fleet.run("simulate", "--units", 1, "--duration", "1000s", "--interval", "1s")
        log = stack.state / "logs" / "registry.log"
        wait_until(lambda: "the server's disk is full; free some space" in log.read_text(), "the registry to say why", 60)
        journal = json.loads(stack.gateway("journal", "--json"))["journals"][0]
        assert journal["cursor"] < journal["appended"]
        (server.disk() / "filler").unlink()
        drained(stack)
        assert sum(j["rows"] for j in stack.get_json("/v1/ingest/journals")["journals"]) == 1000
        stack.down()


class CommitCutter:
    """Between registry and server. Of the COMMITs that pass, each `every`-th (0: none) is the end of its connection: in turn
    before it reaches the server, and after that, before the answer comes back."""

    def __init__(self, port):
        self.port, self.every, self.commits, self.cut = port, 0, 0, {"before": 0, "after": 0}
        self.lock, self.listener = threading.Lock(), socket.create_server(("127.0.0.1", 0))
        self.own_port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.port))
            threading.Thread(target=self.up, args=(client, server), daemon=True).start()
            threading.Thread(target=self.down, args=(server, client), daemon=True).start()

    def fault(self, data):
        if not self.every or b"COMMIT\0" not in data:
            return None
        with self.lock:
            self.commits += 1
            if self.commits % self.every:
                return None
            kind = "before" if self.commits // self.every % 2 else "after"
            self.cut[kind] += 1
            return kind

    def up(self, client, server):
        try:
            while data := client.recv(65536):
                kind = self.fault(data)
                if kind == "after":
                    self.close(client)  # the server still gets it and carries it out
                if kind != "before":
                    server.sendall(data)
                if kind is not None:
                    break
        except OSError:
            pass
        self.close(client)
        # Half: the server reads what was sent and then the end.
        try:
            server.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def down(self, server, client):
        try:
            while data := server.recv(65536):
                client.sendall(data)
        except OSError:
            pass
        self.close(server)
        self.close(client)

    @staticmethod
    def close(end):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def stop(self):
        self.listener.close()


def test_connections_cut_in_the_middle_of_commit_lose_and_repeat_nothing(make_stack, postgres, tmp_path):
    name = "cut_in_commit"
    postgres.create(name)
    cutter = CommitCutter(postgres.port)
    stack = make_stack(db=postgres.tcp_url(name, cutter.own_port), linger_ms=50)
    fleet = Fleet(stack, tmp_path)
    cutter.every = 5
    load = start_load(fleet)
    enough = max(3, ROUNDS // 2)
    wait_until(lambda: load.poll() is not None or min(cutter.cut.values()) >= enough, "commits to be cut off", 600)
    end_load(fleet, load)
    drained(stack, 120)
    cutter.every = 0
    wait_until(lambda: stack.get_json("/v1/balance")["hours_waiting"] == 0, "the rollup", 60)
    check_all_stored(stack)
    cutter.stop()
    assert min(cutter.cut.values()) >= enough, cutter.cut
    log = (stack.state / "logs" / "registry.log").read_text()
    assert (postgres.home / "password").read_text() not in log


# ---- several registries on one database ----------------------------------------------------------------


@pytest.fixture
def shared_database(request):
    """One that several registries can share: PostgreSQL's, or the cluster's with EVROLL_E2E_DB=citus."""
    if os.environ.get("EVROLL_E2E_DB") == "citus":
        return request.getfixturevalue("make_distributed")()
    return request.getfixturevalue("postgres").create("two_registries")


def test_two_registries_share_the_work_and_one_that_is_killed_loses_nothing(make_stack, shared_database, tmp_path):
    stack = make_stack(db=shared_database)
    stack.services["gateway"].stop()
    samples, bodies = make_batches(tmp_path, units=40, seconds=3600, rows=300)
    assert len(bodies) > 20
    second, port = second_registry(stack)
    sender, first = Sender(stack), stack.ports["registry"]
    second.start()
    try:
        wait_until(lambda: second.alive_or_fail() and sender.post(port, b"")[0], "the second registry to answer", 60)
        for number, body in enumerate(bodies):
            if number == len(bodies) // 2:
                stack.services["registry"].kill()  # whatever it is doing: its rollup too
            alive = [first, port] if number < len(bodies) // 2 else [port]
            stored_by, taken_by = sender.to_both(alive, body)
            assert stored_by == 1 and taken_by == len(alive), f"batch {number}: stored by {stored_by}, taken by {taken_by}"
        # The survivor does the background work alone; then the first comes back to the same figures.
        stack.start("registry")
        wait_until(lambda: stack.get_json("/v1/balance")["hours_waiting"] == 0, "the rollup", 60)
        totals = stack.get_json("/v1/ingest/journals")["journals"]
        assert sum(j["rows"] for j in totals) == samples
        assert stack.get_json("/v1/balance")["rows_rolled"] == samples
        assert sum(len(stored(stack, f"sim-{i + 1:04d}")) for i in range(40)) == samples
    except Failed:
        print((stack.state / "logs" / "registry-2.log").read_text()[-2000:])
        raise
    finally:
        second.stop()

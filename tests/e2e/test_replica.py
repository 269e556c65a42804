"""Queries answered by a standby: what it has not got yet, who must not notice, and what happens when it is gone."""
import json
import subprocess
import time

import pytest
from harness.postgres import Postgres, Unavailable
from harness.process import wait_until

ORG = "91419001MA9TEA0334"


@pytest.fixture
def server(tmp_path):
    try:
        server = Postgres(tmp_path / "server", fast=True, followed=True)
    except Unavailable as reason:
        pytest.skip(f"SKIPPED: {reason}")
    with server:
        server.create("evroll")
        yield server


@pytest.fixture
def pair(make_stack, tmp_path, server):
    """A stack on a server of its own, and a standby of that which its registry reads from."""
    with server.standby(tmp_path / "standby") as standby:
        stack = make_stack(db=server.url(), db_read=standby.url())
        yield stack, server, standby
        stack.down()


class Address:
    """A socket that leads to one server, and then to another."""

    def __init__(self, folder, first):
        self.socket = folder / ".s.PGSQL.5432"
        self.url = f"postgresql:///evroll?host={folder}&port=5432&user=evroll"
        folder.mkdir()
        self.lead_to(first)

    def lead_to(self, server):
        self.socket.unlink(missing_ok=True)
        self.socket.symlink_to(server.home / f".s.PGSQL.{server.port}")


def metric(stack, name):
    lines = stack.get("/metrics")[2].decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"evroll_replica_{name} "))


def put_name(stack, name, **head):
    status, _, body = stack.request("POST", "/v1/orgs", json.dumps({"org_id": ORG, "name": name, "kind": "SOE"}).encode(),
                                    {"Content-Type": "application/json", **head})
    assert status in (200, 201), body


def name_of(stack):
    return stack.get_json(f"/v1/orgs/{ORG}")["name"]


def answered_by_standby(stack):
    before = metric(stack, "answers_total")
    stack.get_json("/v1/orgs")
    return metric(stack, "answers_total") > before


def serve_refused(stack, db_read):
    done = subprocess.run([stack.bin / "evroll-registry", "serve", "--config", stack.state / "registry" / "registry.yaml",
                           "--port", "0", "--db-read", db_read], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2, done.stderr
    return done.stderr.strip().splitlines()[-1]


def test_a_standby_answers_queries_while_it_keeps_up_and_nobody_misses_what_he_changed(pair):
    stack, server, standby = pair
    log = (stack.state / "logs" / "registry.log").read_text
    put_name(stack, "Steel")
    assert name_of(stack) == "Steel"
    wait_until(lambda: metric(stack, "serves") == 1 and answered_by_standby(stack), "the standby to answer")
    assert name_of(stack) == "Steel"
    # It is the standby that answers: what is done behind the registry's back shows when it comes there.
    standby.sql("evroll", "SELECT pg_wal_replay_pause()")
    server.sql("evroll", f"UPDATE org_version SET name = 'Unseen' WHERE org_id = '{ORG}'")
    assert name_of(stack) == "Steel"
    # What is done through the registry is seen at once, by whoever did it, from the primary.
    put_name(stack, "Iron", **{"If-Match": "*"})
    assert name_of(stack) == "Iron" and not answered_by_standby(stack)
    standby.sql("evroll", "SELECT pg_wal_replay_resume()")
    wait_until(lambda: answered_by_standby(stack), "the standby to be asked again")
    assert name_of(stack) == "Iron"
    # A standby that is killed costs nobody an answer.
    standby.kill()
    assert name_of(stack) == "Iron"
    wait_until(lambda: metric(stack, "serves") == 0, "the standby to be passed over")
    assert name_of(stack) == "Iron"
    standby.start()
    wait_until(lambda: answered_by_standby(stack), "the standby to be asked again")
    wait_until(lambda: log().count("queries go to the standby") == 2, "the log to say where queries go")
    assert "queries go to the primary: " in log()
    # One that became a primary goes a way of its own.
    standby.sql("evroll", "SELECT pg_promote()")
    wait_until(lambda: metric(stack, "serves") == 0, "the former standby to be passed over")
    wait_until(lambda: "is no standby now" in log(), "the log to say why")
    assert "no standby of the one for writing" in serve_refused(stack, server.url("postgres"))
    assert "SQLite file has no standby" in serve_refused(stack, "sqlite:/nowhere")


def test_of_several_standbys_one_that_is_behind_is_not_asked(make_stack, tmp_path, server):
    with server.standby(tmp_path / "near") as near, server.standby(tmp_path / "far") as far:
        address = Address(tmp_path / "address", near)
        stack = make_stack(db=server.url(), db_read=address.url)
        wait_until(lambda: metric(stack, "serves") == 1, "the standby to keep up")
        # The connection that is looked at leads to the near one, those that are read to the far one.
        address.lead_to(far)
        far.sql("evroll", "SELECT pg_wal_replay_pause()")
        put_name(stack, "Steel")
        changed = time.monotonic()
        wait_until(lambda: time.monotonic() - changed > metric(stack, "lag_seconds"), "the near one to have the change")
        passed_over = metric(stack, "passed_over_total")
        assert [name_of(stack) for _ in range(20)] == ["Steel"] * 20
        assert metric(stack, "passed_over_total") > passed_over and metric(stack, "serves") == 1
        far.sql("evroll", "SELECT pg_wal_replay_resume()")
        wait_until(lambda: answered_by_standby(stack), "the far one to be asked when it came up")
        assert name_of(stack) == "Steel"
        stack.down()

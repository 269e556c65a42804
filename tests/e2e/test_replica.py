"""Queries answered by a standby: what it has not got yet, who must not notice, and what happens when it is gone."""
import json
import subprocess

import pytest
from harness.postgres import Postgres, Unavailable
from harness.process import wait_until

ORG = "91419001MA9TEA0334"


@pytest.fixture
def pair(make_stack, tmp_path):
    """A stack on a server of its own, and a standby of that which its registry reads from."""
    try:
        server = Postgres(tmp_path / "server", fast=True, followed=True)
    except Unavailable as reason:
        pytest.skip(f"SKIPPED: {reason}")
    with server:
        server.create("evroll")
        with server.standby(tmp_path / "standby") as standby:
            stack = make_stack(db=server.url(), db_read=standby.url())
            yield stack, server, standby
            stack.down()


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
    log = (stack.state / "logs" / "registry.log").read_text()
    assert "queries go to the primary: " in log and log.count("queries go to the standby") == 2
    # One that became a primary goes a way of its own.
    standby.sql("evroll", "SELECT pg_promote()")
    wait_until(lambda: metric(stack, "serves") == 0, "the former standby to be passed over")
    assert "is no standby now" in (stack.state / "logs" / "registry.log").read_text()
    assert "no standby of the one for writing" in serve_refused(stack, server.url("postgres"))
    assert "SQLite file has no standby" in serve_refused(stack, "sqlite:/nowhere")

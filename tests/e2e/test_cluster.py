"""Citus under the registry, where it is installed: a worker that is killed, shards that move. What was acknowledged is stored, once."""
import json

import pytest
from conftest import Fleet, check_each_once, drained
from harness.citus import Cluster
from harness.postgres import Unavailable
from harness.process import wait_until
from harness.stack import build_dir, run

UNITS, SECONDS, SPEED, KILLS = 8, 1200, 30, 4
NAMES = [f"sim-{i + 1:04d}" for i in range(UNITS)]


@pytest.fixture
def make_cluster(tmp_path):
    made = []

    def make(workers):
        try:
            cluster = Cluster(tmp_path / "cluster", workers)
        except Unavailable as reason:
            pytest.skip(f"SKIPPED: {reason}")
        made.append(cluster)
        return cluster.__enter__()

    yield make
    for cluster in made:
        cluster.__exit__()


@pytest.fixture
def start(make_cluster, make_stack, tmp_path):
    """A cluster with so many workers, a stack on it, and units that send."""
    def begin(workers):
        cluster = make_cluster(workers)
        run(build_dir() / "bin" / "evroll-registry", "migrate", "--distributed", "--db", cluster.url())
        stack = make_stack(db=cluster.url())
        fleet = Fleet(stack, tmp_path)
        fleet.certify(*NAMES)
        load = fleet.start("simulate", "--units", UNITS, "--duration", f"{SECONDS}s", "--interval", "1s", "--speed", SPEED)
        return cluster, stack, load
    return begin


def rolled(stack):
    return stack.get_json("/v1/balance")["rows_rolled"]


def check_all_stored(stack, load):
    assert load.wait(300) == 0, load.stdout.read()
    drained(stack, 120)
    wait_until(lambda: stack.get_json("/v1/balance")["hours_waiting"] == 0, "the rollup", 120)
    assert rolled(stack) == UNITS * SECONDS
    check_each_once(stack, NAMES, SECONDS)


def test_a_worker_killed_again_and_again_under_load_loses_and_repeats_nothing(start):
    cluster, stack, load = start(2)
    for round_ in range(KILLS):
        before = rolled(stack)
        wait_until(lambda before=before: rolled(stack) > before, "something to be rolled up", 60)
        assert load.poll() is None, f"the load ended after {round_} kills: {load.stdout.read()}"
        worker = cluster.workers[round_ % 2]
        worker.kill()
        worker.start()
    check_all_stored(stack, load)


def places(cluster):
    """node → how many shards it has"""
    return dict(line.split("|") for line in cluster.coordinator.sql(
        "evroll", "SELECT nodeport, COUNT(*) FROM citus_shards WHERE citus_table_type = 'distributed' GROUP BY 1").splitlines())


def test_shards_move_to_another_worker_while_samples_come_in(start):
    cluster, stack, load = start(1)
    assert set(places(cluster)) == {str(cluster.workers[0].port)}
    another = cluster.node("another")
    cluster.workers.append(another)
    cluster.ready(another)
    cluster.add(another)
    before = rolled(stack)
    cluster.coordinator.sql("evroll", "SELECT citus_rebalance_start()")
    wait_until(lambda: json.loads(cluster.coordinator.sql(
        "evroll", "SELECT to_json(state) FROM citus_rebalance_status()")) == "finished", "the shards to move", 300, every=1)
    assert set(places(cluster)) == {str(worker.port) for worker in cluster.workers}
    wait_until(lambda: rolled(stack) > before, "something to be rolled up", 60)
    check_all_stored(stack, load)

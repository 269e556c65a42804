"""Kill any process under load, as often as you like: what was acknowledged is stored, once."""
import json
import os
import random
import signal
import time

import pytest
from conftest import Fleet, drained, stored
from harness.process import wait_until

UNITS = 4
ROUNDS = int(os.environ.get("EVROLL_CRASH_ROUNDS", "20"))  # more of them with ./dev crash
SECONDS = 60 * ROUNDS  # of the fleet's own time: one sample a second a unit


def check_all_stored(stack, fleet):
    """Everything was acknowledged in the end, and every sample is there exactly once."""
    report = json.loads(fleet.report.read_text())
    for i in range(UNITS):
        unit = f"sim-{i + 1:04d}"
        assert report["units"][unit]["acknowledged"] == SECONDS
    check_stored(stack, SECONDS)


def check_stored(stack, seconds):
    for i in range(UNITS):
        unit = f"sim-{i + 1:04d}"
        at = [s["at"] for s in stored(stack, unit)]
        assert len(at) == len(set(at)), f"{unit}: a sample is stored twice"
        assert len(at) == seconds, f"{unit}: {seconds} acknowledged, {len(at)} stored"


def progress(stack):
    return json.loads(stack.gateway("journal", "--json"))["appended"]


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["gateway", "broker", "registry"])
def test_a_process_killed_again_and_again_under_load_loses_and_repeats_nothing(make_stack, tmp_path, victim):
    stack = make_stack()
    fleet = Fleet(stack, tmp_path)
    fleet.certify(*[f"sim-{i + 1:04d}" for i in range(UNITS)])
    seconds = 4 * SECONDS  # enough to outlast the kills; the rest is sent at once when they are over
    options = ["--units", UNITS, "--duration", f"{seconds}s", "--interval", "1s", "--resume", tmp_path / "resume"]
    load = fleet.start("simulate", *options, "--speed", 30)
    pick = random.Random(20)
    killed = 0
    while killed < ROUNDS:
        # Under load means: entries have come in since the last kill.
        before = progress(stack)
        wait_until(lambda before=before: load.poll() is not None or progress(stack) > before, "load", 30)
        assert load.poll() is None, f"the load ended after {killed} kills: {load.stdout.read()}"
        time.sleep(pick.uniform(0, 0.2))  # not a wait for anything: spreads the moments of the kills
        stack.services[victim].kill()
        stack.start(victim)
        killed += 1
    load.send_signal(signal.SIGTERM)
    assert load.wait(60) == 0, load.stdout.read()
    acknowledged = json.loads(fleet.report.read_text())["acknowledged"]
    fleet.run("simulate", *options)
    report = json.loads(fleet.report.read_text())
    assert report["skipped"] == acknowledged and report["skipped"] + report["acknowledged"] == UNITS * seconds
    drained(stack)
    check_stored(stack, seconds)


def test_a_registry_that_is_away_costs_nothing(stack, fleet):
    units = [f"sim-{i + 1:04d}" for i in range(UNITS)]
    fleet.certify(*units)
    stack.services["registry"].kill()
    fleet.run("simulate", "--units", UNITS, "--duration", f"{SECONDS}s", "--interval", "1s")
    waiting = json.loads(stack.gateway("journal", "--json"))
    assert waiting["appended"] == UNITS * SECONDS
    assert waiting["cursor"] < waiting["appended"]
    stack.start("registry")
    drained(stack)
    check_all_stored(stack, fleet)


def test_an_orderly_stop_of_the_gateway_is_quick_and_loses_nothing(stack, fleet):
    fleet.certify(*[f"sim-{i + 1:04d}" for i in range(UNITS)])
    load = fleet.start("simulate", "--units", UNITS, "--duration", f"{SECONDS}s", "--interval", "1s", "--speed", 300)
    gateway = stack.services["gateway"]
    for _ in range(3):
        before = progress(stack)
        wait_until(lambda before=before: progress(stack) > before or load.poll() is not None, "load", 30)
        pid = gateway.send(signal.SIGTERM)
        gateway.wait_gone(pid, 5)
        stack.start("gateway")
    assert load.wait(120) == 0, load.stdout.read()
    drained(stack)
    check_all_stored(stack, fleet)


def test_a_unit_that_stops_goes_on_later_without_sending_twice(stack, fleet, tmp_path):
    fleet.certify("sim-0001")
    options = ["--units", 1, "--duration", "600s", "--interval", "1s", "--resume", tmp_path / "resume"]
    load = fleet.start("simulate", *options, "--speed", 100)
    wait_until(lambda: progress(stack) > 50, "the first messages", 30)
    load.send_signal(signal.SIGTERM)
    assert load.wait(20) == 0
    first = json.loads(fleet.report.read_text())
    assert 0 < first["acknowledged"] < 600
    fleet.run("simulate", *options)
    second = json.loads(fleet.report.read_text())
    assert second["skipped"] == first["acknowledged"]
    assert first["sent"] + second["sent"] == 600, "each message was sent once"
    drained(stack)
    assert progress(stack) == 600
    assert len(stored(stack, "sim-0001")) == 600

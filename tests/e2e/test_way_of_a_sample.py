"""From a unit to the registry, over real TLS and a real broker."""
import json
import subprocess

import pytest
from conftest import drained, publish, stored
from harness.process import wait_until


@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
def test_what_mosquitto_pub_sends_as_a_unit_can_be_read_at_the_registry(stack, fleet, version):
    fleet.certify("bus-1")
    payload = json.dumps([
        {"bn": "bus-1/", "bt": 1751299198, "n": "speed", "u": "km/h", "v": 45.2},
        {"n": "lat", "v": 35.06789}, {"n": "lon", "v": 112.602345}, {"n": "odo", "v": 123456.7},
        {"n": "soc", "v": 67}, {"n": "charging", "vb": False}, {"n": "mode", "vs": "electric"},
        {"n": "not-of-ours", "v": 1}]).encode()
    assert publish(stack, "bus-1", "senml-json", payload, version).returncode == 0
    drained(stack)
    samples = stored(stack, "bus-1")
    assert len(samples) == 1
    sample = samples[0]
    assert sample["at"] == "2025-06-30T15:59:58.000Z"
    assert sample["format"] == "senml-json"
    expected = {"speed": 45.2, "lat": 35.06789, "lon": 112.602345, "odo": 123456.7, "soc": 67, "charging": False,
                "mode": "electric"}
    assert {name: sample[name] for name in expected} == expected
    assert "not-of-ours" not in sample and "rpm" not in sample


@pytest.mark.parametrize("format_", ["senml-json", "senml-cbor"])
def test_a_fleet_s_samples_arrive_whole_and_once(stack, fleet, format_):
    fleet.certify("sim-0001", "sim-0002", "sim-0003")
    fleet.run("simulate", "--units", 3, "--duration", "300s", "--interval", "1s", "--format", format_,
              "--samples-per-message", 7)
    drained(stack)
    for unit in ("sim-0001", "sim-0002", "sim-0003"):
        at = [s["at"] for s in stored(stack, unit)]
        assert len(at) == 300
        assert at == sorted(set(at))


def test_a_repeated_message_is_counted_as_a_duplicate_and_stored_once(stack, fleet):
    fleet.certify("bus-1")
    payload = b'[{"n":"speed","v":12.5,"t":1751299198}]'
    for _ in range(3):
        assert publish(stack, "bus-1", "senml-json", payload).returncode == 0
    drained(stack)
    assert len(stored(stack, "bus-1")) == 1
    balance = wait_until(lambda: settled(stack), "the rollup")
    assert balance["rows_received"] == 3
    assert balance["duplicates"] == 2
    rooms = wait_until(lambda: stack.get_json("/v1/ingest/journals")["rooms"], "the gateway to say how full its journals are", 60)
    assert [(r["name"], r["used_bytes"] <= r["budget_bytes"]) for r in rooms if r["name"] == "mqtt"] == [("mqtt", True)]


def settled(stack):
    balance = stack.get_json("/v1/balance")
    return balance if balance["hours_waiting"] == 0 else None


def test_a_malformed_payload_is_acknowledged_and_shown_here_and_at_the_registry(stack, fleet):
    fleet.certify("bus-1")
    payload = b'[{"n":"speed","v":12.5,"t":1751299198},{"n":"soc","v":'
    assert publish(stack, "bus-1", "senml-json", payload).returncode == 0
    drained(stack)
    assert stored(stack, "bus-1") == []
    rejects = stack.get_json("/v1/units/bus-1/rejects")["rejects"]
    assert len(rejects) == 1
    assert rejects[0]["reason"] == "truncated"
    assert rejects[0]["at_byte"] >= 50
    local = stack.gateway("rejects", "--unit", "bus-1", "--json")
    assert json.loads(local.splitlines()[0])["reason"] == "truncated"


def subscriber(stack, unit):
    return ["mosquitto_sub", "-h", "localhost", "-p", str(stack.ports["mqtt"]), "-i", unit, "-q", "1", "-c",
            "--cafile", str(stack.pki / "ca.pem"), "--cert", str(stack.pki / "units" / f"{unit}.pem"),
            "--key", str(stack.pki / "units" / f"{unit}.key"), "-t", f"evroll/v1/units/{unit}/errors"]


def test_a_unit_hears_why_its_payload_was_refused(stack, fleet):
    fleet.certify("bus-1")
    # A kept session: subscribe and leave, send under the same name, come back and listen.
    subprocess.run([*subscriber(stack, "bus-1"), "-E"], check=True, timeout=30)
    assert publish(stack, "bus-1", "senml-json", b"[{]", extra=("-c",)).returncode == 0
    heard = subprocess.run([*subscriber(stack, "bus-1"), "-C", "1", "-W", "30"], capture_output=True, text=True,
                           timeout=40).stdout
    assert json.loads(heard)["reason"] == "json-syntax"


def test_the_vehicle_of_a_unit_shows_its_activity(stack, fleet, tmp_path):
    fleet.certify("sim-0001")
    fleet.run("simulate", "--units", 1, "--register", tmp_path)
    stack.registry("import", tmp_path / "orgs.csv")
    stack.registry("import", tmp_path / "vehicles.csv")
    fleet.run("simulate", "--units", 1, "--duration", "2h", "--interval", "10s")
    drained(stack)
    wait_until(lambda: settled(stack), "the rollup")
    vehicle = stack.get_json("/v1/vehicles?unit=sim-0001")["vehicles"][0]["vehicle_id"]
    days = stack.get_json(f"/v1/vehicles/{vehicle}/activity?from=2025-06-30&to=2025-07-01&by=day")["activity"]
    odo = [s["odo"] for s in stored(stack, "sim-0001")]
    assert len(days) == 1
    assert days[0]["km"] == pytest.approx(odo[-1] - odo[0], abs=0.2)
    assert days[0]["electric_km"] == days[0]["km"]
    assert days[0]["samples"] == 720

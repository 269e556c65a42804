"""Units as an officer administers them: whom the registry denies the gateway keeps out, over both ways in, and
goes on doing so while the registry is away."""
import contextlib
import datetime
import json
import subprocess
from types import SimpleNamespace

import pytest
from broker import Unit
from coap import argv, post
from conftest import certify, configure, drained, stored, way_in
from harness.process import wait_until

WHATEVER = {"If-Match": "*"}
SAMPLE = b'[{"bt":1751299198,"n":"speed","v":45.2}]'


def change(stack, path, body, status=200, **headers):
    got, _, answer = stack.request("POST", path, json.dumps(body).encode(), headers)
    assert got == status, answer
    return json.loads(answer)


def mqtt(stack, unit, version=4):
    """A connection of the unit through the gateway's relay."""
    authority = SimpleNamespace(dir=stack.pki, files=lambda name, folder: [stack.pki / folder / f"{name}.{end}"
                                                                           for end in ("pem", "key")])
    return Unit(SimpleNamespace(port=stack.ports["mqtt"], authority=authority), unit, version)


def lets_in(stack, unit):
    with contextlib.closing(mqtt(stack, unit)) as client:
        return client.connect() == 0


@contextlib.contextmanager
def live_coap(stack, unit):
    """A CoAP session that stays."""
    command = argv(stack, unit, f"v1/units/{unit}/senml-json")
    live = subprocess.Popen([*command[:-1], "-G", "90", "-B", "100", "-e", SAMPLE.decode(), command[-1]],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: coap_messages(stack) > 0, "the unit's CoAP message", 20)
        yield live
    finally:
        live.kill()
        live.wait()


def coap_messages(stack):
    journals = json.loads(stack.gateway("journal", "--json"))["journals"]
    return sum(j["appended"] for j in journals if j["name"] == "coap")


def said(stack, log, text):
    return text in (stack.state / "logs" / f"{log}.log").read_text(errors="replace")


def test_a_unit_that_is_revoked_is_put_out_within_a_minute_and_let_in_again(stack):
    certify(stack, "bus-1", "bus-2")
    change(stack, "/v1/units", {"unit": "bus-1"})
    other = mqtt(stack, "bus-2").connected()
    live = mqtt(stack, "bus-1", 5).connected()
    with live_coap(stack, "bus-1"):
        answer = change(stack, "/v1/units/bus-1:revoke", {"reason": "stolen"})
        assert answer["access"] == "denied" and answer["denied_since"]
        assert live.answered()[-1] == (14, 0x98), "DISCONNECT: an administrative action"
        wait_until(lambda: said(stack, "gateway", "ended the session of bus-1"), "the CoAP session to be ended", 60)
    assert not lets_in(stack, "bus-1")
    assert post(stack, "bus-1", SAMPLE).code == "4.03"
    assert other.pings() and lets_in(stack, "bus-2")

    # The gateway goes by the last good list while the registry is away, also after a restart.
    stack.services["registry"].stop()
    stack.services["gateway"].stop()
    stack.services["broker"].stop()
    stack.start("broker")
    stack.start("gateway")
    assert not lets_in(stack, "bus-1") and lets_in(stack, "bus-2")
    assert post(stack, "bus-1", SAMPLE).code == "4.03"

    stack.start("registry")
    assert change(stack, "/v1/units/bus-1:restore", {"reason": "found again"})["access"] == "allowed"
    wait_until(lambda: lets_in(stack, "bus-1"), "the unit to be let in", 60)
    wait_until(lambda: post(stack, "bus-1", SAMPLE).code == "2.04", "the unit's message to be taken", 60)
    actions = [entry["action"] for entry in stack.get_json("/v1/audit?subject=bus-1")["entries"]]
    assert actions == ["unit.restore", "unit.revoke", "unit.register"]


def test_where_only_registered_units_are_admitted_no_other_comes_in(stack):
    certify(stack, "bus-1", "bus-2")
    change(stack, "/v1/units", {"unit": "bus-1"})
    configure(stack, "units:\n  admit: registered\n")
    conf = stack.state / "broker" / "mosquitto.conf"
    stack.services["broker"].stop()
    conf.write_text(conf.read_text() + "plugin_opt_admit registered\n")
    stack.start("broker")
    wait_until(lambda: lets_in(stack, "bus-1"), "the registered unit to be let in", 60)
    assert not lets_in(stack, "bus-2")
    wait_until(lambda: post(stack, "bus-1", SAMPLE).code == "2.04", "its message to be taken", 60)
    assert post(stack, "bus-2", SAMPLE).code == "4.03"
    change(stack, "/v1/units", {"unit": "bus-2"})
    wait_until(lambda: lets_in(stack, "bus-2"), "the unit that was registered to be let in", 60)


# ---- what they are to report ----

ORG = "91419001MA9TEA0117"
REGISTER = {
    "orgs.csv": f"org_id,name,kind,industry,project_status,bulk_t_per_year,siding,pipeline\n{ORG},Buses,SOE,TRANSIT,EXISTING,0,NONE,0\n",
    "vehicles.csv": "vehicle_id,plate,category,energy,stage,owner_id,area,built_up,first_registered,added,removed,unit\n"
                    f"LTEA0000000000001,,BUS,BEV,D,{ORG},419001,1,2024-01-01,2024-01-05,,bus-1\n",
}


def put(stack, path, body, status=200, **headers):
    got, _, answer = stack.request("PUT", path, json.dumps(body).encode(), headers)
    assert got == status, answer


class Told:
    """What a unit hears on its config topic."""

    def __init__(self, stack, unit):
        self.client = mqtt(stack, unit).connected()
        self.topic = self.client.topic("config")
        self.client.subscribe(self.topic)

    def next(self):
        while True:
            kind, body = self.client.read()
            if kind == 3:
                topic, payload = self.client.acknowledge(body)
                assert topic == self.topic
                return json.loads(payload) if payload else None


def test_what_a_unit_is_to_report_is_pushed_to_it_and_kept_for_it(stack, tmp_path):
    for name, text in REGISTER.items():
        (tmp_path / name).write_text(text)
        stack.registry("import", tmp_path / name)
    certify(stack, "bus-1")
    put(stack, "/v1/unit-settings/BUS", {"interval_s": 60, "signals": ["odo", "soc"]})
    with contextlib.closing(mqtt(stack, "bus-1").connected()):
        pass
    unit = Told(stack, "bus-1")
    assert unit.next() == {"interval_s": 60, "signals": ["odo", "soc"]}
    answer = change(stack, "/v1/units", {"unit": "bus-1", "interval_s": 5}, **WHATEVER)
    assert (answer["interval_s"], answer["signals"]) == (5, None)
    assert unit.next() == {"interval_s": 5, "signals": ["odo", "soc"]}
    ledger = stack.get_json("/v1/units/bus-1/ledger?from=2025-06-30&to=2025-07-01")
    assert ledger["interval_s"] == 5
    change(stack, "/v1/units", {"unit": "bus-1", "interval_s": None}, **WHATEVER)
    assert unit.next() == {"interval_s": 60, "signals": ["odo", "soc"]}
    assert stack.get_json("/v1/units/bus-1/ledger?from=2025-06-30&to=2025-07-01")["interval_s"] == 60

    # The broker keeps nothing over its restart; the plugin tells it again.
    stack.services["broker"].stop()
    stack.start("broker")
    wait_until(lambda: lets_in(stack, "bus-1"), "the broker to be back", 60)
    unit = Told(stack, "bus-1")
    assert unit.next() == {"interval_s": 60, "signals": ["odo", "soc"]}
    put(stack, "/v1/unit-settings/BUS", {}, **WHATEVER)
    assert unit.next() is None


@pytest.mark.parametrize("transport", ["mqtt", "coap", "coap-tcp"])
def test_the_reference_unit_reports_as_often_and_what_it_is_told(fleet, stack, transport):
    fleet.certify("sim-0001")
    change(stack, "/v1/units", {"unit": "sim-0001", "interval_s": 20, "signals": ["odo", "soc"]})
    directory = stack.state / "gateway" / "directory"
    wait_until(lambda: directory.exists() and "sim-0001" in directory.read_text(), "the gateway to know", 30)
    fleet.run("simulate", "--units", 1, "--interval", "1s", "--duration", "3m", "--speed", 30, "--obey",
              *way_in(stack, transport))
    drained(stack)
    times = [datetime.datetime.fromisoformat(s["at"].replace("Z", "+00:00")) for s in stored(stack, "sim-0001")]
    last = stored(stack, "sim-0001")[-1]
    assert {name for name in ("odo", "soc", "speed", "lat") if name in last} == {"odo", "soc"}
    steps = [(b - a).total_seconds() for a, b in zip(times, times[1:])]
    assert len(times) < 90 and steps[-4:] == [20] * 4, steps


@contextlib.contextmanager
def observing(stack, unit, tcp, log):
    """What a CoAP unit hears that observes its config: the file fills as it comes."""
    command = argv(stack, unit, f"v1/units/{unit}/config", method="get", media=None, tcp=tcp, options=["-s", "120", "-B", "130"])
    with open(log, "wb") as out:
        unit = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        yield lambda text: text in log.read_text(errors="replace")
    finally:
        unit.kill()
        unit.wait()


@pytest.mark.parametrize("tcp", [False, True], ids=["dtls", "tls"])
def test_a_coap_unit_observes_what_it_is_to_report(stack, tmp_path, tcp):
    certify(stack, "bus-1", "bus-2")
    with observing(stack, "bus-1", tcp, tmp_path / "heard") as heard:
        wait_until(lambda: heard(" :: '{}'"), "the answer to the first request", 20)
        change(stack, "/v1/units", {"unit": "bus-1", "interval_s": 5, "signals": ["soc"]})
        wait_until(lambda: heard('{"interval_s":5,"signals":["soc"]}'), "the unit to be told", 60)
        change(stack, "/v1/units", {"unit": "bus-1", "interval_s": 7, "signals": None}, **WHATEVER)
        wait_until(lambda: heard('{"interval_s":7}'), "the unit to be told of the next", 60)
        assert post(stack, "bus-2", b"", path="v1/units/bus-1/config", method="get", media=None, tcp=tcp).code == "4.03"
    assert post(stack, "bus-1", SAMPLE, tcp=tcp).code == "2.04"


@pytest.mark.parametrize(("path", "body", "status"), [
    ("/v1/unit-settings/BUS", {"interval_s": 0}, 400),
    ("/v1/unit-settings/BUS", {"signals": []}, 400),
    ("/v1/unit-settings/BUS", {"signals": ["speed", "colour"]}, 400),
    ("/v1/unit-settings/BUS", {"pace": 1}, 400),
    ("/v1/unit-settings/BOAT", {}, 404),
])
def test_what_no_unit_can_report_is_refused(stack, path, body, status):
    put(stack, path, body, status)


@pytest.mark.parametrize(("path", "body", "status"), [
    ("/v1/units/none:revoke", {"reason": "x"}, 404),
    ("/v1/units/bus-1:revoke", {}, 400),
    ("/v1/units/bus-1:revoke", {"reason": ""}, 400),
    ("/v1/units/bus-1:restore", {"reason": "was never revoked"}, 409),
    ("/v1/units", {"unit": "a/b"}, 400),
])
def test_what_cannot_be_done_to_a_unit_is_refused(stack, path, body, status):
    change(stack, "/v1/units", {"unit": "bus-1"})
    change(stack, path, body, status)

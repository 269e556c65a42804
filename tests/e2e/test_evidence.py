"""What stands behind samples: from frames on the line to ledger, events, evidence and counts at the registry."""
import contextlib
import http.client
import json
import struct

from conftest import configure, drained, publish, stored
from harness.stack import GATEWAY
from test_register import HEADER, ORG, ORGS

VIN = b"LGHEXAMPLE0000001"
LOGIN, REPORT, LOGOUT = 1, 2, 4


def frame(command, data, damage=0):
    """GB/T 32960.3-2016."""
    body = bytes([command, 0xFE]) + VIN + b"\x01" + struct.pack(">H", len(data)) + data
    check = 0
    for byte in body:
        check ^= byte
    return b"##" + body + bytes([check ^ damage])


def clock(second):
    """2025-06-30 08:00 in China, and so many seconds."""
    return bytes([25, 6, 30, 8, second // 60, second % 60])


def login(second):
    return frame(LOGIN, clock(second) + struct.pack(">H", 3) + b"89860012345678901234" + b"\x01\x00")


def logout(second):
    return frame(LOGOUT, clock(second) + struct.pack(">H", 3))


def report(second, damage=0):
    """One vehicle block: 45.2 km/h, 123456.7 km."""
    block = struct.pack(">BBBBHIHHBBBHBB", 1, 1, 3, 1, 452, 1234567, 3500, 10100, 67, 1, 0x0F, 1000, 0, 0)
    return frame(REPORT, clock(second) + block, damage)


def test_a_shift_balances_and_each_sample_leads_to_its_frame(stack, fleet):
    fleet.certify("bus-1", "tram-1")
    configure(stack, 'evidence:\n  keep: ["bus-*"]\n')
    first = login(0) + report(10) + report(20) + report(50)
    for unit in ("bus-1", "tram-1"):
        assert publish(stack, unit, "gbt32960", first).returncode == 0
        assert publish(stack, unit, "gbt32960", report(60) + report(70, damage=1) + logout(80)).returncode == 0
    drained(stack)

    samples = stored(stack, "bus-1")
    assert [sample["at"][14:19] for sample in samples] == ["00:10", "00:20", "00:50", "01:00"]
    status, headers, raw = stack.get(samples[0]["evidence"])
    assert (status, headers["Content-Type"], raw) == (200, "application/octet-stream", first)
    assert all("evidence" not in sample for sample in stored(stack, "tram-1"))

    rejects = stack.get_json("/v1/units/bus-1/rejects")
    assert rejects["counts"] == {"bad-bcc": 1} and len(rejects["rejects"]) == 1
    events = stack.get_json("/v1/units/bus-1/events")
    assert [event["kind"] for event in events["events"]] == ["login", "logout"]
    assert events["vins"][0]["vin"] == VIN.decode() and events["vins"][0]["payloads"] == 2

    day = stack.get_json("/v1/units/bus-1/ledger?from=2025-06-30&to=2025-07-01")["days"][0]
    assert day["basis"]["duty"] == "login" and day["late"] == 4
    assert day["expected"] == day["on_time"] + day["late"] + day["missing"]
    assert day["received"] == day["unique"] + day["duplicate"] == 4
    assert day["gaps"][0] == {"from": "2025-06-30T00:00:20.000Z", "to": "2025-06-30T00:00:50.000Z", "missing": 2}
    # A refused payload counts on the day it arrived, which is not the one that its frames spoke of.
    assert day["refused"] == 0
    assert stack.get_json("/v1/units/bus-1/ledger")["total"]["refused"] == 1


# ---- evidence by category: what the registry tells the gateway ----


def register(stack, folder, **units):
    """A vehicle for each unit: unit → category."""
    (folder / "orgs.csv").write_text(ORGS)
    rows = "".join(f"V-{unit},,{category},DIESEL,6b,{ORG},419001,1,2020-01-01,2020-01-01,,{unit.replace('_', '-')}\n"
                   for unit, category in units.items())
    (folder / "vehicles.csv").write_text(HEADER + rows)
    for name in ("orgs", "vehicles"):
        stack.registry("import", folder / f"{name}.csv")


def directory(stack, etag=None):
    """(status, ETag, body) for the gateway's certificate."""
    context = stack.context()
    context.load_cert_chain(stack.pki / f"gateways/{GATEWAY}.pem", stack.pki / f"gateways/{GATEWAY}.key")
    connection = http.client.HTTPSConnection("localhost", stack.ports["registry"], context=context, timeout=30)
    with contextlib.closing(connection):
        connection.request("GET", "/v1/gateway/units", headers={"If-None-Match": etag} if etag else {})
        answer = connection.getresponse()
        return answer.status, answer.headers["ETag"], answer.read()


def test_the_registry_tells_gateways_alone_which_unit_sits_in_what(stack, tmp_path):
    status, empty, body = directory(stack)
    assert (status, json.loads(body)) == (200, {"units": [], "next": None})
    register(stack, tmp_path, truck_1="MUCK_TRUCK", bus_1="BUS")
    status, etag, body = directory(stack, empty)
    assert status == 200 and json.loads(body)["units"] == [
        {"unit": unit, "category": category, "interval_s": None, "signals": None, "access": "allowed", "revoked": []}
        for unit, category in (("bus-1", "BUS"), ("truck-1", "MUCK_TRUCK"))]
    assert directory(stack, etag) == (304, etag, b"")
    assert stack.get("/v1/gateway/units")[0] in (401, 403)


def test_payloads_of_a_category_are_kept_also_while_the_registry_is_away(stack, fleet, tmp_path):
    fleet.certify("truck-1", "bus-1")
    register(stack, tmp_path, truck_1="MUCK_TRUCK", bus_1="BUS")
    configure(stack, "evidence:\n  categories: [MUCK_TRUCK]\n")
    for unit in ("truck-1", "bus-1"):
        assert publish(stack, unit, "gbt32960", report(10)).returncode == 0
    drained(stack)
    assert [["evidence" in s for s in stored(stack, unit)] for unit in ("truck-1", "bus-1")] == [[True], [False]]

    stack.services["registry"].stop()
    stack.services["gateway"].stop()
    stack.start("gateway")
    for unit in ("truck-1", "bus-1"):
        assert publish(stack, unit, "gbt32960", report(20)).returncode == 0
    stack.start("registry")
    drained(stack)
    assert [["evidence" in s for s in stored(stack, unit)] for unit in ("truck-1", "bus-1")] == [[True] * 2, [False] * 2]

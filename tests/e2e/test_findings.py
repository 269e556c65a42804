"""Every kind of finding by telemetry through the gateway: a scenario that must raise it and a near miss that must not."""
import csv
import datetime
import json
import pathlib
import subprocess

import pytest
from conftest import drained, publish
from harness import chicago
from harness.process import wait_until

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DATA = ROOT.parent / "shared" / "data"
MAPPINGS = ROOT / "tests" / "data" / "mappings"
CHINA = datetime.timezone(datetime.timedelta(hours=8))
NOW = datetime.datetime.now(CHINA)
MIDNIGHT = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
ORG = "91419001MA9TEA0117"
ORGS = ("org_id,name,kind,industry,project_status,bulk_t_per_year,siding,pipeline\n"
        f"{ORG},City transit,SOE,TRANSIT,EXISTING,0,NONE,0\n{chicago.OWNER},Taxis,PRIVATE,TAXI,EXISTING,0,NONE,0\n")
VEHICLE = ("vehicle_id", "plate", "category", "energy", "stage", "owner_id", "area", "built_up", "first_registered", "added",
           "removed", "unit", "disclosure_no", "make", "effective")
SIGNALS = ("lat", "lon", "odo", "soc", "mode", "rpm", "nox", "urea", "mil")
CAR, TRUCK = {"category": "TAXI", "energy": "BEV", "stage": "D"}, {"category": "MUCK_TRUCK", "energy": "DIESEL", "stage": "6b"}


def day(days_ago, hour=12):
    return MIDNIGHT - datetime.timedelta(days=days_ago) + datetime.timedelta(hours=hour)


def steps(start, count, seconds, **signals):
    """`count` samples; a signal is a number or a function of the sample's index."""
    return [(start + datetime.timedelta(seconds=i * seconds), {n: v(i) if callable(v) else v for n, v in signals.items()})
            for i in range(count)]


def each_day(count, hour=12, **signals):
    return [sample for i in range(count) for sample in steps(day(count - i, hour), 1, 1, **signals)]


def use(days, km):
    """Days of use in the middle of the last quarter."""
    this_quarter = MIDNIGHT.replace(month=(MIDNIGHT.month - 1) // 3 * 3 + 1, day=1, hour=12)
    start = this_quarter - datetime.timedelta(days=60)
    return [sample for i in range(days) for sample in steps(start + datetime.timedelta(days=i), 2, 3000,
                                                            odo=lambda k, i=i: 1000 + i * km + k * km)]


# name → (kind, vehicle, samples that raise it, samples of the near miss)
SCENARIOS = {
    "engine": ("electric-with-engine", CAR, steps(day(1), 1, 10, rpm=900), steps(day(1), 30, 10, rpm=0)),
    "battery": ("combustion-without-engine", {**CAR, "energy": "PETROL", "stage": "5"},
                steps(day(1), 60, 10, soc=60, odo=lambda i: 100 + i * 0.1),
                steps(day(1), 60, 10, soc=60, odo=lambda i: 100 + i * 0.1, rpm=lambda i: 800 if i == 30 else 0)),
    "idle": ("nev-hardly-runs", CAR, use(19, 20), use(20, 20)),
    "plug": ("plugin-on-fuel", {**CAR, "energy": "PHEV", "stage": "6b"},
             steps(day(1, 2), 7, 3600, odo=lambda i: 100 * i, mode="fuel"),
             steps(day(1, 2), 6, 3600, odo=lambda i: 100 * i, mode=lambda i: "electric" if i == 1 else "fuel")),
    "nonox": ("nox-missing", TRUCK, steps(day(1), 360, 10, rpm=1300), steps(day(1), 359, 10, rpm=1300)),
    "nox": ("nox-high", TRUCK,
            [s for d in (3, 2, 1) for s in steps(day(d), 60, 10, rpm=1300, nox=600)],
            [s for d in (3, 2, 1) for s in steps(day(d), 60, 10, rpm=1300, nox=400)]),
    "urea": ("reagent-empty", TRUCK, each_day(7, urea=0), each_day(6, urea=0)),
    "lamp": ("lamp-on", TRUCK, each_day(7, mil="true"), each_day(6, mil="true")),
    "frozen": ("position-frozen", CAR, steps(day(1), 12, 60, lat=35.1, lon=112.6, odo=lambda i: 500 + i),
               steps(day(1), 10, 60, lat=35.1, lon=112.6, odo=lambda i: 500 + i)),
    "odometer": ("odometer-back", CAR, steps(day(1), 2, 60, odo=lambda i: 500 - i * 5),
                 steps(day(1), 2, 60, odo=lambda i: 500 - i * 0.5)),
    "jump": ("two-places", CAR, steps(day(1), 2, 60, lat=lambda i: 35 + i, lon=112.6),
             steps(day(1), 2, 60, lat=lambda i: 35 + i * 0.04, lon=112.6)),
    "silent": ("terminal-silent", CAR, steps(day(5), 2, 60, soc=50), steps(day(1), 2, 60, soc=50)),
    "clock": ("terminal-clock", CAR, steps(NOW + datetime.timedelta(hours=1), 2, 1, soc=50),
              steps(NOW + datetime.timedelta(seconds=60), 2, 1, soc=50)),
}
# A square of some kilometres; inside is 35.05 N 112.65 E.
SQUARE = '"POLYGON ((112.6 35.0, 112.7 35.0, 112.7 35.1, 112.6 35.1, 112.6 35.0))"'
YARD = '"POLYGON ((113.6 35.0, 113.7 35.0, 113.7 35.1, 113.6 35.0))"'
SITES = (f"site_id,org_id,name,kind,polygon\nworks,{ORG},Works,PLANT,{SQUARE}\ntown,,Town,BUILT_UP,{SQUARE}\n"
         f"yard,{chicago.OWNER},Yard,PARK,{YARD}\n")
MACHINE = {"category": "NON_ROAD", "energy": "DIESEL"}
OUTSIDE = {**TRUCK, "built_up": "0"}
INSIDE, BEYOND = {"lat": 35.05, "lon": 112.65, "rpm": 1300}, {"lat": 35.25, "lon": 112.65, "rpm": 1300}
# name → (kind, vehicle of the finding, its samples, vehicle of the near miss, its samples)
PLACES = {
    "loader": ("machine-at-site", {**MACHINE, "stage": "2"}, steps(day(1), 45, 60, **INSIDE),
               {**MACHINE, "stage": "3"}, steps(day(1), 45, 60, **INSIDE)),
    "town": ("built-up-undeclared", OUTSIDE, steps(day(1, 1), 160, 240, **INSIDE),
             OUTSIDE, steps(day(1, 1), 160, 240, **BEYOND)),
}
MONTH = (MIDNIGHT.replace(day=1) - datetime.timedelta(days=1)).replace(day=15, hour=12)
FREIGHT = "org_id,period,commodity,direction,mode,tonnes,km,container,counterpart\n" + "".join(
    f"{org},{MONTH:%Y-%m},COAL,IN,TRUCK_CN6,100.0,85,0,Gate test\n" for org in (ORG, chicago.OWNER))
# 11 % more than declared, and in the yard just 10 %.
GATE_TRIPS = ("site_id,gate,direction,at,plate,vehicle_id,energy,stage,cargo,tonnes\n" + "".join(
    f"{site},north,IN,{(MONTH + datetime.timedelta(minutes=i)).isoformat()},豫U1234{i},,DIESEL,6b,coal,{t}\n"
    for site, tonnes in (("works", (60, 51)), ("yard", (60, 50))) for i, t in enumerate(tonnes)))
OF_UNIT = ("terminal-silent", "terminal-clock")
# kind → (vehicle of the finding, vehicle of the near miss): papers alone
PAPERS = {
    "plate-energy": ({**CAR, "energy": "PETROL", "stage": "5", "plate": "豫UD12345"}, {**CAR, "plate": "豫UD12346"}),
    "stage-date": ({**TRUCK, "stage": "5", "first_registered": "2021-07-01"},
                   {**TRUCK, "stage": "5", "first_registered": "2021-06-30"}),
    "disclosure-stage": ({**TRUCK, "category": "NON_ROAD", "stage": "3", "disclosure_no": "CNFJG200TEST000000000001"},
                         {**TRUCK, "category": "NON_ROAD", "stage": "3", "disclosure_no": "CNFJG300TEST000000000001"}),
    "maker-electric": ({**CAR, "energy": "HEV", "stage": "X", "make": "TESLA"}, {**CAR, "make": "TESLA"}),
}
OWN, OTHER = "LTESTBEV5P1000001", "LTESTTRK6R1000002"
PAIR, PAIR_NEAR = "LTESTBUS3N1000003", "LTESTFCEXR1000007"


def register(stack, folder, vehicles):
    (folder / "orgs.csv").write_text(ORGS)
    with (folder / "vehicles.csv").open("w", newline="") as file:
        out = csv.DictWriter(file, VEHICLE)
        out.writeheader()
        for vehicle in vehicles:
            out.writerow({"owner_id": ORG, "area": "419001", "built_up": "1", "added": "2016-01-01", **vehicle})
    import_files(stack, folder, "orgs", "vehicles")


def import_files(stack, folder, *names, **texts):
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text)
    for name in (*names, *texts):
        stack.registry("import", folder / f"{name}.csv")


def replay(fleet, folder, name, samples, *options):
    """samples: unit → [(time, signals)]"""
    (folder / f"{name}.yaml").write_text(
        'unit: "{unit}"\ntime:\n  columns: [at]\n  format: rfc3339\nsignals:\n' +
        "".join(f"  - {{signal: {s}, column: {s}}}\n" for s in SIGNALS))
    with (folder / f"{name}.csv").open("w", newline="") as file:
        out = csv.DictWriter(file, ("unit", "at", *SIGNALS))
        out.writeheader()
        for unit, said in samples.items():
            for at, signals in said:
                out.writerow({"unit": unit, "at": at.isoformat(), **signals})
    fleet.run("replay", "--samples-per-message", 50, *options, "--mapping", folder / f"{name}.yaml", folder / f"{name}.csv")


def tamper_frame(vin, at):
    """GB 17691 annex Q: a removal alarm with the terminal's last place."""
    data = bytes((at.year - 2000, at.month, at.day, at.hour, at.minute, at.second)) + b"\0\1" + bytes(9)
    body = b"\x06" + vin.encode() + b"\x01\x01" + len(data).to_bytes(2, "big") + data
    check = 0
    for byte in body:
        check ^= byte
    return b"##" + body + bytes((check,))


def settled(stack):
    drained(stack)
    wait_until(lambda: stack.get_json("/v1/balance")["hours_waiting"] == 0, "the rollup to be done", 60, every=0.2)


def found(stack, *options):
    """{(kind, subject): finding} of what stands after a look at everybody."""
    findings = json.loads(stack.registry("findings", "--run", "--format", "json", *options))
    return {(f["kind"], f["subject"]): f for f in findings}


def scenario_vehicles():
    for name, (_, vehicle, _, _) in SCENARIOS.items():
        for end in ("r", "n"):
            yield {**vehicle, "vehicle_id": f"{name.upper()}-{end.upper()}", "unit": f"{name}-{end}"}
    for name, (_, found_one, _, near_miss, _) in PLACES.items():
        yield {**found_one, "vehicle_id": f"{name.upper()}-R", "unit": f"{name}-r"}
        yield {**near_miss, "vehicle_id": f"{name.upper()}-N", "unit": f"{name}-n"}
    for kind, ends in PAPERS.items():
        for vehicle, end in zip(ends, "RN"):
            yield {**vehicle, "vehicle_id": f"{kind.upper()}-{end}"}
    yield {**CAR, "vehicle_id": OWN, "unit": "own-0001"}
    yield {**CAR, "vehicle_id": "LTESTBEV7P1000002", "unit": "other-0001"}
    yield {**CAR, "vehicle_id": PAIR, "unit": "far-a"}
    yield {**CAR, "vehicle_id": PAIR_NEAR, "unit": "near-a"}
    yield {**TRUCK, "vehicle_id": "TAMPERED", "unit": "tampered"}


def send_frames(stack, fleet, folder):
    """Frames carry identification numbers: right ones, wrong ones, one number from two units."""
    one = ("--units", 1, "--duration", "1m", "--format", "gbt32960", "--start-at", day(1).isoformat())
    fleet.run("simulate", "--prefix", "own", *one, "--vin", OWN)
    fleet.run("simulate", "--prefix", "other", *one, "--vin", "LTESTBEV7P1000002")
    fleet.run("simulate", "--prefix", "other", *one, "--vin", OTHER)
    for name, vin, north in (("far", PAIR, 1.0), ("near", PAIR_NEAR, 0.01)):
        replay(fleet, folder, name, {f"{name}-{unit}": steps(day(1), 10, 60, lat=35 + k * north, lon=112.6)
                                     for k, unit in enumerate("ab")}, "--format", "gbt32960", "--vin", vin)
    assert publish(stack, "tampered", "gb17691", tamper_frame(OTHER, day(1))).returncode == 0


def test_every_scenario_raises_its_finding_and_no_near_miss_does(stack, fleet, tmp_path):
    register(stack, tmp_path, scenario_vehicles())
    import_files(stack, tmp_path, sites=SITES, trips=GATE_TRIPS, freight=FREIGHT)
    units = [f"{name}-{end}" for name in (*SCENARIOS, *PLACES) for end in "rn"]
    fleet.certify(*units, "own-0001", "other-0001", "far-a", "far-b", "near-a", "near-b", "tampered")
    replay(fleet, tmp_path, "scenarios", {f"{name}-{end}": samples for name, (_, _, *both) in SCENARIOS.items()
                                          for end, samples in zip("rn", both)} |
           {f"{name}-{end}": samples for name, (_, _, one, _, other) in PLACES.items()
            for end, samples in (("r", one), ("n", other))})
    send_frames(stack, fleet, tmp_path)
    settled(stack)
    findings = found(stack)
    for name, (kind, _, _, _) in SCENARIOS.items():
        subject = name if kind in OF_UNIT else name.upper()
        ends = ("-r", "-n") if kind in OF_UNIT else ("-R", "-N")
        assert (kind, subject + ends[0]) in findings, kind
        assert (kind, subject + ends[1]) not in findings, kind
    for name, (kind, *_) in PLACES.items():
        assert (kind, f"{name.upper()}-R") in findings and (kind, f"{name.upper()}-N") not in findings, kind
    gate = findings["gate-tonnes", f"{ORG}/{MONTH:%Y-%m}"]["evidence"]
    assert (gate["declared_t"], gate["gate_t"]) == ("100.0", "111.0")
    assert ("gate-tonnes", f"{chicago.OWNER}/{MONTH:%Y-%m}") not in findings
    for kind in PAPERS:
        assert (kind, f"{kind.upper()}-R") in findings and (kind, f"{kind.upper()}-N") not in findings, kind
    for kind in ("terminal-two-vehicles", "terminal-other-vin"):
        assert (kind, "other-0001") in findings and (kind, "own-0001") not in findings, kind
    assert ("two-places", PAIR) in findings and ("two-places", PAIR_NEAR) not in findings
    assert ("terminal-removed", "tampered") in findings and ("terminal-removed", "own-0001") not in findings
    assert found(stack) == findings  # looking again changes nothing
    verdicts_know_of_it(stack, findings)
    decide_and_correct(stack, tmp_path, findings["electric-with-engine", "ENGINE-R"])


def behind(stack, rule):
    return {row["vehicle_id"]: row for row in stack.get_json(f"/v1/compliance/{rule}/vehicles?limit=1000")["vehicles"]}


def verdicts_know_of_it(stack, findings):
    """A figure says how many of its vehicles are contradicted, each vehicle by which finding."""
    rule = next(rule for rule in stack.get_json("/v1/compliance")["rules"] if rule["id"] == "R2-05b")
    taxis = behind(stack, "R2-05b")
    for one, kind in (("ENGINE", "electric-with-engine"), ("PLUG", "plugin-on-fuel"), ("BATTERY", "combustion-without-engine")):
        number = findings[kind, f"{one}-R"]["id"]
        assert taxis[f"{one}-R"]["verified"] == "contradicted" and taxis[f"{one}-N"]["verified"] == "telemetry"
        assert (taxis[f"{one}-R"]["finding"], taxis[f"{one}-N"]["finding"]) == ({"kind": kind, "number": number}, None)
    assert taxis["PLATE-ENERGY-R"]["verified"] == "contradicted" and taxis["PLATE-ENERGY-N"]["verified"] == "silent"
    counted = [row["verified"] for row in taxis.values()]
    assert rule["verified"] == {"by_telemetry": counted.count("telemetry"), "contradicted": counted.count("contradicted"),
                                "silent": counted.count("silent")}
    trips = stack.get_json("/v1/compliance/R2-07/vehicles")["vehicles"]
    assert [(t["plate"], t["matched"], t["vehicle_id"], t["tonnes"], t["counts"], t["verified"]) for t in trips] == [
        ("豫U12340", False, None, 60, "yes", "silent"), ("豫U12341", False, None, 51, "yes", "silent")]
    assert rule["verdict"] == "DISPUTED" and rule["measured"]["denominator"] == rule["denominator"]


def decide_and_correct(stack, folder, finding):
    """A person explains it; the register is put right; it closes and keeps its history."""
    body = json.dumps({"decision": "explained", "note": "a test bench, document 17"}).encode()
    status, _, answer = stack.request("POST", f"/v1/findings/{finding['id']}:decide", body, {"Content-Type": "application/json"})
    assert status == 200 and json.loads(answer)["status"] == "explained"
    assert behind(stack, "R2-05b")["ENGINE-R"]["verified"] == "telemetry"
    status, _, _ = stack.request("PATCH", f"/v1/vehicles/{finding['subject']}", b'{"energy": "PHEV", "stage": "6b"}',
                                 {"Content-Type": "application/json", "If-Match": "*"})
    assert status == 200
    assert ("electric-with-engine", "ENGINE-R") not in found(stack)
    whole = stack.get_json(f"/v1/findings/{finding['id']}")
    assert [step["status"] for step in whole["history"]] == ["open", "explained", "closed"]
    assert whole["history"][1]["author"] == "stack-admin" and whole["decision"] == "explained"
    samples = stack.get_json(finding["evidence"]["days"][0]["samples"])["samples"]
    assert [s["rpm"] for s in samples] == [900]


def recorded(stack, fleet, name):
    argv = ["replay", "--mapping", MAPPINGS / f"{name}.yaml", DATA / f"{name}.csv.gz"]
    units = subprocess.run([stack.bin / "evroll-unit", argv[0], "--list-units", *argv[1:]], capture_output=True, text=True,
                           check=True).stdout.split()
    fleet.certify(*units)
    fleet.run(argv[0], "--samples-per-message", 100, *argv[1:])
    return units


def test_real_recordings_and_lists_are_questioned_where_they_should_be(stack, fleet, tmp_path):
    if not DATA.exists():
        pytest.skip(f"{DATA} is not here")
    cars, twizy = recorded(stack, fleet, "ice_envirocar"), recorded(stack, fleet, "bev_twizy")
    settled(stack)
    register(stack, tmp_path, [{**CAR, "vehicle_id": unit.upper(), "unit": unit} for unit in cars + twizy])
    energy = {k for k in found(stack) if k[0] in ("electric-with-engine", "combustion-without-engine")}
    assert energy == {("electric-with-engine", unit.upper()) for unit in cars}
    # The record is corrected: they were petrol cars all the time.
    petrol = [{**CAR, "energy": "PETROL", "stage": "5", "vehicle_id": unit.upper(), "unit": unit, "effective": "2016-01-01"}
              for unit in cars + twizy]
    listed = list(chicago.vehicles(DATA / "chicago_public_passenger_vehicles.csv", ("Taxi", "Livery")))
    register(stack, tmp_path, petrol + listed)
    findings = found(stack)
    energy = {k for k in findings if k[0] in ("electric-with-engine", "combustion-without-engine")}
    assert energy == {("combustion-without-engine", unit.upper()) for unit in twizy}
    assert {k[1] for k in findings if k[0] == "maker-electric"} == {"CHI-7823Livery", "CHI-9081Livery"}

"""Every payload format, over both ways in, from a unit to the registry."""
import json
import pathlib
import shutil
import subprocess

import pytest
from conftest import configure, drained, made_once, publish, stored, way_in

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
VECTORS = ROOT.parent / "shared" / "vectors" / "frames.jsonl"

# What a format carries of each signal, and its resolution; None: the same value.
GBT32960 = {"lat": 1e-6, "lon": 1e-6, "speed": 0.1, "odo": 0.1, "soc": 1, "batt_v": 0.1, "batt_a": 0.1, "charging": None,
            "mode": None, "rpm": 1}
GB17691 = {"lat": 1e-6, "lon": 1e-6, "speed": 1 / 256, "odo": 0.1, "soc": 1, "batt_v": 0.1, "batt_a": 0.1, "rpm": 0.125,
           "fuel": 0.05, "nox": 0.05, "urea": 0.4, "mil": None}
# SenML's own numbers, as the signal table rounds them.
SENML = {name: 1e-9 for name in {**GBT32960, **GB17691, "hours": 0}} | {"charging": None, "mode": None, "mil": None}
# unit prefix → options of evroll-unit and what comes of them
FORMATS = {
    "json": (["--format", "senml-json"], SENML),
    "g16": (["--format", "gbt32960"], GBT32960),
    "g25": (["--format", "gbt32960", "--edition", "2025", "--reissue"], GBT32960),
    "l1": (["--format", "gb17691", "--layout", "l1"], GB17691),
    "l1b": (["--format", "gb17691", "--layout", "l1b"], GB17691),
    "l2": (["--format", "gb17691", "--layout", "l2"], GB17691),
    "l3": (["--format", "gb17691", "--layout", "l3"], GB17691),
}
UNITS, SAMPLES = 10, 60


@pytest.fixture(scope="session")
def authority(authority, tmp_path_factory):
    """With a certificate for each unit that speaks here: every test needs a hundred."""
    units = [f"{name}-{i:04}" for name in ("cbor", *FORMATS) for i in range(1, UNITS + 1)]
    if VECTORS.exists():
        units += frames()

    def make(folder):
        shutil.copytree(authority, folder)
        subprocess.run([ROOT / "certs" / "evroll-ca", "--dir", folder, "unit", *units], check=True, capture_output=True)

    return made_once(tmp_path_factory, "formats", make)


def events(stack, unit):
    return stack.get_json(f"/v1/units/{unit}/events?from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&limit=100")["events"]


def same(reference, sample, resolutions):
    """The names whose values differ by more than the format's resolution, or that stand in one only."""
    wrong = []
    for name, step in resolutions.items():
        if (name in reference) != (name in sample):
            wrong.append(name)
        elif name in reference and step is None and reference[name] != sample[name]:
            wrong.append(name)
        elif name in reference and step is not None and abs(reference[name] - sample[name]) > step:
            wrong.append(name)
    return wrong


@pytest.mark.parametrize("transport", ["mqtt", "coap", "coap-tcp"])
def test_the_same_fleet_says_the_same_in_every_format(stack, fleet, transport):
    names = ["cbor", *FORMATS]
    common = ["--units", UNITS, "--seed", 7, "--duration", f"{SAMPLES * 10}s", "--samples-per-message", 4,
              *way_in(stack, transport)]
    for name in names:
        fleet.run("simulate", "--prefix", name, *common, *FORMATS.get(name, [[]])[0])
        report = json.loads(fleet.report.read_text())
        assert report["refused"] == 0
        assert report["samples_acknowledged"] == UNITS * SAMPLES
        assert report["acknowledged"] == UNITS * (SAMPLES // 4 + (2 if name in FORMATS and name != "json" else 0))
    drained(stack)
    for i in range(1, UNITS + 1):
        expected = stored(stack, f"cbor-{i:04}")
        assert len(expected) == SAMPLES
        for name, (_, resolutions) in FORMATS.items():
            unit = f"{name}-{i:04}"
            got = stored(stack, unit)
            # Each once, none for a login or logout.
            assert [s["at"] for s in got] == [s["at"] for s in expected], unit
            for want, have in zip(expected, got):
                assert not same(want, have, resolutions), f"{unit}: {want} {have}"
            kinds = [event["kind"] for event in events(stack, unit)]
            if name != "json":
                assert kinds.count("login") == 1 and kinds.count("logout") == 1, f"{unit}: {kinds}"
            assert stack.get_json(f"/v1/units/{unit}/rejects")["rejects"] == []


def test_the_answer_to_a_frame_goes_by_the_layout_that_is_configured(stack, fleet):
    configure(stack, 'units:\n  layouts: [{unit: "fixed-*", layout: L3}]\n')
    fleet.certify("fixed-0001", "free-0001")
    for prefix, refused in (("fixed", SAMPLES), ("free", 0)):
        fleet.run("simulate", "--prefix", prefix, "--units", 1, "--duration", f"{SAMPLES * 10}s", *FORMATS["l1"][0],
                  *way_in(stack, "coap"), status=1 if refused else 0)
        assert json.loads(fleet.report.read_text())["refused"] == refused
    drained(stack)
    rejects = {unit: stack.get_json(f"/v1/units/{unit}/rejects?limit=100")["rejects"] for unit in ("fixed-0001", "free-0001")}
    assert {unit: len(those) for unit, those in rejects.items()} == {"fixed-0001": SAMPLES, "free-0001": 0}


# ---- frames of others ----


def post(stack, unit, format_, payload):
    """libcoap's own client as an onboard unit; gives the code it was answered with, "" for success."""
    file = stack.state / f"{unit}.bin"
    file.write_bytes(payload)
    done = subprocess.run(
        ["coap-client-openssl", "-m", "post", "-t", "42", "-B", "20", "-f", file, "-R", stack.pki / "ca.pem",
         "-c", stack.pki / "units" / f"{unit}.pem", "-j", stack.pki / "units" / f"{unit}.key",
         f"coaps://localhost:{stack.ports['coap']}/v1/units/{unit}/{format_}"], capture_output=True, text=True, timeout=40)
    assert done.returncode == 0, done.stderr
    return (done.stdout + done.stderr).strip()[:4]


def frames():
    """Each of the vectors, by the unit that says it."""
    lines = [json.loads(line) for line in VECTORS.read_text().splitlines() if line.strip()]
    return {f"v-{number:03}": vector for number, vector
            in enumerate(line for line in lines if not line["protocol"].startswith("jt808"))}


def speaks_of_a_vehicle(vector):
    """Whether the frame has something for the registry: those between platforms and terminals and of makers have not."""
    return vector["expect"]["cmd"] in ((1, 2, 3, 4, 7, 8, 9) if vector["protocol"].startswith("gbt32960") else range(1, 8))


def expected_reject(vector):
    """The reason a frame is refused for, None when it is taken; \"\" for some reason."""
    expect = vector["expect"]
    if not vector["valid"]:
        return ""
    if vector["protocol"].startswith("gbt32960") and expect["response"] != 0xFE:
        return "answer-frame"  # well formed, but no telemetry
    if isinstance((expect.get("body") or {}).get("time"), dict):
        return "impossible-time"  # well formed, but its time is none
    return None


@pytest.mark.skipif(not VECTORS.exists(), reason=f"{VECTORS} is not here")
@pytest.mark.parametrize("transport", ["mqtt", "coap"])
def test_every_frame_of_others_is_taken_or_refused_with_its_reason(stack, transport):
    said_by = frames()
    for unit, vector in said_by.items():
        format_ = "gbt32960" if vector["protocol"].startswith("gbt32960") else "gb17691"
        payload = bytes.fromhex(vector["hex"])
        if transport == "mqtt":
            assert publish(stack, unit, format_, payload).returncode == 0
        else:
            answer = post(stack, unit, format_, payload)
            assert answer == ("" if expected_reject(vector) is None else "4.00"), f"{vector['id']}: {answer}"
    drained(stack)
    wrong = []
    for unit, vector in said_by.items():
        reasons = [r["reason"] for r in stack.get_json(f"/v1/units/{unit}/rejects")["rejects"]]
        said = len(stored(stack, unit)) + len(events(stack, unit))
        expected = expected_reject(vector)
        if expected is None and (reasons or bool(said) != speaks_of_a_vehicle(vector)):
            wrong.append((vector["id"], "taken", reasons, said))
        if expected is not None and (len(reasons) != 1 or (expected and reasons != [expected]) or not reasons[0]):
            wrong.append((vector["id"], expected or "refused", reasons, said))
    assert not wrong

"""What-if: the figures that it promises are those that the register gives once the change is made."""
import csv
import io
import json
import random
import shutil
import subprocess

import pytest

from test_lists import AS_OF, BODY, BUSES, HEADER, TAXIS, fill, registry

CATEGORIES = ("BUS", "TAXI", "RIDEHAIL", "SANITATION", "OFFICIAL_CAR", "LOGISTICS", "MUCK_TRUCK")
OWNERS = (BUSES, TAXIS, BODY)


def random_vehicle(rnd, name, added):
    energy = rnd.choice(("BEV", "DIESEL", "PHEV", "HEV"))
    stage = "D" if energy == "BEV" else rnd.choice(("4", "5", "6a", "X"))
    return [name, "", rnd.choice(CATEGORIES), energy, stage, rnd.choice(OWNERS), rnd.choice(("419001", "419002")),
            rnd.choice("01"), added, added, "", ""]


def write(path, header, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def figures(db):
    answer = json.loads(registry(db, "compliance", "--as-of", AS_OF, "--format", "json"))
    return {r["id"]: (r["numerator"], r["denominator"], r["verdict"], r["shortfall"]) for r in answer["rules"]
            if r["kind"] in ("STOCK_SHARE", "FLOW_SHARE")}


def side(answer, name):
    return {r["id"]: tuple(r[f"{part}_{name}"] for part in ("numerator", "denominator", "verdict", "shortfall"))
            for r in answer["rules"]}


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    folder = tmp_path_factory.mktemp("what-if")
    registry(folder / "r.db", "migrate")
    fill(lambda *argv: registry(folder / "r.db", *argv), folder)
    rnd = random.Random(1)
    rows = [random_vehicle(rnd, f"V{i:03}", rnd.choice(("2022-05-01", "2024-03-01", "2025-06-30"))) for i in range(150)]
    registry(folder / "r.db", "import", write(folder / "more.csv", HEADER.split(","), rows))
    return folder / "r.db"


@pytest.mark.parametrize("seed", range(4))
def test_the_promise_is_what_the_register_gives_afterwards(db, tmp_path, seed):
    rnd = random.Random(seed)
    header = HEADER.split(",")
    changes = []
    for i in rnd.sample(range(150), 40):  # of another kind, elsewhere, or gone
        row = random_vehicle(rnd, f"V{i:03}", "")
        row[8] = ""
        if rnd.random() < 0.3:
            row[10] = AS_OF
        changes.append(row)
    changes += [random_vehicle(rnd, f"NEW{i:02}", AS_OF) for i in range(20)]
    promise = json.loads(registry(db, "what-if", write(tmp_path / "list.csv", header, changes), "--as-of", AS_OF,
                                  "--format", "json"))
    assert promise["refused"] == 0 and promise["applied"] == 60
    assert side(promise, "before") == figures(db)
    # The same, made: on a copy, from the day on.
    copy = tmp_path / "copy.db"
    shutil.copy(db, copy)
    now = {r["vehicle_id"]: r for r in csv.DictReader(io.StringIO(
        registry(db, "list", "no-terminal", "--as-of", AS_OF, "--format", "csv")))}
    made = []
    for row in changes:
        known = now.get(row[0])
        whole = [value or (known.get(name, "") if known and name in ("first_registered", "added") else "")
                 for name, value in zip(header, row)]
        made.append(whole + [AS_OF if known else ""])
    registry(copy, "import", write(tmp_path / "made.csv", header + ["effective"], made))
    assert side(promise, "after") == figures(copy)
    assert side(promise, "before") != side(promise, "after")


def test_nothing_is_stored(db, tmp_path):
    before = figures(db)
    path = write(tmp_path / "list.csv", ["vehicle_id", "removed"], [[f"BUS-0{i}", AS_OF] for i in range(10)])
    answer = json.loads(registry(db, "what-if", path, "--as-of", AS_OF, "--format", "json"))
    assert answer["applied"] == 10 and side(answer, "after")["R2-05a"] != before["R2-05a"]
    assert figures(db) == before


def test_a_vehicle_replaced_by_another_leaves(db, tmp_path):
    (tmp_path / "list.json").write_text(json.dumps({"vehicles": [
        {"vehicle_id": "BUS-NEW", "category": "BUS", "energy": "BEV", "stage": "D", "owner_id": BUSES, "area": "419001",
         "built_up": True, "replaces": "BUS-08"},
        {"vehicle_id": "BUS-07", "energy": "BEV", "stage": "D"}]}))
    answer = json.loads(registry(db, "what-if", tmp_path / "list.json", "--as-of", AS_OF, "--format", "json"))
    before, after = side(answer, "before")["R2-05a"], side(answer, "after")["R2-05a"]
    assert after[:2] == (before[0] + 2, before[1])
    assert side(answer, "after")["R2-04a"][1] == side(answer, "before")["R2-04a"][1] + 1
    assert answer["applied"] == 3


def test_rows_that_cannot_be_are_named_and_the_others_count(db, tmp_path):
    path = write(tmp_path / "list.csv", ["vehicle_id", "category", "energy", "removed", "replaces", "owner_id"], [
        ["BUS-01", "", "STEAM", "", "", ""],
        ["BUS-02", "", "DIESEL", "", "", ""],
        ["BUS-02", "", "BEV", "", "", ""],
        ["UNKNOWN", "", "BEV", "", "", ""],
        ["BUS-03", "", "", "", "NOBODY", ""],
        ["BUS-04", "", "", "2026-01-01", "", ""],
        ["BUS-05", "", "", "", "", "91419001MA9TEA054L"],
    ])
    answer = json.loads(subprocess_ok(db, "what-if", path, "--as-of", AS_OF, "--format", "json"))
    said = {(r["line"], r["column"]): r["refused"] for r in answer["remarks"]}
    assert said[(2, "energy")] and said[(4, "vehicle_id")] and said[(5, "category")] and said[(6, "replaces")]
    assert said[(7, "removed")] is False and said[(8, "owner_id")]
    assert side(answer, "after")["R2-05a"][0] == side(answer, "before")["R2-05a"][0] - 1


def subprocess_ok(db, *argv):
    """What was refused shows in the exit code."""
    import os
    from harness.stack import build_dir
    done = subprocess.run([build_dir() / "bin" / "evroll-registry", *map(str, argv)], capture_output=True, text=True,
                          env={**os.environ, "EVROLL_DB": f"sqlite:{db}"}, timeout=60, check=False)
    assert done.returncode == 1 and "refused" in done.stderr
    return done.stdout


def test_a_list_that_cannot_be_read_is_refused_whole(db, tmp_path):
    for text, saying in (("", "empty"), ("vehicle_id,colour\n", "colour"), ("energy\nBEV\n", "vehicle_id is missing"),
                         ("vehicle_id,energy,energy\n", "twice")):
        (tmp_path / "list.csv").write_text(text)
        assert saying in registry(db, "what-if", tmp_path / "list.csv", status=2)
    (tmp_path / "list.json").write_text('{"vehicles": 1}')
    assert "expected a list" in registry(db, "what-if", tmp_path / "list.json", status=2)
    assert "no-such" in registry(db, "what-if", tmp_path / "no-such.csv", status=2)


def test_the_api_takes_csv_and_json_and_stores_nothing(stack, tmp_path):
    fill(stack.registry, tmp_path)
    target = f"/v1/compliance/R2-05a/what-if?as_of={AS_OF}"
    answers = []
    for body, kind in ((b"vehicle_id,energy,stage\nBUS-08,BEV,D\n", "text/csv"),
                       (json.dumps([{"vehicle_id": "BUS-08", "energy": "BEV", "stage": "D"}]).encode(), "application/json")):
        status, _, text = stack.request("POST", target, body=body, headers={"Content-Type": kind})
        assert status == 200, text
        answers.append(json.loads(text))
    assert [[r["line"] for r in answer.pop("remarks")] for answer in answers] == [[2], [1]]  # it is no VIN
    assert answers[0] == answers[1] and answers[0]["applied"] == 1
    assert side(answers[0], "after")["R2-05a"][0] == side(answers[0], "before")["R2-05a"][0] + 1
    assert stack.request("POST", target, body=b"[1", headers={"Content-Type": "application/json"})[0] == 400
    assert stack.request("POST", "/v1/compliance/R9/what-if", body=b"[]")[0] == 404
    again = stack.get_json(f"/v1/compliance?as_of={AS_OF}")
    assert {r["id"]: (r["numerator"], r["denominator"]) for r in again["rules"] if r["id"] in side(answers[0], "before")} == {
        rule: figures[:2] for rule, figures in side(answers[0], "before").items()}


def test_avoided_emissions_show_their_inputs(stack):
    answer = stack.get_json("/v1/avoided-emissions?distance_km=60000&fuel_l_100km=35&kwh_km=1.6&grid=grid_central_2023")
    assert [round(answer["co2"][part] / 1e6, 3) for part in ("before_g", "after_g", "avoided_g")] == [54.612, 50.602, 4.010]
    assert {row["name"]: row["origin"] for row in answer["inputs"]} == {
        "vehicles": "given", "distance": "given", "fuel": "given", "energy": "given", "nox_cn5": "found",
        "diesel_co2": "known", "diesel_density": "known", "grid_central_2023": "found"}
    assert json.loads(stack.registry("avoided", "--distance-km", "60000", "--fuel-l-100km", "35", "--kwh-km", "1.6", "--grid",
                                     "grid_central_2023", "--format", "json")) == answer
    for query, status in (("distance_km=x", 400), ("grid=coal", 400), ("vehicle=NONE", 404), ("speed=1", 400)):
        assert stack.request("GET", f"/v1/avoided-emissions?{query}")[0] == status

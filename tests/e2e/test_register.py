"""The register and the plan as an officer meets them: files in, figures out, down to the vehicles."""
import csv
import io
import json
import subprocess

import pytest

ORG = "91419001MA9TEA0117"
ORGS = f"""org_id,name,kind,industry,project_status,bulk_t_per_year,siding,pipeline
{ORG},City transit,SOE,TRANSIT,EXISTING,0,NONE,0
"""
HEADER = "vehicle_id,plate,category,energy,stage,owner_id,area,built_up,first_registered,added,removed,unit\n"


def bus(i, energy, added="2020-01-01", removed=""):
    stage = "D" if energy in ("BEV", "FCEV") else "6b"
    return f"BUS-{i:04d},,BUS,{energy},{stage},{ORG},419001,1,{added},{added},{removed},\n"


def import_files(stack, folder, **texts):
    for name in ("orgs", "vehicles", "exemptions"):
        if name in texts:
            (folder / f"{name}.csv").write_text(texts[name])
            stack.registry("import", folder / f"{name}.csv")


@pytest.fixture
def buses(stack, tmp_path):
    """120 buses, 6 of them for emergencies, 108 new-energy vehicles none of which is one of the 6."""
    vehicles = HEADER + "".join(bus(i, "BEV" if i <= 108 else "DIESEL") for i in range(1, 121))
    exemptions = "vehicle_id,reason,document,from,to\n" + "".join(
        f"BUS-{i:04d},EMERGENCY,Doc {i},2020-01-01,2026-12-31\n" for i in range(115, 121))
    import_files(stack, tmp_path, orgs=ORGS, vehicles=vehicles, exemptions=exemptions)
    return stack


def rule(answer, rule_id):
    return next(r for r in answer["rules"] if r["id"] == rule_id)


def test_a_stock_share_leaves_exempt_vehicles_out_of_both_sides(buses):
    answer = buses.get_json("/v1/compliance?as_of=2025-12-31")
    assert answer["as_of"] == "2025-12-31"
    r = rule(answer, "R2-05a")
    assert (r["numerator"], r["denominator"], r["exempt"], r["unknown"]) == (108, 114, 6, 0)
    assert r["value"] == pytest.approx(0.947368, abs=1e-6)
    assert r["verdict"] == "MET" and r["shortfall"] == 0
    assert r["threshold"] == [90, 100] and r["threshold_source"] and r["strength"] == "STRIVE"
    assert r["due"] == "2025-12-31" and r["comparator"] == "GE"
    assert set(r["verified"]) == {"by_telemetry", "contradicted", "silent"}


def test_every_figure_can_be_taken_apart_down_to_its_vehicles(buses):
    counts = {}
    for side in ("yes", "no", "exempt", "unknown"):
        ids, cursor = [], ""
        while True:
            page = buses.get_json(f"/v1/compliance/R2-05a/vehicles?as_of=2025-12-31&counts={side}&limit=50{cursor}")
            ids += [v["vehicle_id"] for v in page["vehicles"]]
            if not page["next"]:
                break
            cursor = f"&cursor={page['next']}"
        assert len(ids) == len(set(ids))
        counts[side] = len(ids)
    assert counts == {"yes": 108, "no": 6, "exempt": 6, "unknown": 0}
    status, headers, body = buses.request("GET", "/v1/compliance/R2-05a/vehicles?as_of=2025-12-31&counts=no",
                                          headers={"Accept": "text/csv"})
    assert status == 200 and headers["Content-Type"].startswith("text/csv")
    assert len(list(csv.DictReader(io.StringIO(body.decode())))) == 6


def test_rules_without_a_vehicle_in_scope_say_no_data(buses):
    answer = buses.get_json("/v1/compliance?as_of=2025-12-31")
    r = rule(answer, "R2-05b")
    assert (r["denominator"], r["verdict"], r["value"]) == (0, "NO_DATA", None)


def test_the_command_line_gives_the_same_figures(buses):
    answer = json.loads(buses.registry("compliance", "--as-of", "2025-12-31", "--format", "json"))
    assert (rule(answer, "R2-05a")["numerator"], rule(answer, "R2-05a")["denominator"]) == (108, 114)
    table = buses.registry("compliance", "--as-of", "2025-12-31", "--format", "table")
    assert "R2-05a" in table and "94.7" in table
    rows = list(csv.DictReader(io.StringIO(buses.registry("compliance", "--as-of", "2025-12-31", "--format", "csv"))))
    assert len(rows) == len(answer["rules"])


def test_a_later_change_does_not_change_the_figure_of_an_earlier_day(buses):
    before = rule(buses.get_json("/v1/compliance?as_of=2025-06-30"), "R2-05a")
    status, _, body = buses.request("PATCH", "/v1/vehicles/BUS-0109", headers={"Content-Type": "application/merge-patch+json", "If-Match": "*"},
                                    body=json.dumps({"energy": "BEV", "stage": "D", "effective": "2025-10-01"}).encode())
    assert status == 200, body
    assert rule(buses.get_json("/v1/compliance?as_of=2025-06-30"), "R2-05a") == before
    after = rule(buses.get_json("/v1/compliance?as_of=2025-12-31"), "R2-05a")
    assert (after["numerator"], after["denominator"]) == (109, 114)
    versions = buses.get_json("/v1/vehicles/BUS-0109/history")["versions"]
    assert [v["energy"] for v in versions] == ["DIESEL", "BEV"]
    assert versions[-1]["author"] == "stack-admin"


def test_a_bad_row_is_named_with_line_column_and_reason_and_the_others_are_in(stack, tmp_path):
    import_files(stack, tmp_path, orgs=ORGS)
    file = tmp_path / "vehicles.csv"
    file.write_text(HEADER + bus(1, "BEV") + bus(2, "STEAM") + bus(3, "BEV", added="2020-02-30") + bus(4, "DIESEL"))
    done = subprocess.run([stack.bin / "evroll-registry", "import", "--db", stack.db, file], capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    rejected = list(csv.DictReader((tmp_path / "vehicles.csv.rejected.csv").open()))
    assert [(r["line"], r["column"]) for r in rejected] == [("3", "energy"), ("4", "first_registered")] or \
           [(r["line"], r["column"]) for r in rejected] == [("3", "energy"), ("4", "added")]
    assert all(r["reason"] for r in rejected)
    assert len(stack.get_json("/v1/vehicles")["vehicles"]) == 2
    again = stack.registry("import", "--help")
    assert "usage" in again
    file.write_text(HEADER + bus(1, "BEV") + bus(4, "DIESEL"))
    out = stack.registry("import", file)
    assert "unchanged" in out
    assert len(stack.get_json("/v1/vehicles/BUS-0001/history")["versions"]) == 1


def test_roles_decide_who_may_read_and_write(stack):
    viewer = stack.registry("token", "create", "--name", "reader", "--role", "viewer").strip().splitlines()[-1]
    assert stack.get("/v1/vehicles", token=viewer)[0] == 200
    assert stack.request("POST", "/v1/vehicles:import", body=HEADER.encode(), token=viewer,
                         headers={"Content-Type": "text/csv"})[0] == 403
    assert stack.get("/v1/vehicles", token="evr_nobody")[0] == 401
    assert stack.request("POST", "/v1/ingest/batches", body=b"x", headers={
        "Content-Type": "application/x-protobuf", "Content-Encoding": "zstd"})[0] in (401, 403), "a token is no gateway"
    status, headers, body = stack.get("/v1/nothing")
    assert status == 404 and headers["Content-Type"] == "application/problem+json" and json.loads(body)["detail"]


def test_a_bad_plan_or_configuration_is_named_with_its_place(stack, tmp_path):
    bad = tmp_path / "gateway.yaml"
    bad.write_text((stack.state / "gateway" / "gateway.yaml").read_text().replace("state_dir:", "stat_dir:"))
    done = subprocess.run([stack.bin / "evroll-gateway", "check-config", "--config", bad], capture_output=True, text=True)
    assert done.returncode == 2
    assert f"{bad}:3:" in done.stderr and "stat_dir" in done.stderr
    plans = tmp_path / "plans"
    plans.mkdir()
    (plans / "p.yaml").write_text("id: p\nrules: 7\n")
    done = subprocess.run([stack.bin / "evroll-registry", "serve", "--config", stack.state / "registry" / "registry.yaml",
                           "--port", "0", "--plan-dir", plans], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "p.yaml:" in done.stderr

"""Lists, figures and outlooks in every format: the same cells in JSON, CSV, XLSX and over HTTP."""
import csv
import datetime
import io
import json
import os
import subprocess
import zipfile

import openpyxl
import pytest

from harness.stack import build_dir

BUSES, TAXIS, BODY, PARK = ("91419001MA9TEA0117", "91419001MA9TEA02XY", "91419001MA9TEA038Y", "91419001MA9TEA046R")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ORGS = f"""org_id,name,kind,industry,project_status,bulk_t_per_year,siding,pipeline
{BUSES},=City transit,SOE,TRANSIT,EXISTING,0,NONE,0
{TAXIS},+Taxi company,PRIVATE,TAXI,EXISTING,1300000,NONE,0
{BODY},@Office,GOVERNMENT,OTHER,EXISTING,0,NONE,0
{PARK},-New park,PRIVATE,LOGISTICS_PARK,NEW,1500000,NONE,0
"""
HEADER = "vehicle_id,plate,category,energy,stage,owner_id,area,built_up,first_registered,added,removed,unit"
AS_OF = "2025-06-30"


def vehicle(name, category, energy, owner, added, area="419001100", stage=None, plate=""):
    stage = stage or ("D" if energy == "BEV" else "5")
    return f"{name},{plate},{category},{energy},{stage},{owner},{area},1,{added},{added},,"


VEHICLES = "\n".join([HEADER] + [
    *(vehicle(f"BUS-{i:02}", "BUS", "BEV" if i < 6 else "DIESEL", BUSES, f"20{15 + i}-01-10",
              f"41900110{i % 2}", plate=f"豫U{i:05}") for i in range(10)),
    *(vehicle(f"TAXI-{i:02}", "TAXI", "DIESEL", TAXIS, "2025-06-03", stage="6a") for i in range(3)),
    *(vehicle(f"CAR-{i:02}", "OFFICIAL_CAR", "BEV" if i == 0 else "PETROL", BODY, "2025-02-01") for i in range(3)),
]) + "\n"
EXEMPTIONS = """vehicle_id,reason,document,from,to
CAR-02,SPECIAL_NEED,=Doc 1,2025-01-01,2025-07-30
BUS-09,EMERGENCY,Doc 2,2025-01-01,2025-07-31
"""
# A transfer: the taxi company gets a bus, and with a new plate.
CHANGES = f"""{HEADER},effective
BUS-00,豫U99999,BUS,BEV,D,{TAXIS},419001100,1,2015-01-10,2015-01-10,,,2025-06-10
"""

STATISTICS = """indicator,subject,from,to,value,source,published
NEV_PROGRESS,419001,2025-01-01,2025-05-31,40.125,Bulletin 5,2025-06-12
NEV_PROGRESS,410100,2025-01-01,2025-05-31,52.5,Bulletin 5,2025-06-12
CHARGE_POINTS,419001,2025-05-31,2025-05-31,3,Inventory,2025-06-01
SWAP_STATIONS,419001101,2025-05-31,2025-05-31,2,=Inventory,2025-06-01
"""

# Every list, figure and outlook that is a sheet: the command, and where it stands in the API.
SHEETS = {
    "additions": ("list additions-not-nev", "/v1/lists/additions-not-nev?", "rows"),
    "official": ("list official-cars", "/v1/lists/official-cars?", "rows"),
    "special": ("list official-cars-special-need", "/v1/lists/official-cars-special-need?", "rows"),
    "exemptions": ("list exemptions-ending", "/v1/lists/exemptions-ending?", "rows"),
    "companies": ("list companies --rule R2-05a", "/v1/lists/companies?rule=R2-05a&", "rows"),
    "townships": ("list townships --rule R2-05a --sort change", "/v1/lists/townships?rule=R2-05a&sort=change&", "rows"),
    "transfers": ("list transfers", "/v1/lists/transfers?", "rows"),
    "no-terminal": ("list no-terminal --category BUS", "/v1/lists/no-terminal?category=BUS&", "rows"),
    "siding": ("list parks-without-siding", "/v1/lists/parks-without-siding?", "rows"),
    "province": ("list provincial-ranking", "/v1/lists/provincial-ranking?", "rows"),
    "charging": ("list nev-per-charge-point", "/v1/lists/nev-per-charge-point?", "rows"),
    "reports": ("list freight-reports-missing", "/v1/lists/freight-reports-missing?", "rows"),
    "replacements": ("replacements --rule R2-05a", "/v1/compliance/R2-05a/replacements?", "vehicles"),
    "projection": ("projection --rule R2-05a", "/v1/compliance/R2-05a/projection?", "history"),
}


def registry(db, *argv, text=True, status=0):
    done = subprocess.run([build_dir() / "bin" / "evroll-registry", *map(str, argv)], capture_output=True, text=text,
                          env={**os.environ, "EVROLL_DB": f"sqlite:{db}"}, timeout=60, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


def fill(run, folder):
    for name, text in (("orgs", ORGS), ("vehicles", VEHICLES), ("exemptions", EXEMPTIONS), ("changes", CHANGES),
                       ("statistics", STATISTICS)):
        (folder / f"{name}.csv").write_text(text)
        run("import", folder / f"{name}.csv")


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lists")
    registry(folder / "r.db", "migrate")
    fill(lambda *argv: registry(folder / "r.db", *argv), folder)
    return folder / "r.db"


def rows_of(answer, key):
    return answer if isinstance(answer, list) else answer[key]


def as_json(value):
    """A cell of a workbook as JSON has it."""
    return value.strftime("%Y-%m-%d") if isinstance(value, datetime.datetime) else value


def workbook(data):
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    rows = list(sheet.iter_rows(values_only=True))
    ids = rows[1]
    assert all(isinstance(title, str) and title for title in rows[0])
    return ids, [dict(zip(ids, map(as_json, row))) for row in rows[2:]]


def as_csv(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return f"{value:.6f}"
    text = str(value)
    return "'" + text if isinstance(value, str) and text[:1] in "=+-@" else text


@pytest.mark.parametrize("name", SHEETS)
def test_every_format_holds_the_same_cells(db, name):
    command, _, key = SHEETS[name]
    argv = command.split() + ["--as-of", AS_OF]
    wanted = rows_of(json.loads(registry(db, *argv, "--format", "json")), key)
    assert wanted
    ids, cells = workbook(registry(db, *argv, "--format", "xlsx", text=False))
    assert list(ids) == list(wanted[0]) and cells == wanted
    lines = list(csv.reader(io.StringIO(registry(db, *argv, "--format", "csv"))))
    assert lines == [list(ids)] + [[as_csv(v) for v in row.values()] for row in wanted]
    table = registry(db, *argv, "--format", "table")
    assert all(str(value) in table for row in wanted for value in row.values() if isinstance(value, (str, int))
               and not isinstance(value, bool))


def test_compliance_and_the_vehicles_behind_it_come_as_workbooks(db):
    for argv in (["compliance"], ["compliance", "--rule", "R2-05a", "--vehicles", "all"]):
        lines = list(csv.DictReader(io.StringIO(registry(db, *argv, "--as-of", AS_OF, "--format", "csv"))))
        ids, cells = workbook(registry(db, *argv, "--as-of", AS_OF, "--format", "xlsx", text=False))
        assert len(lines) == len(cells) > 0
        assert [{k: as_csv(float(v) if k == "value" and v is not None else v) for k, v in row.items()}
                for row in cells] == lines
        assert list(ids) == list(lines[0])


def test_no_text_becomes_a_formula(db):
    data = registry(db, "list", "companies", "--rule", "R2-05a", "--as-of", AS_OF, "--format", "xlsx", text=False)
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert not [name for name in parts.namelist() if b"<f>" in parts.read(name)]
    assert workbook(data)[1][0]["name"] in ("=City transit", "+Taxi company")
    text = registry(db, "list", "companies", "--rule", "R2-05a", "--as-of", AS_OF, "--format", "csv")
    assert "'=City transit" in text and "'+Taxi company" in text


def test_the_lists_say_what_an_officer_looks_for(db):
    def ask(name, *more):
        return json.loads(registry(db, "list", name, "--as-of", AS_OF, "--format", "json", *more))

    assert [r["vehicle_id"] for r in ask("additions-not-nev")] == ["TAXI-00", "TAXI-01", "TAXI-02"]
    assert ask("additions-not-nev", "--category", "BUS") == []
    assert ask("official-cars") == [{"owner": BODY, "name": "@Office", "bought": 3, "special_need": 1, "numerator": 1,
                                     "denominator": 2, "value": 0.5}]
    assert [r["vehicle_id"] for r in ask("official-cars-special-need")] == ["CAR-02"]
    assert [(r["vehicle_id"], r["days_left"]) for r in ask("exemptions-ending")] == [("CAR-02", 30)]
    assert len(ask("exemptions-ending", "--days", "31")) == 2
    moved = ask("transfers")
    assert [(r["day"], r["vehicle_id"], r["from_owner"], r["to_owner"]) for r in moved] == [
        ("2025-06-10", "BUS-00", BUSES, TAXIS)]
    # The bus that moved is no addition, and changes both companies' shares.
    ranks = ask("companies", "--rule", "R2-05a")
    assert [(r["rank"], r["owner"], r["numerator"], r["denominator"]) for r in ranks] == [
        (1, TAXIS, 1, 1), (2, BUSES, 5, 8)]
    assert ranks[0]["change"] is None and ranks[1]["change"] == pytest.approx(0.625 - 6 / 9, abs=2e-6)
    assert {r["area"]: (r["numerator"], r["denominator"]) for r in ask("townships", "--rule", "R2-05a")} == {
        "419001100": (3, 5), "419001101": (3, 4)}
    assert [(r["org_id"], r["finding"]) for r in ask("parks-without-siding")] == [
        (TAXIS, "near the line"), (PARK, "in scope, without siding or pipeline")]
    assert [(r["rank"], r["rank_at_worst"], r["third"], r["area"], r["value"]) for r in ask("provincial-ranking")] == [
        (1, 17, None, "410100", 0.525), (2, 18, None, "419001", 0.40125)]
    assert [(r["area"], r["nev"], r["nev_per_100_charge_points"], r["nev_per_100_swap_stations"])
            for r in ask("nev-per-charge-point")] == [("419001", 7, 233, None), ("419001101", 3, None, 150)]
    assert {r["org_id"] for r in ask("freight-reports-missing")} == {PARK}


def test_a_vehicle_is_found_by_its_old_plate_with_its_whole_history(db):
    for q in ("BUS-00", "豫U00000", "豫U99999"):
        rows = json.loads(registry(db, "list", "vehicle-history", "--q", q, "--format", "json"))
        assert [(r["day"], r["event"]) for r in rows] == [("2015-01-10", "registered"),
                                                          ("2025-06-10", "changed: plate owner")]
    assert json.loads(registry(db, "list", "vehicle-history", "--q", "豫U", "--format", "json")) == []


def test_the_order_of_replacement_ends_where_the_target_is_reached(db):
    def ask(*more):
        return json.loads(registry(db, "replacements", "--rule", "R2-05a", "--as-of", AS_OF, "--format", "json", *more))

    answer = ask()  # 6 of 9, one exempt: 90 % needs all of them
    assert (answer["numerator"], answer["denominator"], answer["exempt"], answer["needed"]) == (6, 9, 1, 3)
    assert [r["vehicle_id"] for r in answer["vehicles"]] == ["BUS-06", "BUS-07", "BUS-08"]
    first = answer["vehicles"][0]
    assert (first["age_points"], first["stage_points"], first["distance_points"]) == (1633 * 1000 // 5475, 200, None)
    assert first["unknown"] == "distance" and first["score"] == 4 * first["age_points"] + 4 * 200
    assert ask("--target", "7/9")["needed"] == 1
    assert [r["vehicle_id"] for r in ask("--weight-age", "0")["vehicles"]] == ["BUS-06", "BUS-07", "BUS-08"]
    assert ask("--target", "1/2")["vehicles"] == []
    assert "STOCK_SHARE" in registry(db, "replacements", "--rule", "R2-04a", status=2)


def test_what_a_list_cannot_take_is_named(db):
    assert "no list" in registry(db, "list", "nothing", status=2)
    assert "takes no" in registry(db, "list", "transfers", "--category", "BUS", status=2)
    assert "category=TRAM" in registry(db, "list", "no-terminal", "--category", "TRAM", status=2)
    assert "rule is required" in registry(db, "list", "companies", status=2)
    assert "before" in registry(db, "list", "transfers", "--from", "2025-02-01", "--to", "2025-01-01", status=2)
    assert "target=" in registry(db, "replacements", "--rule", "R2-05a", "--target", "9/8", status=2).replace("--target ", "target=")


def test_the_api_gives_the_same_and_in_pages(stack, tmp_path):
    fill(stack.registry, tmp_path)
    known = {entry["id"] for entry in stack.get_json("/v1/lists")["lists"]}
    for name, (command, path, key) in SHEETS.items():
        argv = command.split() + ["--as-of", AS_OF]
        wanted = rows_of(json.loads(stack.registry(*argv, "--format", "json")), key)
        target = f"{path}as_of={AS_OF}"
        assert stack.get_json(target)[key] == wanted, name
        status, headers, body = stack.request("GET", target, headers={"Accept": XLSX})
        assert (status, headers["Content-Type"]) == (200, XLSX) and workbook(body)[1] == wanted
        status, headers, body = stack.request("GET", target, headers={"Accept": "text/csv"})
        assert status == 200 and len(list(csv.DictReader(io.StringIO(body.decode())))) == len(wanted)
        if name != "projection":
            paged, cursor = [], ""
            while cursor is not None:
                page = stack.get_json(f"{target}&limit=1{cursor}")
                assert len(page[key]) <= 1
                paged += page[key]
                cursor = f"&cursor={page['next']}" if page["next"] else None
            assert paged == wanted, name
    assert {command.split()[1] for command, _, _ in SHEETS.values() if command.startswith("list ")} <= known
    status, headers, _ = stack.request("GET", "/v1/lists/no-terminal?limit=2", headers={"Accept": "text/csv"})
    assert status == 200 and 'rel="next"' in headers["Link"]
    replace = stack.get_json(f"/v1/compliance/R2-05a/projection?as_of={AS_OF}&owner={BUSES}&area=419001")["replace"]
    assert replace["by"] == "2025-12-31" and not replace["more"]
    order = stack.get_json(replace["all"])
    assert (order["owner"], order["area"], order["needed"]) == (BUSES, "419001", replace["needed"])
    assert order["vehicles"] == replace["vehicles"] and replace["needed"] == len(replace["vehicles"]) > 0
    for target, status in (("/v1/lists/none", 404), ("/v1/lists/transfers?area=419001", 400),
                           ("/v1/lists/companies", 400), ("/v1/lists/no-terminal?cursor=zz", 400)):
        assert stack.request("GET", target)[0] == status

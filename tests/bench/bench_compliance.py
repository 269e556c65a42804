"""Milliseconds for the whole plan as of a day, by a registry of 10³, 10⁵, 10⁶ and 10⁷ vehicles with ten years of history
on SQLite; beside it, what a count of one rule costs that reads the vehicles. Sites, gates, reports and units that are heard
of are the same at every size. The registers are generated (large_register.py), and at the two smaller sizes compared with
what the program makes of them as files. EVROLL_BENCH_VEHICLES=1000,100000 measures other sizes; ten million take some
minutes, 2 GB of memory and 6 GB of /var/tmp (or EVROLL_BENCH_DIR)."""
import contextlib
import datetime
import json
import os
import sqlite3
import subprocess
import sys
import time

from bench import large_register
from bench.large_register import registry, write_csv
from harness.bench import Figure, folder_on_disk
from harness.process import Failed
from harness.stack import Stack, build_dir

SIZES = tuple(int(size) for size in os.environ.get("EVROLL_BENCH_VEHICLES", "1000,100000,1000000,10000000").split(","))
CHECKED = 100000  # up to this many vehicles the register is compared with an imported one
WEB = 1000000     # the size, or else the largest, at which the dashboard's calls are measured
PLANTS, UNITS, TRIPS = 60, 100, 20000
DAYS = [f"{year}-{month}" for year in (2023, 2024, 2025) for month in ("03-31", "06-30", "09-30", "12-31")]
CALLS = ("compliance?as_of=2025-09-30", "compliance/history?as_of=2025-09-30", "compliance/R2-05a/vehicles?as_of=2025-09-30",
         "compliance/R2-05a/projection?as_of=2025-09-30", "findings", "vehicles", "lists/additions-not-nev?as_of=2025-06-30",
         "lists/townships?rule=R2-05a&as_of=2025-09-30", "lists/transfers?from=2025-03-01&to=2025-03-31",
         "lists/exemptions-ending", "lists/no-terminal", "lists/companies?rule=R2-05a&as_of=2025-09-30")
COUNT_ROWS = """
SELECT SUM(v.energy BETWEEN 1 AND 4), COUNT(*) FROM vehicle_version v NOT INDEXED
WHERE v.category = 1 AND v.valid_from <= ?1 AND v.removed > ?1
AND NOT EXISTS (SELECT 1 FROM vehicle_version w WHERE w.vehicle_id = v.vehicle_id AND w.valid_from <= ?1 AND w.version > v.version)
"""


def say(text):
    print(f"compliance: {text}", file=sys.stderr, flush=True)


class Asked:
    """reference_registry with one database: the whole plan as of a day, without process start and network."""

    def __init__(self, database):
        self.process = subprocess.Popen([build_dir() / "bin" / "reference_registry"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.order("open", f"sqlite:{database}")
        self.order("plans")

    def order(self, *words):
        self.process.stdin.write("\t".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer or answer.startswith("error"):
            raise Failed(f"reference_registry: {words}: {answer}")
        return answer

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()


# ---- what is the same at every size ----------------------------------------------------------------------

def square(number):
    west, south = 112 + number % 10 * 0.05, 35 + number // 10 * 0.05
    east, north = west + 0.02, south + 0.02
    return f"POLYGON (({west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}))"


def enterprises(folder):
    plants = [f"PLANT{number:03}" for number in range(PLANTS)]
    industries = ("STEEL", "CEMENT", "COKING", "MINING", "LOGISTICS_PARK", "POWER")
    yield write_csv(folder / "plants.csv", "org_id,name,kind,industry,project_status,bulk_t_per_year,siding,pipeline",
                    ((one, "Plant", "SOE" if i % 2 else "PRIVATE", industries[i % 6], "NEW" if i % 3 == 0 else "EXISTING",
                      1000000 + i * 20000, "OWN" if i % 4 else "NONE", i % 5 == 0 and 1 or 0) for i, one in enumerate(plants)))
    yield write_csv(folder / "freight.csv", "org_id,period,commodity,direction,mode,tonnes,km,container,counterpart,station",
                    ((one, f"{year}-Q{quarter}", goods, way, mode, 10000 + i * 100, 120, 0, "Somewhere", "North")
                     for i, one in enumerate(plants) for year in (2022, 2023, 2024, 2025) for quarter in (1, 2, 3, 4)
                     for goods, way, mode in (("ORE", "IN", "RAIL"), ("COAL", "IN", "BELT_ENCLOSED"), ("COKE", "OUT", "TRUCK_NEV"),
                                              ("STEEL", "OUT", "TRUCK_CN6"), ("OTHER", "IN", "TRUCK_CN5"))))
    yield write_csv(folder / "sites.csv", "site_id,org_id,name,kind,polygon",
                    (*((f"S-{one}", one, "Works", "PLANT", square(i)) for i, one in enumerate(plants)),
                     ("TOWN", "", "Town", "BUILT_UP", "POLYGON ((111.9 34.9, 112.2 34.9, 112.2 35.2, 111.9 35.2, 111.9 34.9))")))
    yield write_csv(folder / "statistics.csv", "indicator,subject,from,to,value,source,published",
                    (("FREIGHT", "419001", f"{year}-01-01", f"{year}-12-31", 30000000, "bulletin", f"{year + 1}-01-31")
                     for year in (2022, 2023, 2024, 2025)))
    first = datetime.datetime(2024, 1, 1)
    yield write_csv(folder / "gate-trips.csv", "site_id,gate,direction,at,plate,vehicle_id,energy,stage,cargo,tonnes",
                    ((f"S-{plants[i % PLANTS]}", "1", "IN" if i % 2 else "OUT", (first + datetime.timedelta(minutes=i * 50)).isoformat(),
                      f"豫U{i % 1000:08}" if i % 3 else f"豫UX{i:05}", "", "DIESEL", "6b" if i % 10 else "5", "ORE", "30.0")
                     for i in range(TRIPS)))


def telemetry(folder):
    """Each unit works five times two hours at the site of some plant."""
    file = folder / "telemetry.csv"
    with file.open("w") as out:
        for unit in range(UNITS):
            for day in range(5):
                begins = int(datetime.datetime(2025, 8, 20 + day, tzinfo=datetime.timezone.utc).timestamp()) * 1000
                for minute in range(120):
                    lon, lat = (round((base + 0.01) * 10**7) for base in (112 + unit % 10 * 0.05, 35 + unit // 10 % 6 * 0.05))
                    out.write(f"u{unit * 10:08},{begins + minute * 60000},{lat},{lon},900\n")
    return file


def prepare(folder, vehicles):
    folder.mkdir()
    database = folder / "registry.db"
    large_register.make(database, vehicles)
    if vehicles <= CHECKED:
        large_register.check(database, vehicles)
    registry("import", "--db", f"sqlite:{database}", *enterprises(folder))
    with Asked(database) as asked:
        asked.order("telemetry", telemetry(folder))
        asked.order("settle")
    say(f"{vehicles:,} vehicles: {database.stat().st_size / 2**30:.2f} GiB")
    return database


# ---- measuring -------------------------------------------------------------------------------------------

def whole_plan(database):
    """Milliseconds of the whole plan, the mean of the days asked about."""
    with Asked(database) as asked:
        asked.order("compliance", DAYS[0])
        began = time.monotonic()
        for day in DAYS:
            asked.order("compliance", day)
        return (time.monotonic() - began) * 1000 / len(DAYS)


def counted_rows(database):
    """Milliseconds of one rule's figure, R2-05a, from the vehicles' versions; it must be the plan's figure."""
    number = (datetime.date(2025, 9, 30) - datetime.date(1970, 1, 1)).days
    with contextlib.closing(sqlite3.connect(database)) as db:
        began = time.monotonic()
        yes, total = db.execute(COUNT_ROWS, (number,)).fetchone()
        spent = (time.monotonic() - began) * 1000
    with Asked(database) as asked:
        rule = next(rule for rule in json.loads(asked.order("compliance", "2025-09-30"))["rules"] if rule["id"] == "R2-05a")
    if rule["denominator"] + rule["exempt"] != total or rule["numerator"] > yes:
        raise Failed(f"R2-05a says {rule['numerator']} of {rule['denominator']}, the rows {yes} of {total}")
    return spent


def web_calls(folder, database, runs):
    figures = [Figure(f"GET /v1/{path}", "ms") for path in CALLS]
    with Stack(folder / "stack", db=f"sqlite:{database}") as stack:
        for _ in range(runs):
            for path, figure in zip(CALLS, figures):
                began = time.monotonic()
                stack.get_json(f"/v1/{path}", timeout=300)
                figure.add((time.monotonic() - began) * 1000)
    return figures


def measure(runs):
    plans = [Figure(f"whole plan, {size:,} vehicles", "ms") for size in SIZES]
    rows = [Figure(f"one rule by reading {size:,} vehicles", "ms") for size in SIZES]
    with folder_on_disk() as folder:
        databases = [prepare(folder / str(size), size) for size in SIZES]
        for number in range(runs):
            say(f"run {number + 1} of {runs}")
            for figure, database in zip(plans, databases):
                figure.add(whole_plan(database))
        for figure, database in zip(rows, databases):
            figure.add(counted_rows(database))
        web = max(size for size in SIZES if size <= WEB)
        calls = web_calls(folder, databases[SIZES.index(web)], runs)
    budgets = ["≤ 2 of the first" if number == len(SIZES) - 1 else None for number in range(len(SIZES))]
    return ([figure.row(plans[0] if number else None, budgets[number], 1) for number, figure in enumerate(plans)]
            + [figure.row(digits=1) for figure in rows] + [f"| with {web:,} vehicles, over HTTPS: | | | | |"]
            + [figure.row(digits=1) for figure in calls])

"""Samples a second of CPU through the rollup and through the look for findings, beside SQLite summing up the same samples
by unit and hour from a row each; and what a look at everybody costs with 100,000 vehicles in the register."""
import json
import pathlib
import resource
import subprocess
import sys
import tempfile

from bench import large_register
from bench.bench_ingest import SECONDS, UNITS
from bench.large_register import registry, write_csv
from harness import batches
from harness.bench import Figure
from harness.stack import build_dir

VEHICLES = 100000
SUM_UP = """
PRAGMA journal_mode = WAL;
CREATE TABLE hour AS SELECT unit, at / 3600000 AS hour, COUNT(*), MIN(at), MAX(at), MAX(odo) - MIN(odo), MAX(speed),
    SUM(rpm > 0), MAX(rpm), SUM(batt_v * batt_a), AVG(fuel), SUM(nox), MIN(lat), MAX(lat), MIN(lon), MAX(lon)
FROM sample GROUP BY unit, hour;
"""


def cpu_of(argv, **kwargs):
    """Seconds of CPU of a program, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = subprocess.run([str(word) for word in argv], check=True, capture_output=True, text=True, **kwargs).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, out


def register(database, folder):
    """Each unit of the batches in a vehicle, so that there is something to hold against it."""
    registry("migrate", "--db", f"sqlite:{database}")
    owners = write_csv(folder / "orgs.csv", "org_id,name,kind,industry,project_status,bulk_t_per_year,siding,pipeline",
                       [("ORG1", "Owner", "PRIVATE", "TAXI", "EXISTING", 0, "NONE", 0)])
    names = subprocess.run(["sqlite3", folder / "rows.db", "SELECT DISTINCT unit FROM sample"], check=True, capture_output=True,
                           text=True).stdout.split()
    cars = write_csv(folder / "vehicles.csv", "vehicle_id,plate,category,energy,stage,owner_id,area,built_up,first_registered,added,"
                     "removed,unit", ((f"V-{name}", "", "TAXI", "BEV", "D", "ORG1", "419001", 1, "", "2024-01-01", "", name)
                                      for name in names))
    registry("import", "--db", f"sqlite:{database}", owners, cars)


def sample_rates(folder, batches, runs):
    peer = Figure("SQLite, GROUP BY unit and hour over a row a sample", "samples/s")
    rollup, look = Figure("rollup of stored blocks", "samples/s"), Figure("look for findings behind it", "samples/s")
    both = Figure("rollup and look together", "samples/s")
    rows = folder / "rows.db"
    count = json.loads(cpu_of([build_dir() / "bin" / "bench_rows", rows, *batches])[1])["samples"]
    register(folder / "empty.db", folder)
    for number in range(runs):
        print(f"findings: run {number + 1} of {runs}", file=sys.stderr)
        peer.add(count / cpu_of(["sqlite3", rows], input=SUM_UP)[0])
        cpu_of(["sqlite3", rows, "DROP TABLE hour"])
        database = folder / f"{number}.db"
        cpu_of(["sqlite3", folder / "empty.db", f"VACUUM INTO '{database}'"])
        spent = json.loads(cpu_of([build_dir() / "bin" / "bench_look", f"sqlite:{database}", *batches])[1])
        rollup.add(count / spent["rollup"])
        look.add(count / spent["findings"])
        both.add(count / (spent["rollup"] + spent["findings"]))
        database.unlink()
    return [peer.row(), rollup.row(peer), look.row(peer), both.row(peer)]


def everybody(folder):
    """Looks, once each, at a register of which every tenth vehicle has a unit that was never heard of."""
    folder.mkdir()
    database = folder / "registry.db"
    large_register.make(database, VEHICLES)
    rows = []
    for name in (f"look at everybody, {VEHICLES:,} vehicles", "the same again, nothing changed"):
        spent, _ = cpu_of([build_dir() / "bin" / "evroll-registry", "findings", "--run", "--db", f"sqlite:{database}",
                           "--format", "csv"])
        figure = Figure(name, "vehicles/s")
        figure.add(VEHICLES / spent)
        rows.append(figure.row())
    return rows


def measure(runs):
    with tempfile.TemporaryDirectory(prefix="evroll-bench-") as folder:
        folder = pathlib.Path(folder)
        return [*sample_rates(folder, batches.make(folder, UNITS, SECONDS, 5000)[1], runs), *everybody(folder / "large")]

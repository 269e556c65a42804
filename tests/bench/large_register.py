"""A register of N vehicles with years of history, straight into the tables of SQLite: versions, bindings and counts as
evroll-registry import leaves them. `check` imports the same vehicles as files into another database and compares the
tables, so that what is measured on ten million vehicles is what the program makes of a hundred thousand."""
import csv
import datetime
import os
import sqlite3
import subprocess
import sys
import time

from harness.process import Failed
from harness.stack import build_dir

CATEGORIES = ("BUS", "TAXI", "RIDEHAIL", "OFFICIAL_CAR", "SANITATION", "POSTAL", "MUCK_TRUCK", "CEMENT_TRUCK", "LOGISTICS",
              "OTHER_FREIGHT", "INTERNAL_TRUCK", "NON_ROAD")
ENERGIES = {1: "BEV", 2: "PHEV", 6: "DIESEL"}
STAGES = {3: "2", 4: "3", 6: "5", 7: "6a", 9: "D"}
KINDS = ("GOVERNMENT", "SOE", "PRIVATE")
OWNERS = 300
NEVER = 84006  # the register's day for "not removed"

# Everything about vehicle i follows from h. A life begins between 2014-01-01 and mid-2025; six of ten vehicles are
# transferred once, some leave. Version v: 1 as added, 2 as transferred, 3 as gone. One in ten has a unit. They are of few
# kinds, so that a thousand vehicles have nearly all the combinations that rules count by, and only the number grows.
#
# The first `base` vehicles are made so; the others are copies of them under other names, which is what makes ten million
# a matter of minutes: counts are made of the base and multiplied.
BASE_MAX = 1000000
TABLES = f"""
CREATE TEMP VIEW life AS
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT (SELECT base FROM size)),
hashed AS (SELECT i, (i * 2654435761) % 1000003 AS h FROM n),
dated AS (SELECT i, h, 16071 + h % 4200 AS added, 200 + h % 900 AS after, 1200 + h % 1800 AS age FROM hashed)
SELECT i, h, added, CASE WHEN h % 10 < 6 THEN added + after ELSE 0 END AS moved,
       CASE WHEN h % 10 < 3 AND added + age < 20440 THEN added + age ELSE 0 END AS gone,
       CASE (h / 60) % 8 WHEN 0 THEN 1 WHEN 1 THEN 1 WHEN 2 THEN 2 WHEN 3 THEN 1 ELSE 6 END AS energy FROM dated;
CREATE TEMP TABLE version AS
SELECT i, v, moved, CASE v WHEN 1 THEN added WHEN 2 THEN moved ELSE gone END AS valid_from,
       v - (v = 3 AND moved = 0) AS version, i % 12 + 1 AS category, energy,
       CASE WHEN energy = 1 THEN 9 WHEN i % 12 = 11 THEN 3 + (h / 480) % 2 ELSE 6 + (h / 480) % 2 END AS stage,
       (h / 7 + (v > 1 AND moved > 0)) % {OWNERS} AS owner, h % 2 AS town,
       (h / 4 + (v > 1 AND moved > 0)) % 2 AS built_up, added - h % 2500 AS first_registered, added,
       CASE v WHEN 3 THEN gone ELSE {NEVER} END AS removed, 2 * (i % 12 = 0 AND h % 25 = 0) AS exempt
FROM life CROSS JOIN (SELECT 1 AS v UNION ALL SELECT 2 UNION ALL SELECT 3)
WHERE v = 1 OR (v = 2 AND moved > 0) OR (v = 3 AND gone > 0);
CREATE TEMP VIEW copy AS
WITH RECURSIVE n(first) AS (SELECT 0 UNION ALL SELECT first + base FROM n, size WHERE first + base < vehicles)
SELECT first FROM n;
"""
AREA = "printf('41900100%d', town)"
ID, PLATE, UNIT = (f"printf('{form}', first + i)" for form in ("V%08d", "豫U%08d", "u%08d"))
HAS_UNIT = "i % 10 = 0"
# The dimensions of a version as one number, which sorts faster than seven columns.
DIMS = "(((((category * 4 + town) * 2 + built_up) * 16 + energy) * 16 + stage) * 4 + owner % 3 + 1) * 4 + exempt"
STEPS = (
    ("versions", f"""
INSERT INTO vehicle_version (vehicle_id, valid_from, version, plate, category, energy, stage, owner_id, area, built_up,
    first_registered, added, removed, unit, recorded_at, author)
SELECT {ID}, valid_from, version, {PLATE}, category, energy, stage, printf('ORG%05d', owner), {AREA}, built_up, first_registered,
    added, removed, CASE WHEN {HAS_UNIT} THEN {UNIT} END, recorded_ms, 'bench'
FROM size CROSS JOIN copy CROSS JOIN version"""),
    ("bindings", f"""
INSERT INTO unit_binding (unit_id, vehicle_id, valid_from, valid_to)
SELECT {UNIT}, {ID}, added, gone
FROM copy CROSS JOIN (SELECT i, added, MIN(removed) AS gone FROM version WHERE {HAS_UNIT} GROUP BY i, added)"""),
    ("exemptions", f"""
INSERT INTO exemption_version (vehicle_id, reason, document, from_day, version, until_day, recorded_at, author)
SELECT {ID}, 1, 'No. 1', added, 1, {NEVER}, recorded_ms, 'bench' FROM size CROSS JOIN copy CROSS JOIN version
WHERE v = 1 AND exempt > 0"""),
    ("changes", f"""
CREATE TEMP TABLE change AS
SELECT measure, dims, day, SUM(n) * (SELECT COUNT(*) FROM copy) AS n FROM (
    SELECT 1 AS measure, {DIMS} AS dims, valid_from AS day, 1 AS n FROM version WHERE v < 3
    UNION ALL SELECT 1, {DIMS}, moved, -1 FROM version WHERE v = 1 AND moved > 0
    UNION ALL SELECT 1, {DIMS}, valid_from, -1 FROM version WHERE v = 3
    UNION ALL SELECT 2, {DIMS}, valid_from, 1 FROM version WHERE v = 1)
GROUP BY measure, dims, day HAVING SUM(n) <> 0"""),
    ("dimensions", f"""
INSERT INTO count_dim (dim, category, area, built_up, energy, stage, owner_kind, exempt)
SELECT dims, dims / 32768, {AREA}, dims / 4096 % 2, dims / 256 % 16, dims / 16 % 16, dims / 4 % 4, dims % 4
FROM (SELECT DISTINCT dims, dims / 8192 % 4 AS town FROM change)"""),
    ("counts by day", "INSERT INTO count_day (measure, dim, day, n) SELECT measure, dims, day, n FROM change"),
    ("counts by month", """
INSERT INTO count_month (measure, dim, month, n)
SELECT measure, dim, month, SUM(SUM(n)) OVER (PARTITION BY measure, dim ORDER BY month)
FROM (SELECT *, CAST(strftime('%Y', day * 86400, 'unixepoch') AS INTEGER) * 12
             + CAST(strftime('%m', day * 86400, 'unixepoch') AS INTEGER) - 1 AS month FROM count_day)
GROUP BY measure, dim, month"""),
)


def say(text, began):
    print(f"register: {text} ({time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)


def registry(*argv):
    done = subprocess.run([build_dir() / "bin" / "evroll-registry", *map(str, argv)], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(f"evroll-registry {argv[0]}: {done.stdout[-400:]}{done.stderr[-400:]}")


def write_csv(file, head, rows):
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(head.split(","))
        writer.writerows(rows)
    return file


def begin(database, folder):
    """A database with the owners and nothing else."""
    registry("migrate", "--db", f"sqlite:{database}")
    owners = write_csv(folder / "orgs.csv", "org_id,name,kind,industry,project_status,bulk_t_per_year,siding,pipeline",
                       ((f"ORG{one:05}", "Owner", KINDS[one % 3], "OTHER", "EXISTING", 0, "NONE", 0) for one in range(OWNERS)))
    registry("import", "--db", f"sqlite:{database}", owners)


def open_with_tables(database, vehicles):
    os.environ["SQLITE_TMPDIR"] = str(database.parent)  # ten million vehicles are sorted there, not in /tmp
    db = sqlite3.connect(database, isolation_level=None)
    db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; "
                     "PRAGMA cache_size = -1000000; PRAGMA temp.cache_size = -200000; PRAGMA threads = 2;")
    db.execute("CREATE TEMP TABLE size (vehicles, base, recorded_ms)")
    db.execute("INSERT INTO size SELECT ?, ?, recorded_ms + 1 FROM register_head", (vehicles, base_of(vehicles)))
    db.executescript(TABLES)
    return db


def base_of(vehicles):
    """A divisor of it. Half of what is compared with an import is copied, so that copies are compared too."""
    return vehicles if vehicles % 2 or vehicles < 100000 else next(
        vehicles // copies for copies in range(2, vehicles + 1) if vehicles % copies == 0 and vehicles // copies <= BASE_MAX)


def make(database, vehicles):
    """The register in `database`, which is made. Secondary indices come last: sorted, they cost a tenth."""
    began = time.monotonic()
    begin(database, database.parent)
    db = open_with_tables(database, vehicles)
    indices = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN "
                         "('vehicle_version', 'unit_binding')").fetchall()
    for name, _ in indices:
        db.execute(f"DROP INDEX {name}")
    for name, text in (*STEPS, *((f"index {name}", text) for name, text in indices)):
        db.execute(text)
        say(f"{vehicles:,} vehicles: {name}", began)
    db.execute("UPDATE register_head SET recorded_ms = recorded_ms + 1, counted_ms = recorded_ms + 1")
    db.execute("DROP TABLE change")
    db.executescript("PRAGMA journal_mode = WAL;")
    db.close()


# ---- the same by import ----------------------------------------------------------------------------------

def day(number):
    return "" if number == NEVER else (datetime.date(1970, 1, 1) + datetime.timedelta(number)).isoformat()


def as_files(db, folder):
    rows = db.execute(f"SELECT {ID}, {PLATE}, category, energy, stage, owner, {AREA}, built_up, first_registered, added, removed, "
                      f"CASE WHEN {HAS_UNIT} THEN {UNIT} END, valid_from FROM copy CROSS JOIN version")
    yield write_csv(folder / "vehicles.csv", "vehicle_id,plate,category,energy,stage,owner_id,area,built_up,first_registered,added,"
                    "removed,unit,effective", ((one, plate, CATEGORIES[category - 1], ENERGIES[energy], STAGES[stage],
                                                f"ORG{owner:05}", area, built_up, day(first), day(added), day(removed), unit or "", day(at))
                                               for one, plate, category, energy, stage, owner, area, built_up, first, added, removed,
                                               unit, at in rows))
    rows = db.execute(f"SELECT {ID}, added FROM copy CROSS JOIN version WHERE v = 1 AND exempt > 0")
    yield write_csv(folder / "exemptions.csv", "vehicle_id,reason,document,from,to",
                    ((one, "EMERGENCY", "No. 1", day(added), "") for one, added in rows))


COUNTS = ("SELECT c.measure, c.{of}, d.category, d.area, d.built_up, d.energy, d.stage, d.owner_kind, d.exempt, c.n "
          "FROM count_{of} c JOIN count_dim d USING (dim) WHERE c.n <> 0")
COMPARED = {
    "vehicle_version": "SELECT vehicle_id, valid_from, version, plate, category, energy, stage, owner_id, area, built_up, "
                       "first_registered, added, removed, unit FROM vehicle_version",
    "unit_binding": "SELECT * FROM unit_binding",
    "exemption_version": "SELECT vehicle_id, reason, document, from_day, version, until_day FROM exemption_version",
    "count_day": COUNTS.format(of="day"),
    "count_month": COUNTS.format(of="month"),
}


def check(database, vehicles):
    """Fails unless the program's import of the same vehicles leaves the same tables."""
    began = time.monotonic()
    folder = database.parent / "imported"
    folder.mkdir()
    other = folder / "registry.db"
    begin(other, folder)
    db = open_with_tables(database, vehicles)
    for file in as_files(db, folder):
        registry("import", "--db", f"sqlite:{other}", file)
    say(f"{vehicles:,} vehicles imported", began)
    db.execute("ATTACH ? AS other", (str(other),))
    for table, text in COMPARED.items():
        theirs = text.replace(" FROM ", " FROM other.").replace(" JOIN ", " JOIN other.")
        missing = "" if table == "count_month" else f" UNION ALL SELECT * FROM ({theirs} EXCEPT {text})"
        differing = db.execute(f"SELECT * FROM ({text} EXCEPT {theirs}){missing} LIMIT 1").fetchone()
        if differing:
            raise Failed(f"the register of {vehicles} vehicles is not the imported one: {table} has {differing}")
    say(f"{vehicles:,} vehicles: the same as imported", began)
    db.close()

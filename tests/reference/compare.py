"""Asks the registry about random registers and holds its answers against the model; shrinks where they part.

    ./dev reference --cases 3000 [--seed N] [--keep DIR]

All registers go through one process (reference_registry), each in a database of its own. A register on which the two part
is made smaller as long as they do, and printed; with --keep it is written to DIR as a file of tests/reference/cases.
"""
import argparse
import collections
import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import yaml

from reference import gates, generate, model

CASES = pathlib.Path(__file__).resolve().parent / "cases"
EXTRA = {"orgs": {"name": "An enterprise"}, "vehicles": {"plate": "", "first_registered": "", "unit": ""},
         "exemptions": {"document": "No. 1"}, "exceptions": {"document": "No. 1", "approved_by": "bureau", "evidence": "plan"},
         "statistics": {"source": "bulletin", "published": "2026-01-20"}, "freight": {"station": "North"},
         "sites": {"name": "Works"}, "gate-trips": {"gate": "1", "direction": "IN", "vehicle_id": "", "cargo": "ORE"}}
# What tells one row of a file from another: the same again comes as a later file.
KEYS = {"statistics": lambda row: (row["indicator"], row["subject"], row["from"], row["to"]), "gate-trips": gates.trip_key}
# What was done to a report until it was in a state; "import" stands for its lines in freight.csv.
STEPS = {"LOCKED": ["import", "lock"], "AMENDING": ["import", "amend", "write"], "RESUBMITTED": ["import", "amend", "write", "submit"],
         "AMENDED": ["import", "amend", "write", "submit", "accept"], "ACCEPTED": ["create", "submit", "accept"],
         "DRAFT": ["create"], "SUBMITTED": ["create", "submit"], "RETURNED": ["create", "submit", "return"]}
IMPORTED = ("orgs", "vehicles", "exemptions", "exceptions", "statistics", "freight", "sites", "gate-trips")


# Where the two part and it is known why; each has its case. A predicate of rule, ours, theirs.
KNOWN = ()


class Refused(RuntimeError):
    pass


class Registry:
    """The registry in one process, on a database that is made new for each register."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        programs = pathlib.Path(os.environ["EVROLL_BUILD"]) / "bin"
        self.empty = self.folder / "empty.db"
        subprocess.run([programs / "evroll-registry", "migrate", "--db", f"sqlite:{self.empty}"], check=True, capture_output=True)
        self.process = subprocess.Popen([programs / "reference_registry"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.made = 0

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()

    def order(self, *words):
        self.process.stdin.write("\t".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"reference_registry ended with {self.process.wait()} at {words}")
        if answer.startswith("error"):
            raise Refused(answer.strip())
        return answer

    def load(self, register, changes):
        """A new database with this register, read as these changes of the plan say."""
        for left in self.folder.glob(f"{self.made}.db*"):
            left.unlink()
        self.made += 1
        database = self.folder / f"{self.made}.db"
        shutil.copy(self.empty, database)
        self.order("open", f"sqlite:{database}")
        self.read_plan(changes)
        states = {(row["org_id"], row["period"]): STEPS[row["state"]] for row in register.get("reports", [])}
        for name in IMPORTED:
            rows = register.get(name, [])
            if name == "freight":
                rows = [row for row in rows if "import" in states.get((row["org_id"], row["period"]), ["import"])]
            for again in self.parts(name, rows):
                self.order("import", self.write(name, again))
        for key, steps in states.items():
            self.work_on(register, key, steps)
        if register.get("telemetry"):
            self.order("telemetry", self.write_samples(register["telemetry"]))
        self.order("settle")

    def read_plan(self, changes):
        plans = self.folder / "plans"
        plans.mkdir(exist_ok=True)
        for left in plans.iterdir():
            left.unlink()
        if changes:
            (plans / "other.yaml").write_text(yaml.safe_dump(model.changed(model.load_plan(), changes), allow_unicode=True))
        self.order("plans", plans)

    @staticmethod
    def parts(name, rows):
        """The rows as files in each of which a thing occurs once."""
        seen, files = collections.Counter(), []
        for row in rows:
            key = KEYS[name](row) if name in KEYS else len(seen)
            files += [[]] if seen[key] == len(files) else []
            files[seen[key]].append(row)
            seen[key] += 1
        return files

    def write(self, name, rows):
        file = self.folder / f"{name}.csv"
        with file.open("w", newline="") as out:
            writer = csv.DictWriter(out, list(dict.fromkeys([*columns(name, rows[0]), *EXTRA[name]])))
            writer.writeheader()
            for row in rows:
                writer.writerow({**EXTRA[name], **columns(name, row)})
        return file

    def work_on(self, register, key, steps):
        lines = [line for line in register["freight"] if (line["org_id"], line["period"]) == key]
        for step in [step for step in steps if step != "import" and lines]:
            content = []
            if step in ("create", "write"):
                content = [self.folder / "content.json"]
                content[0].write_text(json.dumps(report(lines, 2 if step == "write" else 1)))
            self.order("report", step, *key, *content)

    def write_samples(self, rows):
        file, seen = self.folder / "telemetry.csv", set()
        with file.open("w") as out:
            for run in rows:
                for number in range(run["count"]):
                    at = run["at"] + number * run["step"]
                    lon = model.telemetry.WILD_LON if number in run["away"] else run["lon"]
                    if (run["unit"], at) not in seen:  # of one instant the first counts
                        out.write(f"{run['unit']},{at},{run['lat']},{lon},{run['rpm']}\n")
                    seen.add((run["unit"], at))
        return file

    def answers(self, day):
        return {rule["id"]: rule for rule in json.loads(self.order("compliance", day))["rules"]}


def columns(name, row):
    """A row as the file has it."""
    if name == "vehicles":
        return {**row, "first_registered": min(row["added"], "2022-01-01")}
    if name == "freight":
        return {**row, "tonnes": tenths(row["tonnes"]), "km": "" if row["km"] is None else tenths(row["km"])}
    if name == "gate-trips":
        return {**row, "tonnes": tenths(row["tonnes"])}
    if name == "sites":
        return {**{key: value for key, value in row.items() if key not in ("box", "hole")}, "polygon": polygon(row)}
    return row


def tenths(number):
    return f"{number // 10}.{number % 10}"


def polygon(site):
    def ring(box):
        west, south, east, north = (f"{side / 10**7:.7f}" for side in box)
        return f"({west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south})"
    if not site["box"]:
        return "POLYGON EMPTY"
    return f"POLYGON ({', '.join(ring(box) for box in (site['box'], site['hole']) if box)})"


def report(lines, factor):
    """A report of these lines as the API takes it."""
    kept = ("commodity", "direction", "mode", "counterpart", "leg")
    return {"responsible": "Somebody", "explanation": "as it was",
            "lines": [{**{key: line[key] for key in kept}, "tonnes": line["tonnes"] * factor / 10, "station": "North", "note": "as told",
                       "container": line["container"] == "1", **({} if line["km"] is None else {"km": line["km"] / 10})}
                      for line in lines]}


def as_ours(rule, ours):
    """The registry's answer in the model's words."""
    theirs = {key: rule[key] for key in ours if key in rule}
    if rule["unit"] == "t":
        for key in ("numerator", "denominator", "shortfall"):
            theirs[key] = round(rule[key] * 10)
    beside = {"zero_emission": lambda: rule["zero_emission"]["numerator"], "contradicted": lambda: rule["verified"]["contradicted"],
              "matched": lambda: next((view["numerator"] for view in rule["views"] if view["id"] == "matched"), 0),
              "values": lambda: sorted([v["indicator"], v["from"], v["to"], v["value"], v["source"]] for v in rule["values"])}
    theirs.update((name, read()) for name, read in beside.items() if name in ours)
    theirs.update((part["id"], [part["numerator"], part["denominator"], part["exempt"]]) for part in rule["breakdown"])
    return theirs


def differences(registry, register, days, changes=(), known=KNOWN):
    """Where the two part: [(day, rule, ours, theirs)], and how many figures were compared."""
    plan, found, figures = model.changed(model.load_plan(), changes), [], 0
    registry.load(register, changes)
    for day in days:
        theirs = registry.answers(day)
        for name, ours in model.answers(plan, register, day).items():
            figures += 1
            answer = as_ours(theirs[name], ours) if name in theirs else {"verdict": "not there"}
            if answer != ours and not any(excuse(name, ours, answer) for excuse in known):
                found.append((day, name, ours, answer))
    return found, figures


def shrink(registry, case):
    """Takes rows and changes of the plan out as long as the two still part over this rule on this day: halves, then single ones."""
    def parts(smaller):
        try:
            found, _ = differences(registry, smaller["register"], [case["day"]], smaller["plan"])
        except Refused:
            return False
        return any(name == case["rule"] for _, name, _, _ in found)

    def without(name, first, last):
        rows = case["plan"] if name == "plan" else case["register"][name]
        less = rows[:first] + rows[last:]
        return dict(case, plan=less) if name == "plan" else dict(case, register=dict(case["register"], **{name: less}))

    again = True
    while again:
        again = False
        for name in ["plan", *case["register"]]:
            size = max(1, len(case["plan"] if name == "plan" else case["register"][name]))
            while size > 0:
                for first in reversed(range(0, len(case["plan"] if name == "plan" else case["register"][name]), size)):
                    smaller = without(name, first, first + size)
                    if parts(smaller):
                        case, again = smaller, True
                size //= 2
    return case


def run(cases, seed, tell=lambda text: None, differs=lambda case: None):
    """Compares `cases` registers; returns how many answers agreed, and the parting cases, each made small, one a rule."""
    result = collections.Counter()
    parted, started = {}, time.monotonic()
    with tempfile.TemporaryDirectory(prefix="evroll-reference-") as folder, Registry(folder) as registry:
        for number in range(cases):
            register, days, changes = generate.register(seed + number)
            try:
                found, figures = differences(registry, register, days, changes)
            except Refused as error:
                raise SystemExit(f"the register of seed {seed + number} is refused: {error}") from error
            result.update(days=len(days), figures=figures, **{f"rows of {name}": len(rows) for name, rows in register.items()})
            for day, rule, ours, theirs in found:
                if rule not in parted:
                    case = {"rule": rule, "day": day, "seed": seed + number, "plan": changes, "register": register}
                    parted[rule] = {**shrink(registry, case), "first_seen": {"model": ours, "registry": theirs}}
                    differs(parted[rule])
            tell(f"{number + 1} of {cases} registers, {result['days']} days asked about, {result['figures']} figures, "
                 f"{len(parted)} rules differ, {(number + 1) / (time.monotonic() - started):.1f} registers/s")
    return {**result, "parted": list(parted.values())}


def main():
    parser = argparse.ArgumentParser(prog="./dev reference", description="Holds the registry's verdicts against the model's.")
    parser.add_argument("--cases", type=int, default=500, help="registers to compare (default 500)")
    parser.add_argument("--seed", type=int, default=1, help="the first register's seed (default 1)")
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIR", help="write the cases on which the two part to DIR")
    given = parser.parse_args()
    tell = (lambda text: print(f"\r{text}\033[K", end="", file=sys.stderr)) if sys.stderr.isatty() else lambda text: None

    def show(case):
        text = json.dumps(case, ensure_ascii=False, indent=1) + "\n"
        if given.keep:
            given.keep.mkdir(parents=True, exist_ok=True)
            (given.keep / f"{case['rule']}-{case['seed']}.json").write_text(text)
        print(text if not given.keep else f"{case['rule']} differs on {case['day']}: {case['first_seen']}", flush=True)

    result = run(given.cases, given.seed, tell, show)
    parted = result.pop("parted")
    print(f"{len(parted)} rules differ; {given.cases} registers, " + ", ".join(f"{count} {name}" for name, count in result.items()))
    return 1 if parted else 0


if __name__ == "__main__":
    sys.exit(main())

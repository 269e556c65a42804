"""Asks evroll-registry about random registers and holds its answers against the model; shrinks where they part.

    ./dev reference --cases 500 [--seed N]
"""
import argparse
import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from reference import generate, model

CASES = pathlib.Path(__file__).resolve().parent / "cases"
EXTRA = {"orgs": {"name": "An enterprise"}, "vehicles": {"plate": "", "first_registered": "", "unit": ""},
         "exemptions": {"document": "No. 1"}, "exceptions": {"document": "No. 1", "approved_by": "bureau", "evidence": "plan"},
         "statistics": {"source": "bulletin", "published": "2026-01-20"}, "freight": {"station": "North"},
         "sites": {"name": "Works", "kind": "PLANT",
                   "polygon": "POLYGON((112.6 35.0, 112.7 35.0, 112.7 35.1, 112.6 35.0))"},
         "gate-trips": {"gate": "1", "direction": "IN", "vehicle_id": "", "cargo": "ORE", "tonnes": "30.0"}}


def no_pace_of_enterprises(rule, ours, theirs):
    return rule == "R7-01" and (ours["verdict"], theirs["verdict"]) == ("ON_TRACK", "AT_RISK") \
        and dict(ours, verdict="") == dict(theirs, verdict="")


# Where the two part and it is known why; each has its case. A predicate of rule, ours, theirs.
KNOWN = (no_pace_of_enterprises,)


class Registry:
    """evroll-registry on a database of its own that is made new for each register."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.program = pathlib.Path(os.environ["EVROLL_BUILD"]) / "bin" / "evroll-registry"
        self.database, self.empty = self.folder / "registry.db", self.folder / "empty.db"
        self.call("migrate", "--db", f"sqlite:{self.empty}")

    def call(self, *arguments):
        done = subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            refused = "".join(file.read_text() for file in self.folder.glob("*.rejected.csv"))
            raise RuntimeError(f"{' '.join(map(str, arguments))}: {done.stdout}{done.stderr}{refused}")
        return done.stdout

    def load(self, register):
        for left in self.folder.glob("registry.db*"):
            left.unlink()
        for made in self.folder.glob("empty.db*"):
            shutil.copy(made, self.folder / made.name.replace("empty", "registry"))
        files = [self.write(name, rows) for name, rows in register.items() if rows]
        if files:
            self.call("import", "--db", f"sqlite:{self.database}", *files)

    def write(self, name, rows):
        file = self.folder / f"{name}.csv"
        with file.open("w", newline="") as out:
            writer = csv.DictWriter(out, list(rows[0]) + list(EXTRA[name]))
            writer.writeheader()
            for row in rows:
                writer.writerow({**EXTRA[name], **row, **in_words(name, row)})
        return file

    def answers(self, day):
        text = self.call("compliance", "--db", f"sqlite:{self.database}", "--as-of", day, "--format", "json")
        return {rule["id"]: rule for rule in json.loads(text)["rules"]}


def in_words(name, row):
    if name == "vehicles":
        return {"first_registered": min(row["added"], "2022-01-01")}
    if name == "freight":
        return {"tonnes": f"{row['tonnes'] / 10:.1f}", "km": "" if row["km"] is None else f"{row['km'] / 10:.1f}"}
    return {}


def as_ours(rule, ours):
    """The registry's answer in the model's words."""
    theirs = {key: rule[key] for key in ours if key in rule and key != "zero_emission"}
    if rule["unit"] == "t":
        for key in ("numerator", "denominator", "shortfall"):
            theirs[key] = round(rule[key] * 10)
    if "zero_emission" in ours:
        theirs["zero_emission"] = rule["zero_emission"]["numerator"]
    for part in rule["breakdown"]:
        theirs[part["id"]] = [part["numerator"], part["denominator"], part["exempt"]]
    return theirs


def differences(plan, registry, register, days, known=KNOWN):
    """Where the two part: (day, rule, ours, theirs)."""
    registry.load(register)
    found = []
    for day in days:
        theirs = registry.answers(day)
        for name, ours in model.answers(plan, register, day).items():
            answer = as_ours(theirs[name], ours) if name in theirs else {"verdict": "not there"}
            if answer != ours and not any(excuse(name, ours, answer) for excuse in known):
                found.append((day, name, ours, answer))
    return found


def shrink(plan, registry, register, day, rule):
    """Takes rows out one by one while the two still part over this rule on this day."""
    def still(smaller):
        try:
            return any(name == rule for _, name, _, _ in differences(plan, registry, smaller, [day]))
        except RuntimeError:
            return False
    smaller = True
    while smaller:
        smaller = False
        for name, rows in register.items():
            for number in reversed(range(len(rows))):
                without = dict(register, **{name: register[name][:number] + register[name][number + 1:]})
                if still(without):
                    register, smaller = without, True
    return register


def run(cases, seed, tell=lambda text: None):
    """Compares `cases` registers; returns how many answers agreed, and the parting cases."""
    plan, parted, asked, rules, started = model.load_plan(), {}, 0, 0, time.monotonic()
    with tempfile.TemporaryDirectory(prefix="evroll-reference-") as folder:
        registry = Registry(folder)
        for number in range(cases):
            register, days = generate.register(seed + number)
            found = differences(plan, registry, register, days)
            asked += len(days)
            rules += sum(len(model.answers(plan, {key: [] for key in register}, day)) for day in days)
            for day, rule, ours, theirs in found:
                if rule not in parted:
                    parted[rule] = {"seed": seed + number, "day": day, "rule": rule, "model": ours, "registry": theirs,
                                    "register": shrink(plan, registry, register, day, rule)}
            tell(f"{number + 1} of {cases} registers, {asked} days asked about, {rules} figures, {len(parted)} rules differ, "
                 f"{asked / (time.monotonic() - started):.1f} days/s")
    return {"days": asked, "figures": rules, "parted": list(parted.values())}


def main():
    parser = argparse.ArgumentParser(prog="./dev reference", description="Holds the registry's verdicts against the model's.")
    parser.add_argument("--cases", type=int, default=500, help="registers to compare (default 500)")
    parser.add_argument("--seed", type=int, default=1, help="the first register's seed (default 1)")
    given = parser.parse_args()
    tell = (lambda text: print(f"\r{text}\033[K", end="", file=sys.stderr)) if sys.stderr.isatty() else lambda text: None
    result = run(given.cases, given.seed, tell)
    for case in result["parted"]:
        print(json.dumps(case, ensure_ascii=False))
    print(f"{result['days']} answers about a register and a day, {result['figures']} figures compared, "
          f"{len(result['parted'])} rules differ")
    return 1 if result["parted"] else 0


if __name__ == "__main__":
    sys.exit(main())

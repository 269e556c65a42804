"""What a plan's rules say about a register on a day, written from docs/plan-format.md, docs/sites.md and docs/freight.md alone.

It shares nothing with the registry but the plan file. It is slow and plain on purpose: every figure is counted from the
rows of a register (register.py).
"""
import copy
import datetime
import fractions
import pathlib

import yaml

from reference import gates, telemetry
from reference.gates import NEV
from reference.register import (days_between, day_of, fleet_on, four_quarters, holds, in_fleet, in_force, last_words, months_before,
                                next_day, orgs_on, period_days, version_on)

PLAN = pathlib.Path(__file__).resolve().parents[2] / "registry" / "plans" / "jiyuan-2023-2025.yaml"
FOREVER = "9999-12-31"
ZERO_EMISSION = {"BEV", "FCEV"}
FREIGHT_TRUCKS = {"MUCK_TRUCK", "CEMENT_TRUCK", "LOGISTICS", "OTHER_FREIGHT"}
TRUCKS = ("TRUCK_NEV", "TRUCK_CN6", "TRUCK_CN5", "TRUCK_LE4")
TRUCKS_BELOW_VI = {"TRUCK_CN5", "TRUCK_LE4"}
UNITS_OF_THE_PROVINCE = 18
HEARD_DAYS, TREND_DAYS, MINUTE_MS = 90, 3 * 366, 60000


def load_plan():
    def plain(value):
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, list):
            return [plain(item) for item in value]
        return value.isoformat() if isinstance(value, datetime.date) else value
    return plain(yaml.safe_load(PLAN.read_text()))


def changed(plan, changes):
    """The plan with other readings: members of a list's entry, for a rule from a day on if one is given."""
    plan = copy.deepcopy(plan)
    for change in changes:
        found = next(one for one in reversed(plan[change["list"]]) if one["id"] == change["id"])
        if "from" in change:
            later = dict(copy.deepcopy(found), version=found["version"] + 1, valid_from=change["from"])
            found["valid_to"] = next_day(change["from"], -1)
            plan[change["list"]].insert(plan[change["list"]].index(found) + 1, later)
            found = later
        found.update(change["set"])
    return plan


# ---- vehicles ---------------------------------------------------------------------------------------------

def in_subject(register, rule, vehicle, day):
    subject = rule["subject"]
    owner = version_on(register["orgs"], "org_id", vehicle["owner_id"], day)
    return ((not subject.get("categories") or vehicle["category"] in subject["categories"])
            and (not subject.get("owner_kinds") or (owner and owner["kind"] in subject["owner_kinds"]))
            and (not subject.get("built_up") or vehicle["built_up"] == "1")
            and vehicle["area"].startswith(subject.get("area", "")))


def qualifies(vehicle, how):
    """yes, no or unknown."""
    if vehicle["energy"] in NEV:
        return "yes"
    better = {"NEV": (), "NEV_OR_CN6": ("6a", "6b"), "NEV_OR_STAGE3": ("3", "4"), "NEV_OR_STAGE4": ("4",)}[how]
    if vehicle["stage"] in better:
        return "yes"
    unknown = not vehicle["energy"] or (better and vehicle["stage"] in ("", "X"))
    return "unknown" if unknown else "no"


def exempt_on(register, rule, vehicle, day):
    return any(row["vehicle_id"] == vehicle["vehicle_id"] and row["reason"] in rule.get("exempt", []) and holds(row, day)
               for row in register["exemptions"])


def count(register, rule, vehicles):
    """The figure of pairs of a vehicle and the day on which it is judged."""
    figure = {"numerator": 0, "denominator": 0, "exempt": 0, "unknown": 0, "zero": 0}
    for vehicle, day in vehicles:
        if not in_subject(register, rule, vehicle, day):
            continue
        if exempt_on(register, rule, vehicle, day):
            figure["exempt"] += 1
            continue
        answer = qualifies(vehicle, rule["qualifies"])
        figure["denominator"] += 1
        figure["numerator"] += answer == "yes"
        figure["unknown"] += answer == "unknown"
        figure["zero"] += vehicle["energy"] in ZERO_EMISSION
    return figure


def stock(plan, register, rule, day):
    categories = set(rule["subject"].get("categories", []))
    vehicles = fleet_on(register, day)
    if rule["subject"].get("built_up") and categories and categories <= FREIGHT_TRUCKS:
        vehicles = (dict(vehicle, built_up=str(int(telemetry.built_up(register, vehicle, day)))) for vehicle in vehicles)
    return held_against(plan, register, rule, day, [(vehicle, day) for vehicle in vehicles])


def flow(plan, register, rule, day):
    return held_against(plan, register, rule, day, list(additions(register, *window(plan, rule, day))))


def window(plan, rule, day):
    if rule["window"] == "calendar_year":
        return day[:4] + "-01-01", day
    if rule["window"] == "rolling_12m":
        return next_day(months_before(day, 12)), day
    return plan["plan"]["from"], min(day, plan["plan"]["to"])


def held_against(plan, register, rule, day, judged):
    """The figure, and how many of its battery and fuel-cell vehicles had an engine running lately."""
    figure = count(register, rule, judged)
    contradicted = [(vehicle, at) for vehicle, at in judged if engine_ran(register, vehicle, day)]
    figure["contradicted"] = count(register, rule, contradicted)["denominator"]
    if "dispute" in rule:
        figure["disputed"] = figure["contradicted"] > ratio_of(plan, rule["dispute"]) * figure["denominator"]
    return figure


def engine_ran(register, vehicle, day):
    """Did an engine run lately in a battery or fuel-cell vehicle, since it is declared so?"""
    since = declared_since(register, vehicle, day)
    return (vehicle["energy"] in ZERO_EMISSION and since is not None
            and telemetry.ran(register, vehicle, max(since, next_day(day, 1 - HEARD_DAYS)), day))


def declared_since(register, vehicle, day):
    """From which day on, up to this one, its energy is declared without a break; None: on this day it is another one."""
    rows = [row for row in register["vehicles"] if row["vehicle_id"] == vehicle["vehicle_id"]]
    since = None
    for begins in sorted({rows[0]["added"], *(row["effective"] for row in rows[1:])}, reverse=True):
        if begins <= day:
            if version_on(rows, "vehicle_id", vehicle["vehicle_id"], begins)["energy"] != vehicle["energy"]:
                break
            since = begins
    return since


def additions(register, first, last):
    for one in dict.fromkeys(row["vehicle_id"] for row in register["vehicles"]):
        added = next(row["added"] for row in register["vehicles"] if row["vehicle_id"] == one)
        if first <= added <= last:
            yield version_on(register["vehicles"], "vehicle_id", one, added), added


# ---- freight ---------------------------------------------------------------------------------------------

def is_bulk(line):
    return line["commodity"] != "OTHER"


def main_legs(register, first, last):
    for line in register["freight"]:
        begins, ends = period_days(line["period"])
        if first <= begins and ends <= last and line.get("leg") != "DRAYAGE":
            yield line


def sender_tells(register, line):
    """A way between two that both report: the one that sends has told of it."""
    if line["direction"] != "IN" or not line["counterpart"]:
        return False
    begins, ends = period_days(line["period"])
    for other in register["freight"]:
        other_begins, other_ends = period_days(other["period"])
        if (other["org_id"] == line["counterpart"] and other["counterpart"] == line["org_id"]
                and other["direction"] == "OUT" and other["commodity"] == line["commodity"]
                and other.get("leg") != "DRAYAGE" and other_begins <= ends and begins <= other_ends):
            return True
    return False


def tonnes(lines):
    return sum(line["tonnes"] for line in lines)


def coverage(register, first, last):
    """Reporters, and those of whom reports are expected, as they were when the window ended."""
    reported = {line["org_id"] for line in register["freight"]
                if first <= period_days(line["period"])[0] and period_days(line["period"])[1] <= last}
    declared = {org["org_id"] for org in orgs_on(register, last) if org["bulk_t_per_year"]}
    return len(reported), len(reported | declared)


def fits_reports(register, first, last):
    """Whole months that end with reports and across whose ends none lies."""
    if first[8:] != "01" or next_day(last)[8:] != "01":
        return False
    reports = {period_days(line["period"]) for line in register["freight"]}
    within = [(begins, ends) for begins, ends in reports if ends >= first and begins <= last]
    return not within or (any(ends == last for _, ends in within)
                          and all(begins >= first and ends <= last for begins, ends in within))


def statistic_window(register, rule, day):
    """The zone's freight over the longest span of totals that follow one another and ended in the last twelve months."""
    rows = {(row["from"], row["to"]): row["value"] for row in register["statistics"] if row["indicator"] == "FREIGHT"
            and row["subject"] == rule["subject"]["area"] and months_before(day, 12) < row["to"] <= day}
    spans = []
    for (first, last), value in rows.items():
        parts = 1
        while True:
            if fits_reports(register, first, last):
                spans.append((days_between(first, last), last, -parts, first, value))
            follows = max((to for begins, to in rows if begins == next_day(last)), default=None)
            if follows is None:
                break
            value, last, parts = value + rows[next_day(last), follows], follows, parts + 1
    if not spans:
        return None
    _, last, _, first, value = max(spans)
    return {"from": first, "to": last, "value": value}


def modes_of(plan, rule, day):
    name = rule["freight"].get("definition")
    return definition(plan, name, day) if name else rule["freight"]["modes"]


def definition(plan, name, day):
    return next(one["modes"] for one in plan["green_definitions"]
                if one["id"] == name and one["valid_from"] <= day <= one.get("valid_to", "9999-12-31"))


def tenths(plan, name):
    return next(one["value"] * 10 for one in plan["parameters"] if one["id"] == name)


def region(plan, register, rule, day, defined_on=None):
    """`defined_on`: the day whose definition of green counts, for a share of an earlier day beside that of today."""
    freight, zone = rule["freight"], None
    if rule["window"] == "statistic":
        zone = statistic_window(register, rule, day)
        if not zone:
            return nothing()
        first, last = zone["from"], zone["to"]
    else:
        first, last = four_quarters(day)
    lines = [line for line in main_legs(register, first, last) if not sender_tells(register, line)]
    if freight["goods"] == "BULK":
        lines = [line for line in lines if is_bulk(line)]
    elif freight["goods"] == "BULK_AND_CONTAINERS":
        lines = [line for line in lines if is_bulk(line) or line["container"] == "1"]
    if "km_min" in freight:
        lines = [line for line in lines if line["km"] is not None and line["km"] >= tenths(plan, freight["km_min"])]
    if "km_max" in freight:
        lines = [line for line in lines if line["km"] is not None and line["km"] <= tenths(plan, freight["km_max"])]
    modes = modes_of(plan, rule, defined_on or day)
    part = [line for line in lines if line["mode"] in modes]
    figure = nothing()
    figure["numerator"], figure["denominator"] = tonnes(part), zone["value"] * 10 if zone else tonnes(lines)
    if figure["numerator"] > figure["denominator"]:
        return nothing()
    reported, expected = coverage(register, first, last)
    floor = ratio_of(plan, rule["coverage"])
    figure["too_few"] = reported < expected * floor
    if "dispute" in rule and figure["denominator"]:
        measured = by_gates(plan, register, rule, day, figure, lines, (first, last))
        figure["disputed"] = (bool(measured["denominator"])
                              and differs(share_of(figure), share_of(measured), ratio_of(plan, rule["dispute"])))
    return figure


def differs(declared, measured, tolerance):
    return abs(declared - measured) > tolerance * declared


def trucked(lines):
    return tonnes(line for line in lines if line["mode"] in TRUCKS)


def declared_by_truck(register, org_id, first, last):
    return trucked(line for line in main_legs(register, first, last) if line["org_id"] == org_id)


def by_gates(plan, register, rule, day, figure, lines, days):
    """The region's figure with the tonnes of gates in place of those of trucks, as far as there are gates."""
    measured = {key: figure[key] for key in ("numerator", "denominator")}
    counted = modes_of(plan, rule, day)
    for org in dict.fromkeys(line["org_id"] for line in lines):
        gate = gates.tonnes_of(register, org, *days)
        if gate is None:
            continue
        own = [line for line in lines if line["org_id"] == org]
        all_gates = sum(gate.values())
        instead = max(0, all_gates - (declared_by_truck(register, org, *days) - trucked(own)))  # less their other goods
        measured["denominator"] += instead - trucked(own)
        measured["numerator"] -= trucked(line for line in own if line["mode"] in counted)
        if all_gates:
            measured["numerator"] += sum(gate.get(mode, 0) * instead // all_gates for mode in TRUCKS if mode in counted)
    return measured


# ---- enterprises -----------------------------------------------------------------------------------------

def entities(plan, register, rule, day):
    subject, figure = rule["subject"], nothing()
    first, last = four_quarters(day)
    figure.update(misses=[], disputed=False)
    for org in orgs_on(register, day):
        lines = [line for line in main_legs(register, first, last) if line["org_id"] == org["org_id"]]
        bulk = [line for line in lines if is_bulk(line)]
        volume = max(org["bulk_t_per_year"] * 10, tonnes(bulk))
        if (org["industry"] not in subject["industries"]
                or (subject.get("project_statuses") and org["project_status"] not in subject["project_statuses"])
                or volume < subject.get("min_bulk_t", 0) * 10):
            continue
        if rule["qualifies"] == "HAS_SIDING_OR_PIPELINE":
            answer = "yes" if org["siding"] in ("OWN", "SHARED") or org["pipeline"] == "1" else "no"
        else:
            answer = plant(plan, register, rule, org, lines, bulk, day)
            gate = gates.tonnes_of(register, org["org_id"], first, last)
            if gate is not None and answer != "unknown":
                figure["disputed"] |= (abs(sum(gate.values()) - trucked(lines))
                                       > ratio_of(plan, rule["dispute"]) * trucked(lines))
        figure["denominator"] += 1
        figure["numerator"] += answer == "yes"
        figure["unknown"] += answer == "unknown"
        if answer != "yes":
            figure["misses"].append({"ORG": {org["org_id"]}})
    return figure


def plant(plan, register, rule, org, lines, bulk, day):
    test = rule["plant"]
    if not tonnes(bulk):
        return "unknown"
    machines = {qualifies(vehicle, test["machines"]) for vehicle in fleet_on(register, day)
                if vehicle["owner_id"] == org["org_id"] and vehicle["category"] == "NON_ROAD"}
    if org["industry"] not in test["machine_industries"]:
        machines = set()
    if machines - {"yes"}:
        return "no"
    clean = tonnes(line for line in bulk if line["mode"] in definition(plan, test["definition"], day))
    missing = tonnes(bulk) * ratio_of(plan, test["share"]) - clean
    if missing > 0:
        nev = tonnes(line for line in bulk if line["mode"] == "TRUCK_NEV")
        if any(line["mode"] in TRUCKS_BELOW_VI and line["tonnes"] for line in lines):
            return "no"
        if org["industry"] in test["gap_industries"] and nev < missing * ratio_of(plan, test["nev_of_gap"]):
            return "no"
    return "yes"


# ---- a place among others --------------------------------------------------------------------------------

def rank(plan, register, rule, day):
    rows = [row for row in register["statistics"] if row["indicator"] == rule["indicators"][0]
            and months_before(day, 12) < row["to"] <= day]
    own = max((row for row in rows if row["subject"] == rule["subject"]["area"]),
              key=lambda row: (row["to"], row["from"]), default=None)
    if not own:
        return nothing()
    same = [row["value"] for row in rows if (row["from"], row["to"]) == (own["from"], own["to"])]
    place = 1 + sum(value > own["value"] for value in same)
    last_place = place + UNITS_OF_THE_PROVINCE - len(same)
    limit = ratio_of(plan, rule["threshold"]["parameter"]) * UNITS_OF_THE_PROVINCE
    figure = nothing()
    figure.update(numerator=place, denominator=UNITS_OF_THE_PROVINCE, met=last_place <= limit,
                  shortfall=max(0, place - int(limit)), too_few=place <= limit < last_place)
    return figure


# ---- values without a test ------------------------------------------------------------------------------

def trend(plan, register, rule, day):
    figure = nothing()
    figure["values"] = sorted([row["indicator"], row["from"], row["to"], row["value"], row["source"]]
                              for row in register["statistics"] if row["indicator"] in rule["indicators"]
                              and row["subject"] == rule["subject"]["area"]
                              and next_day(day, -TREND_DAYS) < row["to"] <= day)
    return figure


# ---- what is used at sites ------------------------------------------------------------------------------

def usage(plan, register, rule, day):
    how = trips if rule["usage"] == "TRIPS" else machine_time
    figure = how(register, rule, day, *window(plan, rule, day))
    if "dispute" in rule:
        tolerance = ratio_of(plan, rule["dispute"])
        figure["disputed"] = (figure["contradicted"] > tolerance * figure["denominator"]
                              or rule["usage"] == "TRIPS" and reports_apart(register, rule, day, tolerance))
    return figure


def runs_though_electric(register, day):
    """The ids of the vehicles of the day that are battery or fuel-cell ones and had an engine running lately."""
    return {vehicle["vehicle_id"] for vehicle in fleet_on(register, day) if engine_ran(register, vehicle, day)}


def reports_apart(register, rule, day, tolerance):
    """Did the gates of an enterprise count other tonnes by truck, or other trucks, than it reports for the four quarters?"""
    clean = {"TRUCK_NEV", "TRUCK_CN6"} if rule["qualifies"] == "NEV_OR_CN6" else {"TRUCK_NEV"}
    first, last = four_quarters(day)
    for org in filter(of_kinds(rule), orgs_on(register, last)):
        lines = [line for line in main_legs(register, first, last) if line["org_id"] == org["org_id"]]
        gate = gates.tonnes_of(register, org["org_id"], first, last)
        if gate is None or not tonnes(lines):
            continue
        declared, counted = trucked(lines), sum(gate.values())
        if abs(counted - declared) > tolerance * declared:
            return True
        if declared and counted and differs(
                fractions.Fraction(tonnes(line for line in lines if line["mode"] in clean), declared),
                fractions.Fraction(sum(gate.get(mode, 0) for mode in clean), counted), tolerance):
            return True
    return False


def trips(register, rule, day, first, last):
    """Trips through the gates of the enterprises meant."""
    figure, doubtful = nothing(), runs_though_electric(register, day)
    figure.update(misses=[], known=0, contradicted=0)
    for trip, on, truck, vehicle in gates.trips(register, first, last, of_kinds(rule)):
        figure["contradicted"] += bool(vehicle and vehicle["vehicle_id"] in doubtful and truck["energy"] in ZERO_EMISSION)
        answer = qualifies(truck, rule["qualifies"])
        figure["denominator"] += 1
        figure["numerator"] += answer == "yes"
        figure["unknown"] += answer == "unknown"
        figure["known"] += vehicle is not None
        if answer != "yes":
            figure["misses"].append({"SITE": {trip["site_id"]}, "ORG": {trip["org_id"]}, "day": on,
                                     "VEHICLE": {trip["vehicle_id"], trip["plate"], vehicle and vehicle["vehicle_id"]}})
    return figure


def of_kinds(rule):
    return lambda org: org["kind"] in rule["subject"]["owner_kinds"]


def machine_time(register, rule, as_of, first, last):
    """Minutes that machines worked inside the sites of the enterprises meant, by what each was on the day."""
    orgs = {org["org_id"] for org in orgs_on(register, last) if of_kinds(rule)(org)}
    sites = [row["site_id"] for row in telemetry.sites_of_day(register, last, ("PLANT", "PARK")) if row["org_id"] in orgs]
    found, of_machine = {"yes": 0, "no": 0, "unknown": 0}, {}
    for one, unit in dict.fromkeys((row["vehicle_id"], row["unit"]) for row in register["vehicles"] if row["unit"]):
        walk = telemetry.samples(register, unit)
        for worked, at in (stay for site in sites for stay in telemetry.at_site(register, walk, site)):
            day = day_of(at)
            vehicle = in_fleet(register, one, day)
            if first <= day <= last and vehicle and vehicle["category"] in rule["subject"]["categories"]:
                found[qualifies(vehicle, rule["qualifies"])] += worked
                of_machine[one] = of_machine.get(one, 0) + worked
    minutes = {answer: -(-ms // MINUTE_MS) for answer, ms in found.items()}
    figure = nothing()
    doubtful = runs_though_electric(register, as_of)
    figure["contradicted"] = sum(-(-ms // MINUTE_MS) for one, ms in of_machine.items() if one in doubtful)
    figure.update(numerator=minutes["yes"], denominator=sum(minutes.values()), unknown=minutes["unknown"], misses=[{}])
    return figure


# ---- verdicts --------------------------------------------------------------------------------------------

FIGURES = {"STOCK_SHARE": stock, "FLOW_SHARE": flow, "REGION_SHARE": region, "ENTITY_BOOL": entities, "RANK": rank,
           "USAGE_SHARE": usage, "QUALITATIVE": trend}


def nothing():
    return {"numerator": 0, "denominator": 0, "exempt": 0, "unknown": 0}


def ratio_of(plan, name):
    one = next(one for one in plan["parameters"] if one["id"] == name)
    return fractions.Fraction(one["num"], one["den"])


def target(plan, rule):
    threshold = rule["threshold"]
    ratio = ratio_of(plan, threshold["parameter"]) if "parameter" in threshold \
        else fractions.Fraction(threshold["num"], threshold["den"])
    return ratio - (ratio_of(plan, threshold["tolerance"]) if "tolerance" in threshold else 0)


def reaches(plan, rule, share):
    return share > target(plan, rule) if rule["cmp"] == "GT" else share >= target(plan, rule)


def shortfall(plan, rule, figure):
    """How many more of the denominator must become yes."""
    if "shortfall" in figure or not figure["denominator"]:
        return figure.get("shortfall", 0)
    wanted = target(plan, rule) * figure["denominator"]
    least = -(-wanted.numerator // wanted.denominator)
    if rule["cmp"] == "GT" and least == wanted:
        least += 1
    return max(0, least - figure["numerator"])


def share_of(figure):
    return fractions.Fraction(figure["numerator"], figure["denominator"])


def on_track(plan, register, rule, day, figure):
    of_region = rule["kind"] == "REGION_SHARE"
    for months in (12,) if of_region else (12, 9, 6, 3):
        then = months_before(day, months)
        before = (region(plan, register, rule, then, day) if of_region
                  else FIGURES[rule["kind"]](plan, register, rule, then))
        if before["denominator"]:
            gain = share_of(figure) - share_of(before)
            return reaches(plan, rule, share_of(figure)
                           + gain * days_between(day, rule["due"]) / days_between(then, day))
    return False


def excused(register, rule, figure, day):
    """Does an approved exception cover every miss? One of a trip must hold on the day of the trip."""
    approved = [row for row in register["exceptions"] if row["rule"] == rule["id"] and row["approved"] <= day]
    return all(any(row["subject"] in miss.get(row["subject_kind"], ()) and holds(row, miss.get("day", day)) for row in approved)
               for miss in figure.get("misses", [{}]))


def verdict(plan, register, rule, day, figure):
    if not figure["denominator"] or figure.get("too_few"):
        return "NO_DATA"
    if figure.get("disputed"):
        return "DISPUTED"
    if figure.get("met", reaches(plan, rule, share_of(figure))):
        return "MET"
    if rule["strength"] == "PRINCIPLE" and excused(register, rule, figure, day):
        return "MET_WITH_EXCEPTIONS"
    if rule["due"] == "continuous":
        return "NOT_MET"
    if day < rule["due"]:
        if rule["kind"] == "RANK":
            return "AT_RISK"
        return "ON_TRACK" if on_track(plan, register, rule, day, figure) else "AT_RISK"
    return "OVERDUE" if rule["strength"] == "SHALL" else "NOT_MET"


BESIDE = {"zero": "zero_emission", "contradicted": "contradicted", "known": "matched", "values": "values"}


def answers(plan, register, day):
    """What this reading says of every rule in force: rule id → figure and verdict."""
    result = {}
    register = dict(register, freight=list(in_force(register)),
                    statistics=last_words(register["statistics"], "indicator", "subject", "from", "to"))
    for rule in plan["rules"]:
        if not rule["valid_from"] <= day <= rule.get("valid_to", FOREVER):
            continue
        figure = FIGURES[rule["kind"]](plan, register, rule, day)
        answer = {key: figure[key] for key in ("numerator", "denominator", "exempt", "unknown")}
        answer["version"] = rule["version"]
        answer["verdict"] = verdict(plan, register, rule, day, figure)
        answer["shortfall"] = shortfall(plan, rule, figure)
        answer.update((name, figure[key]) for key, name in BESIDE.items() if key in figure)
        for part in rule.get("parts", []):
            narrowed = dict(rule, subject=dict(rule["subject"], categories=part["categories"]))
            some = FIGURES[rule["kind"]](plan, register, narrowed, day)
            answer[part["id"]] = [some["numerator"], some["denominator"], some["exempt"]]
        result[rule["id"]] = answer
    return result

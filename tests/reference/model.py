"""What a plan's rules say about a register on a day, written from docs/plan-format.md alone.

It shares nothing with the registry but the plan file. It is slow and plain on purpose: every figure is counted
from the rows of a register, a dict of lists of rows as the import files have them:

    orgs        org_id kind industry project_status bulk_t_per_year siding pipeline effective
    vehicles    vehicle_id category energy stage owner_id area built_up added removed effective
    exemptions  vehicle_id reason from to
    exceptions  rule subject_kind subject from to approved
    statistics  indicator subject from to value
    freight     org_id period commodity direction mode tonnes km container counterpart leg
    sites       site_id org_id
    gate-trips  site_id at energy stage

Days are ISO text, which sorts as it should; tonnes are whole numbers of 0.1 t, distances of 0.1 km.
"""
import calendar
import datetime
import fractions
import pathlib

import yaml

PLAN = pathlib.Path(__file__).resolve().parents[2] / "registry" / "plans" / "jiyuan-2023-2025.yaml"
NEV = {"BEV", "PHEV", "REEV", "FCEV"}
ZERO_EMISSION = {"BEV", "FCEV"}
TRUCKS_BELOW_VI = {"TRUCK_CN5", "TRUCK_LE4"}
UNITS_OF_THE_PROVINCE = 18
LONG_AGO = "0001-01-01"


def load_plan():
    def plain(value):
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, list):
            return [plain(item) for item in value]
        return value.isoformat() if isinstance(value, datetime.date) else value
    return plain(yaml.safe_load(PLAN.read_text()))


# ---- days ------------------------------------------------------------------------------------------------

def months_before(day, months):
    date = datetime.date.fromisoformat(day)
    month = date.year * 12 + date.month - 1 - months
    year, month = month // 12, month % 12 + 1
    return datetime.date(year, month, min(date.day, calendar.monthrange(year, month)[1])).isoformat()


def next_day(day, days=1):
    return (datetime.date.fromisoformat(day) + datetime.timedelta(days=days)).isoformat()


def days_between(first, last):
    return (datetime.date.fromisoformat(last) - datetime.date.fromisoformat(first)).days


def period_days(period):
    """First and last day of 2025-06 or 2025-Q2."""
    year = int(period[:4])
    first, last = (int(period[6]) * 3 - 2, int(period[6]) * 3) if "Q" in period else (int(period[5:]),) * 2
    return f"{year}-{first:02}-01", f"{year}-{last:02}-{calendar.monthrange(year, last)[1]:02}"


def four_quarters(day):
    year, quarter = int(day[:4]), 4
    while period_days(f"{year}-Q{quarter}")[1] > day:
        year, quarter = (year, quarter - 1) if quarter > 1 else (year - 1, 4)
    last = period_days(f"{year}-Q{quarter}")[1]
    return next_day(months_before(next_day(last), 12), 0), last


def holds(row, day):
    return row["from"] <= day and (not row["to"] or day <= row["to"])


# ---- a register on a day ---------------------------------------------------------------------------------

def version_on(rows, key, value, day):
    """The row in force: the last one whose day has come."""
    found = None
    for row in rows:
        if row[key] == value and (row["effective"] or row.get("added", LONG_AGO)) <= day:
            found = row
    return found


def orgs_on(register, day):
    ids = dict.fromkeys(row["org_id"] for row in register["orgs"])
    rows = (version_on(register["orgs"], "org_id", one, day) for one in ids)
    return [row for row in rows if row]


def fleet_on(register, day):
    """Who counts at the end of the day. The day somebody leaves no longer counts."""
    ids = dict.fromkeys(row["vehicle_id"] for row in register["vehicles"])
    for row in (version_on(register["vehicles"], "vehicle_id", one, day) for one in ids):
        if row and row["added"] <= day and not (row["removed"] and row["removed"] <= day):
            yield row


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
    if how == "NEV":
        return "no"
    if vehicle["stage"] == "X":
        return "unknown"
    better = {"NEV_OR_CN6": ("6a", "6b"), "NEV_OR_STAGE3": ("3", "4"), "NEV_OR_STAGE4": ("4",)}[how]
    return "yes" if vehicle["stage"] in better else "no"


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
    return count(register, rule, [(vehicle, day) for vehicle in fleet_on(register, day)])


def flow(plan, register, rule, day):
    first, last = plan["plan"]["from"], min(day, plan["plan"]["to"])
    return count(register, rule, additions(register, first, last))


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


def statistic_window(register, rule, day):
    """The longest period of the zone's freight that ended in the last twelve months."""
    rows = [row for row in register["statistics"] if row["indicator"] == "FREIGHT"
            and row["subject"] == rule["subject"]["area"] and months_before(day, 12) < row["to"] <= day]
    return max(rows, key=lambda row: (days_between(row["from"], row["to"]), row["to"]), default=None)


def modes_of(plan, rule, day):
    name = rule["freight"].get("definition")
    return definition(plan, name, day) if name else rule["freight"]["modes"]


def definition(plan, name, day):
    return next(one["modes"] for one in plan["green_definitions"]
                if one["id"] == name and one["valid_from"] <= day <= one.get("valid_to", "9999-12-31"))


def tenths(plan, name):
    return next(one["value"] * 10 for one in plan["parameters"] if one["id"] == name)


def region(plan, register, rule, day):
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
    part = [line for line in lines if line["mode"] in modes_of(plan, rule, day)]
    figure = nothing()
    figure["numerator"], figure["denominator"] = tonnes(part), zone["value"] * 10 if zone else tonnes(lines)
    reported, expected = coverage(register, first, last)
    floor = ratio_of(plan, rule["coverage"])
    figure["too_few"] = reported < expected * floor
    return figure


# ---- enterprises -----------------------------------------------------------------------------------------

def entities(plan, register, rule, day):
    subject, figure = rule["subject"], nothing()
    first, last = four_quarters(day)
    figure["misses"] = []
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
        figure["denominator"] += 1
        figure["numerator"] += answer == "yes"
        figure["unknown"] += answer == "unknown"
        if answer != "yes":
            figure["misses"].append(org["org_id"])
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


# ---- trips through gates -------------------------------------------------------------------------------

def usage(plan, register, rule, day):
    """Trips through the gates of the enterprises meant, of trucks that the register does not know."""
    figure = nothing()
    kinds = {org["org_id"]: org["kind"] for org in orgs_on(register, day)}
    owners = {site["site_id"]: site["org_id"] for site in register.get("sites", [])}
    for trip in register.get("gate-trips", []):
        if (months_before(day, 12) < trip["at"][:10] <= day
                and kinds.get(owners[trip["site_id"]]) in rule["subject"]["owner_kinds"]):
            answer = qualifies(trip, rule["qualifies"])
            figure["denominator"] += 1
            figure["numerator"] += answer == "yes"
            figure["unknown"] += answer == "unknown"
    figure["misses"] = [""] if figure["numerator"] < figure["denominator"] else []
    return figure


# ---- verdicts --------------------------------------------------------------------------------------------

FIGURES = {"STOCK_SHARE": stock, "FLOW_SHARE": flow, "REGION_SHARE": region, "ENTITY_BOOL": entities, "RANK": rank,
           "USAGE_SHARE": usage}


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
    for months in (12,) if rule["kind"] == "REGION_SHARE" else (12, 9, 6, 3):
        then = months_before(day, months)
        before = FIGURES[rule["kind"]](plan, register, rule, then)
        if before["denominator"]:
            gain = share_of(figure) - share_of(before)
            return reaches(plan, rule, share_of(figure)
                           + gain * days_between(day, rule["due"]) / days_between(then, day))
    return False


def excused(register, rule, figure, day):
    return all(any(row["rule"] == rule["id"] and row["subject_kind"] == "ORG" and row["subject"] == org
                   and holds(row, day) and row["approved"] and row["approved"] <= day
                   for row in register["exceptions"]) for org in figure.get("misses", [""]))


def verdict(plan, register, rule, day, figure):
    if not figure["denominator"] or figure.get("too_few"):
        return "NO_DATA"
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


def answers(plan, register, day):
    """What this reading says of every rule that it can compute: rule id → figure and verdict."""
    result = {}
    for rule in plan["rules"]:
        if not rule["valid_from"] <= day <= rule.get("valid_to", "9999-12-31") or rule["kind"] not in FIGURES:
            continue
        if rule.get("usage") == "MACHINE_TIME":
            continue  # only telemetry knows it
        figure = FIGURES[rule["kind"]](plan, register, rule, day)
        answer = {key: figure[key] for key in ("numerator", "denominator", "exempt", "unknown")}
        answer.update(version=rule["version"], verdict=verdict(plan, register, rule, day, figure),
                      shortfall=shortfall(plan, rule, figure))
        if "zero" in figure:
            answer["zero_emission"] = figure["zero"]
        for part in rule.get("parts", []):
            narrowed = dict(rule, subject=dict(rule["subject"], categories=part["categories"]))
            some = FIGURES[rule["kind"]](plan, register, narrowed, day)
            answer[part["id"]] = [some["numerator"], some["denominator"], some["exempt"]]
        result[rule["id"]] = answer
    return result

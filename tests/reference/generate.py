"""Random registers that like to stand where rules change their mind: due days, 1,500,000 t, exactly 80 %, nothing at all."""
import random

from reference.model import next_day, period_days

# All fictional; of these the check characters are right.
ORGS = ["91419001MA9TEA0117", "91419001MA9TEA02XY", "91419001MA9TEA038Y", "91419001MA9TEA046R", "91419001MA9TEA054L"]
DAYS = ["2022-12-31", "2023-01-01", "2023-06-30", "2024-01-16", "2024-01-17", "2024-02-29", "2024-12-31", "2025-03-31",
        "2025-06-30", "2025-09-29", "2025-09-30", "2025-10-01", "2025-12-30", "2025-12-31", "2026-01-01", "2026-06-30"]
CATEGORIES = ["BUS", "TAXI", "RIDEHAIL", "OFFICIAL_CAR", "SANITATION", "POSTAL", "MUCK_TRUCK", "CEMENT_TRUCK", "LOGISTICS",
              "OTHER_FREIGHT", "INTERNAL_TRUCK", "NON_ROAD"]
ENERGIES = ["BEV", "BEV", "BEV", "PHEV", "REEV", "FCEV", "HEV", "DIESEL", "DIESEL", "PETROL", "CNG", "LNG", "METHANOL", "OTHER"]
COMMODITIES = ["COAL", "ORE", "COKE", "STEEL", "CEMENT", "OTHER_BULK", "OTHER"]
MODES = ["RAIL", "RAIL", "WATER", "PIPELINE", "PIPE_CONVEYOR", "BELT_ENCLOSED", "BELT_OPEN", "TRUCK_NEV", "TRUCK_NEV",
         "TRUCK_CN6", "TRUCK_CN6", "TRUCK_CN5", "TRUCK_LE4"]
BULK_T = [0, 0, 1300000, 1499999, 1500000, 1500001, 3000000]
PERIODS = [f"{year}-Q{quarter}" for year in (2024, 2025) for quarter in (1, 2, 3, 4)] + ["2026-Q1"]
PROVINCE = ["419001"] + [f"41{number:02}00" for number in range(1, 18)]


def day(rng):
    """Often a day of the list, or its neighbour; else any."""
    if rng.random() < 0.7:
        return next_day(rng.choice(DAYS), rng.choice([0, 0, 0, -1, 1]))
    return next_day("2022-10-01", rng.randrange(1400))


def stage(rng, category, energy):
    if energy in ("BEV", "FCEV"):
        return rng.choice(["D", "D", "X"])
    if category == "NON_ROAD":
        return rng.choice(["0", "2", "3", "3", "4", "X"])
    return rng.choice(["3", "5", "6a", "6b", "X"])


def orgs(rng):
    rows = []
    for one in rng.sample(ORGS, rng.randrange(0, len(ORGS) + 1)):
        row = {"org_id": one, "kind": rng.choice(["GOVERNMENT", "SOE", "SOE", "PRIVATE"]),
               "industry": rng.choice(["STEEL", "CEMENT", "CEMENT", "COKING", "MINING", "LOGISTICS_PARK", "TRANSIT", "OTHER"]),
               "project_status": rng.choice(["EXISTING", "NEW", "RELOCATED", "EXTENDED"]),
               "bulk_t_per_year": rng.choice(BULK_T), "siding": rng.choice(["NONE", "NONE", "BUILDING", "OWN", "SHARED"]),
               "pipeline": rng.choice(["0", "0", "1"]), "effective": "2015-01-01"}
        rows.append(row)
        if rng.random() < 0.3:
            rows.append(dict(row, kind=rng.choice(["GOVERNMENT", "SOE", "PRIVATE"]), siding=rng.choice(["NONE", "OWN"]),
                             bulk_t_per_year=rng.choice(BULK_T), effective=day(rng)))
    return rows


def vehicle(rng, number, owners, focus):
    category = rng.choice(focus)
    energy = rng.choice(ENERGIES)
    row = {"vehicle_id": f"M-{number:03}", "category": category, "energy": energy, "stage": stage(rng, category, energy),
           "owner_id": rng.choice(owners), "area": rng.choice(["419001", "419001", "419001001", "410100"]),
           "built_up": rng.choice(["0", "1", "1"]), "added": day(rng), "removed": ""}
    row["effective"] = row["added"]
    rows, at = [row], row["added"]
    if rng.random() < 0.1:
        row["removed"] = at if rng.random() < 0.3 else next_day(at, rng.randrange(1, 400))
        return rows
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2, 3])):
        later = next_day(day(rng), 0)
        if later <= at:
            continue
        at, row = later, dict(rows[-1], effective=later)
        change = rng.random()
        if row["removed"]:
            row["removed"] = ""
        elif change < 0.3:
            row["removed"] = later
        elif change < 0.6:
            row["owner_id"] = rng.choice(owners)
        elif change < 0.8:
            row["energy"] = rng.choice(ENERGIES)
            row["stage"] = stage(rng, row["category"], row["energy"])
        elif change < 0.9:
            row["built_up"] = rng.choice(["0", "1"])
        else:
            row["category"] = rng.choice(focus if row["category"] != "NON_ROAD" else ["NON_ROAD"])
            row["stage"] = stage(rng, row["category"], row["energy"])
        rows.append(row)
    return rows


def exemptions(rng, vehicles):
    rows = []
    for row in vehicles:
        if row["effective"] == row["added"] and rng.random() < 0.2:
            begins = row["added"] if rng.random() < 0.4 else day(rng)
            rows.append({"vehicle_id": row["vehicle_id"], "reason": rng.choice(["EMERGENCY", "SPECIAL_NEED"]), "from": begins,
                         "to": rng.choice(["", begins, next_day(begins, 30), max(begins, "2025-12-31"),
                                           max(begins, "2025-06-30")])})
    return rows


def freight(rng, org_ids):
    lines, seen = [], set()
    for one in org_ids:
        if rng.random() < 0.2:
            continue
        for period in rng.sample(PERIODS, rng.choice([1, 2, 4, 8])):
            for part in rng.choice([[period], [period], months(period)]):
                lines += report(rng, one, part, org_ids, seen)
    return lines


def months(period):
    first = int(period_days(period)[0][5:7])
    return [f"{period[:4]}-{first + number:02}" for number in range(3)]


def report(rng, org, period, org_ids, seen):
    rows = []
    total = rng.choice([1500000, 375000, 1000, 10]) * 10
    for number in range(rng.choice([1, 2, 2, 3])):
        others = [other for other in org_ids if other != org]
        row = {"org_id": org, "period": period, "commodity": rng.choice(COMMODITIES), "direction": rng.choice(["IN", "OUT"]),
               "mode": rng.choice(MODES), "tonnes": rng.choice([total * 8 // 10, total * 2 // 10, total // 2, total, 1, 9]),
               "km": rng.choice([None, 499 * 10 + 9, 5000, 500, 501, 4200, 100]), "container": rng.choice(["0", "0", "1"]),
               "counterpart": rng.choice(others) if others and rng.random() < 0.3 else "",
               "leg": "DRAYAGE" if rng.random() < 0.05 else "MAIN"}
        key = (org, period, row["commodity"], row["direction"], row["mode"], row["counterpart"])
        if key not in seen:
            seen.add(key)
            rows.append(row)
    return rows


def statistics(rng, lines):
    rows = []
    for year, last in ((2024, "2024-12-31"), (2025, "2025-06-30"), (2025, "2025-12-31")):
        first = f"{year}-01-01"
        if rng.random() < 0.5:
            rail = sum(line["tonnes"] for line in lines if line["mode"] == "RAIL" and line["period"][:4] == str(year)) // 10
            rows.append({"indicator": "FREIGHT", "subject": "419001", "from": first, "to": last,
                         "value": rng.choice([rail * 5 or 1000, rail * 100 // 19 or 1000, rail * 100 // 19 + 1 , 10**7])})
        if rng.random() < 0.5:
            for unit in rng.sample(PROVINCE, rng.choice([6, 12, 16, 17, 18])):
                rows.append({"indicator": "NEV_PROGRESS", "subject": unit, "from": first, "to": last,
                             "value": rng.randrange(40, 50)})
    return rows


def exceptions(rng, org_ids):
    rows = []
    for one in org_ids:
        if rng.random() < 0.5:
            begins = day(rng)
            rows.append({"rule": "R3-02", "subject_kind": "ORG", "subject": one, "from": begins,
                         "to": rng.choice(["", "", begins, next_day(begins, 90)]), "approved": rng.choice([begins, begins, next_day(begins, 10)])})
    return rows


def register(seed):
    """The register of a seed, and the days to ask about."""
    rng = random.Random(seed)
    owners = orgs(rng)
    ids = list(dict.fromkeys(row["org_id"] for row in owners))
    focus = rng.choice([CATEGORIES, CATEGORIES, rng.sample(CATEGORIES, 2), ["NON_ROAD", "BUS"], ["OFFICIAL_CAR", "TAXI"]])
    vehicles = []
    for number in range(rng.choice([0, 3, 10, 20, 40]) if ids else 0):
        vehicles += vehicle(rng, number, ids, focus)
    lines = freight(rng, ids)
    made = {"orgs": owners, "vehicles": vehicles, "exemptions": exemptions(rng, vehicles),
            "exceptions": exceptions(rng, ids), "statistics": statistics(rng, lines), "freight": lines}
    changes = [row[key] for row in vehicles for key in ("added", "effective", "removed") if row[key] >= "2023-01-01"]
    days = {rng.choice(DAYS[1:]) for _ in range(3)} | {rng.choice(changes) if changes else "2025-12-31"}
    return made, sorted(days)

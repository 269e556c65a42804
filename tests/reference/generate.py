"""Random registers that like to stand where rules change their mind: due days, 1,500,000 t, exactly 80 %, nothing at all."""
import datetime
import random

from reference.register import EPOCH, day_of, next_day, period_days

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
PERIODS = [f"{year}-Q{quarter}" for year in (2023, 2024, 2025) for quarter in (1, 2, 3, 4)] + ["2026-Q1"]
STATES = ["LOCKED", "AMENDING", "RESUBMITTED", "AMENDED", "ACCEPTED", "DRAFT", "SUBMITTED", "RETURNED"]
INDICATORS = ["CHARGE_POINTS", "SWAP_STATIONS", "CHARGED_ENERGY", "SUBSIDISED_VEHICLES", "SIDINGS_BUILT"]
WIDTH = 500000  # of a site, in 10⁻⁷ degrees: some 5 km
SOUTH = 350000000
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
    row["plate"] = f"豫U{number:05}"
    row["unit"] = f"u-{number:03}" if rng.random() < 0.5 else ""
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


def even_fleet(rng, owners):
    """Fleets of ten of a category, of which eight or nine of ten, or one more or less, are new-energy vehicles."""
    rows = []
    for category in rng.sample(CATEGORIES, 4):
        clean = rng.choice([8, 8, 9, 9, 7, 10])
        for number in range(10):
            energy = "BEV" if number < clean else "DIESEL"
            one = len(rows)
            rows.append({"vehicle_id": f"M-{one:03}", "category": category, "energy": energy,
                         "stage": "D" if energy == "BEV" else "3", "owner_id": rng.choice(owners), "area": "419001", "built_up": "1",
                         "added": rng.choice(["2023-01-01", "2024-06-01"]), "removed": "", "plate": f"豫U{one:05}",
                         "unit": f"u-{one:03}" if number == 0 else ""})
            rows[-1]["effective"] = rows[-1]["added"]
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


def even_freight(rng, org_ids):
    """Reports of which green modes, or one of them, carry just four fifths, or one tenth of a tonne less."""
    missing = rng.choice([0, 0, 1])
    modes = [(rng.choice(["RAIL", "BELT_ENCLOSED"]), 8000 - missing), (rng.choice(["TRUCK_CN6", "TRUCK_CN5"]), 2000 + missing)]
    return [{"org_id": one, "period": period, "commodity": "ORE", "direction": "IN", "mode": mode, "tonnes": amount, "km": 5000,
             "container": "0", "counterpart": "", "leg": "MAIN"}
            for one in org_ids for period in PERIODS for mode, amount in modes]


def months(period):
    first = int(period_days(period)[0][5:7])
    return [f"{period[:4]}-{first + number:02}" for number in range(3)]


def months_end(first):
    return period_days(first[:7])[1]


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
    for month in range(1, 13) if rng.random() < 0.3 else ():
        first = f"2025-{month:02}-01"
        rows.append({"indicator": "FREIGHT", "subject": "419001", "from": first, "to": months_end(first),
                     "value": rng.choice([10**5, 10**6])})
    for _ in range(rng.choice([0, 0, 3])):
        begins = day(rng)
        rows.append({"indicator": rng.choice(INDICATORS), "subject": rng.choice(["419001", "410100"]), "from": begins,
                     "to": rng.choice([begins, next_day(begins, 30)]), "value": rng.randrange(100)})
    rows += [dict(row, value=row["value"] + rng.choice([1, 1000])) for row in rows if rng.random() < 0.1]
    return [dict(row, source=f"bulletin {number}") for number, row in enumerate(rows)]


def states(rng, lines):
    """Reports that were worked on by hand; the others are imported."""
    keys = dict.fromkeys((line["org_id"], line["period"]) for line in lines if line["leg"] == "MAIN")
    return [{"org_id": org, "period": period, "state": rng.choice(STATES)} for org, period in keys if rng.random() < 0.2]


# ---- sites, gates, telemetry -----------------------------------------------------------------------------

def box(number):
    """Places side by side, with room between them."""
    west = 1120000000 + number * 2 * WIDTH
    return [west, SOUTH, west + WIDTH, SOUTH + WIDTH]


def hole(outer):
    return [outer[0] + WIDTH // 4, outer[1] + WIDTH // 4, outer[2] - WIDTH // 4, outer[3] - WIDTH // 4]


def sites(rng, org_ids):
    rows = []
    for number in range(rng.choice([0, 1, 2, 4]) if org_ids else 0):
        outer = box(number)
        row = {"site_id": f"S-{number}", "org_id": rng.choice(org_ids), "kind": rng.choice(["PLANT", "PLANT", "PARK"]),
               "box": outer, "hole": hole(outer) if rng.random() < 0.3 else "", "effective": "1900-01-01"}
        rows.append(row)
        if rng.random() < 0.3:
            change = rng.choice([{"org_id": rng.choice(org_ids)}, {"box": "", "hole": ""}, {"box": box(number + 8), "hole": ""}])
            rows.append(dict(row, effective=day(rng), **change))
    if rng.random() < 0.6:
        outer = [box(rng.randrange(4))[0] - WIDTH // 2, SOUTH - WIDTH, 1120000000 + 9 * WIDTH, SOUTH + 2 * WIDTH]
        row = {"site_id": "TOWN", "org_id": "", "kind": "BUILT_UP", "box": outer, "hole": "", "effective": "1900-01-01"}
        rows.append(row)
        if rng.random() < 0.2:
            rows.append(dict(row, box="", effective=day(rng)))
    return rows


def instant(rng, on=None):
    """Milliseconds on that day or any: often at a day's border in China, or at one in Greenwich."""
    number = (datetime.date.fromisoformat(on or day(rng)) - EPOCH).days
    seconds = rng.choice([0, 0, -1, 8 * 3600, 8 * 3600 - 1, rng.randrange(86400)])
    return (number * 86400 - 8 * 3600 + seconds) * 1000


def instant_text(rng, at_ms):
    """The same instant as three kinds of ledger write it."""
    at = datetime.datetime.fromtimestamp(at_ms / 1000, datetime.timezone.utc)
    china = at.astimezone(datetime.timezone(datetime.timedelta(hours=8)))
    return rng.choice([at.strftime("%Y-%m-%dT%H:%M:%SZ"), china.isoformat(), china.strftime("%Y-%m-%d %H:%M:%S")])


def gate_trips(rng, places, vehicles, lines):
    """Some of trucks of the register, by number, by plate, or by both; some of trucks that it does not know."""
    rows, gates = [], list(dict.fromkeys(row["site_id"] for row in places if row["kind"] != "BUILT_UP"))
    trucks = [row for row in vehicles if row["category"] != "NON_ROAD"]
    for number in range(rng.choice([0, 2, 8, 25]) if gates else 0):
        row = {"site_id": rng.choice(gates), "gate": rng.choice(["1", "2"]), "direction": rng.choice(["IN", "OUT"]),
               "at": instant_text(rng, instant(rng)), "plate": f"豫U9{number:04}", "vehicle_id": "",
               "energy": rng.choice(["", "BEV", "DIESEL", "DIESEL", "LNG"]), "stage": rng.choice(["", "X", "5", "6a", "6b", "6b", "D"]),
               "tonnes": rng.choice([0, 1, 300, 9999, 9999])}
        if trucks and rng.random() < 0.6:
            truck = rng.choice(trucks)
            row.update(rng.choice([{"plate": truck["plate"]}, {"plate": "", "vehicle_id": truck["vehicle_id"]},
                                   {"plate": truck["plate"], "vehicle_id": truck["vehicle_id"]}]))
        rows.append(row)
        if rng.random() < 0.1:
            rows.append(dict(row, tonnes=rng.choice([0, 777]), stage="6a"))
    return rows


STEPS = [1000, 19999, 20000, 20001, 29999, 30000, 30001, 59999, 60000, 60001]


def coming_and_going(rng):
    """How many samples, and which of them are elsewhere: there and away in turn for one, two, three fixes or one more, which
    is where a visit begins, ends, or is none."""
    away, count, here = [], 0, rng.random() < 0.4
    for _ in range(rng.choice([2, 3, 3, 5])):
        fixes = rng.choice([1, 2, 2, 3, 3, 4])
        away += [] if here else range(count, count + fixes)
        count, here = count + fixes, not here
    return count, away


def passing(rng, unit, row, box):
    """A machine at work inside, on a day on which it is in the fleet, that comes and goes."""
    count, away = coming_and_going(rng)
    return {"unit": unit, "at": instant(rng, next_day(row["effective"], rng.choice([0, 1, 30]))) + rng.choice([-60000, 0, 1000]),
            "count": count, "step": rng.choice(STEPS), "lon": box[0] + WIDTH // 8, "lat": box[1] + WIDTH // 2, "rpm": 900, "away": away}


def staying(rng, unit, box, at_work):
    """A stay of some minutes, or a day of work of just about ten hours; perhaps with one fix that is wild."""
    west, south, east, _north = box
    long = rng.random() < 0.3
    count = rng.choice([59, 60, 61, 62, 119, 120, 121, 122] if long else [1, 2, 2, 3, 3, 4, 10, 31])
    return {"unit": unit, "at": instant(rng) + rng.choice([-120000, 0, 1000]), "count": count,
            "step": 300000 if long else rng.choice([1000, 20000, 30000, 60000, 300000, 300001]),
            "lon": west + WIDTH // 8 if at_work else rng.choice([west, west, west + WIDTH // 2, east, east + 1, west - 1]),
            "lat": south + WIDTH // 2 if at_work else rng.choice([south + WIDTH // 2, south]),
            "rpm": 900 if at_work else rng.choice([0, 900, 900]), "away": rng.choice([[], [], [0], [1], [3]])}


def runs(rng, places, vehicles):
    """Samples of units."""
    rows, boxes = [], [row["box"] for row in places if row["box"]] or [box(0)]
    machines = {row["unit"]: row for row in vehicles if row["category"] == "NON_ROAD"}
    for unit in dict.fromkeys(row["unit"] for row in vehicles if row["unit"]):
        if rng.random() < (0.1 if unit in machines else 0.5):
            continue
        for _ in range(rng.choice([2, 4, 6] if unit in machines else [1, 1, 2, 3])):
            where = rng.choice(boxes)
            if unit in machines and rng.random() < 0.7:
                rows.append(passing(rng, unit, machines[unit], where))
            else:
                rows.append(staying(rng, unit, where, unit in machines and rng.random() < 0.5))
    return rows


def exceptions(rng, org_ids, made):
    rows = []
    for trip in rng.sample(made["gate-trips"], len(made["gate-trips"]) // 3):
        kind, subject = rng.choice([("SITE", trip["site_id"]), ("VEHICLE", trip["vehicle_id"] or trip["plate"])]
                                   + [("ORG", one) for one in org_ids])
        begins = rng.choice(["2020-01-01", "2020-01-01", trip["at"][:10], day(rng)])
        rows.append({"rule": "R2-07", "subject_kind": kind, "subject": subject, "from": begins,
                     "to": rng.choice(["", "", begins]), "approved": begins, "document": f"No. {len(rows)}"})
    for one in org_ids:
        if rng.random() < 0.5:
            begins = day(rng)
            rows.append({"rule": "R3-02", "subject_kind": "ORG", "subject": one, "from": begins,
                         "to": rng.choice(["", "", begins, next_day(begins, 90)]), "approved": rng.choice([begins, begins, next_day(begins, 10)]),
                         "document": f"No. {len(rows)}"})
    return rows


# ---- other readings of the plan --------------------------------------------------------------------------

SHARES = [[1, 2], [2, 3], [4, 5], [9, 10], [1, 1]]
OF_VEHICLES = ["R2-03", "R2-04a", "R2-04b", "R2-04c", "R2-04d", "R2-05a", "R2-05b", "R2-05c", "R2-05d", "R2-05e", "R2-05f"]


def reading(rng):
    """Changes of parameters, rules, definitions; of rules and definitions from a day on, as a new version."""
    changes = []
    for _ in range(rng.choice([1, 2, 4])):
        num, den = rng.choice(SHARES)
        changes.append(rng.choice([
            {"list": "parameters", "id": rng.choice(["basic_bus", "basic_other", "plant_clean", "coverage_floor", "dispute_fleet",
                                                     "dispute_gate", "main_part"]), "set": {"num": num, "den": den}},
            {"list": "parameters", "id": rng.choice(["distance_long", "distance_short"]), "set": {"value": rng.choice([10, 50, 420])}},
            {"list": "rules", "id": rng.choice(OF_VEHICLES), "from": day(rng), "set": rng.choice([
                {"cmp": "GE", "threshold": {"num": num, "den": den, "source": "another reading"}}, {"strength": "SHALL"}, {"strength": "STRIVE"},
                {"due": "2025-06-30"}, {"cmp": "GT", "threshold": {"num": 1, "den": 2, "source": "another reading"}},
                {"exempt": ["EMERGENCY", "SPECIAL_NEED"]}, {"qualifies": "NEV_OR_CN6"}])},
            {"list": "rules", "id": rng.choice(OF_VEHICLES[:5]), "set": {"window": rng.choice(["calendar_year", "rolling_12m"])}},
            {"list": "rules", "id": "R2-08", "from": day(rng), "set": {"qualifies": "NEV_OR_STAGE4"}},
            {"list": "rules", "id": rng.choice(["R2-07", "R2-08", "R3-02"]), "set": {"strength": rng.choice(["SHALL", "STRIVE"])}},
            {"list": "rules", "id": "R3-02", "set": {"subject": {"industries": ["STEEL", "CEMENT", "OTHER"],
                                                                 "project_statuses": ["NEW"], "min_bulk_t": 1300000}}},
            {"list": "green_definitions", "id": "green", "from": day(rng), "set": {"modes": ["RAIL", "WATER", "TRUCK_CN6"]}},
        ]))
    return drop_overlaps(changes)


def drop_overlaps(changes):
    """One version from a day on of each, later than those of the plan."""
    kept, seen = [], set()
    for change in changes:
        key = (change["list"], change["id"])
        if "from" not in change or (key not in seen and change["from"] > "2024-01-17"):
            kept.append(change)
        seen.add(key)
    return kept


def register(seed):
    """The register of a seed, the days to ask about, and how to read the plan."""
    rng = random.Random(seed)
    owners = orgs(rng)
    ids = list(dict.fromkeys(row["org_id"] for row in owners))
    focus = rng.choice([CATEGORIES, CATEGORIES, rng.sample(CATEGORIES, 2), ["NON_ROAD", "BUS"], ["OFFICIAL_CAR", "TAXI"],
                        ["MUCK_TRUCK", "LOGISTICS", "NON_ROAD"]])
    vehicles = []
    for number in range(rng.choice([0, 3, 10, 20, 40]) if ids else 0):
        vehicles += vehicle(rng, number, ids, focus)
    if ids and rng.random() < 0.25:
        vehicles = even_fleet(rng, ids)
    lines, places = even_freight(rng, ids) if rng.random() < 0.2 else freight(rng, ids), sites(rng, ids)
    made = {"orgs": owners, "vehicles": vehicles, "exemptions": exemptions(rng, vehicles), "statistics": statistics(rng, lines),
            "freight": lines, "reports": states(rng, lines), "sites": places,
            "gate-trips": gate_trips(rng, places, vehicles, lines), "telemetry": runs(rng, places, vehicles)}
    made["exceptions"] = exceptions(rng, ids, made)
    changes = [row[key] for row in vehicles for key in ("added", "effective", "removed") if row[key] >= "2023-01-01"]
    days = {rng.choice(DAYS[1:]) for _ in range(3)} | {rng.choice(changes) if changes else "2025-12-31"}
    days |= {rng.choice(worked) for worked in [[day_of(row["at"]) for row in made["telemetry"] if row["away"]]] if worked}
    return made, sorted(days), reading(rng) if rng.random() < 0.3 else []

"""A register as the import files have it, and what held on a day. docs/register.md and docs/freight.md say what the rows mean.

It is a dict of lists of rows:

    orgs        org_id kind industry project_status bulk_t_per_year siding pipeline effective
    vehicles    vehicle_id plate category energy stage owner_id area built_up added removed unit effective
    exemptions  vehicle_id reason from to
    exceptions  rule subject_kind subject from to approved
    statistics  indicator subject from to value source
    freight     org_id period commodity direction mode tonnes km container counterpart leg
    reports     org_id period state: reports whose lines were not just imported; one that is AMENDED had its tonnes doubled
    sites       site_id org_id kind box hole effective: a box is west, south, east, north in 10⁻⁷ degrees; "" is closed
    gate-trips  site_id gate direction at plate vehicle_id energy stage tonnes
    telemetry   unit at count step lon lat rpm away: a run of samples, of which some are elsewhere

Days are ISO text, which sorts as it should; tonnes are whole numbers of 0.1 t, distances of 0.1 km, instants milliseconds.
"""
import calendar
import datetime

LONG_AGO = "0001-01-01"
EPOCH = datetime.date(1970, 1, 1)
NOT_IN_FORCE = ("DRAFT", "SUBMITTED", "RETURNED")


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
    """The row in force: the last one whose day has come. A vehicle's first one holds from the day it was added."""
    found, first = None, True
    for row in rows:
        if row[key] == value:
            begins = row["added"] if first and "added" in row else row["effective"]
            found = row if begins <= day else found
            first = False
    return found


def orgs_on(register, day):
    ids = dict.fromkeys(row["org_id"] for row in register["orgs"])
    rows = (version_on(register["orgs"], "org_id", one, day) for one in ids)
    return [row for row in rows if row]


def in_fleet(register, vehicle_id, day):
    """The vehicle if it counts at the end of the day. The day it leaves no longer counts."""
    row = version_on(register["vehicles"], "vehicle_id", vehicle_id, day)
    return row if row and row["added"] <= day and not (row["removed"] and row["removed"] <= day) else None


def fleet_on(register, day):
    rows = (in_fleet(register, one, day) for one in dict.fromkeys(row["vehicle_id"] for row in register["vehicles"]))
    return [row for row in rows if row]


def day_of(at_ms):
    """The civil day in China of an instant."""
    return (EPOCH + datetime.timedelta(days=(at_ms + 8 * 3600000) // 86400000)).isoformat()


def last_words(rows, *key):
    """Of rows about the same thing the last one: a later row corrects."""
    return list({tuple(row[name] for name in key): row for row in rows}.values())


# ---- freight in force ------------------------------------------------------------------------------------

def in_force(register):
    """The lines of reports that count: accepted once, and while they are amended what was accepted before."""
    states = {(row["org_id"], row["period"]): row["state"] for row in register.get("reports", [])}
    for line in register["freight"]:
        state = states.get((line["org_id"], line["period"]))
        if state == "AMENDED":
            yield dict(line, tonnes=line["tonnes"] * 2)
        elif state not in NOT_IN_FORCE:
            yield line

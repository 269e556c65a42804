"""The gate ledger by docs/sites.md: which truck a trip was of, and what gates say of an enterprise."""
import datetime

from reference.register import day_of, fleet_on, orgs_on, version_on

CHINA = datetime.timezone(datetime.timedelta(hours=8))
NEV = {"BEV", "PHEV", "REEV", "FCEV"}


def instant(text):
    """RFC 3339; without an offset it is China's time."""
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return round((at if at.tzinfo else at.replace(tzinfo=CHINA)).timestamp() * 1000)


def trip_key(row):
    return row["site_id"], row["gate"], row["direction"], instant(row["at"]), row["plate"] or row["vehicle_id"]


def matched(register, trip, day):
    """The vehicle of the register that had this id, or else this plate, on the day while it was in the fleet."""
    fleet = list(fleet_on(register, day))
    for key in ("vehicle_id", "plate"):
        for vehicle in fleet:
            if trip[key] and vehicle[key] == trip[key]:
                return vehicle
    return None


def trips(register, first, last, of_org):
    """(trip, day, what the truck is, is it registered) through the gates of the enterprises meant, as they are on the last day."""
    orgs = {org["org_id"] for org in orgs_on(register, last) if of_org(org)}
    for trip in {trip_key(row): row for row in register.get("gate-trips", [])}.values():  # a later row corrects
        site = version_on(register["sites"], "site_id", trip["site_id"], last)
        day = day_of(instant(trip["at"]))
        if first <= day <= last and site and site["org_id"] in orgs:
            vehicle = matched(register, trip, day)
            yield dict(trip, org_id=site["org_id"]), day, vehicle or trip, vehicle


def mode(truck):
    if truck["energy"] in NEV:
        return "TRUCK_NEV"
    return {"6a": "TRUCK_CN6", "6b": "TRUCK_CN6", "5": "TRUCK_CN5"}.get(truck["stage"], "TRUCK_LE4")


def tonnes_of(register, org_id, first, last):
    """What the gates of an enterprise counted, by mode; None without a trip."""
    found = None
    for trip, _, truck, _ in trips(register, first, last, lambda org: org["org_id"] == org_id):
        found = found or {}
        found[mode(truck)] = found.get(mode(truck), 0) + trip["tonnes"]
    return found

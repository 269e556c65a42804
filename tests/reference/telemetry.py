"""What units did and where, by docs/sites.md: operating time at sites, and to which area a truck belongs."""
import functools

from reference.register import day_of, in_fleet, next_day, version_on

GAP_MS = 300000
FIXES, STAY_MS = 3, 60000
WINDOW_DAYS, SHARE, OPERATING_MIN_MS = 90, 50, 36000000
WILD_LON = 1100000000  # far from every site


def samples(register, unit):
    """(instant, longitude, latitude, rpm) in time order; of one instant once."""
    found = {}
    for run in register.get("telemetry", []):
        if run["unit"] == unit:
            for number in range(run["count"]):
                lon = WILD_LON if number in run["away"] else run["lon"]
                found.setdefault(run["at"] + number * run["step"], (lon, run["lat"], run["rpm"]))
    return [(at, *rest) for at, rest in sorted(found.items())]


def inside(site, lon, lat):
    def holds(box, edge):
        west, south, east, north = box
        return west <= lon <= east and south <= lat <= north if edge else west < lon < east and south < lat < north
    return bool(site["box"]) and holds(site["box"], True) and not (site["hole"] and holds(site["hole"], False))


def stays(walk, is_inside):
    """[(operating ms, the instant at which it was decided)] of a place, entered and left with hysteresis."""
    found, there, run, run_ms, waiting, before = [], False, 0, 0, 0, None
    for at, lon, lat, rpm in walk:
        dt = at - before if before is not None else GAP_MS + 1
        whole = dt <= GAP_MS
        worked = dt if whole and rpm > 0 else 0
        here = is_inside(at, lon, lat)
        if here == there:  # nothing toggles: what waited belongs to where it is
            if there and (waiting or worked):
                found.append((waiting + worked, at))
            run, run_ms, waiting = 0, 0, 0
        else:
            if run:
                run_ms += dt if whole else 0
                waiting += worked
            elif there:  # the stretch in which it may have left
                waiting += worked
            run += 1
            if run >= FIXES or run_ms >= STAY_MS:
                if not there and waiting:
                    found.append((waiting, at))
                there, run, run_ms, waiting = here, 0, 0, 0
        before = at
    return found


def located(walk):
    """Operating time with a known place: all of it, for every sample here has a place."""
    return [(at - before, at) for (before, *_), (at, _, _, rpm) in zip(walk, walk[1:]) if at - before <= GAP_MS and rpm > 0]


def sites_of_day(register, day, kinds):
    ids = dict.fromkeys(row["site_id"] for row in register.get("sites", []))
    rows = (version_on(register["sites"], "site_id", one, day) for one in ids)
    return [row for row in rows if row and row["kind"] in kinds]


def at_site(register, walk, site_id):
    @functools.cache
    def on(day):
        return version_on(register["sites"], "site_id", site_id, day)

    def is_inside(at, lon, lat):
        site = on(day_of(at))
        return bool(site) and inside(site, lon, lat)
    return stays(walk, is_inside)


def in_town(register, walk):
    towns = functools.cache(lambda day: sites_of_day(register, day, ("BUILT_UP",)))
    return stays(walk, lambda at, lon, lat: any(inside(site, lon, lat) for site in towns(day_of(at))))


def of_vehicle(register, vehicle):
    """Is a stay one of this vehicle? A unit sits in it on the days on which it is in the fleet."""
    here = functools.cache(lambda day: in_fleet(register, vehicle["vehicle_id"], day) is not None)
    return lambda at: here(day_of(at))


def ran(register, vehicle, first, last):
    """Was its engine seen running on one of these days?"""
    if not vehicle["unit"]:
        return False
    own = of_vehicle(register, vehicle)
    return any(first <= day_of(at) <= last and own(at) for _, at in located(samples(register, vehicle["unit"])))


def built_up(register, vehicle, day):
    """Whether it counts as of the built-up area: where it works, and by what is declared where too little is known."""
    declared = vehicle["built_up"] == "1"
    if not vehicle["unit"]:
        return declared
    first, last = next_day(day, -WINDOW_DAYS), next_day(day, -1)
    own = of_vehicle(register, vehicle)
    counts = functools.cache(lambda one: first <= one <= last and any(site["box"] for site in sites_of_day(register, one, ("BUILT_UP",))))
    walk = samples(register, vehicle["unit"])
    operating, town = (sum(ms for ms, at in some if counts(day_of(at)) and own(at))
                       for some in (located(walk), in_town(register, walk) if walk else []))
    if operating < OPERATING_MIN_MS:
        return declared
    return town * 100 >= operating * SHARE

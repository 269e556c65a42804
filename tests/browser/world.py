"""A registry with a small fleet, people who sign in, and one taxi whose day was recorded: what the browser tests look at.

    PYTHONPATH=tests python3 tests/browser/world.py DIR      starts it and waits for Ctrl-C, for a look by hand
"""
import csv
import datetime
import json
import pathlib
import re
import signal
import subprocess
import sys

from harness.process import wait_until
from harness.stack import Stack

CHINA = datetime.timezone(datetime.timedelta(hours=8))
BUS, TAXI, CLEAN, STEEL, CEMENT = ("91419001MA9TEA0117", "91419001MA9TEA02XY", "91419001MA9TEA0336", "91419001MA9TEA0414",
                                   "91419001MA9TEA0459")
MARKUP = '<img src=x onerror="document.title=1"><b>环卫服务</b>有限公司'
ORGS = [("org_id", "name", "kind", "industry", "project_status", "bulk_t_per_year", "siding", "pipeline"),
        (BUS, "示例公共交通有限公司", "SOE", "TRANSIT", "EXISTING", 0, "NONE", 0),
        (TAXI, "示例出租汽车有限公司", "PRIVATE", "TAXI", "EXISTING", 0, "NONE", 0),
        (CLEAN, MARKUP, "SOE", "SANITATION", "EXISTING", 0, "NONE", 0),
        (STEEL, "示例钢铁有限公司", "SOE", "STEEL", "EXISTING", 7500000, "OWN", 0),
        (CEMENT, "示例水泥有限公司", "SOE", "CEMENT", "EXISTING", 3000000, "NONE", 0)]
VEHICLES = ("vehicle_id", "plate", "category", "energy", "stage", "owner_id", "area", "built_up", "first_registered", "added",
            "removed", "unit")
# category, owner, how many electric, how many not, what the others burn
FLEETS = [("BUS", BUS, 46, 3, "DIESEL"), ("TAXI", TAXI, 31, 29, "PETROL"), ("SANITATION", CLEAN, 12, 3, "DIESEL"),
          ("RIDEHAIL", TAXI, 20, 0, "PETROL"), ("MUCK_TRUCK", STEEL, 5, 9, "DIESEL"), ("LOGISTICS", STEEL, 8, 4, "DIESEL")]
FREIGHT = [("RAIL", 1300000), ("BELT_ENCLOSED", 225000), ("TRUCK_NEV", 75000), ("TRUCK_CN6", 275000)]
UNIT = "taxi-1"  # of the first petrol taxi
WORKS = "POLYGON ((112.66 35.12, 112.67 35.12, 112.67 35.13, 112.66 35.13, 112.66 35.12))"  # nobody drove there
SITE = "POLYGON ((112.55 35.05, 112.62 35.05, 112.62 35.10, 112.55 35.10, 112.55 35.05))"
# Nobody's: they stand in the tests only, and the registry they are for ends with them.
PASSWORD = "fleet-register-2025"
PEOPLE = {"officer": ("officer",), "viewer": ("viewer",), "boss": ("admin",), "clerk": ("reporter", "--org", STEEL),
          "chief": ("reporter", "--org", STEEL, "--manages")}


def vehicles():
    """Rows of vehicles.csv; electric ones came later than those they replaced."""
    for kind, (category, owner, electric, other, fuel) in enumerate(FLEETS):
        for i in range(electric + other):
            is_electric = i < electric
            added = f"{2023 + i % 3}-{1 + i % 12:02}-01" if is_electric else f"{2014 + i % 6}-05-01"
            yield {"vehicle_id": f"TEST-CAR-{kind}-{i:03}", "plate": f"豫U{kind}{i:04}" if not is_electric else f"豫UD{kind}{i:04}",
                   "category": category, "energy": "BEV" if is_electric else fuel,
                   "stage": "D" if is_electric else str(3 + i % 3), "owner_id": owner, "area": "419001", "built_up": "1",
                   "first_registered": added, "added": added, "removed": "",
                   "unit": UNIT if category == "TAXI" and i == electric else ""}


def drive():
    """An hour of yesterday through the town, with a battery and without an engine: no petrol car does that."""
    start = datetime.datetime.now(CHINA).replace(hour=9, minute=0, second=0, microsecond=0) - datetime.timedelta(days=1)
    for i in range(180):
        turn = (i // 45) % 4
        along = i % 45
        lat = 35.07 + (along if turn == 0 else 45 if turn == 1 else 45 - along if turn == 2 else 0) * 0.0005
        lon = 112.57 + (0 if turn == 0 else along if turn == 1 else 45 if turn == 2 else 45 - along) * 0.0005
        yield int(start.timestamp()) + i * 20, {"lat": round(lat, 6), "lon": round(lon, 6), "speed": 20 + i % 30,
                                                "odo": round(50000 + i * 0.12, 2), "soc": round(80 - i * 0.1, 1)}


class SigningStack(Stack):
    """Its registry has a key for snapshots."""

    def prepare(self):
        super().prepare()
        key = self.state / "registry" / "snapshot.key"
        if not key.exists():
            self.registry("snapshot", "keygen", "--key", key)

    def _registry_yaml(self):
        return super()._registry_yaml() + f"snapshot_key: {self.state}/registry/snapshot.key\n"


class World:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.stack = SigningStack(self.folder / "stack")
        self.url = self.stack.registry_url

    def __enter__(self):
        try:
            self.stack.up()
            self.fill()
        except BaseException:
            self.stack.down()
            raise
        return self

    def __exit__(self, *_):
        self.stack.down()

    def fill(self):
        self.register()
        for name, role in PEOPLE.items():
            self.person(name, *role)
        self.record()

    def register(self):
        self.write("orgs", ORGS)
        rows = list(vehicles())
        self.write("vehicles", [VEHICLES, *(tuple(r.values()) for r in rows)])
        self.write("exemptions", [("vehicle_id", "reason", "document", "from", "to"),
                                  ("TEST-CAR-0-047", "EMERGENCY", "济交〔2024〕12号", "2024-01-01", "")])
        self.write("sites", [("site_id", "org_id", "name", "kind", "polygon"), ("town", "", "建成区", "BUILT_UP", SITE),
                             ("works", STEEL, "厂区", "PLANT", WORKS)])
        periods = [f"{year}-Q{q}" for year in (2025,) for q in (1, 2, 3, 4)]
        self.write("freight", [("org_id", "period", "commodity", "direction", "mode", "tonnes", "km", "container", "counterpart"),
                               *((org, period, "ORE", "IN", mode, tonnes, 120, 0, "") for org in (STEEL, CEMENT)
                                 for period in periods for mode, tonnes in FREIGHT if org == STEEL or mode != "RAIL")])
        for name in ("orgs", "vehicles", "exemptions", "sites", "freight"):
            self.stack.registry("import", self.folder / f"{name}.csv")

    def write(self, name, rows):
        with (self.folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)

    def link(self, name, *role):
        """The one-time link of a new account."""
        said = self.stack.registry("user", "add", name, "--role", *role, "--url", self.url)
        return re.search(r"/#/password/(\S+)", said)[1]

    def person(self, name, *role):
        body = json.dumps({"link": self.link(name, *role), "password": PASSWORD}).encode()
        status, _, answer = self.stack.request("POST", "/v1/password:set", body=body)
        assert status == 204, answer

    def record(self):
        """The taxi's hour through the gateway, rolled up and looked at."""
        self.stack.ca("unit", UNIT)
        pack = [{"n": name, "v": value, "t": at} for at, signals in drive() for name, value in signals.items()]
        subprocess.run(["mosquitto_pub", "-h", "localhost", "-p", str(self.stack.ports["mqtt"]), "-i", UNIT, "-q", "1",
                        "--cafile", self.stack.pki / "ca.pem", "--cert", self.stack.pki / "units" / f"{UNIT}.pem",
                        "--key", self.stack.pki / "units" / f"{UNIT}.key", "-t", f"evroll/v1/units/{UNIT}/senml-json", "-s"],
                       input=json.dumps(pack, separators=(",", ":")).encode(), check=True, timeout=30)

        def settled():
            balance = self.stack.get_json("/v1/balance")
            return balance["rows_unique"] == 180 and balance["hours_waiting"] == 0
        wait_until(settled, "the taxi's hour to be rolled up", 60, every=0.1)
        self.stack.registry("findings", "--run")


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with World(folder) as world:
        print(world.url, *PEOPLE, PASSWORD, flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()

"""Turns the City of Chicago's list of public passenger vehicles into a register of taxis.

The list has no plates and no identification numbers, and its dates are model years; what is made up here is
said in a comment beside it. Vehicles that no longer run (surrendered, revoked, inactive) are left out.
"""
import csv

OWNER = "91419001MA9TEA02XY"
ON_THE_ROAD = {"ACTIVE", "VIOLATION", "RESERVED", "FORECLOSURE"}
ENERGY = {
    "Gasoline": "PETROL", "Hybrid": "HEV", "Electric": "BEV", "Diesel": "DIESEL", "Compressed Natural Gas": "CNG",
    "Flex Fuel": "OTHER", "Bio-Diesel": "OTHER", "": "OTHER",
}


def first_of_year(row):
    """The model year stands for the day of first registration; where it is blank, the list's middle."""
    year = row["Vehicle Model Year"].strip()
    return f"{year}-01-01" if year.isdigit() and 1990 <= int(year) <= 2025 else "2015-01-01"


def vehicles(file, types=("Taxi",)):
    """Rows of vehicles.csv, without a unit; all of them as taxis."""
    with open(file, newline="", encoding="utf-8") as source:
        for row in csv.DictReader(source):
            energy = ENERGY.get(row["Vehicle Fuel Source"].strip())
            if row["Vehicle Type"] not in types or row["Status"] not in ON_THE_ROAD or energy is None:
                continue
            day = first_of_year(row)
            yield {
                "vehicle_id": f"CHI-{row['Record ID'].strip()}", "plate": "", "category": "TAXI", "energy": energy,
                # The list knows no Chinese emission stage.
                "stage": "D" if energy == "BEV" else "X", "owner_id": OWNER, "area": "419001", "built_up": "1",
                "first_registered": day, "added": day, "removed": "", "unit": "",
                "make": row["Vehicle Make"].strip(),
            }

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print the flux densities and places that measure-sources found beside the simulator's truth.

Usage: show-measurements.py TABLE.csv TRUTH_JSON [LIMIT]
Fails when a source has no row, or its flux density is off by more than LIMIT (0.02) of it and three errors.
"""
import csv
import json
import sys


def main(table, truth_path, limit=0.02):
    with open(table, newline="") as text:
        rows = {row["name"]: row for row in csv.DictReader(text)}
    with open(truth_path) as text:
        sources = json.load(text)["sources"]
    wrong = []
    print(f"{'source':10}{'true Jy':>10}{'measured Jy':>13}{'error':>9}{'off':>9}{'place off':>12}")
    for source in sources:
        row = rows.get(source["name"])
        if row is None or not row["flux_jy"]:
            wrong.append(source["name"])
            print(f"{source['name']:10}{source['flux_jy']:10.4f}   no measurement")
            continue
        true, flux = source["flux_jy"], float(row["flux_jy"])
        error = float(row["flux_error_jy"])
        place = "" if not row["offset_east_arcsec"] else "%.2f\"" % (
            float(row["offset_east_arcsec"]) ** 2 + float(row["offset_north_arcsec"]) ** 2) ** 0.5
        print(f"{source['name']:10}{true:10.4f}{flux:13.4f}{error:9.4f}{flux / true - 1:9.2%}{place:>12}")
        if abs(flux - true) > float(limit) * true + 3 * error:
            wrong.append(source["name"])
    if wrong:
        sys.exit("not as it should be: " + ", ".join(wrong))


if __name__ == "__main__":
    main(*sys.argv[1:])

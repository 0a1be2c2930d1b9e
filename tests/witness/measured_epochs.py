# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a database of measurements as measure-sources would have, without images: a strip of the sky seen
by the same tiles day after day, with known flux densities, gains of epochs and noise.

Usage: measured_epochs.py OUT.sqlite3 [OPTION...]; --help lists them.
Writes OUT.sqlite3 (schema version 2), OUT.sources.csv (name, place, flux density, how it varies) and
OUT.epochs.csv (group, time, gain). As a module: open_database(), add_epoch(), row() write what a test says.
"""
import argparse
import csv
import datetime
import sqlite3

import numpy as np

SIDE = 21
MINUTES_OF_TILE = 5.154
SCHEMA = """
CREATE TABLE epoch (id INTEGER PRIMARY KEY AUTOINCREMENT, group_id TEXT NOT NULL UNIQUE,
  image_path TEXT NOT NULL, mid_mjd REAL, ra_deg REAL, dec_deg REAL, frequency_hz REAL,
  major_arcsec REAL, minor_arcsec REAL, pa_deg REAL, rms_jy REAL, verdict TEXT NOT NULL DEFAULT '',
  calibration_set TEXT NOT NULL DEFAULT '', tier TEXT NOT NULL DEFAULT '',
  science INTEGER NOT NULL DEFAULT 1, catalogue TEXT NOT NULL DEFAULT '',
  n_reference INTEGER NOT NULL DEFAULT 0, flux_scale REAL, flux_scale_error REAL,
  flux_offset_jy REAL, flux_offset_error_jy REAL, offset_east_arcsec REAL, offset_north_arcsec REAL,
  position_rms_arcsec REAL, tie_reason TEXT NOT NULL DEFAULT '', reliability REAL,
  n_forced INTEGER NOT NULL, n_blind INTEGER NOT NULL, version INTEGER NOT NULL DEFAULT 1,
  recorded_at REAL NOT NULL, change_id INTEGER, detection_sigma REAL, min_beam REAL,
  response_step_deg REAL, response BLOB);
CREATE INDEX epoch_time ON epoch (mid_mjd);
CREATE UNIQUE INDEX epoch_change ON epoch (change_id);
CREATE TABLE measurement (epoch_id INTEGER NOT NULL REFERENCES epoch (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('forced', 'blind')), name TEXT NOT NULL,
  ra_deg REAL NOT NULL, dec_deg REAL NOT NULL, ra_error_arcsec REAL, dec_error_arcsec REAL,
  flux_jy REAL, flux_error_jy REAL, noise_error_jy REAL, limit_jy REAL, snr REAL, local_rms_jy REAL,
  pb REAL, smearing REAL, integrated_jy REAL, major_arcsec REAL, minor_arcsec REAL, pa_deg REAL,
  catalogue_flux_jy REAL, offset_east_arcsec REAL, offset_north_arcsec REAL,
  flags INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (epoch_id, kind, name)) WITHOUT ROWID;
CREATE INDEX measurement_name ON measurement (name, epoch_id);
CREATE TABLE change_counter (last INTEGER NOT NULL, identity TEXT NOT NULL);
INSERT INTO change_counter VALUES (0, lower(hex(randomblob(16))));
PRAGMA application_id = 0x63696d6d;
PRAGMA user_version = 2;
"""
COLUMNS = ["kind", "name", "ra_deg", "dec_deg", "ra_error_arcsec", "dec_error_arcsec", "flux_jy",
           "flux_error_jy", "noise_error_jy", "limit_jy", "snr", "local_rms_jy", "pb", "smearing",
           "catalogue_flux_jy", "offset_east_arcsec", "offset_north_arcsec", "flags", "reason"]
INSERT = "INSERT INTO measurement (epoch_id, %s) VALUES (?, %s)" % (
    ", ".join(COLUMNS), ", ".join("?" * len(COLUMNS)))


def open_database(path):
    """A new database of measurements, or one that is there."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = OFF")
    if not database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        database.executescript(SCHEMA)
    return database


def stamp(mjd):
    return (datetime.datetime(1858, 11, 17) + datetime.timedelta(days=mjd)).strftime("%Y-%m-%dT%H:%M:%S")


def beam(radius_deg, fwhm_deg=3.2):
    return np.exp(-4 * np.log(2) * (radius_deg / fwhm_deg) ** 2)


def projected(ra, dec, ra_0, dec_0):
    """Orthographic offsets in degrees, east and north, and whether it is on this side."""
    turn, dec, dec_0 = np.radians(ra - ra_0), np.radians(dec), np.radians(dec_0)
    east = np.cos(dec) * np.sin(turn)
    north = np.sin(dec) * np.cos(dec_0) - np.cos(dec) * np.sin(dec_0) * np.cos(turn)
    near = np.sin(dec) * np.sin(dec_0) + np.cos(dec) * np.cos(dec_0) * np.cos(turn) > 0
    return np.degrees(east), np.degrees(north), near


def footprint(step_deg=0.22, response=beam):
    """21 x 21 points, south first, east first; the beam is round."""
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    return response(step_deg * np.hypot(x, y)).astype("<f4").tobytes()


def row(kind, name, ra, dec, flux, error, **more):
    """A measurement; what is not given is unknown, errors of blind places are 1 arcsecond."""
    values = dict.fromkeys(COLUMNS)
    values.update(kind=kind, name=name, ra_deg=ra, dec_deg=dec, flux_jy=flux, noise_error_jy=error,
                  flags=0, reason="", pb=1, smearing=1)
    if error and flux is not None:
        values.update(flux_error_jy=float(np.hypot(error, 0.005 * flux)), snr=flux / error)
    if kind == "blind":
        values.update(ra_error_arcsec=1, dec_error_arcsec=1)
    values.update(more)
    return [values[column] for column in COLUMNS]


def add_epoch(database, mjd, ra, dec, rows, group_id=None, rms=1e-3, **more):
    """Records an epoch, in place of an older one of its group, as measure-sources does."""
    group_id = group_id or stamp(mjd)
    values = dict(image_path=f"images/{group_id}-image.fits", mid_mjd=mjd, ra_deg=ra, dec_deg=dec,
                  frequency_hz=1.4e9, major_arcsec=20, minor_arcsec=15, pa_deg=0, rms_jy=rms,
                  verdict="PASS", calibration_set="set", tier="science", science=1,
                  catalogue="known.sqlite3", detection_sigma=5, min_beam=0.2, response_step_deg=0.22,
                  response=footprint(), recorded_at=0)
    values.update(more)
    values["n_forced"] = sum(r[0] == "forced" for r in rows)
    values["n_blind"] = len(rows) - values["n_forced"]
    with database:
        database.execute("BEGIN IMMEDIATE")
        database.execute("UPDATE change_counter SET last = last + 1")
        values["change_id"] = database.execute("SELECT last FROM change_counter").fetchone()[0]
        database.execute("INSERT INTO epoch (group_id, image_path, n_forced, n_blind, recorded_at, version)"
                         " VALUES (?, '', 0, 0, 0, 0) ON CONFLICT DO NOTHING", [group_id])
        database.execute("UPDATE epoch SET version = version + 1, %s WHERE group_id = ?" %
                         ", ".join(f"{key} = ?" for key in values), [*values.values(), group_id])
        (epoch,) = database.execute("SELECT id FROM epoch WHERE group_id = ?", [group_id]).fetchone()
        database.execute("DELETE FROM measurement WHERE epoch_id = ?", [epoch])
        database.executemany(INSERT, [[epoch, *r] for r in rows])
    return epoch


# How a source varies: its flux density over the steady one, at a time from 0 to 1 of the whole.
VARIES = {
    "steady": lambda t, depth: 1.0,
    "flare": lambda t, depth: 1 + depth * np.exp(-((t - 0.5) / 0.06) ** 2),
    "dip": lambda t, depth: 1 - min(depth, 0.9) * float(abs(t - 0.5) < 0.12),
    "sinusoid": lambda t, depth: 1 + 0.5 * depth * np.sin(2 * np.pi * 2.3 * t),
    "step": lambda t, depth: 1 + depth * float(t > 0.6),
}


class Sky:
    """Sources of a strip; the brightest of those that may vary do, the last `unknown` are in no
    catalogue."""

    def __init__(self, o, random):
        n = o.sources
        width = o.tiles * o.spacing_deg
        self.ra = (o.ra + random.uniform(-1, width, n)) % 360
        self.dec = o.dec + random.uniform(-1.3, 1.3, n)
        self.flux = o.faintest * (o.brightest / o.faintest) ** random.uniform(0, 1, n)
        self.name = [f"s{i:05d}" for i in range(n)]
        self.kind = ["steady"] * n
        bright = (i for i in np.argsort(-self.flux) if o.least_variable <= self.flux[i] <= o.most_variable)
        for word in filter(None, o.vary.split(",")):
            kind, count = word.split(":")
            for _ in range(int(count)):
                self.kind[next(bright)] = kind
        self.unknown = np.arange(n) >= n - o.unknown

    def write(self, path):
        with open(path, "w", newline="", encoding="ascii") as text:
            out = csv.writer(text)
            out.writerow(["name", "ra_deg", "dec_deg", "flux_jy", "kind", "catalogued"])
            out.writerows([n, f"{r:.8f}", f"{d:.8f}", f"{f:.9f}", k, int(not u)] for n, r, d, f, k, u in
                          zip(self.name, self.ra, self.dec, self.flux, self.kind, self.unknown))


def rows_of(sky, o, random, ra_0, when, gain):
    east, north, near = projected(sky.ra, sky.dec, ra_0, o.dec)
    response = np.where(near & (np.maximum(abs(east), abs(north)) < 2.2),
                        beam(np.hypot(east, north)), 0)
    rows = []
    for i in np.flatnonzero(response >= 0.2):
        true = sky.flux[i] * VARIES[sky.kind[i]](when, o.depth)
        error = o.noise / response[i]
        flux = gain * true + error * random.normal()
        more = dict(pb=response[i], local_rms_jy=o.noise, flags=4 if response[i] < 0.5 else 0)
        if not sky.unknown[i]:
            if flux < 3 * error:
                more.update(reason="below 3 sigma", limit_jy=max(flux, 0) + 3 * error)
            if o.drop and random.uniform() < o.drop:
                continue
            rows.append(row("forced", sky.name[i], sky.ra[i], sky.dec[i], flux, error,
                            catalogue_flux_jy=sky.flux[i], **more))
        elif flux >= 5 * error:
            off = max(0.3, 10 * error / flux) * random.normal(size=2)
            rows.append(row("blind", f"J{i:05d}+{when:.6f}",
                            (sky.ra[i] + off[0] / 3600 / np.cos(np.radians(sky.dec[i]))) % 360,
                            sky.dec[i] + off[1] / 3600, flux, error,
                            ra_error_arcsec=max(0.3, 10 * error / flux),
                            dec_error_arcsec=max(0.3, 10 * error / flux), **more))
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    for name, value in [("tiles", 5), ("passes", 12), ("sources", 60), ("unknown", 0), ("seed", 1)]:
        parser.add_argument("--" + name, type=int, default=value)
    for name, value in [("ra", 358.0), ("dec", 30.0), ("spacing-deg", 1.29), ("noise", 1e-3),
                        ("gain-scatter", 0.1), ("faintest", 0.003), ("brightest", 2.0), ("depth", 0.5),
                        ("least-variable", 0.1), ("most-variable", 0.8), ("first-mjd", 61000.0),
                        ("days", 1.0), ("drop", 0.0)]:
        parser.add_argument("--" + name, type=float, default=value)
    parser.add_argument("--vary", default="", help="e.g. flare:2,dip:1,sinusoid:1,step:1")
    o = parser.parse_args()
    random = np.random.default_rng(o.seed)
    sky = Sky(o, random)
    stem = o.out[:-len(".sqlite3")] if o.out.endswith(".sqlite3") else o.out
    sky.write(stem + ".sources.csv")
    database = open_database(o.out)
    with open(stem + ".epochs.csv", "w", newline="", encoding="ascii") as text:
        out = csv.writer(text)
        out.writerow(["group_id", "mjd", "gain"])
        for day in range(o.passes):
            for tile in range(o.tiles):
                mjd = o.first_mjd + day * o.days + tile * MINUTES_OF_TILE / 1440
                gain = 1 + o.gain_scatter * random.uniform(-1, 1)
                ra_0 = (o.ra + tile * o.spacing_deg) % 360
                add_epoch(database, mjd, ra_0, o.dec,
                          rows_of(sky, o, random, ra_0, day / max(1, o.passes - 1), gain), rms=o.noise)
                out.writerow([stamp(mjd), f"{mjd:.9f}", f"{gain:.6f}"])


if __name__ == "__main__":
    main()

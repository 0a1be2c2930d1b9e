# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold the measurements and light curves of a simulated night to what the simulator was told.

As a module: accuracy(folder, truths) and light_curves(folder, truths) give figures. `truths` are the files
FOLDER/truth/*.json. Flux densities of the truth are worked out here from the sources' spectra, places are theirs.
"""
import sqlite3

import numpy as np

EDGE, BLENDED, NEAR_BRIGHT, UNRELIABLE = 1, 2, 8, 256
SOUND_SIGMA = 10


def true_flux(source, frequency_hz):
    if source["log_polynomial"]:
        x = np.log10(frequency_hz / 1e9)
        return 10 ** sum(a * x ** i for i, a in enumerate(source["log_polynomial"]))
    return source["flux_jy"] * (frequency_hz / source["reference_frequency_hz"]) ** source["spectral_index"]


def separation_arcsec(ra1, dec1, ra2, dec2):
    """East and north of 2 as seen from 1, small angles."""
    return (((ra2 - ra1 + 180) % 360 - 180) * np.cos(np.radians(dec1)) * 3600, (dec2 - dec1) * 3600)


def pairs(folder, truths):
    """A row for each catalogue source that was measured: what was measured, and what is true.

    The source of the truth is found by its place, within 3 arcsec, not by its name."""
    db = sqlite3.connect(folder / "root/state/db/measurements.sqlite3")
    by_group = {truth["group_id"]: truth for truth in truths}
    rows = []
    for epoch, group, frequency, major, minor in db.execute(
            "SELECT id, group_id, frequency_hz, major_arcsec, minor_arcsec FROM epoch").fetchall():
        truth = by_group[group]
        ra = np.array([s["ra_deg"] for s in truth["sources"]])
        dec = np.array([s["dec_deg"] for s in truth["sources"]])
        for (name, ra1, dec1, flux, error, snr, east, north, flags, reason, pb) in db.execute(
                "SELECT name, ra_deg, dec_deg, flux_jy, flux_error_jy, snr, offset_east_arcsec,"
                " offset_north_arcsec, flags, reason, pb FROM measurement"
                " WHERE epoch_id = ? AND kind = 'forced' AND catalogue_flux_jy NOTNULL", [epoch]):
            x, y = separation_arcsec(ra, dec, ra1, dec1)
            nearest = int(np.argmin(np.hypot(x, y)))
            if np.hypot(x[nearest], y[nearest]) > 3:
                raise SystemExit(f"{group}: {name} was measured, expected a source of the truth")
            rows.append({
                "group": group, "index": truth["night"]["index"], "fault": truth["night"]["fault"], "name": name,
                "flux": np.nan if flux is None else flux, "error": np.nan if error is None else error,
                "snr": np.nan if snr is None else snr,
                "east": np.nan if east is None else east + x[nearest],
                "north": np.nan if north is None else north + y[nearest],
                "beam": np.sqrt(major * minor), "flags": flags, "reason": reason, "pb": pb,
                "true": true_flux(truth["sources"][nearest], frequency)})
    return rows


def column(rows, key):
    return np.array([row[key] for row in rows], float)


def photometry(rows):
    """Figures of flux densities and places of rows that are sound: above 10 sigma, unflagged."""
    n_row = len(rows)
    rows = [r for r in rows if not r["reason"] and r["snr"] > SOUND_SIGMA
            and not r["flags"] & (EDGE | NEAR_BRIGHT | UNRELIABLE)]
    if len(rows) < 3:
        return {"rows": n_row, "sound": len(rows)}
    ratio = column(rows, "flux") / column(rows, "true")
    pull = (column(rows, "flux") - column(rows, "true")) / column(rows, "error")
    seen = [r for r in rows if np.isfinite(r["east"]) and not r["flags"] & BLENDED]
    places = np.hypot(column(seen, "east"), column(seen, "north")) / column(seen, "beam")
    return {"rows": n_row, "sound": len(rows), "median_bias": float(np.median(ratio) - 1),
            "ratio_scatter": float(1.4826 * np.median(np.abs(ratio - np.median(ratio)))),
            "pull_mean": float(np.mean(pull)), "pull_median": float(np.median(pull)),
            "pull_scatter": float(1.4826 * np.median(np.abs(pull - np.median(pull)))),
            "beyond_3_sigma": float(np.mean(np.abs(pull) > 3)),
            "places": len(seen), "place_rms_beams": float(np.sqrt(np.mean(places ** 2))),
            "place_median_beams": float(np.median(places))}


def accuracy(folder, truths, near_calibrator):
    """Figures of all rows, of those of tiles beside a bright calibrator, and of faulty groups."""
    rows = pairs(folder, truths)
    expected = [r for r in rows if r["error"] > 0 and r["true"] > SOUND_SIGMA * r["error"]]
    groups = {r["group"] for r in rows}
    return {"epochs": len(groups), "all": photometry(rows),
            "beside calibrators": photometry([r for r in rows if r["index"] in near_calibrator]),
            "with faults": photometry([r for r in rows if r["fault"]]),
            "sources_per_epoch": len([r for r in rows if not r["reason"]]) / max(1, len(groups)),
            "completeness": 1 - float(np.mean([bool(r["reason"]) for r in expected])) if expected else None}


def light_curves(folder, truths):
    """Points against measurements, means of sources against the truth, scatter about the means."""
    curves = sqlite3.connect(folder / "root/state/db/lightcurves.sqlite3")
    curves.execute("ATTACH ? AS m", [str(folder / "root/state/db/measurements.sqlite3")])
    wanted = curves.execute("SELECT count(*) FROM m.measurement WHERE kind = 'forced' AND epoch_id IN"
                            " (SELECT id FROM epoch WHERE state = 'joined')").fetchone()[0]
    points, = curves.execute("SELECT count(*) FROM point WHERE kind = 0").fetchone()
    states = dict(curves.execute("SELECT state, count(*) FROM epoch GROUP BY state"))
    truth = {(s["name"]): true_flux(s, 1.405e9) for t in truths for s in t["sources"]}
    names = dict(curves.execute("SELECT source_id, name FROM source_name"))
    series = {}
    for source, flux, error, gain in curves.execute(
            "SELECT source_id, flux_jy, error_jy, coalesce(gain, 1) FROM point JOIN epoch ON epoch.id = epoch_id"
            " WHERE kind = 0 AND flux_jy NOTNULL AND flags & ? = 0", [EDGE | NEAR_BRIGHT | UNRELIABLE]):
        series.setdefault(source, []).append((flux / gain, np.hypot(error / gain, 0.005 * flux / gain)))
    bias, chi2 = [], []
    for source, rows in series.items():
        flux, error = np.array(rows).T
        if len(rows) < 3 or names.get(source) not in truth:
            continue
        mean = np.average(flux, weights=error ** -2)
        if mean < SOUND_SIGMA * np.median(error):
            continue
        chi2.append(float(np.sum(((flux - mean) / error) ** 2) / (len(rows) - 1)))
        bias.append(mean / truth[names[source]] - 1)
    return {"epochs": states, "measurements": wanted, "points": points, "curves": len(chi2),
            "candidates": curves.execute("SELECT count(*) FROM candidate").fetchone()[0],
            "median_chi2": float(np.median(chi2)) if chi2 else None,
            "median_bias": float(np.median(bias)) if bias else None}

# SPDX-License-Identifier: GPL-3.0-or-later
"""What `why` and `report-night` should say of a group, found without them.

    report_truth.py QUEUE GROUP    one JSON object: sizes of the subband files as the disk has them and their
                                   numbers of samples (h5py), the image's beam, command line and noise
                                   (astropy, numpy), seconds from the last subband to the image (sqlite3).
"""
import json
import os
import sqlite3
import sys

import h5py
import numpy as np
from astropy.io import fits


def history_lines(header):
    return [str(line) for line in header["HISTORY"]]


def main(queue, group):
    db = sqlite3.connect(f"file:{queue}?mode=ro", uri=True)
    files = [row[0] for row in db.execute(
        "SELECT path FROM subband_files WHERE group_id = ? ORDER BY subband_idx", (group,))]
    truth = {"sizes": [os.stat(path).st_size for path in files], "samples": []}
    for path in files:
        with h5py.File(path, "r") as file:
            truth["samples"].append(int(np.unique(file["Header/time_array"][()]).size))
    image, = db.execute(
        "SELECT path FROM images WHERE group_id = ? AND type = 'image'", (group,)).fetchone()
    with fits.open(image) as hdus:
        header, pixels = hdus[0].header, hdus[0].data.astype(float).ravel()
    pixels = pixels[np.isfinite(pixels)]
    truth["noise_jy"] = 1.4826 * float(np.median(np.abs(pixels - np.median(pixels))))
    truth["beam_arcsec"] = [header["BMAJ"] * 3600, header["BMIN"] * 3600]
    truth["verdict"] = header["QAVERD"]
    truth["calibration_set"] = header["CALSET"]
    truth["version"], truth["command"] = history_lines(header)[:2]
    seen, = db.execute(
        "SELECT max(f.seen_at_unix_s) FROM subband_files s JOIN hdf5_file_index f"
        " ON f.path = s.path WHERE s.group_id = ?", (group,)).fetchone()
    ended, = db.execute(
        "SELECT min(ended_at) FROM job_attempt WHERE group_id = ? AND stage = 'image'"
        " AND outcome = 'done'", (group,)).fetchone()
    truth["latency_s"] = ended - seen
    print(json.dumps(truth))


if __name__ == "__main__":
    main(*sys.argv[1:])

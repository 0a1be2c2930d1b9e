#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for WSClean where it is to fail: FAKE names how. Installed as `wsclean` in PATH by
tests/cli/image-ms.bats. Beside the images it makes it notes its arguments in FAKE_LOG, a line a run.

hang: writes a line and sleeps for ever, with a grandchild. idle: the same without a grandchild, but
TERM is ignored. fail: exit code 3. killed: ends itself with signal 9. nothing: succeeds without an
image. blank: an image of NaN only. full: fills the disk until it is full. diverge: a residual larger
than the dirty image. negative: a model far below zero. once: diverges unless the gain is 0.05.
sound: images that are in order.
"""
import os
import signal
import subprocess
import sys
import time

how = os.environ["FAKE"]
arguments = sys.argv[1:]
with open(os.environ["FAKE_LOG"], "a") as log:
    log.write(" ".join(arguments) + "\n")


def option(name):
    return arguments[arguments.index(name) + 1]


print("WSClean version 3.1.0 (2022-04-01)", flush=True)
if how in ("hang", "idle"):
    if how == "idle":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        subprocess.Popen(["sleep", "300"])
    print("Opening reordered part 0", flush=True)
    time.sleep(300)

# Only now, for a loaded machine takes seconds over them, and a test may wait for less.
import numpy  # pylint: disable=wrong-import-position
from astropy.io import fits  # pylint: disable=wrong-import-position

if how == "fail":
    print("the reason of the failure", file=sys.stderr)
    sys.exit(3)
if how == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
if how == "full":
    with open("w-image.fits", "wb", buffering=0) as image:
        while True:
            image.write(b"x" * 1048576)  # ENOSPC ends this with exit code 1
if how == "nothing":
    sys.exit(0)

n = int(option("-size"))
degrees = float(option("-scale").replace("asec", "")) / 3600
header = fits.Header()
for axis, (name, at, step, unit) in enumerate(
        [("RA---SIN", 150.0, -degrees, "deg"), ("DEC--SIN", 16.0, degrees, "deg"),
         ("FREQ", 1.405e9, 1.875e8, "Hz"), ("STOKES", 1.0, 1.0, "")], 1):
    header[f"CTYPE{axis}"], header[f"CRVAL{axis}"], header[f"CDELT{axis}"] = name, at, step
    header[f"CRPIX{axis}"], header[f"CUNIT{axis}"] = (n / 2 + 1 if axis < 3 else 1.0), unit
header["BUNIT"], header["BMAJ"], header["BMIN"], header["BPA"] = "JY/BEAM", 8 * degrees, 6 * degrees, 0.0
header["DATE-OBS"] = "2026-01-25T22:26:00.0"
noise = numpy.random.default_rng(1).normal(0, 1e-3, (n, n))
y, x = numpy.mgrid[:n, :n]
source = numpy.exp(-4 * numpy.log(2) * (((x - n / 2) / 6) ** 2 + ((y - n / 2) / 8) ** 2))
dirty = noise + source * 0.2
residual, added = noise * 0.9, source * 0.2
if how == "diverge" or how == "once" and option("-gain") != "0.05":
    residual = noise * 30
if how == "negative":
    added = added - numpy.roll(source, n // 4, 0) * 0.1
image = residual + added
if how == "blank":
    image[:] = numpy.nan
model = numpy.zeros((n, n))
model[n // 2, n // 2] = 0.2
for kind, pixels in (("dirty", dirty), ("residual", residual), ("model", model), ("psf", source),
                     ("image", image)):
    fits.writeto(f"w-{kind}.fits", pixels[None, None].astype("f4"), header, overwrite=True)
print("Performed 12 iterations in total, 12 in this major iteration\n"
      "1 major iterations were performed.")

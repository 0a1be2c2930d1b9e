# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill calibrate-ms at random moments while it applies tables to a set.

Usage: kill_applying.py TIMES SET TABLE...
Each time --force makes it write again; after the kill either the set opens and says it is
calibrated, with all columns, or it is marked as being changed, and the next run has to repair it.
"""
import json
import os
import random
import signal
import subprocess
import sys
import time

from casacore.tables import table

times, path, tables = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
command = ["calibrate-ms", "--apply", "--no-tile-solve", "--quiet", "--json", "--force",
           "--gaintable", ",".join(tables), path]


def begin():
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


lengths = []
for _ in range(3):  # the shortest, for a load that is over would have most kills come too late
    started = time.monotonic()
    whole = begin()
    _, message = whole.communicate()
    assert whole.returncode == 0, message
    lengths.append(time.monotonic() - started)
killed = marked = 0
random.seed(7)
for i in range(times):
    process = begin()
    time.sleep(random.uniform(0, min(lengths)))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    killed += process.returncode == -signal.SIGKILL
    if os.path.isdir(path + "/CONTIMG_CHANGE"):
        marked += 1
        plain = subprocess.run(["flag-ms", "--no-plot", path], capture_output=True, text=True)
        assert plain.returncode == 1 and "killed" in plain.stderr, plain.stderr
    else:
        t = table(path, ack=False)
        assert "CORRECTED_DATA" in t.colnames() and "CONTIMG_IN_PROGRESS" not in t.keywordnames()
        assert json.loads(t.getkeyword("CONTIMG_CALIBRATION_APPLIED"))["calibrated"]
        t.close()
done = subprocess.run([c for c in command if c != "--force"], capture_output=True, text=True)
assert done.returncode == 0, done.stderr
print(f"{killed} of {times} were killed, {marked} left a set that was being changed")
assert killed > times / 4

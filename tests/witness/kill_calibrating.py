# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill calibrate-ms at random moments while it works on a group of a queue.

Usage: kill_calibrating.py TIMES QUEUE GROUP_ID SET
Each time --force makes it do everything again (a calibrator is solved again). After each kill no
group may have been given a set that was never active, every active set's tables must be whole, and
the Measurement Set either is marked as being changed, or says what it has; in the end one run that is
not killed must finish the job. Shares no code with contimg.
"""
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

from casacore.tables import table

times, queue, group, path = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
command = ["calibrate-ms", "--quiet", "--json", "--queue-db", queue, "--group", group, "--force",
           "--in-progress-timeout", "1", "--max-retries", "1000"]


def begin():
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ask(question):
    with sqlite3.connect(queue, timeout=30) as db:
        return db.execute(question).fetchall()


def require_sound():
    assert ask("SELECT count(*) FROM calibration_use u JOIN calibration_set s ON s.id = u.set_id"
               " WHERE s.activated_at IS NULL") == [(0,)], "a candidate was used"
    for name, file in ask("SELECT s.name, t.path FROM calibration_set s JOIN calibration_table t"
                          " ON t.set_id = s.id WHERE s.state = 'active'"):
        with table(file, ack=False) as t:
            assert t.nrows() > 0 and not t.getcol("FLAG").all(), (name, file)
    found = subprocess.run(["manage-caltables", "--queue-db", queue, "--json", "which", group],
                           capture_output=True, text=True)
    assert found.returncode in (0, 1), found.stderr
    assert "passed over" not in found.stdout + found.stderr, found.stdout + found.stderr
    if os.path.isdir(path + "/CONTIMG_CHANGE"):
        return True
    with table(path, ack=False) as t:
        assert "CONTIMG_IN_PROGRESS" not in t.keywordnames()
        if "CONTIMG_CALIBRATION_APPLIED" in t.keywordnames():
            record = json.loads(t.getkeyword("CONTIMG_CALIBRATION_APPLIED"))
            name = record["set"].split(" ")[0]
            assert ask(f"SELECT count(*) > 0 FROM calibration_set WHERE name = '{name}'"
                       " AND activated_at IS NOT NULL") == [(1,)], record
    return False


started = time.monotonic()
first = begin()
_, message = first.communicate()
assert first.returncode == 0, message
length = time.monotonic() - started
killed = marked = 0
random.seed(11)
for i in range(times):
    process = begin()
    time.sleep(random.uniform(0, length))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    killed += process.returncode == -signal.SIGKILL
    marked += require_sound()
    time.sleep(1.05)  # until its lease has run out
last = begin()
_, message = last.communicate()
assert last.returncode == 0, message
require_sound()
assert not os.path.isdir(path + "/CONTIMG_CHANGE")
print(f"{killed} of {times} were killed, {marked} left a set that was being changed")
assert killed > times / 4

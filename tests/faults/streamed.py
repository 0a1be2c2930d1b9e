#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: streamed.py FOLDER: dsa110-stream on a root, told to finish when its groups are flagged.

Ends as dsa110-stream does; after two minutes with fewer groups it is told so too."""
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time

root = sys.argv[1] + "/root"
repository = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
stream = subprocess.Popen([repository + "/scripts/dsa110-stream", "--quiet", "--input-dir",
                           root + "/incoming", "--output-dir", root + "/ms", "--stages",
                           "convert,flag", "--poll-interval", "0.2"])
end = time.monotonic() + 120


def listens():
    """A signal before it has its lock would end it at once."""
    with contextlib.suppress(OSError), open(root + "/state/db/pipeline.sqlite3.locks/stream",
                                            encoding="utf-8") as lock:
        return lock.read().strip() == str(stream.pid)
    return False


while stream.poll() is None and time.monotonic() < end:
    with contextlib.suppress(sqlite3.Error), contextlib.closing(
            sqlite3.connect(f"file:{root}/state/db/pipeline.sqlite3?mode=ro", uri=True)) as db:
        if db.execute("SELECT count(*) FROM job WHERE stage = 'flag' AND state = 'done'"
                      ).fetchone()[0] == 3 and listens():
            break
    time.sleep(0.1)
if stream.poll() is None:
    stream.send_signal(signal.SIGTERM)
try:
    code = stream.wait(120)
except subprocess.TimeoutExpired:
    stream.send_signal(signal.SIGTERM)
    code = stream.wait()
sys.exit(code if code >= 0 else 128 - code)

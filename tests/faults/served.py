#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: served.py FOLDER: serve-status on a free port; paused and let go on through it; ended by TERM.

Ends as serve-status does, or with 1 when an answer was not what it should be."""
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
server = subprocess.Popen(["serve-status", "--quiet", "--serve-port", str(port), "--serve-also", "",
                           "--health-port", "0"])


def ask(path, data=None):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=data)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


code = 0
try:
    for _ in range(600):
        try:
            ask("/openapi.json")
            break
        except urllib.error.URLError:
            if server.poll() is not None:
                break
            time.sleep(0.05)
    for word in ("stop", "start"):
        answer = ask(f"/api/streaming/{word}", b"")
        if not answer.get("success"):
            raise ValueError(f"{word}: {answer}")
        ask("/api/streaming/status")
except urllib.error.HTTPError as error:  # the answer says why
    print(f"ERROR: {error}: {error.read().decode()}", file=sys.stderr)
    code = 1
except (OSError, ValueError, KeyError) as error:
    print(f"ERROR: /: {error}", file=sys.stderr)
    code = 1
if server.poll() is None:
    server.send_signal(signal.SIGTERM)
ended = server.wait()
if ended < 0 and ended != -9:
    print(f"serve-status ended by signal {-ended}", file=sys.stderr)
    sys.exit(99)
sys.exit(ended if ended > 0 else code)

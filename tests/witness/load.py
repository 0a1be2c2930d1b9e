#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load on serve-status while others write to its queue; every answer is looked at.

    load.py PORT QUEUE CLIENTS SECONDS

CLIENTS connections that are kept ask for status, pending groups, figures and the light curve of source 1, again
and again. Two writers add groups as pending, and complete every other, each in a transaction. Prints what was
asked and written as JSON; exit 1 with what was wrong: a status other than 200, an answer that is not whole,
counts that do not add up or go back, a light curve that changes.
"""
import http.client
import json
import multiprocessing
import sqlite3
import sys
import threading
import time


def write(queue, name, seconds, written):
    db = sqlite3.connect(queue, timeout=30, isolation_level=None)
    db.execute("PRAGMA synchronous = NORMAL")
    end, n = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        db.execute("BEGIN IMMEDIATE")
        db.execute("INSERT INTO ingest_queue (group_id, state) VALUES (?, 'pending')", (f"{name}{n}",))
        if n % 2:
            db.execute("UPDATE ingest_queue SET state = 'completed' WHERE group_id = ?", (f"{name}{n - 1}",))
        db.execute("COMMIT")
        n += 1
    written.value = n


class Client(threading.Thread):
    def __init__(self, port, seconds):
        super().__init__()
        self.port, self.seconds, self.n_answer, self.faults = port, seconds, 0, []
        self.total, self.curve = 0, None

    def status(self, answer):
        counts = answer["queue"]
        parts = sum(counts[state] for state in ("collecting", "pending", "in_progress", "completed", "failed"))
        if parts != counts["total"]:
            self.faults.append(f"counts do not add up: {counts}")
        if counts["total"] < self.total:
            self.faults.append(f"{counts['total']} groups, and {self.total} before")
        self.total = counts["total"]

    def pending(self, answer):
        ids = [group["group_id"] for group in answer["groups"]]
        if len(set(ids)) != len(ids) or answer["total"] < len(ids):
            self.faults.append(f"pending: {ids} of {answer['total']}")

    def figures(self, answer):
        if sum(n for state, n in answer["queue_stats"].items() if state != "total") != answer["queue_stats"]["total"]:
            self.faults.append(f"figures do not add up: {answer['queue_stats']}")

    def light_curve(self, answer):
        fluxes = [point["flux_jy"] for point in answer["data_points"]]
        if len(fluxes) != 3 or fluxes != (self.curve or fluxes):
            self.faults.append(f"light curve: {fluxes}")
        self.curve = fluxes

    def run(self):
        questions = [("/api/status", self.status), ("/api/v1/conversion/pending", self.pending),
                     ("/api/streaming/metrics", self.figures), ("/api/v1/sources/1/lightcurve", self.light_curve)]
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        end = time.monotonic() + self.seconds
        try:
            while time.monotonic() < end and len(self.faults) < 5:
                path, look = questions[self.n_answer % len(questions)]
                connection.request("GET", path)
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 200:
                    self.faults.append(f"{path}: {answer.status} {body[:200]}")
                    continue
                look(json.loads(body))
                self.n_answer += 1
        except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
            self.faults.append(f"{type(error).__name__}: {error}")
        finally:
            connection.close()


def main(port, queue, n_client, seconds):
    written = [multiprocessing.Value("i", 0) for _ in range(2)]
    writers = [multiprocessing.Process(target=write, args=(queue, f"writer{i}-", seconds, each))
               for i, each in enumerate(written)]
    clients = [Client(port, seconds) for _ in range(n_client)]
    for each in writers + clients:
        each.start()
    for each in writers + clients:
        each.join()
    faults = [fault for client in clients for fault in client.faults]
    faults += [f"writer {i} ended with {each.exitcode}" for i, each in enumerate(writers) if each.exitcode != 0]
    print(json.dumps({"answers": sum(client.n_answer for client in clients),
                      "least": min(client.n_answer for client in clients),
                      "written": sum(each.value for each in written)}))
    for fault in faults[:20]:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))

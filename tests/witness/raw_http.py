# SPDX-License-Identifier: GPL-3.0-or-later
"""raw_http.py smuggle|garbage|slow|flood|finish PORT [N]: speaks to a server as no browser would, and fails
unless it is answered as it should be."""

import os
import random
import signal
import socket
import sys
import time

PORT = int(sys.argv[2])


def connected(timeout=20):
    one = socket.create_connection(("127.0.0.1", PORT), timeout=timeout)
    one.settimeout(timeout)
    return one


def all_of(one):
    received = b""
    while True:
        try:
            block = one.recv(65536)
        except (ConnectionResetError, BrokenPipeError):
            return received
        if not block:
            return received
        received += block


def asked(*pieces):
    with connected() as one:
        for piece in pieces:
            try:
                one.sendall(piece)
            except (ConnectionResetError, BrokenPipeError):
                break
        one.shutdown(socket.SHUT_WR)
        return all_of(one)


def smuggle():
    """One request that two readers could take for two."""
    hidden = b"POST /api/streaming/stop HTTP/1.1\r\nHost: localhost\r\n\r\n"
    head = b"POST /api/v1/conversion/convert HTTP/1.1\r\nHost: localhost\r\n"
    for lengths in (
        b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 0\r\nContent-Length: %d\r\n" % len(hidden),
        b"Transfer-Encoding: xchunked\r\n",
        b"Content-Length: 0\r\n x: y\r\n",
    ):
        answer = asked(head + lengths + b"\r\n" + hidden)
        assert answer.count(b"HTTP/1.1 ") == 1, answer
        assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 411")), answer
    # A body that is not wanted is no request.
    answer = asked(b"GET /ready HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(hidden) + hidden)
    assert answer.count(b"HTTP/1.1 ") == 1, answer
    # Two that follow each other are two.
    answer = asked(2 * b"GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200") == 2, answer


def garbage():
    dice = random.Random(1)
    for _ in range(200):
        answer = asked(dice.randbytes(dice.randrange(1, 3000)) + b"\r\n\r\n")
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4") or answer.startswith(b"HTTP/1.1 5"), answer
    asked(b"\r\n\r\n")
    asked(b"")
    asked(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")


def slow():
    """A byte every half second."""
    began = time.monotonic()
    with connected(30) as one:
        for byte in b"GET /ready HTTP/1.1\r\nHost: localhost\r\nX: " + 100 * b"a":
            try:
                one.sendall(bytes([byte]))
            except (ConnectionResetError, BrokenPipeError):
                break
            one.settimeout(0.5)
            try:
                answer = one.recv(1000)
            except socket.timeout:
                continue
            except ConnectionResetError:
                break
            assert answer.startswith((b"HTTP/1.1 408", b"HTTP/1.1 503")) or answer == b"", answer
            break
    assert time.monotonic() - began < 20, "a slow sender was not given up"


def flood():
    """Connections that say nothing."""
    held = [connected() for _ in range(int(sys.argv[3]))]
    time.sleep(1)
    turned_away = 0
    for one in held:
        one.settimeout(0.01)
        try:
            turned_away += one.recv(1000).startswith(b"HTTP/1.1 503")
        except (socket.timeout, ConnectionResetError):
            pass
    assert turned_away > 0, "nobody was turned away"
    for one in held:
        one.close()


def finish():
    """A server that is told to end while a request comes in answers it."""
    with connected() as one:
        one.sendall(b"GET /ready HTTP/1.1\r\n")
        time.sleep(2)
        os.kill(int(sys.argv[3]), signal.SIGTERM)
        time.sleep(0.5)
        one.sendall(b"Host: localhost\r\n\r\n")
        answer = all_of(one)
    assert answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"ready\n"), answer
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            connected().close()
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            pass
        time.sleep(0.1)
    raise AssertionError("the port is still open")


globals()[sys.argv[1]]()

"""What the daemon takes when nothing happens: memory, its size on disk, and the time until it answers."""

import os
import pathlib
import re
import socket
import subprocess
import time

import table

RUNS = 10
# Visits until it counts as idle: everything has run, and has been asked for, more than once.
VISITS = 3


def measure(programs, out):
    starts, memory = zip(*(run(programs / "lanlord") for _ in range(RUNS)))
    start, memory = table.Figures([1000 * seconds for seconds in starts]), table.Figures(memory)
    size = os.path.getsize(programs / "lanlord") / 1e6
    return table.section(
        "The daemon at rest",
        "`lanlord run` with its defaults, on a loopback interface where only this asks for `/metrics`: resident"
        f" memory after {VISITS} visits, the time from `exec` to the first complete answer of `/metrics`, and the size"
        " of the stripped release binary.",
        ["what", "target", "measured", "median (smallest to largest)"],
        [["resident memory", "12 MB", table.target(memory.median, 12, "MB"), memory.text("MB")],
         ["start to first answer", "100 ms", table.target(start.median, 100, "ms"), start.text("ms")],
         ["binary", "12 MB", table.target(size, 12, "MB"), ""]])


def run(lanlord):
    """Seconds to the first answer, and resident memory in MB at rest."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.perf_counter()
    process = subprocess.Popen([lanlord, "run", "--dns.enabled", "false", "--interface", "lo", "--web.listen-address", f"127.0.0.1:{port}"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(began, 10, lambda: "wire_frames_total" in ask(port))
        answered = time.perf_counter() - began
        until(began, 30, lambda: visits(ask(port)) >= VISITS, pause=0.1)
        return answered, resident(process.pid)
    finally:
        process.terminate()
        process.wait()


def ask(port):
    """The answer, or nothing if nobody listens yet."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return connection.makefile("rb").read().decode()
    except ConnectionRefusedError:
        return ""


def visits(metrics):
    found = re.search(r'^lanlord_visits_total\{.*outcome="ok"\} (\d+)$', metrics, re.MULTILINE)
    return int(found[1]) if found else 0


def resident(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)[1]) * 1024 / 1e6


def until(began, seconds, reached, pause=0.0005):
    while not reached():
        assert time.perf_counter() - began < seconds, "lanlord does not answer"
        time.sleep(pause)

"""Twenty simulated modems over TLS, with keys of 1024 bits, probed through /probe eight at a time: probes per second, and CPU
time of the daemon for a probe with its log-in, seven pages and log-out. Beside it the same work by PyPI's urllib3 with
eight threads. What the simulators take is not counted, and they answer at once."""

import concurrent.futures
import contextlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

import daemon
import freebox
import table

# Behind our own folder: some files there have names that are taken here.
sys.path.append(str(pathlib.Path(__file__).parent / "../tests/interop"))
import pypi  # noqa: E402

MODEMS, PROBES, AT_ONCE, RUNS = 20, 200, 8, 5
USER, PASSWORD = "admin", "hunter2"
HERE = pathlib.Path(pypi.__file__).parent


def measure(programs, out):
    with tempfile.TemporaryDirectory(prefix="lanlord-bench-") as folder, contextlib.ExitStack() as running:
        return report(*take_turns(programs, pathlib.Path(folder), running))


def take_turns(programs, folder, running):
    modems = [modem(programs, folder, running, number) for number in range(MODEMS)]
    process, port = running.enter_context(lanlord(programs, folder))
    try:
        environment = pypi.packages(programs.parent, "urllib3", HERE / "urllib3.txt")
    except pypi.Unavailable as why:
        print(f"urllib3 could not be had from PyPI: {why}", file=sys.stderr)
        environment = None
    rates, costs, python_rates, python_costs = [], [], [], []
    probe_all(modems, port, MODEMS)
    for _ in range(RUNS):
        before, began = freebox.cpu(process.pid), time.monotonic()
        probe_all(modems, port, PROBES)
        rates.append(PROBES / (time.monotonic() - began))
        after = freebox.cpu(process.pid)
        costs.append((sum(after.values()) - sum(before.values())) / 1e6 / PROBES)
        if environment:
            done = in_python(modems, environment)
            python_rates.append(done["visits"] / done["seconds"])
            python_costs.append(done["cpu_seconds"] * 1e3 / done["visits"])
    counted = [json.loads(fetch(f"http://{modem['control']}/stats")) for modem in modems]
    expected = (PROBES // MODEMS) * RUNS * (2 if environment else 1) + 1
    for stats in counted:
        assert (stats["logins"], stats["logouts"]) == (expected, expected), stats
        assert stats["attempts_while_open"] == stats["repeat_logins"] == 0 and not stats["violations"], stats
    return rates, costs, python_rates, python_costs, daemon.resident(process.pid)


def probe_all(modems, port, number):
    """So many probes, the modems in turn; each one as a scrape would ask for it."""
    def one(at):
        modem = modems[at % MODEMS]
        query = urllib.parse.urlencode({"target": modem["https"], "usr": USER, "pwd": PASSWORD,
                                        "fingerprint": modem["sha256"]})
        body = fetch(f"http://127.0.0.1:{port}/probe?{query}").decode()
        assert "\nprobe_success 1\n" in body and 'hitron_dataset_ok{dataset="usinfo"} 1' in body, body

    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(one, range(number)))


def in_python(modems, environment):
    command = [sys.executable, HERE / "hitron_asks.py", ",".join(modem["sha256"].replace(":", "") for modem in modems), USER,
               PASSWORD, "--visits", str(PROBES), str(AT_ONCE), *[modem["https"] for modem in modems]]
    done = subprocess.run(command, env=environment, check=True, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, timeout=120)
    return json.loads(done.stdout)


def report(rates, costs, python_rates, python_costs, resident):
    rates, costs = table.Figures(rates), table.Figures(costs)
    rows = [["probes per second", table.digits(rates.median), rates.text("/s")],
            ["CPU time for a probe", f"{table.digits(costs.median)} ms", costs.text("ms")],
            ["resident memory afterwards", f"{table.digits(resident)} MB", ""]]
    if python_costs:
        python_rates, python_costs = table.Figures(python_rates), table.Figures(python_costs)
        rows += [["visits per second by urllib3", table.digits(python_rates.median), python_rates.text("/s")],
                 ["CPU time for a visit by urllib3", f"{table.digits(python_costs.median)} ms", python_costs.text("ms")],
                 ["CPU time, lanlord / urllib3", table.digits(costs.median / python_costs.median), ""]]
    return table.section(
        "Probes of modems",
        f"`lanlord run` and {MODEMS} simulated Hitron modems (`cgnv4`, RSA keys of 1024 bits, TLS 1.2) that answer at once;"
        f" {PROBES} probes over `/probe`, {AT_ONCE} at a time, each with a handshake of its own, log-in, seven pages and"
        " log-out. PyPI's urllib3 does the same with as many threads, and keeps the pages as JSON, without making metrics"
        " of them. CPU time is the daemon's, or Python's, and not the simulators', which have to share the machine.",
        ["what", "measured", "median (smallest to largest)"], rows)


def modem(programs, folder, running, number):
    log = folder / f"sim-{number}.log"
    command = [programs / "lanlord-sim", "hitron", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--profile",
               "cgnv4", "--user", USER, "--password", PASSWORD, "--no-latency", "--speed", "0", "--seed", str(number)]
    running.enter_context(freebox.started(command, log))
    freebox.until(lambda: re.search(r"^control ", log.read_text(), re.MULTILINE))
    return dict(line.split(" ", 1) for line in log.read_text().splitlines() if " " in line)


@contextlib.contextmanager
def lanlord(programs, folder):
    (folder / "lanlord.toml").write_text("\n".join([
        "source = []", "[web]", 'listen_address = "127.0.0.1:0"', "[probe]", 'allow = ["127.0.0.1"]']) + "\n")
    log = folder / "lanlord.log"
    command = [programs / "lanlord", "run", "--dns.enabled", "false", "--config.file", folder / "lanlord.toml"]
    with freebox.started(command, log) as process:
        freebox.until(lambda: "listening on " in log.read_text())
        yield process, int(re.search(r"listening on http://127\.0\.0\.1:(\d+)/", log.read_text())[1])


def fetch(url):
    # Without the proxies of the environment.
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=30) as answer:
        return answer.read()

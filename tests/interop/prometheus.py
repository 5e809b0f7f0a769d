#!/usr/bin/env python3
"""A real Prometheus scrapes lanlord, in both formats, while a simulated house talks; then what Prometheus has
stored must be what /metrics says, label by label, and the queries of gonetmon's README must answer.

It uses nobody's Prometheus library, ours least: expectations come from the simulator's truth, from Prometheus's
own query language and from promtool. It measures no speed. Everything is on loopback, in a temporary folder.

Usage: prometheus.py FOLDER    (with the programs lanlord and lanlord-sim in it)
"""

import contextlib
import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(__file__))
import exposition  # noqa: E402
import patience  # noqa: E402
import prometheus_server  # noqa: E402
from programs import fetch, listening, start, until  # noqa: E402
from prometheus_server import ask, query  # noqa: E402

SECONDS = 90
FRAMES = 30_000
# Old dashboards ask for these two.
RATE = "rate(node_bytes_total[5m])"
SELECTION = 'node_bytes_total{device=~"alexa.*|roku.*"}'
# Everything that has a meaning in either format, and a line separator; control characters cannot be configured.
HOSTILE = 'alexa\\n "of \\ {bob}",device="x"} 1 # EOF <b>\u00fc\u2028\\'
# All of the house's addresses; hosts that keep changing theirs are one host all the same.
PREFIXES = ["10.0.0.0/8", "192.168.0.0/16", "2001:db8:1::/48", "fd12:3456:789a::/48", "fe80::/10"]
# What lanlord says of itself goes on changing when the wire is silent: what only grows is held between two
# readings, and of what goes up and down only the labels are compared.
GROWING = {"lanlord_visits_total", "lanlord_visit_success_timestamp_seconds", "lanlord_http_requests_total",
           "process_cpu_seconds_total"}
UNSTEADY = {
    "lanlord_http_connections", "lanlord_http_requests_in_flight", "lanlord_visit_duration_seconds", "process_open_fds", "process_resident_memory_bytes", "process_threads",
    "process_virtual_memory_bytes",
}


def main():
    for program in ("prometheus", "promtool"):
        if not shutil.which(program):
            print(f"NOT RUN: {program} is not installed, so no real Prometheus has scraped lanlord")
            sys.exit(1 if os.environ.get("CI") else 0)
    programs = pathlib.Path(sys.argv[1]).resolve()
    patience.stop_after(SECONDS)
    with tempfile.TemporaryDirectory(prefix="lanlord-interop-") as folder, contextlib.ExitStack() as running:
        interop(programs, pathlib.Path(folder), running)


def interop(programs, folder, running):
    names, truth = cast(programs, folder)
    lanlord, stream = start_lanlord(programs, folder, names, running)
    prometheus = start_prometheus(folder, lanlord, running)
    until("both jobs to scrape", lambda: len(query(prometheus, "up == 1")) == 2)
    # Half of the frames come after Prometheus has seen the hosts, so that there is something to take the rate of.
    frames, fifo = stream
    fifo.write(frames.read(os.path.getsize(frames.name) // 2))
    fifo.flush()
    until("hosts to be shown", lambda: total(get_metrics(lanlord), "node_bytes_total"))
    at = time.time()
    until("both jobs to have scraped them", lambda: scrapes_since(prometheus, at))
    shutil.copyfileobj(frames, fifo)
    fifo.close()
    until("all frames to be counted and all hosts to be shown", lambda: stands_still(lanlord))

    before, at = get_metrics(lanlord), time.time()
    scraped = until("both jobs to scrape once more", lambda: scrapes_since(prometheus, at))
    after = get_metrics(lanlord)
    count = {job: compare(job, query(prometheus, f'{{job="{job}"}}', scraped), before, after)
             for job in ("openmetrics", "text")}
    print(f"equal in Prometheus and on /metrics: {count} series")

    check_formats(prometheus)
    check_health(prometheus, folder, len(after))
    check_queries(prometheus, truth)
    check_promtool(lanlord)


def cast(programs, folder):
    """The names we give to hosts of the simulated house, by MAC, and what each of them truly sent and received."""
    prefixes = [word for prefix in PREFIXES for word in ("--cidr", prefix)]
    run(programs / "lanlord-sim", "frames", "--seed", "11", "--packets", str(FRAMES), *prefixes,
        folder / "frames.pcap", folder / "truth.csv")
    with open(folder / "truth.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    given = {"alexa-kitchen": "alexa-kitchen", "roku-living": "roku-living", "alexa-bedroom": HOSTILE,
             "nas": "nas"}
    names, truth = {}, {}
    for row in rows:
        if row["host"] in given:
            name = given[row["host"]]
            names[row["mac"]] = name
            truth[name] = truth.get(name, 0) + int(row["received_bytes"]) + int(row["sent_bytes"])
    assert set(truth) == set(given.values()), f"the house has changed: {sorted({row['host'] for row in rows})}"
    assert all(truth.values()), truth
    return names, truth


def start_lanlord(programs, folder, names, running):
    """The daemon, and the FIFO it listens to: a pair to copy frames from and to."""
    fifo = folder / "frames.fifo"
    os.mkfifo(fifo)
    # Strings of JSON are strings of TOML.
    lines = ["[web]", 'listen_address = "127.0.0.1:0"', "[names]"]
    lines += [f"{json.dumps(mac)} = {json.dumps(name)}" for mac, name in names.items()]
    lines += ["[[source]]", 'kind = "wire"', 'name = "house"', f"stream = {json.dumps(str(fifo))}"]
    lines += [f"cidr = {json.dumps(PREFIXES)}"]
    (folder / "lanlord.toml").write_text("\n".join(lines) + "\n")
    log = start(running, folder / "lanlord.log", programs / "lanlord", "run", "--dns.enabled", "false", "--config.file",
                folder / "lanlord.toml")
    address = listening(log)
    # Opened for both, so that the FIFO has no end until this is closed.
    to = running.enter_context(open(os.open(fifo, os.O_RDWR), "wb"))
    return address, (running.enter_context(open(folder / "frames.pcap", "rb")), to)


def start_prometheus(folder, lanlord, running):
    target = lanlord.removeprefix("http://")
    job = "  - {{job_name: {0}, params: {{{1}}}, static_configs: [{{targets: ['{2}']}}]}}\n"
    return prometheus_server.run(
        folder,
        "global: {scrape_interval: 500ms, scrape_timeout: 500ms}\nscrape_configs:\n"
        + job.format("openmetrics", "", target) + job.format("text", "format: [text]", target), running)


def stands_still(lanlord):
    """Whether all frames are counted, hosts are shown, and two more visits change nothing."""
    then = get_metrics(lanlord)
    if total(then, "wire_frames_total") < FRAMES or not total(then, "node_bytes_total"):
        return False
    visits = total(then, "lanlord_visits_total") + 2
    now = until("two visits", lambda: get_metrics(lanlord), lambda now: total(now, "lanlord_visits_total") >= visits)
    assert total(now, "wire_frames_total") == FRAMES, total(now, "wire_frames_total")
    return steady(then) == steady(now)


def total(metrics, wanted):
    return sum(value for (name, _), value in metrics.items() if name == wanted)


def steady(metrics):
    return {key: value for key, value in metrics.items() if key[0] not in GROWING | UNSTEADY}


def get_metrics(lanlord):
    return exposition.parse(fetch(f"{lanlord}/metrics?format=text").decode())


def scrapes_since(prometheus, at):
    """The moment of the later one of both jobs' latest scrapes, once both are later than `at`."""
    scrapes = [float(value) for _, value in query(prometheus, "timestamp(up)")]
    return len(scrapes) == 2 and min(scrapes) > at and max(scrapes)


def compare(job, stored, before, after):
    """Label by label and value by value; the number of series that are equal."""
    series = {}
    for labels, value in stored:
        name = labels.pop("__name__")
        assert labels.pop("job") == job and labels.pop("instance")
        if name not in prometheus_server.ITS_OWN:
            series[name, frozenset(labels.items())] = float(value)
    missing, strange = after.keys() - series.keys(), series.keys() - after.keys()
    assert not missing and not strange, f"{job}: not in Prometheus {missing}, not on /metrics {strange}"
    different = []
    for key, value in series.items():
        if key[0] in GROWING:
            fits = before[key] <= value <= after[key]
        else:
            fits = value == after[key] or key[0] in UNSTEADY
        if not fits:
            different.append((key, before[key], value, after[key]))
    assert not different, f"{job}: on /metrics, in Prometheus, on /metrics again: {different}"
    equal = len(steady(series))
    assert equal > 400, f"{job}: only {equal} series"
    return equal


def check_formats(prometheus):
    """That each job really was answered in its format: only OpenMetrics has units, and names without `_total`."""
    about = {job: metadata(prometheus, job) for job in ("openmetrics", "text")}
    assert about["openmetrics"]["node_bytes"] == ("counter", "bytes"), about["openmetrics"].get("node_bytes")
    assert about["text"]["node_bytes_total"] == ("counter", ""), about["text"].get("node_bytes_total")
    assert about["openmetrics"]["lanlord_build"][0] == "info", about["openmetrics"].get("lanlord_build")
    print("both formats: told apart by their metadata")


def metadata(prometheus, job):
    match = urllib.parse.quote(f'{{job="{job}"}}')
    return {entry["metric"]: (entry["type"], entry["unit"])
            for entry in ask(prometheus, f"targets/metadata?match_target={match}")}


def check_health(prometheus, folder, samples):
    up = query(prometheus, "min_over_time(up[5m])")
    assert [value for _, value in up] == ["1", "1"], up
    for labels, value in query(prometheus, "scrape_samples_scraped"):
        assert int(value) == samples, (labels, value, samples)
    for target in ask(prometheus, "targets")["activeTargets"]:
        assert target["health"] == "up" and not target["lastError"], target
    log = (folder / "prometheus.log").read_text()
    complaints = [line for line in log.splitlines() if "level=warn" in line or "level=error" in line]
    assert not complaints, complaints
    print("no scrape failed, and Prometheus has nothing to complain about")


def check_queries(prometheus, truth):
    chosen = {name: total for name, total in truth.items() if name != "nas"}
    for job in ("openmetrics", "text"):
        answer = {labels["device"]: int(value) for labels, value in query(prometheus, SELECTION)
                  if labels["job"] == job}
        assert answer == chosen, f"{SELECTION}: {answer}, and in truth {chosen}"
    devices = query(prometheus, "node_bytes_total")
    rates = {(labels["job"], labels["device"]): float(value) for labels, value in query(prometheus, RATE)}
    for labels, _ in devices:
        rate = rates.get((labels["job"], labels["device"]))
        assert rate is not None, f"no rate for {labels}"
        assert rate > 0 or labels["device"] not in truth, f"{labels}: {rate}"
    print(f"gonetmon's queries: {len(rates)} rates, and {len(chosen)} names with the simulator's bytes to the byte")


def check_promtool(lanlord):
    """promtool may only complain of names that we keep because people know them."""
    table = (pathlib.Path(__file__).parent / "../../METRICS.md").read_text().splitlines()
    kept = {row.split("`")[1] for row in table if row.startswith("| `") and "kept from" in row}
    assert "node_bytes_total" in kept, kept
    checked = subprocess.run(["promtool", "check", "metrics"], input=fetch(f"{lanlord}/metrics?format=text"),
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20)
    complaints = checked.stdout.decode().splitlines()
    strange = [line for line in complaints if line.split(" ")[0] not in kept]
    assert not strange and checked.returncode in (0, 3 if complaints else 0), (checked.returncode, complaints)
    print("promtool complains of nothing" if not complaints else f"promtool, of kept names only: {complaints}")


def run(*command):
    subprocess.run([str(word) for word in command], check=True, timeout=60)


main()

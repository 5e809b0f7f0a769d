"""Pushing: CPU time of the daemon for 10,000 samples, over what it takes without a push, for each way of writing them;
beside it well-known clients in Python that send as many; and the memory of a daemon whose receiver is down until its
queue is full. What receivers take is not counted."""

import contextlib
import json
import pathlib
import re
import socket
import struct
import subprocess
import sys
import tempfile
import time

import daemon
import freebox
import table

# Behind our own folder: some files there have names that are taken here.
sys.path.append(str(pathlib.Path(__file__).parent / "../tests/interop"))
import pypi  # noqa: E402

HOSTS, FRAMES = 2_000, 20
# Pushes that are not measured, seconds for each figure, and how often all ways take turns.
WARM_UP, SECONDS, RUNS = 3, 15, 3
GRAPHITE, INFLUX = 'kind = "graphite"\nendpoint = "127.0.0.1:{}"', 'kind = "influxdb"\nendpoint = "http://127.0.0.1:{}"'
WAYS = {
    "Graphite, paths": (GRAPHITE, "graphite"),
    "Graphite, tags": (GRAPHITE + "\ntagged = true", "graphite-tags"),
    "InfluxDB, a measurement per family, gzip": (INFLUX + '\nbucket = "lan"', "influxdb-gzip"),
    "InfluxDB, a measurement per family": (INFLUX + '\nbucket = "lan"\ngzip = false', "influxdb"),
    "InfluxDB, a measurement per source, gzip": (INFLUX + '\nbucket = "lan"\nlayout = "source"', None),
}
CLIENTS = {"graphite": "prometheus_client", "graphite-tags": "prometheus_client", "influxdb-gzip": "influxdb-client",
           "influxdb": "influxdb-client"}


def measure(programs, out):
    with tempfile.TemporaryDirectory(prefix="lanlord-bench-") as folder:
        folder = pathlib.Path(folder)
        write_capture(folder / "frames.pcap")
        figures = take_turns(programs, folder)
        return costs(*figures, python(programs)) + "\n" + memory(programs, folder)


def take_turns(programs, folder):
    """Milliseconds for 10,000 samples and bytes of a sample by way, milliseconds a second without a push, and how many
    samples there are.
    """
    took, sizes, alone = {way: [] for way in WAYS}, {}, []
    for _ in range(RUNS):
        with lanlord(programs, folder, "") as (process, port):
            until(lambda: hosts(port) == HOSTS)
            began, before = time.monotonic(), cpu(process.pid)
            time.sleep(SECONDS)
            alone.append((cpu(process.pid) - before) / (time.monotonic() - began))
        for way, (words, kind) in WAYS.items():
            with sink(words) as (receiver, ask), lanlord(programs, folder, words.format(receiver)) as (process, port):
                until(lambda: hosts(port) == HOSTS)
                samples = count(daemon.ask(port))
                settle(ask, WARM_UP * samples)
                first, began, before = settle(ask, 1), time.monotonic(), cpu(process.pid)
                last = settle(ask, SECONDS * samples)
                spent = cpu(process.pid) - before - alone[-1] * (time.monotonic() - began)
                pushed = last["samples"] - first["samples"]
                took[way].append(spent / pushed * 10_000)
                sizes[way] = (last["bytes"] - first["bytes"]) / pushed
                healthy(daemon.ask(port))
    return took, sizes, alone, samples


def python(programs):
    try:
        environment = pypi.packages(programs.parent, "push-python", pathlib.Path(__file__).with_name("push_python.txt"))
    except pypi.Unavailable as why:
        print(f"clients could not be had from PyPI: {why}", file=sys.stderr)
        return {}
    took, program = {}, pathlib.Path(__file__).with_name("push_python.py")
    for words, kind in WAYS.values():
        if kind:
            with sink(words) as (receiver, _):
                command = [sys.executable, program, kind, str(receiver), str(HOSTS), str(WARM_UP + SECONDS)]
                done = subprocess.run(command, env=environment, check=True, text=True, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, timeout=120)
                took[kind] = json.loads(done.stdout)[WARM_UP:]
    return took


def costs(took, sizes, alone, samples, clients):
    alone = table.Figures(alone)
    rows = []
    for way, (_, kind) in WAYS.items():
        ours = table.Figures(took[way])
        row = [way, f"{sizes[way]:.0f}", ours.text("ms")]
        if kind in clients:
            theirs = table.Figures(clients[kind])
            row += [f"{CLIENTS[kind]}: {theirs.text('ms')}", table.digits(ours.median / theirs.median)]
        rows.append((row + ["", ""])[:5])
    return table.section(
        "Pushing",
        f"CPU time of `lanlord run` for 10,000 samples pushed: a wire with {HOSTS:,} hosts, of which it knows"
        f" {samples:,} samples, pushed every second to a receiver that throws them away; over what the same daemon"
        f" takes without a push, which is {alone.text('ms')} a second. Each figure is the mean of at least {SECONDS}"
        " pushes."
        " The clients beside it are asked in Python to send 10,000 samples with the same names and labels, which they"
        " have in memory.",
        ["to", "bytes for each sample", "CPU time for 10,000 samples", "by a client from PyPI", "ratio"], rows)


def memory(programs, folder):
    """Of a daemon that pushes to nobody, to somebody, and to somebody who is down."""
    words = INFLUX + '\nbucket = "lan"\nqueue_batches = 100000\nqueue_size = "2MiB"'
    rows = []
    with lanlord(programs, folder, "") as (process, port):
        until(lambda: hosts(port) == HOSTS)
        rows.append(["no push", "", *sizes(process)])
    with sink(words) as (receiver, ask), lanlord(programs, folder, words.format(receiver)) as (process, port):
        until(lambda: hosts(port) == HOSTS)
        settle(ask, 10 * count(daemon.ask(port)))
        rows.append(["a receiver that takes everything", "0", *sizes(process)])
    # Bound and not listening: refused, and nobody else can have it.
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with lanlord(programs, folder, words.format(nobody.getsockname()[1])) as (process, port):
            until(lambda: figure(daemon.ask(port), "lanlord_push_dropped_batches_total") > 0, seconds=900, pause=1)
            waiting = figure(daemon.ask(port), "lanlord_push_queue_batches")
            rows.append(["a receiver that is down, once the queue is full", f"{waiting:,.0f}", *sizes(process)])
    return table.section(
        "Memory while pushing",
        f"Resident memory of the same daemon with the same {HOSTS:,} hosts, pushed to InfluxDB every second, with a"
        " `queue_size` of 2 MiB, which is full four times as soon as one of the default's 8 MiB.",
        ["push", "batches that wait", "resident memory", "at most"], rows)


def sizes(process):
    """Resident memory, and the largest so far."""
    return [f"{table.digits(megabytes)} MB" for megabytes in (daemon.resident(process.pid), freebox.peak(process.pid))]


def write_capture(path):
    """Frames between so many hosts and one address elsewhere, of many sizes."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 96, 1))
        for number in range(FRAMES * HOSTS):
            host, size = number % HOSTS, 60 + 7919 * number % 1400
            mac = bytes([2, 0, 0, 0, host // 256, host % 256])
            ours, theirs = bytes([10, 1, host // 250, host % 250 + 1]), bytes([192, 0, 2, 1])
            gateway = bytes([2, 0, 0, 1, 0, 0])
            link, ends = (gateway + mac, ours + theirs) if number // HOSTS % 2 else (mac + gateway, theirs + ours)
            head = struct.pack(">BBHHHBBH", 0x45, 0, size, 0, 0, 64, 17, 0) + ends
            ports = struct.pack(">HHHH", 5000, 5001, size - 20, 0)
            frame = link + b"\x08\x00" + head + ports
            at = (1_760_000_000 + number // 1000, number % 1000)
            file.write(struct.pack("<IIII", *at, len(frame), 14 + size) + frame)


@contextlib.contextmanager
def lanlord(programs, folder, push):
    names = "\n".join(f'"02:00:00:00:{host // 256:02x}:{host % 256:02x}" = "host-{host}"' for host in range(HOSTS))
    # Strings of JSON are strings of TOML.
    (folder / "lanlord.toml").write_text("\n".join([
        "[web]", 'listen_address = "127.0.0.1:0"', "[names]", names, "[[source]]", 'kind = "wire"', 'name = "house"',
        'interval = "1s"', f"max_hosts = {2 * HOSTS}", f"stream = {json.dumps(str(folder / 'frames.pcap'))}",
        *(["[[push]]", 'interval = "1s"', push] if push else [])]) + "\n")
    log = folder / "lanlord.log"
    command = [programs / "lanlord", "run", "--dns.enabled", "false", "--config.file", folder / "lanlord.toml"]
    with freebox.started(command, log) as process:
        until(lambda: "listening on " in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        yield process, int(re.search(r"listening on http://127\.0\.0\.1:(\d+)/", log.read_text())[1])


@contextlib.contextmanager
def sink(words):
    """A port, and how to ask what came in."""
    kind = re.search(r'kind = "(\w+)"', words)[1]
    command = [sys.executable, pathlib.Path(__file__).with_name("push_sink.py"), kind]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        def ask():
            print(file=process.stdin, flush=True)
            return json.loads(process.stdout.readline())

        try:
            yield int(process.stdout.readline()), ask
        finally:
            process.kill()


def settle(ask, samples):
    """Waits for so many samples more, and for the end of the push that brought them; what came in until then."""
    first = ask()["samples"]
    until(lambda: ask()["samples"] >= first + samples)
    while True:
        before = ask()
        time.sleep(0.2)
        if ask() == before:
            return before


def cpu(pid):
    """Milliseconds on a core, of all threads that are or were (Linux, include/linux/posix-timers_types.h)."""
    return time.clock_gettime_ns(~pid << 3 | 2) / 1e6


def count(metrics):
    return sum(not line.startswith("#") for line in metrics.splitlines() if line)


def hosts(port):
    return figure(daemon.ask(port), "wire_hosts")


def figure(metrics, name):
    found = re.search(rf"^{name}(?:\{{.*\}})? (\S+)$", metrics, re.MULTILINE)
    return float(found[1]) if found else 0


def healthy(metrics):
    """Figures mean nothing if something was refused or dropped."""
    outcomes = re.findall(r'^lanlord_push_batches_total\{.*outcome="(\w+)"\} [1-9]', metrics, re.MULTILINE)
    assert outcomes == ["ok"] and figure(metrics, "lanlord_push_dropped_batches_total") == 0, outcomes


def until(reached, seconds=60, pause=0.05):
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "lanlord does not get there"
        time.sleep(pause)

"""A live interface: one end of a veth pair, in a namespace of its own, into which frames of a capture are sent from
another. The sender has one core and the consumer the other. What is compared is the CPU time that the consumer
itself spends; what the kernel does for each frame, it does for all of them on the sender's core."""

import contextlib
import os
import pathlib
import re
import subprocess
import time

import table

RUNS = 7
# Frames, and how many of them in a second; 0 is as fast as it goes.
RATES = [("as fast as it goes", 1_000_000, 0), ("100,000 a second", 200_000, 100_000)]
IFACE = "bench0"
ADDRESS = "127.0.0.1:9938"


def measure(programs, out):
    if os.cpu_count() < 2:
        return "## A live interface\n\nNot measured: it takes two cores.\n"
    capture = out / "frames.pcap"
    subprocess.run([programs / "lanlord-sim", "frames", "--seed", "2026", "--packets", "400000", "--hosts", "200",
                    capture, os.devnull], check=True)
    consumers = {"lanlord": Lanlord(programs), "libpcap loop": Loop(out)}
    runs = {(rate[0], name): [] for rate in RATES for name in consumers}
    with veth() as (sender, receiver):
        for _ in range(RUNS):
            for what, count, per_second in RATES:
                for name, consumer in consumers.items():
                    blast = [*inside(sender), "taskset", "-c", "0", out / "blast", IFACE, capture, count, per_second]
                    runs[what, name].append(one(consumer, receiver, blast))
    capture.unlink()
    return report(runs, list(consumers))


def one(consumer, receiver, blast):
    """Sends once, and returns nanoseconds for each frame, and how many were sent, counted, dropped and got there."""
    with consumer.running(receiver) as running:
        before = received(receiver)
        sent, took = map(int, output(blast).split())
        cpu, counted, dropped = running.result(sent)
    return {"cpu": cpu / sent, "sent": sent, "counted": counted, "dropped": dropped, "pps": sent * 1e9 / took,
            "arrived": received(receiver) - before}


class Lanlord:
    def __init__(self, programs):
        self.program = programs / "lanlord"

    @contextlib.contextmanager
    def running(self, namespace):
        command = [*inside(namespace), "taskset", "-c", "1", self.program, "run", "--interface", IFACE,
                   "--web.listen-address", ADDRESS]
        with started(command) as process:
            self.namespace = namespace
            until(lambda: self.metric("wire_interface_up") == 1)
            self.thread = capture_thread(process.pid)
            self.before = cpu_of(self.thread)
            yield self

    def result(self, sent):
        until(lambda: self.counted() + self.dropped() >= sent)
        return cpu_of(self.thread) - self.before, self.counted(), self.dropped()

    def counted(self):
        return self.metric("wire_frames_total")

    def dropped(self):
        return self.metric("wire_dropped_frames_total")

    def metric(self, name):
        asked = subprocess.run([*inside(self.namespace), "curl", "-s", f"http://{ADDRESS}/metrics?format=text"],
                               stdout=subprocess.PIPE, text=True)
        return sum(int(value) for value in re.findall(rf"^{name}\{{.*\}} (\d+)$", asked.stdout, re.MULTILINE))


class Loop:
    def __init__(self, out):
        self.program = out / "libpcap_loop"

    @contextlib.contextmanager
    def running(self, namespace):
        command = [*inside(namespace), "taskset", "-c", "1", self.program, "live", IFACE]
        with started(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as self.process:
            assert self.process.stderr.readline() == "ready\n"
            yield self

    def result(self, _):
        # The last block of its ring comes when the ring's time is up, after a tenth of a second.
        time.sleep(0.3)
        self.process.terminate()
        counted, _, dropped, cpu = map(int, self.process.communicate(timeout=10)[0].split())
        return cpu, counted, dropped


def report(runs, names):
    rows, ratios = [], []
    for what, _, _ in RATES:
        cpu = {name: table.Figures([run["cpu"] for run in runs[what, name]]) for name in names}
        ratio = cpu["lanlord"].median / cpu["libpcap loop"].median
        ratios.append([what, table.target(ratio, 1)])
        for name in names:
            total = {key: sum(run[key] for run in runs[what, name]) for key in runs[what, name][0]}
            pps = table.Figures([run["pps"] / 1000 for run in runs[what, name]])
            sums = [f"{total[key]:,}" for key in ("sent", "arrived", "counted", "dropped")]
            exact = "yes" if total["counted"] + total["dropped"] == total["sent"] == total["arrived"] else "**no**"
            rows.append([what, name, cpu[name].text("ns"), pps.text("k/s"), *sums, exact])
    return "\n".join([
        table.section(
            "A live interface",
            "CPU time of lanlord's capture thread against the libpcap loop, both listening to a veth pair with a"
            " buffer of 2 MiB, sender and listener each on a core of its own; target: no more than the loop. At low"
            " rates both mostly pay for waking up; lanlord also pays for showing its figures every second.",
            ["rate", "lanlord / libpcap loop"], ratios),
        table.section(
            "A live interface, in figures",
            "Sums over all runs; `arrived` is the interface's own counter. Whether every frame that was sent was"
            " either counted or reported as dropped is in the last column.",
            ["rate", "listener", "CPU time for each frame", "sent at", "sent", "arrived", "counted", "dropped",
             "adds up"], rows),
    ])


@contextlib.contextmanager
def veth():
    """Two namespaces with an end of a veth pair each, and nothing in them that would send a frame of its own."""
    names = [f"lanlord-bench-{os.getpid()}-{which}" for which in ("a", "b")]
    made = []
    try:
        for name in names:
            ip("netns", "add", name)
            made.append(name)
            for scope in ("all", "default"):
                output([*inside(name), "sh", "-c", f"echo 1 >/proc/sys/net/ipv6/conf/{scope}/disable_ipv6"])
            ip("-n", name, "link", "set", "lo", "up")
        ip("link", "add", IFACE, "netns", names[0], "type", "veth", "peer", "name", IFACE, "netns", names[1])
        for name in names:
            ip("-n", name, "link", "set", IFACE, "arp", "off", "up")
        yield names
    finally:
        for name in made:
            ip("netns", "del", name)


def inside(namespace):
    return ["ip", "netns", "exec", namespace]


def ip(*words):
    output(["ip", *words])


def received(namespace):
    return int(output([*inside(namespace), "cat", f"/sys/class/net/{IFACE}/statistics/rx_packets"]))


def capture_thread(pid):
    for thread in pathlib.Path(f"/proc/{pid}/task").iterdir():
        if (thread / "comm").read_text() == "capture\n":
            return thread
    raise AssertionError("lanlord has no thread of the name `capture`")


def cpu_of(thread):
    """Nanoseconds on a core; the first field of schedstat (Documentation/scheduler/sched-stats.rst)."""
    return int((thread / "schedstat").read_text().split()[0])


@contextlib.contextmanager
def started(command, **pipes):
    # `ip netns exec` and taskset become the program they start, so the process is that program.
    process = subprocess.Popen([str(word) for word in command], text=True, stdin=subprocess.DEVNULL,
                               **{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **pipes})
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def output(command):
    words = [str(word) for word in command]
    return subprocess.run(words, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True).stdout


def until(reached, seconds=15):
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "lanlord does not get there"
        time.sleep(0.1)

"""Measures everything and prints BENCHMARKS.md. What is measured, and how, is in the files beside this one."""

import datetime
import os
import pathlib
import platform
import signal
import subprocess
import sys

import daemon
import freebox
import live
import offline
import probe
import push
import table

ABOUT = """# Benchmarks

Written by `make bench`, on {date}; run it to have your own. Ratios travel between machines, absolute figures do
not. Every figure is a median with the smallest and the largest of its runs; the programs compared take turns.
Bold is what was aimed at and not reached.

| | |
|---|---|
{facts}

`libpcap loop` is `bench/libpcap_loop.c`: the least that counts hosts with libpcap, one hash table and no names.

"""


def main():
    programs, out = (pathlib.Path(folder).resolve() for folder in sys.argv[1:])
    # So that whoever stops this does not leave namespaces and programs behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    print(ABOUT.format(date=datetime.date.today(), facts=facts(out)), end="")
    # Captures first and alone: they need the memory and both cores' caches.
    for part in (offline.measure, live.measure, exposition, pushes, daemon.measure, freebox.measure, push.measure,
                 probe.measure):
        print(f"measuring: {part.__module__}.{part.__name__}", file=sys.stderr)
        print(part(programs, out), flush=True)


def facts(out):
    cpu = next(line.split(": ")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name"))
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    revision = first_line("git", "-c", "safe.directory=*", "describe", "--always", "--dirty", "--exclude=*")
    rows = {
        "machine": f"{cpu}, {os.cpu_count()} cores, {memory()} GB",
        "system": f"{system}, Linux {platform.release()}",
        "lanlord": revision or "not from a repository",
        "built with": (out / "rustc.txt").read_text().strip(),
        "held against": ", ".join(first_line("tcpdump", "--version", lines=2)),
    }
    return "\n".join(f"| {what} | {value} |" for what, value in rows.items())


def memory():
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)


def first_line(*command, lines=None):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    found = done.stdout.splitlines()
    return found[:lines] if lines else "".join(found[:1])


def exposition(_, out):
    """What scrapes get, of what `cargo bench --bench encode` printed."""
    rows = []
    for what, size, figures in encoded(out):
        if what.startswith(SCRAPED):
            rows.append([what, size, table.target(figures.median, 5, "ms"), figures.text("ms")])
    return table.section(
        "Writing /metrics",
        "One body of 100,000 samples with four labels each, uncompressed, from what is kept in memory; target: less"
        " than 5 ms.",
        ["format", "size", "median", "median (smallest to largest)"], rows)


def pushes(_, out):
    """What receivers of pushes get, of the same."""
    rows = []
    for what, size, figures in encoded(out):
        if not what.startswith(SCRAPED):
            # A hundred thousand samples: a millisecond is ten nanoseconds for each.
            rows.append([what, size, f"{table.digits(figures.median * 10)} ns", figures.text("ms")])
    return table.section(
        "Writing lines to push",
        "The same 100,000 samples as lines for Graphite and InfluxDB, uncompressed and unsent: two families with the"
        " same labels, so that in `layout = \"source\"` a line has two fields.",
        ["format", "size", "for each sample", "median (smallest to largest)"], rows)


SCRAPED = ("Text", "OpenMetrics")


def encoded(out):
    for line in (out / "encode.txt").read_text().splitlines():
        what, size, figures = line.split(": ")
        yield what, size, table.Figures([float(figure) for figure in figures.removesuffix(" ms").split()])


if __name__ == "__main__":
    main()

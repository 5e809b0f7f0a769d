"""Finished captures: CPU time for each packet, of whole commands from start to end, with the capture in the page
cache. What the command prints goes nowhere."""

import os
import subprocess

import table

PACKETS = 2_000_000
RUNS = 11
# Bytes kept of each frame, and lanlord's targets against the loop and against tcpdump.
CAPTURES = [("whole frames", None, 1 / 2, 1 / 3), ("96 bytes of each frame", 96, 0.6, None)]


def measure(programs, out):
    ratios, figures = [], []
    for what, kept, of_loop, of_tcpdump in CAPTURES:
        capture = out / "frames.pcap"
        make(programs, capture, kept)
        commands = {
            "lanlord": [programs / "lanlord", "read", capture],
            "libpcap loop": [out / "libpcap_loop", "file", capture],
            "tcpdump": ["tcpdump", "-r", capture, "-w", "/dev/null"],
            "dd": ["dd", f"if={capture}", "of=/dev/null", "bs=256k"],
        }
        agree(commands)
        spent = take_turns(commands)
        ours, floor = spent["lanlord"].median, spent["dd"].median
        for other, most in (("libpcap loop", of_loop), ("tcpdump", of_tcpdump)):
            ratio = ours / spent[other].median
            ratios.append([what, f"lanlord / {other}", table.target(ratio, most or ratio),
                           table.digits(floor / spent[other].median)])
        size = f"{capture.stat().st_size / 1e6:.0f} MB"
        figures += [[what, size, name, each.text("ns")] for name, each in spent.items()]
        capture.unlink()
    return "\n".join([
        table.section(
            "Reading captures",
            f"CPU time (user and system) of `lanlord read` on {PACKETS:,} packets of a simulated house; targets: half"
            " of the loop and a third of tcpdump on whole frames, 0.6 of the loop on frames cut to 96 bytes. The floor"
            " is what `dd bs=256k of=/dev/null` takes, which only moves the bytes: nobody who reads the capture with"
            " `read` can go below it.",
            ["capture", "CPU time", "ratio", "floor"], ratios),
        table.section(
            "Reading captures, in figures",
            "CPU time for each packet: `lanlord read FILE`, `bench/libpcap_loop.c`, `tcpdump -r FILE -w /dev/null`,"
            " `dd bs=256k`.",
            ["capture", "size", "program", "CPU time for each packet"], figures),
    ])


def make(programs, capture, kept):
    cut = ["--snaplen", str(kept)] if kept else []
    subprocess.run([programs / "lanlord-sim", "frames", "--seed", "2026", "--packets", str(PACKETS), "--hosts", "200",
                    *cut, capture, os.devnull], check=True)
    # Otherwise the disk would be busy writing it while it is read.
    with open(capture, "rb+") as file:
        os.fsync(file.fileno())


def agree(commands):
    """A comparison means nothing unless both count the same."""
    loop = subprocess.run(commands["libpcap loop"], check=True, stdout=subprocess.PIPE, text=True).stdout
    packets, in_bytes = map(int, loop.split()[:2])
    assert packets == PACKETS, packets
    text = subprocess.run([*commands["lanlord"], "--format", "prometheus"], check=True, stdout=subprocess.PIPE,
                          text=True).stdout
    ours = [line.split(" ")[1] for line in text.splitlines() if line.startswith("network_bytes_total ")]
    assert ours == [str(in_bytes)], f"lanlord counted {ours} bytes and the loop {in_bytes}"


def take_turns(commands):
    """Nanoseconds of CPU time for each packet, by program."""
    spent = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, command in commands.items():
            spent[name].append(cpu(command) * 1e9 / PACKETS)
    return {name: table.Figures(times) for name, times in spent.items()}


def cpu(command):
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return usage.ru_utime + usage.ru_stime

#!/usr/bin/python3
"""`lanlord top` in a terminal that others wrote (pyte), at 80 columns and 24 lines: what it shows of a simulated
house with hostile names, what keys do, and whether the terminal is as it was afterwards.

It reads the screen as a person would and knows nothing of how it is drawn. Debian's own Python runs it, because that is
the one that has Debian's pyte. Everything is on loopback, in a temporary folder.

Usage: top.py FOLDER    (with the programs lanlord and lanlord-sim in it)
"""

import contextlib
import csv
import fcntl
import http.server
import json
import os
import pathlib
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

import patience

try:
    import pyte
except ImportError:
    print("NOT RUN: pyte is not installed, so no terminal has looked at `lanlord top`")
    sys.exit(1 if os.environ.get("CI") else 0)

SECONDS = 180
PATIENCE = 30
# Direction turned round, wide, joined, stacked, markup, and longer than its column. Control characters cannot be
# configured.
HOSTILE = ["\u202egpj.exe\u2066", "プリンターとルーターと冷蔵庫とテレビとスピーカー", "\U0001f469\u200d\U0001f467 phone",
           "e" + "\u0301" * 50, "<b>\"'\\", "x" * 200, "\u0627\u0644\u0628\u064a\u062a", "\u2028\u200b\ufeff"]
# And what no lanlord says, from whoever listens on the URL.
ESCAPES = ["\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\r\r", "\\n\\n", "\b\b\b", "\x1b[?1049l", "\t\t", "\x0e", "\x00"]


def main():
    programs = pathlib.Path(sys.argv[1]).resolve()
    patience.stop_after(SECONDS)
    with tempfile.TemporaryDirectory(prefix="lanlord-top-") as folder, contextlib.ExitStack() as running:
        house(programs, pathlib.Path(folder), running)
        anybody(programs, running)


def house(programs, folder, running):
    frames, fifo, config = cast(programs, folder, running)
    url, daemon = start_lanlord(programs, folder, config, "127.0.0.1:0", running)
    half = os.path.getsize(frames.name) // 2
    fifo.write(frames.read(half))
    fifo.flush()
    terminal = Terminal(programs, url, running)
    terminal.until("hosts", lambda lines: len(rows(lines)) >= 20)
    lines = terminal.until("the keys", lambda lines: lines[-1].startswith("q quit  s sort "))
    assert lines[0].startswith("lanlord top: ") and " by rate, " in lines[0] and url in lines[0], lines[0]
    check_table(terminal, lines, 80)
    shown = "\n".join(lines)
    # A column of twenty at least, and an ellipsis where something was cut off.
    for name in ("[U+202E]gpj.exe[U+2…", "プリンターとルータ…", "x" * 19 + "…", "<b>\"'\\  ", "[U+2028][U+200B][U+…"):
        assert f"{name} " in shown, (name, shown)

    # The rest of the frames: somebody has a rate above zero, and the busiest stand first.
    fifo.write(frames.read())
    fifo.flush()
    lines = terminal.until("rates", lambda lines: any("KiB" in row[-26:-9] for row in rows(lines)))
    rates = [amount(row[-35:-23]) + amount(row[-23:-11]) for row in rows(lines)]
    # Shown with three digits, so sums of two may seem to change places.
    assert all(a >= b * 0.98 for a, b in zip(rates, rates[1:])), (rates, lines)
    print("a simulated house: rows, columns and rates are as they should be")

    check_keys(terminal)
    terminal.resize(10, 62)
    lines = terminal.until("a smaller screen", lambda lines: lines[9].startswith("q quit"))
    check_table(terminal, lines, 62)
    assert len(rows(lines)) == 7, lines
    terminal.resize(24, 80)
    lines = terminal.until("the old size", lambda lines: lines[23].startswith("q quit"))
    check_table(terminal, lines, 80)
    print("another size: painted anew")

    # The daemon goes and comes back.
    stop(daemon)
    lines = terminal.until("trouble", lambda lines: lines[-1].startswith("trying again: nobody listens on "))
    assert len(rows(lines)) == 21, lines
    address = url.removeprefix("http://").rstrip("/")
    start_lanlord(programs, folder, config, address, running)
    terminal.until("no trouble", lambda lines: lines[-1].startswith("q quit"))
    print("a daemon that went and came back: told, and asked again")

    terminal.press("q")
    terminal.check_end()
    for end in (b"\x1b", b"\x03", signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        terminal = Terminal(programs, url, running)
        terminal.until("a screen", lambda lines: lines[-1].startswith("q quit"))
        if isinstance(end, bytes):
            os.write(terminal.master, end)
        else:
            os.kill(terminal.pid, end)
        terminal.check_end()
    print("q, Esc, Ctrl-C and signals: the terminal is as it was")


def check_keys(terminal):
    keys = [("s", "received"), ("s", "sent"), ("\x1b[C", "total"), ("s", "name"), ("s", "address")]
    for key, order in keys:
        terminal.press(key)
        lines = terminal.until(f"order by {order}", lambda lines: f" by {order}, " in lines[0])
    addresses = [row.split()[-7] for row in rows(lines)]
    v4 = [tuple(map(int, address.split("."))) for address in addresses if "." in address]
    assert len(v4) > 10 and v4 == sorted(v4), addresses
    first = rows(lines)[0]
    terminal.press("\x1b[6~")
    lines = terminal.until("the next page", lambda lines: rows(lines)[0] != first)
    check_table(terminal, lines, 80)
    terminal.press("\x1b[H")
    terminal.until("the first page", lambda lines: rows(lines)[0].split()[-7] == addresses[0])
    terminal.press("r")
    terminal.until("the other way round", lambda lines: rows(lines)[0].split()[-7] != addresses[0])
    terminal.press("r")
    terminal.press("b")
    terminal.until("bits", lambda lines: any(" bit " in row for row in rows(lines)))
    terminal.press("b")
    terminal.press(" ")
    terminal.until("a pause", lambda lines: ", paused " in lines[0])
    terminal.press(" ")
    terminal.press("S")
    terminal.until("order by name", lambda lines: " by name, " in lines[0])
    print("keys: sorting, scrolling, reversing, bits and a pause")


def anybody(programs, running):
    """Whatever listens on the URL may name hosts as it likes."""
    body = ["lanlord_build_info 1"]
    body += [f'lan_host_sent_bytes_total{{source="s{at % 2}",host="{name}",ip="10.0.0.{at}"}} {at}'
             for at, name in enumerate(ESCAPES + [escaped(name) for name in HOSTILE])]
    body = ("\n".join(body) + "\n").encode()

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    running.callback(server.shutdown)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    terminal = Terminal(programs, f"http://127.0.0.1:{server.server_port}", running)
    lines = terminal.until("its hosts", lambda lines: len(rows(lines)) == len(ESCAPES + HOSTILE))
    check_table(terminal, lines, 80)
    assert "source" in lines[2] and lines[1] == "s0: 9 hosts   s1: 9 hosts", lines
    shown = "\n".join(lines)
    for spelt in ("[U+001B][2J", "[U+009B]31m", "[U+000D]", "[U+000A]", "[U+0008]", "[U+0009]", "[U+0000]"):
        assert spelt in shown, (spelt, shown)
    assert terminal.screen.title == "", terminal.screen.title
    terminal.press("q")
    terminal.check_end()
    print("names with escape sequences from somebody else: written out")


def escaped(name):
    return name.replace("\\", "\\\\").replace('"', '\\"')


def rows(lines):
    """Below the heading, above the keys."""
    head = next((at for at, line in enumerate(lines) if " received/s " in line), len(lines))
    return [line for line in lines[head + 1:-1] if line]


def check_table(terminal, lines, width):
    """Every row is a line, and figures stand below their headings."""
    head = [at for at, line in enumerate(lines) if line.startswith("name ")]
    assert len(head) == 1 and lines[head[0]].endswith(" total"), lines
    ends = [terminal.end(head[0] + at) for at in range(1 + len(rows(lines)))]
    assert len(set(ends)) == 1 and ends[0] <= width, (ends, lines)
    for row in rows(lines):
        assert row.endswith((" B", "iB")), row


def amount(text):
    """A size in bytes; zero where there is none."""
    words = text.split()
    if len(words) != 2:
        return 0
    return float(words[0]) * 1024 ** ["B", "KiB", "MiB", "GiB"].index(words[1])


def cast(programs, folder, running):
    """Frames to come, the FIFO they go into, and a configuration that gives hosts hostile names."""
    subprocess.run([programs / "lanlord-sim", "frames", "--seed", "5", "--packets", "20000", "--hosts", "40",
                    folder / "frames.pcap", folder / "truth.csv"], check=True, timeout=60)
    with open(folder / "truth.csv", newline="") as file:
        truth = list(csv.DictReader(file))
    sums = {}
    for row in truth:
        if row["mac"]:
            sums[row["mac"]] = sums.get(row["mac"], 0) + int(row["received_bytes"]) + int(row["sent_bytes"])
    busiest = sorted(sums, key=sums.get, reverse=True)
    fifo = folder / "frames.fifo"
    os.mkfifo(fifo)
    # Strings of JSON are strings of TOML.
    lines = ["[names]", *(f"{json.dumps(mac)} = {json.dumps(name, ensure_ascii=False)}"
                          for mac, name in zip(busiest, HOSTILE)),
             "[[source]]", 'kind = "wire"', f"stream = {json.dumps(str(fifo))}"]
    (folder / "lanlord.toml").write_text("\n".join(lines) + "\n")
    # Opened for both, so that the FIFO has no end until this is closed.
    to = running.enter_context(open(os.open(fifo, os.O_RDWR), "wb"))
    return running.enter_context(open(folder / "frames.pcap", "rb")), to, folder / "lanlord.toml"


def start_lanlord(programs, folder, config, address, running):
    log = folder / "lanlord.log"
    with open(log, "wb") as file:
        process = subprocess.Popen([programs / "lanlord", "run", "--dns.enabled", "false", "--config.file", config, "--web.listen-address",
                                    address], stdin=subprocess.DEVNULL, stderr=file)
    running.callback(stop, process)
    deadline = time.monotonic() + PATIENCE
    while "listening on " not in log.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"lanlord does not listen: {log.read_text()}")
        time.sleep(0.05)
    return log.read_text().split("listening on ")[1].split()[0].rstrip("/\""), process


def stop(process):
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Terminal:
    """A terminal with `lanlord top` in it."""

    def __init__(self, programs, url, running):
        self.screen, self.raw, self.ended = pyte.Screen(80, 24), b"", False
        self.stream = pyte.ByteStream(self.screen)
        self.before = self.screen.mode.copy()
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.settings, self.slave = termios.tcgetattr(slave), slave
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for number in (0, 1, 2):
                os.dup2(slave, number)
            arguments = ["lanlord", "top", "--url", url, "--interval", "500ms"]
            os.execve(programs / "lanlord", arguments, {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"})
        running.callback(self.close)

    def close(self):
        if not self.ended:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)

    def resize(self, lines, columns):
        self.screen.resize(lines, columns)
        # The kernel tells the program by SIGWINCH.
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def press(self, keys):
        os.write(self.master, keys.encode())

    def read(self, seconds):
        """Takes in what has been written; whether there was anything."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        data = os.read(self.master, 65536)
        self.raw += data
        self.stream.feed(data)
        return True

    def lines(self):
        """Each line as it stands there: the second half of a wide character is no character."""
        cells = [[self.screen.buffer[y][x].data for x in range(self.screen.columns)]
                 for y in range(self.screen.lines)]
        return ["".join(line).rstrip() for line in cells]

    def end(self, y):
        """The column after the last character of a line."""
        filled = [x for x in range(self.screen.columns) if self.screen.buffer[y][x].data.strip()]
        return filled[-1] + 1 if filled else 0

    def until(self, what, is_it):
        """Reads until the screen is as it should be, and then on until nothing more comes."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if not self.read(0.1) and is_it(self.lines()):
                return self.lines()
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                self.ended = True
                break
        picture = "\n".join(self.lines())
        sys.exit(f"waited for {what}:\n{picture}\n{'it has ended' if self.ended else ''}")

    def check_end(self):
        deadline = time.monotonic() + PATIENCE
        while not (ended := os.waitpid(self.pid, os.WNOHANG))[0]:
            self.read(0.05)
            assert time.monotonic() < deadline, "it does not end"
        self.ended = True
        while self.read(0.1):
            pass
        assert os.waitstatus_to_exitcode(ended[1]) == 0, ended
        # The first screen is back, the cursor seen, lines wrap, and what is typed is shown.
        assert self.raw.rfind(b"\x1b[?1049l") > self.raw.rfind(b"\x1b[?1049h") >= 0
        assert self.screen.mode == self.before and not self.screen.cursor.hidden, self.screen.mode
        assert termios.tcgetattr(self.slave) == self.settings
        os.close(self.master)
        os.close(self.slave)


main()

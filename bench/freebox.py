"""A Freebox that nothing happens at, simulated, over TLS: CPU time of the daemon for a round of visits to all nine
parts, and its memory. Beside it the same questions, asked in Python by PyPI's freebox-api. What the simulator takes
is not counted."""

import contextlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

import daemon
import table

# Behind our own folder: some files there have names that are taken here.
sys.path.append(str(pathlib.Path(__file__).parent / "../tests/interop"))
import pypi  # noqa: E402

# The largest house.
PROFILE = "delta-4g"
PARTS = ["line", "system", "switch", "wifi", "lan", "dhcp", "storage", "vpn", "device"]
RUNS = 3
# Rounds that are not measured, and windows of as many rounds as seconds, for each of which there is a figure.
WARM_UP, WINDOWS, SECONDS = 5, 3, 10
CROWD = 10_000
APP_ID, TOKEN = "org.example.bench", "t" * 64
# Asked for once in a round, and by no other part.
ONCE = "lan/browser/interfaces/"


def measure(programs, out):
    with tempfile.TemporaryDirectory(prefix="lanlord-bench-") as folder:
        return report(*take_turns(programs, pathlib.Path(folder)))


def take_turns(programs, folder):
    rounds, memory, peaks, python, asked = [], [], [], [], []
    try:
        environment = pypi.freebox_api(programs.parent)
    except pypi.Unavailable as why:
        print(f"freebox-api could not be had from PyPI: {why}", file=sys.stderr)
        environment = None
    for _ in range(RUNS):
        with simulator(programs, folder) as box, lanlord(programs, folder, box) as (process, port):
            settle(box, WARM_UP)
            for _ in range(WINDOWS):
                rounds.append(window(box, process.pid))
                samples, hosts = figures(daemon.ask(port))
            memory.append(daemon.resident(process.pid))
            asked.append(sorted(a_round(box)))
            box.pull("event", f"hosts={CROWD}")
            until(lambda: figures(daemon.ask(port))[1] == CROWD)
            settle(box, 3)
            peaks.append(peak(process.pid))
            alive(daemon.ask(port))
        if environment:
            with simulator(programs, folder) as box:
                python += ask_in_python(folder, box, environment, asked[-1])
    assert all(paths == asked[0] for paths in asked), "a round is not always the same"
    return rounds, memory, peaks, python, len(asked[0]), samples, hosts


def window(box, pid):
    """Milliseconds of CPU time for a round, of so many as come in these seconds."""
    box.pull("log", method="DELETE")
    before, began = cpu(pid), time.monotonic()
    # Nobody asks the daemon for anything meanwhile.
    time.sleep(SECONDS)
    after = cpu(pid)
    assert before.keys() == after.keys(), "a thread came or went, and took its time along"
    count = sum(path.endswith(ONCE) for path in box.paths())
    assert abs(count - (time.monotonic() - began)) < 2, count
    counted = json.loads(box.pull("counters"))
    assert counted["logins"] == counted["handshakes"] == 0, f"session or connections are not kept: {counted}"
    return (sum(after.values()) - sum(before.values())) / 1e6 / count


def cpu(pid):
    """Nanoseconds on a core by thread; the first field of schedstat (Documentation/scheduler/sched-stats.rst)."""
    return {thread.name: int((thread / "schedstat").read_text().split()[0])
            for thread in pathlib.Path(f"/proc/{pid}/task").iterdir()}


def a_round(box):
    """What is asked in one round, each as often as it is."""
    box.pull("log", method="DELETE")
    settle(box, 4)
    paths = box.paths()
    count = sum(path.endswith(ONCE) for path in paths)
    return [path for path in set(paths) for _ in range(round(paths.count(path) / count))]


def settle(box, count):
    """Waits for so many rounds."""
    first = sum(path.endswith(ONCE) for path in box.paths())
    until(lambda: sum(path.endswith(ONCE) for path in box.paths()) >= first + count)


def figures(metrics):
    """How many samples there are, and how many hosts the box has on its network."""
    hosts = re.search(r'^freebox_lan_interface_hosts\{.*interface="pub"\} (\d+)$', metrics, re.MULTILINE)
    samples = sum(not line.startswith("#") for line in metrics.splitlines() if line)
    return samples, int(hosts[1]) if hosts else 0


def alive(metrics):
    """Figures mean nothing if a part was refused."""
    up = re.findall(r'^lanlord_part_up\{.*\} (\d)$', metrics, re.MULTILINE)
    assert up == ["1"] * len(PARTS), up


def ask_in_python(folder, box, environment, paths):
    token = folder / "freebox_api.json"
    app = {"app_id": APP_ID, "app_name": "interop", "app_version": "1.0", "device_name": "a test"}
    token.write_text(json.dumps({**app, "app_token": TOKEN, "track_id": 1}))
    version = paths[0].split("/")[2]
    asks = pathlib.Path(pypi.__file__).with_name("freebox_asks.py")
    command = [sys.executable, asks, "localhost", box.https.split(":")[1], version, token, APP_ID, "--paths",
               str(WARM_UP + WINDOWS * SECONDS), *[path.split("/", 3)[3] for path in paths]]
    done = subprocess.run(command, env={**environment, "SSL_CERT_FILE": str(box.ca)}, check=True, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=120)
    return json.loads(done.stdout)[WARM_UP:]


def report(rounds, memory, peaks, python, questions, samples, hosts):
    rounds, memory, peaks = table.Figures(rounds), table.Figures(memory), table.Figures(peaks)
    rows = [["CPU time for a round", "10 ms", table.target(rounds.median, 10, "ms"), rounds.text("ms")],
            ["resident memory", "16 MB", table.target(memory.median, 16, "MB"), memory.text("MB")],
            [f"memory at most, with {CROWD:,} hosts", "", f"{table.digits(peaks.median)} MB", peaks.text("MB")]]
    if python:
        python = table.Figures(python)
        rows += [["the same round by freebox-api", "", f"{table.digits(python.median)} ms", python.text("ms")],
                 ["lanlord / freebox-api", "", table.digits(rounds.median / python.median), ""]]
    return table.section(
        "A Freebox",
        f"`lanlord run` with one simulated Freebox (`{PROFILE}`, {hosts} hosts) that nothing happens at, over TLS, and"
        f" each of its nine parts visited every second: {questions} questions and answers, which become"
        f" {samples:,} samples. CPU time is of all threads and subtracts nothing; each figure is the mean of about"
        f" {SECONDS} rounds. Memory is after at least {WARM_UP + WINDOWS * SECONDS} rounds and some answers of"
        " `/metrics`, then at most while the box lists a crowd. The same questions are also asked by PyPI's"
        " freebox-api in Python, which keeps its connection and its session as well, and keeps nothing of the answers.",
        ["what", "target", "measured", "median (smallest to largest)"], rows)


class Box:
    def __init__(self, said, ca):
        places = dict(line.split(" ") for line in said.splitlines()[:3])
        self.https, self.control, self.ca = places["https"], places["control"], ca

    def pull(self, lever, body=None, method=None):
        request = urllib.request.Request(f"http://{self.control}/{lever}", body and body.encode(), method=method)
        # Without the proxies of the environment.
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            return answer.read().decode()

    def paths(self):
        return [json.loads(line)["path"] for line in self.pull("log").splitlines()]


@contextlib.contextmanager
def simulator(programs, folder):
    log = folder / "sim.log"
    command = [programs / "lanlord-sim", "freebox", "--listen", "127.0.0.1:0", "--tls", "127.0.0.1:0", "--profile",
               PROFILE, "--seed", "2026", "--ca-file", folder / "ca.pem", "--app-id", APP_ID, "--token", TOKEN]
    with started(command, log):
        until(lambda: "\ncontrol " in log.read_text())
        box = Box(log.read_text(), folder / "ca.pem")
        # Hosts that were seen lately by the clock of the box are to be so by that of lanlord.
        box.pull("event", f"clock-jump={int(time.time()) - 1_760_000_000}")
        yield box


@contextlib.contextmanager
def lanlord(programs, folder, box):
    (folder / "token").touch(0o600)
    (folder / "token").write_text(TOKEN + "\n")
    every = ", ".join(f'{part} = "1s"' for part in PARTS)
    # Strings of JSON are strings of TOML.
    (folder / "lanlord.toml").write_text("\n".join([
        "[web]", 'listen_address = "127.0.0.1:0"', "[[source]]", 'kind = "freebox"', 'name = "box"',
        f"endpoint = {json.dumps('https://' + box.https)}", f"token_file = {json.dumps(str(folder / 'token'))}",
        f"app_id = {json.dumps(APP_ID)}", f"ca_file = {json.dumps(str(box.ca))}", f"intervals = {{ {every} }}"]) + "\n")
    log = folder / "lanlord.log"
    command = [programs / "lanlord", "run", "--dns.enabled", "false", "--config.file", folder / "lanlord.toml"]
    with started(command, log) as process:
        until(lambda: "listening on " in log.read_text())
        yield process, int(re.search(r"listening on http://127\.0\.0\.1:(\d+)/", log.read_text())[1])


@contextlib.contextmanager
def started(command, log):
    with open(log, "wb") as file:
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=file,
                                   stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def peak(pid):
    """The largest resident memory so far, in MB."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)[1]) * 1024 / 1e6


def until(reached, seconds=60):
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "lanlord does not get there"
        time.sleep(0.1)

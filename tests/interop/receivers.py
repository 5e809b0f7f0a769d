"""Other people's receivers, each started on loopback in a temporary folder, and read back with its own words: carbon
with whisper-fetch, InfluxDB 1.x with InfluxQL, VictoriaMetrics with its export.

It knows nothing of lanlord. What is said of names and files is in Graphite's documentation ("The Whisper Database",
"Graphite Tag Support") and in InfluxDB's ("HTTP API").
"""

import hashlib
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse

from programs import fetch, start, until

PROGRAMS = {"carbon-cache": "graphite-carbon", "whisper-fetch": "python3-whisper", "influxd": "influxdb",
            "victoria-metrics": "victoria-metrics"}
ATTEMPTS = 5

CARBON = """[cache]
STORAGE_DIR = {folder}
LOCAL_DATA_DIR = {folder}/whisper
CONF_DIR = {folder}
LOG_DIR = {folder}
PID_DIR = {folder}
USER =
MAX_CACHE_SIZE = inf
MAX_UPDATES_PER_SECOND = inf
MAX_CREATES_PER_MINUTE = inf
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = {line}
PICKLE_RECEIVER_PORT = 0
ENABLE_UDP_LISTENER = False
CACHE_QUERY_INTERFACE = 127.0.0.1
CACHE_QUERY_PORT = {query}
CARBON_METRIC_INTERVAL = 0
WHISPER_FALLOCATE_CREATE = False
WHISPER_SPARSE_CREATE = True
ENABLE_TAGS = False
LOG_CREATES = True
LOG_UPDATES = False
"""
# The program itself, in one process for all files: it takes longer to start than to read.
WHISPER_FETCH = """
import contextlib, io, json, runpy, sys
program, since, until = sys.argv[1:]
for path in sys.stdin.read().splitlines():
    sys.argv = [program, "--json", f"--from={since}", f"--until={until}", path]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        try:
            runpy.run_path(program, run_name="__main__")
        except SystemExit as end:
            if end.code:
                raise
    print(json.dumps(json.loads(said.getvalue())))
"""
INFLUXD = """reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:{port}"
auth-enabled = true
log-enabled = false
"""


def missing():
    """Debian's names of what is not installed."""
    return [package for program, package in PROGRAMS.items() if not shutil.which(program)]


class Carbon:
    """Keeps a value for every second of an hour."""

    def __init__(self, folder, running):
        self.folder = folder / "carbon"
        self.folder.mkdir()
        (self.folder / "storage-schemas.conf").write_text("[all]\npattern = .*\nretentions = 1s:1h\n")
        for attempt in range(ATTEMPTS):
            self.port = free_port()
            (self.folder / "carbon.conf").write_text(
                CARBON.format(folder=self.folder, line=self.port, query=free_port()))
            self.log = start(running, self.folder / f"carbon-{attempt}.log", "carbon-cache", "--nodaemon",
                             f"--config={self.folder}/carbon.conf", f"--pidfile={self.folder}/{attempt}.pid", "start")
            said = until("carbon to start", lambda: re.search(
                r"Address already in use|Starting factory <carbon\.protocols", self.log()))
            if said[0].startswith("Starting"):
                return
        sys.exit(f"no port for carbon in {ATTEMPTS} attempts")

    def series(self):
        """The files of all series, by the names that carbon says it gave them."""
        found = re.findall(r"creating database metric (.*) \(archive=", self.log())
        return {name: self.file(name) for name in found}

    def file(self, name):
        if ";" in name:
            digest = hashlib.sha256(name.encode()).hexdigest()
            return self.folder / "whisper/_tagged" / digest[:3] / digest[3:6] / f"{digest}.wsp"
        return self.folder / "whisper" / (name.replace(".", "/") + ".wsp")

    def files(self):
        return set((self.folder / "whisper").rglob("*.wsp"))

    def complaints(self):
        return [line for line in self.log().splitlines() if re.search(r"invalid line|Error |exceeded| lost: ", line)]

    def read(self, names, since, to):
        """Pairs of time and value by name, as whisper-fetch tells them."""
        program = shutil.which("whisper-fetch")
        interpreter = pathlib.Path(program).read_text().splitlines()[0].removeprefix("#!").split()
        names = list(names)
        done = subprocess.run(
            [*interpreter, "-c", WHISPER_FETCH, program, str(int(since) - 1), str(int(to) + 1)], text=True,
            input="".join(f"{self.file(name)}\n" for name in names), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            timeout=120)
        assert done.returncode == 0, done.stderr[-2000:]
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(answers) == len(names), (len(answers), len(names))
        return {name: [(answer["start"] + number * answer["step"], value)
                       for number, value in enumerate(answer["values"]) if value is not None]
                for name, answer in zip(names, answers)}


class Influx:
    """Wants a password, and lets its user do nothing but write."""

    def __init__(self, folder):
        self.folder, self.port, self.starts = folder / "influx", 0, 0
        self.folder.mkdir()

    def start(self, running):
        """Starts it; again on the port that it had, if it was stopped."""
        config = self.folder / "influxd.conf"
        config.write_text(INFLUXD.format(folder=self.folder, port=self.port))
        self.starts += 1
        log = start(running, self.folder / f"influxd-{self.starts}.log", "influxd", "run", "-config", config)
        found = until("InfluxDB to listen", lambda: re.search(r"Listening on HTTP.* addr=127\.0\.0\.1:(\d+)", log()))
        self.port = int(found[1])

    def prepare(self, user, password, databases):
        # Whoever is the first may be made by anybody.
        self.say("CREATE USER root WITH PASSWORD 'root' WITH ALL PRIVILEGES")
        self.say(f"""CREATE USER {user} WITH PASSWORD '{password}'""")
        for database in databases:
            self.say(f'CREATE DATABASE "{database}"')
            self.say(f'GRANT WRITE ON "{database}" TO {user}')

    def say(self, words, database=""):
        words = urllib.parse.urlencode({"q": words, "db": database, "epoch": "ns", "u": "root", "p": "root"})
        answer = json.loads(fetch(f"http://127.0.0.1:{self.port}/query?{words}", ""))["results"]
        assert not any("error" in result for result in answer), answer
        return [series for result in answer for series in result.get("series", [])]

    def types(self, database):
        """The type of each field, by measurement and field."""
        return {(series["name"], field): kind for series in self.say("SHOW FIELD KEYS", database)
                for field, kind in series["values"]}

    def read(self, database, since, to):
        """Pairs of time (in nanoseconds) and value by measurement, field and pairs of tags."""
        found = {}
        names = [name for series in self.say("SHOW MEASUREMENTS", database) for name, in series["values"]]
        # One by one: of several together InfluxDB makes floats of all integers if some have floats.
        between = f"WHERE time >= {int(since * 1e9)} AND time <= {int(to * 1e9)} GROUP BY *"
        for series in self.say(";".join(f'SELECT * FROM "{name}" {between}' for name in names), database):
            tags = frozenset((tag, value) for tag, value in series.get("tags", {}).items() if value)
            for column, field in enumerate(series["columns"]):
                points = [(row[0], row[column]) for row in series["values"] if row[column] is not None]
                if field != "time" and points:
                    key = (series["name"], field, tags)
                    assert key not in found, key
                    found[key] = points
        return found


class Victoria:
    """VictoriaMetrics, with a port for Graphite's lines."""

    def __init__(self, folder, running):
        for attempt in range(ATTEMPTS):
            self.port, self.graphite = free_port(), free_port()
            log = start(running, folder / f"victoria-{attempt}.log", "victoria-metrics",
                        f"-httpListenAddr=127.0.0.1:{self.port}", f"-graphiteListenAddr=127.0.0.1:{self.graphite}",
                        f"-storageDataPath={folder}/victoria-{attempt}", "-retentionPeriod=1d")
            said = until("VictoriaMetrics to start", lambda: re.search(
                r"address already in use|started VictoriaMetrics", log()))
            if said[0].startswith("started"):
                # It says so before it listens.
                until("VictoriaMetrics to answer", lambda: answers(self.port) and answers(self.graphite))
                self.log = log
                return
        sys.exit(f"no ports for VictoriaMetrics in {ATTEMPTS} attempts")

    def complaints(self):
        return [line for line in self.log().splitlines() if re.search(r"\t(error|warn)\t.*(parser|insert)", line)]

    def read(self, since, to):
        """Pairs of time (in milliseconds) and value by pairs of labels; `__name__` is one of them."""
        fetch(f"http://127.0.0.1:{self.port}/internal/force_flush")
        words = urllib.parse.urlencode({"match[]": '{__name__!=""}', "start": since, "end": to})
        found = {}
        for line in fetch(f"http://127.0.0.1:{self.port}/api/v1/export?{words}").decode().split("\n"):
            if line:
                series = json.loads(line)
                key = frozenset(series["metric"].items())
                found.setdefault(key, []).extend(zip(series["timestamps"], series["values"]))
        return found


def free_port():
    # These programs do not say which port they got if they are told 0, so somebody else may take it in between.
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        time.sleep(0.05)
        return False
    return True

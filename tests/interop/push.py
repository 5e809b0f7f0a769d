#!/usr/bin/env python3
"""lanlord pushes everything that it knows of a house in which nothing moves to other people's receivers: a real carbon
(as paths and as tags), a real InfluxDB 1.x that wants a password (both layouts, compressed and not), and
VictoriaMetrics (both protocols, both versions of InfluxDB's). What whisper-fetch, InfluxQL and VictoriaMetrics's export
then answer must be what /metrics says, series by series and value by value, of the times of the visits; and when
InfluxDB was away for a while, nothing may be missing.

It takes nothing from lanlord's code: how names are written follows from README.md and METRICS.md. It measures no speed,
and nothing leaves the loopback.

Usage: push.py FOLDER    (with the programs lanlord and lanlord-sim in it)
"""

import contextlib
import csv
import hashlib
import json
import os
import pathlib
import re
import sys
import tempfile
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(__file__))
import exposition  # noqa: E402
import patience  # noqa: E402
import receivers  # noqa: E402
from freebox import APP_ID, TOKEN, Box  # noqa: E402
from programs import fetch, listening, output, start, until  # noqa: E402

SECONDS = 300
FRAMES = 20_000
# Nothing that would end its place in JSON or InfluxQL.
USER, PASSWORD = "lanlord", 'p"a:s s/w\u00f6rd;%41'
# The first whole number that a float cannot hold, and the largest that InfluxDB has.
ODD, LARGEST = 2**53 + 1, 2**63 - 1
# What breaks one notation or another, or is longer than a file's name may be; the ends matter.
NAMES = ["kitchen.tv 2/3", 'a,b=c d;e=f "g" {h="i"}', "back\\", "~tilde % %41 (*)[?]",
         "\u00e9t\u00e9\u2028\u00a0\u3000nbsp", "\u0436" * 127, "x" * 255, "<b>#1</b> +$&|^`'!", "_", "..\U0001f4fa"]
GRAPHITE = ['kind = "graphite"']
INFLUX = ['kind = "influxdb"', 'endpoint = "http://127.0.0.1:{influx}"', f'user = "{USER}"',
          'password_file = "{password}"']
VICTORIA = ['kind = "influxdb"', 'endpoint = "http://127.0.0.1:{victoria}"']
PUSHES = {
    "carbon": [*GRAPHITE, 'endpoint = "127.0.0.1:{carbon}"'],
    "carbon-tags": [*GRAPHITE, 'endpoint = "127.0.0.1:{carbon}"', "tagged = true"],
    "influx-gzip": [*INFLUX, 'database = "gzip"'],
    "influx-plain": [*INFLUX, 'database = "plain"', "gzip = false", 'precision = "ns"'],
    "influx-source": [*INFLUX, 'database = "source"', 'layout = "source"', 'precision = "us"'],
    "vm-path": [*GRAPHITE, 'endpoint = "127.0.0.1:{graphite}"', 'prefix = "path"'],
    "vm-tags": [*GRAPHITE, 'endpoint = "127.0.0.1:{graphite}"', 'prefix = "tags"', "tagged = true"],
    "vm-v1": [*VICTORIA, 'database = "v1"'],
    "vm-v2": [*VICTORIA, 'bucket = "v2"', 'org = "home"', 'layout = "source"', "gzip = false", 'precision = "s"'],
}
BOX = ["line", "system", "switch", "wifi", "lan", "dhcp", "storage", "vpn", "device"]
# What /metrics says of families: the second and the third column are type and values.
DOCUMENTED = pathlib.Path(__file__).parent / "../../METRICS.md"


def main():
    if absent := receivers.missing():
        print(f"NOT RUN: {', '.join(absent)} not installed, so nobody else's receiver has taken what lanlord pushes")
        sys.exit(1 if os.environ.get("CI") else 0)
    programs = pathlib.Path(sys.argv[1]).resolve()
    patience.stop_after(SECONDS)
    with tempfile.TemporaryDirectory(prefix="lanlord-interop-") as folder, contextlib.ExitStack() as running:
        interop(programs, pathlib.Path(folder), running)


def interop(programs, folder, running):
    carbon, victoria = receivers.Carbon(folder, running), receivers.Victoria(folder, running)
    influx = receivers.Influx(folder)
    influx_runs = running.enter_context(contextlib.ExitStack())
    influx.start(influx_runs)
    influx.prepare(USER, PASSWORD, ["gzip", "plain", "source"])
    lanlord = Lanlord(programs, folder, running, carbon=carbon.port, influx=influx.port, victoria=victoria.port,
                      graphite=victoria.graphite)

    # A house is not known at once; what comes before it stands still is not looked at.
    until("nothing to move any more", lanlord.rests)
    judge = Judge(lanlord.watch())
    print(judge.carbon(carbon))
    for database, layout, finest in (("gzip", "family", 1e-3), ("plain", "family", 1e-5), ("source", "source", 1e-5)):
        print(judge.influx(influx, database, layout, finest))
    print(judge.victoria(victoria))
    print(come_back(lanlord, influx, influx_runs, running))

    lanlord.check_counts()
    for receiver in (carbon, victoria):
        assert not receiver.complaints(), receiver.complaints()[:10]
    for log in folder.rglob("*.log"):
        assert PASSWORD not in log.read_text(errors="replace"), f"{log.name} holds the password"


def come_back(lanlord, influx, influx_runs, running):
    """InfluxDB goes away for a while and comes back; whether anything is missing then."""
    pushes, began = ("influx-gzip", "influx-plain", "influx-source"), time.time()
    influx_runs.close()
    for push in pushes:
        until(f"{push} to fail and to queue", lambda: lanlord.read().push("queue_batches", push) > 3)
    influx.start(running)
    back = time.time()
    for push in pushes:
        until(f"{push} to deliver", lambda: lanlord.read().push("success_timestamp_seconds", push) > back, seconds=90)
        until(f"{push} to catch up", lambda: lanlord.read().push("queue_batches", push) <= 1)
    count = 0
    for database in ("gzip", "plain", "source"):
        for (_, _, tags), points in influx.read(database, began, back).items():
            if "interface" in dict(tags):
                times = [began, *(at / 1e9 for at, _ in points), back]
                gap = max(later - earlier for earlier, later in zip(times, times[1:]))
                # Visits and pushes are a second apart, and do not know of each other.
                assert gap < 3, f"{database}: nothing for {gap} s while InfluxDB was away, of {points}"
                count += len(points)
    assert count > 100, count
    return f"InfluxDB was away for {back - began:.1f} s, and {count} points of the wire from then are all there"


class Lanlord:
    """The daemon with a wire and a Freebox at which nothing happens, and the pushes."""

    def __init__(self, programs, folder, running, **ports):
        box = Box(programs, folder, running, "delta-4g", "--app-id", APP_ID, "--token", TOKEN,
                  "--fault", f"connection set:bytes_down={ODD}", "--fault", f"connection set:bytes_up={LARGEST}")
        box.write_token()
        box.pull("event", "hostile-names")
        output(programs / "lanlord-sim", "frames", "--seed", 11, "--packets", FRAMES, folder / "frames.pcap",
               folder / "truth.csv")
        with open(folder / "truth.csv", newline="") as file:
            macs = sorted({row["mac"] for row in csv.DictReader(file) if row["mac"]})
        (folder / "password").touch(0o600)
        (folder / "password").write_text(PASSWORD + "\n")
        every = ", ".join(f'{part} = "1s"' for part in BOX)
        lines = ["[web]", 'listen_address = "127.0.0.1:0"', "[names]",
                 *(f"{toml(mac)} = {toml(name)}" for mac, name in zip(macs, NAMES * len(macs))),
                 "[[source]]", 'kind = "wire"', 'name = "house"', f"stream = {toml(folder / 'frames.pcap')}",
                 "[[source]]", 'kind = "freebox"', 'name = "Box-1_"', f"endpoint = {toml('https://' + box.https)}",
                 f"token_file = {toml(box.token)}", f"ca_file = {toml(box.ca)}",
                 f"app_id = {toml(APP_ID)}", 'hosts_seen_within = "8760h"', f"intervals = {{ {every} }}"]
        for name, words in PUSHES.items():
            words = [word.format(**ports, password=folder / "password") for word in words]
            lines += ["[[push]]", f"name = {toml(name)}", 'interval = "1s"', *words]
        (folder / "lanlord.toml").write_text("\n".join(lines) + "\n")
        log = start(running, folder / "lanlord.log", programs / "lanlord", "run", "--dns.enabled", "false",
                    "--config.file", folder / "lanlord.toml")
        self.address = listening(log)
        self.latest = Reading("")

    def read(self):
        return Reading(fetch(f"{self.address}/metrics?format=text").decode())

    def rests(self):
        """Whether everything is there and two visits of everything have changed nothing."""
        now = self.read()
        if sum(now.of("wire_frames_total")) < FRAMES or now.of("lanlord_part_up") != [1] * (len(BOX) + 1):
            return False
        if now.visits() < self.latest.visits() + 2:
            return False
        before, self.latest = self.latest, now
        return not before.differs_from(now) - may_move()

    def watch(self):
        """What /metrics says until everybody has been told everything at least twice."""
        readings = [self.read()]
        until("all pushes to succeed", lambda: readings.append(self.read()) or all(
            readings[-1].push("success_timestamp_seconds", push) > readings[0].at + 4 for push in PUSHES))
        return readings

    def check_counts(self):
        now = self.read()
        for push in PUSHES:
            outcomes = {dict(labels)["outcome"] for (name, labels), count in now.samples.items()
                        if name == "lanlord_push_batches_total" and ("push", push) in labels and count}
            assert outcomes <= {"ok", *(["unreachable"] if push.startswith("influx-") else [])}, (push, outcomes)
            taken, dropped = now.push("batches_total", push, outcome="ok"), now.push("dropped_batches_total", push)
            assert taken > 5 and dropped == 0, (push, taken, dropped)


def toml(text):
    # Strings of JSON are strings of TOML, but for how characters beyond 16 bits are escaped.
    return json.dumps(str(text), ensure_ascii=False)


class Reading:
    """What /metrics says at a moment."""

    def __init__(self, body):
        self.at, self.samples = time.time(), exposition.parse(body, exposition.exact)

    def of(self, name, **labels):
        return [value for (family, pairs), value in self.samples.items()
                if family == name and labels.items() <= dict(pairs).items()]

    def visits(self):
        """How often every part was visited."""
        return min(self.of("lanlord_visits_total", outcome="ok"), default=0)

    def push(self, what, push, **labels):
        return sum(self.of(f"lanlord_push_{what}", push=push, **labels))

    def differs_from(self, other):
        """The names of families that are not the same."""
        keys = self.samples.keys() | other.samples.keys()
        return {key[0] for key in keys if self.samples.get(key) != other.samples.get(key)}


def may_move():
    """The names of families that tell of lanlord itself."""
    return {name for name, _, _ in documented() if is_own(name)}


def is_own(name):
    return name.startswith(("lanlord_", "process_")) and not name.startswith("lanlord_line_")


def measurement(key):
    """Of the layout `source`."""
    return "lanlord" if is_own(key[0]) else dict(key[1])["source"]


def documented():
    """Name, type and values of every family, by METRICS.md."""
    rows = (line.split(" | ") for line in DOCUMENTED.read_text().splitlines() if line.startswith("| `"))
    return [(row[0].split("`")[1], row[1], row[2]) for row in rows]


class Judge:
    """Knows what everybody has to have been told, and of which times."""

    def __init__(self, readings):
        first, last = readings[0], readings[-1]
        # Of what is stored, all that is of these whole seconds; the latter is not among them.
        self.since, self.to = int(first.at) + 1, int(last.at)
        moves = may_move()
        self.steady = {key: value for key, value in last.samples.items() if key[0] not in moves}
        self.moving = {key: value for key, value in last.samples.items() if key[0] in moves}
        assert len(self.steady) > 1000 and not first.differs_from(last) - moves, first.differs_from(last)
        numbers = set(self.steady.values())
        assert {ODD, LARGEST} <= numbers and any(isinstance(number, float) for number in numbers)
        shown = {value for _, labels in self.steady for _, value in labels}
        assert set(NAMES) <= shown, set(NAMES) - shown
        # When what is stored of the wire was so.
        self.visits = {value for reading in readings
                       for value in reading.of("lanlord_visit_success_timestamp_seconds", source="house")}

    def carbon(self, carbon):
        stored = self.written(carbon)
        assert set(carbon.series().values()) == carbon.files(), "carbon has other files than it said"
        paths = {name: points for name, points in stored.items() if ";" not in name}
        tags = {tagged(name): points for name, points in stored.items() if ";" in name}
        bare = {tagged(name): points for name, points in paths.items() if "." not in name.removeprefix("lanlord.")}
        in_tags = {**tags, **bare}
        counts = (self.compare("carbon, paths", paths, lambda key: path("lanlord", key), 1, 1, exact),
                  self.compare("carbon, tags", in_tags, lambda key: ("lanlord." + key[0], key[1]), 1, 1, exact))
        return "carbon, by whisper-fetch: {} series as paths, and {} with tags".format(*counts)

    def written(self, carbon):
        """What carbon has, once nothing of that time comes any more: it takes its time between taking and writing."""
        latest, since = None, None

        def is_all():
            nonlocal latest, since
            read = carbon.read(carbon.series(), self.since, self.to)
            read = {name: points for name, points in read.items() if points}
            if read != latest:
                latest, since = read, time.monotonic()
            return latest and time.monotonic() > since + 3

        until("carbon to write", is_all, seconds=60)
        return latest

    def influx(self, influx, database, layout, finest):
        documents = {(name, values) for name, _, values in documented()}
        for (name, field), kind in influx.types(database).items():
            family = name if layout == "family" else field
            assert (family, f"{kind}s") in documents, f"{database}: {family} is stored as {kind}"

        def place(key):
            words = (key[0], "value") if layout == "family" else (measurement(key), key[0])
            return *words, pictures(key[1])

        stored = influx.read(database, self.since, self.to)
        count = self.compare(f"InfluxDB, {database}", stored, place, 1e9, finest, exact)
        return f"InfluxDB, database {database}: {count} series"

    def victoria(self, victoria):
        stored = {"path": {}, "tags": {}, "v1": {}, "v2": {}}
        for pairs, points in victoria.read(self.since, self.to).items():
            labels = dict(pairs)
            name = labels.pop("__name__")
            way = name.split(".")[0] if "." in name else labels.pop("db", "v2")
            if way == "tags":
                labels = {label.removeprefix("label_"): urllib.parse.unquote(value) for label, value in labels.items()}
            stored[way][name, frozenset(labels.items())] = points
        places = {
            "path": lambda key: (path("path", key), frozenset()),
            "tags": lambda key: ("tags." + key[0], key[1]),
            "v1": lambda key: (key[0] + "_value", pictures(key[1])),
            "v2": lambda key: (f"{measurement(key)}_{key[0]}", pictures(key[1])),
        }
        counts = [f"{self.compare(f'VictoriaMetrics, {way}', stored[way], place, 1e3, finest, nearly)} ({way})"
                  for (way, place), finest in zip(places.items(), (1, 1, 1e-3, 1))]
        return f"VictoriaMetrics: {', '.join(counts)} series"

    def compare(self, who, stored, place, second, finest, same):
        """Holds what is stored, pairs of time and value, against what /metrics said of the series at each place; the
        number of series that are equal. A time has so many for a second, and is cut off after so many seconds.
        """
        stored = {at: [(moment / second, value) for moment, value in points if self.since <= moment / second < self.to]
                  for at, points in stored.items()}
        stored = {at: points for at, points in stored.items() if points}
        steady = {place(key): (key, value) for key, value in self.steady.items()}
        moving = {place(key): (key, value) for key, value in self.moving.items()}
        expected = steady.keys() | moving.keys()
        missing, strange = expected - stored.keys(), stored.keys() - expected
        assert not missing and not strange, (
            f"{who}: {len(missing)} are missing, {few(missing)}; {len(strange)} are not on /metrics, {few(strange)}")
        assert len(steady) > 1000 and not steady.keys() & moving.keys(), who
        wrong = [(key, value, stored[at]) for at, (key, value) in steady.items()
                 if not all(same(found, value) for _, found in stored[at])]
        # What lanlord counts of itself has grown until /metrics was read for the last time.
        wrong += [(key, value, stored[at]) for at, (key, value) in moving.items() if key[0].endswith("_total")
                  and not all(0 <= found <= value for _, found in stored[at])]
        assert not wrong, f"{who}: {len(wrong)} are wrong, {few(wrong)}"
        self.check_times(who, stored, {at: key for at, (key, _) in steady.items()}, finest)
        return len(steady)

    def check_times(self, who, stored, keys, finest):
        """That what is said of the wire is of the times of visits, and each time once."""
        of_the_wire = [at for at, (name, _) in keys.items() if name.startswith("wire_")]
        assert of_the_wire, who
        for at in of_the_wire:
            times = [moment for moment, _ in stored[at]]
            assert times == sorted(set(times)) and len(times) > 1, f"{who}: {at} at {times}"
            for moment in times:
                # /metrics has them to the microsecond; what is finer than the receiver keeps is cut off.
                assert any(-2e-6 <= visit - moment < finest for visit in self.visits), (
                    f"{who}: {moment} is not the time of a visit, which are {sorted(self.visits)}")


def few(things):
    return sorted(map(repr, things))[:5]


def exact(found, value):
    # Carbon keeps floats, InfluxDB keeps integers, and Python compares the two exactly.
    return found == value or isinstance(found, float) and found == float(value)


def nearly(found, value):
    # VictoriaMetrics keeps decimal digits, about as many as a float has.
    return abs(found - value) <= 1e-14 * abs(value)


def path(prefix, key):
    """As README.md says: the source, the name, and labels with their values, percent-encoded."""
    name, labels = key[0], dict(key[1])
    source = [component(labels.pop("source"))] if "source" in labels else []
    pairs = [word for label in sorted(labels) for word in (label, component(labels[label]))]
    return ".".join([prefix, *source, name, *pairs])


def component(value):
    text = urllib.parse.quote(value, safe="_:-").replace(".", "%2E").replace("~", "%7E")
    text = "%5F" if text == "_" else text
    if len(text) <= 200:
        return text
    kept = re.match(r"(?:[^%]|%..){0,183}", text[:183])[0]
    return f"{kept}~{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def tagged(name):
    """Name and pairs of labels; a tag may not be called `name`."""
    name, *tags = name.split(";")
    pairs = (tag.split("=", 1) for tag in tags)
    return name, frozenset((tag.removeprefix("label_"), urllib.parse.unquote(value)) for tag, value in pairs)


def pictures(labels):
    return frozenset((label, picture(value)) for label, value in labels)


def picture(value):
    """Line protocol has no place for control characters, nor for a backslash before what it escapes or at the end."""
    value = re.sub(r"\\(?=[\\,= ]|\Z)", "\uff3c", value).replace("\x7f", "\u2421")
    return re.sub(r"[\x00-\x1f]", lambda found: chr(0x2400 + ord(found[0])), value)


main()

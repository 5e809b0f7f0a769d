#!/usr/bin/env python3
"""Two clients that know nothing of each other ask the same simulated Freebox whose clock stands still, over TLS, and
must tell the same of it: PyPI's freebox-api, which many have in their houses, and lanlord. Then lanlord takes over the
token that freebox-api got; promtool reads what lanlord says of a house full of hostile names; and readers written from
the documentation of InfluxDB and Graphite read what it prints for telegraf, which Debian does not have.

It takes nothing from lanlord's code: what is expected follows from what freebox-api read and from what Freebox OS says
of its units (dev.freebox.fr/sdk/os). It measures no speed, and nothing leaves the loopback but pip's download.

Usage: freebox.py FOLDER    (with the programs lanlord and lanlord-sim in it)
"""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(__file__))
import exposition  # noqa: E402
import line_protocol  # noqa: E402
import patience  # noqa: E402
import pypi  # noqa: E402
import told  # noqa: E402
from programs import fetch, listening, output, start, until  # noqa: E402

SECONDS = 600
APP_ID = "org.example.interop"
TOKEN = "t" * 64
PARTS = 9
# Where the simulator's calendar begins.
EPOCH = 1_760_000_000


def main():
    programs = pathlib.Path(sys.argv[1]).resolve()
    patience.stop_after(SECONDS)
    missing = False
    with tempfile.TemporaryDirectory(prefix="lanlord-interop-") as folder:
        folder = pathlib.Path(folder)
        try:
            environment = pypi.freebox_api(programs.parent)
        except pypi.Unavailable as why:
            print(f"NOT RUN: freebox-api could not be had from PyPI ({why}), so no other client has asked the box")
            missing = True
        else:
            for number, profile in enumerate(profiles(programs)):
                with contextlib.ExitStack() as running:
                    two_clients(programs, folder, running, profile, number, environment)
        with contextlib.ExitStack() as running:
            check_lines(programs, folder, running)
        if shutil.which("promtool"):
            with contextlib.ExitStack() as running:
                check_promtool(programs, folder, running)
        else:
            print("NOT RUN: promtool is not installed, so nobody else has read hostile names on /metrics")
            missing = True
    sys.exit(1 if missing and os.environ.get("CI") else 0)


def profiles(programs):
    words = output(programs / "lanlord-sim", "freebox", "--listen", "127.0.0.1:0", "--seed", 0, "--profile", "help")
    names = words.split()
    assert len(names) >= 14, names
    return names


def two_clients(programs, folder, running, profile, number, environment):
    """freebox-api registers, reads everything and leaves; lanlord takes its token over; and both tell the same."""
    # Once somebody presses the button while freebox-api waits; then the box says yes by itself, which is quicker.
    by_hand = number == 0
    box = Box(programs, folder, running, profile, *([] if by_hand else ["--grant-after", 0]))
    theirs = folder / f"{profile}.json"
    asks, port = pathlib.Path(__file__).with_name("freebox_asks.py"), box.https.split(":")[1]
    command = [sys.executable, asks, "localhost", port, f"v{box.version()}", theirs, APP_ID]
    asking = {**environment, "SSL_CERT_FILE": str(box.ca)}
    with subprocess.Popen([str(word) for word in command], env=asking, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            if by_hand:
                until("freebox-api to register", lambda: "pending" in box.pull("registrations"))
                box.pull("grant", "")
            answer, complaint = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0, f"freebox-api: {complaint}"
    if by_hand:
        # What freebox-api says to who stands before the box comes first.
        greeting, answer = answer.split("\n", 1)
        assert "confirm" in greeting, greeting
    read = json.loads(answer)
    counted = json.loads(box.pull("counters"))
    expected = {"logins": 1, "logouts": 1, "failed_logins": 0, "registrations": 1, "writes": 0}
    assert {name: counted[name] for name in expected} == expected, counted

    take_over(programs, folder, box, theirs, read["permissions"])
    metrics = box.metrics(programs, folder, running)
    samples = compare(profile, read["answers"], metrics)
    app_token = json.loads(theirs.read_text())["app_token"]
    for log in folder.glob("*.log"):
        assert app_token not in log.read_text(errors="replace"), f"{log.name} holds the token"
    print(f"{profile}: {samples} figures of {len(read['answers'])} answers are the same from both clients")


def take_over(programs, folder, box, theirs, permissions):
    """`lanlord freebox register` takes the token of freebox-api, and `status` says of it what freebox-api says."""
    box.token.unlink(missing_ok=True)
    before = box.pull("registrations")
    output(programs / "lanlord", "freebox", "register", "--credentials", theirs, "--endpoint", f"https://{box.https}",
           "--ca-file", box.ca, "--token-file", box.token)
    assert box.pull("registrations") == before, "lanlord asked for permission of its own"
    assert box.token.stat().st_mode & 0o777 == 0o600, oct(box.token.stat().st_mode)
    status = output(programs / "lanlord", "freebox", "status", "--token-file", box.token, "--ca-file", box.ca)
    said = dict(line.split(": ", 1) for line in status.splitlines() if ": " in line)
    assert said["works"] == "yes" and said["application"].startswith(f"{APP_ID},"), status
    for what, granted in (("may", True), ("may not", False)):
        listed = {name for name in said[what].split(", ") if name}
        assert listed == {name for name, is_it in permissions.items() if is_it == granted}, (status, permissions)
    assert json.loads(theirs.read_text())["app_token"] not in status, status


def compare(profile, answers, metrics):
    """Every figure of the families that `told` knows: neither a wrong one, nor one too many, nor one too few."""
    count, all_wrong = 0, []
    for name, labels, expected in told.families(answers):
        found = {}
        for (family, pairs), value in metrics.items():
            if family == name and (pairs := dict(pairs)).pop("source") == "box":
                found[tuple(pairs.get(label, "") for label in labels)] = value
        wrong = {key: (expected.get(key), found.get(key)) for key in expected.keys() | found.keys()
                 if not same(expected.get(key), found.get(key))}
        if wrong:
            all_wrong.append(f"{name} by {labels}: {wrong}")
        count += len(expected)
    assert not all_wrong, "\n".join([f"{profile}: from freebox-api, and from lanlord:", *all_wrong])
    assert count > (50 if "bridge" in profile else 200), count
    return count


def same(one, other):
    # Some are divided on the way; nothing else may change a figure.
    return one is not None and other is not None and abs(one - other) <= 1e-9 * max(1, abs(one))


def check_lines(programs, folder, running):
    """What telegraf would be told, by readers that lanlord has nothing to do with; both formats say the same."""
    if not shutil.which("telegraf"):
        print("NOT RUN: Debian has no telegraf; its lines are read by tests/interop/line_protocol.py instead")
    for profile in ("revolution-adsl", "delta-4g", "mini-light-bridge"):
        box = Box(programs, folder, running, profile, "--app-id", APP_ID, "--token", TOKEN)
        box.write_token()
        box.pull("event", "hostile-names")
        lines = [programs / "lanlord", "freebox", "lines", "-SPHD", "--token-file", box.token, "--app-id", APP_ID,
                 "--ca-file", box.ca, "-e", f"https://{box.https}", "-f"]
        points = line_protocol.influx(output(*lines, "influxdb"))
        fields = {}
        for measurement, tags, values, at in points:
            assert (measurement, tags, at) == ("freebox", {"endpoint": f"https://{box.https}"}, None), points
            assert not fields.keys() & values.keys(), values
            fields.update(values)
        values, at = line_protocol.graphite(output(*lines, "graphite"))
        assert abs(at - time.time()) < 60, at
        numbers = {f"freebox.{name}": value for name, value in fields.items() if not isinstance(value, str)}
        assert numbers == values, (numbers, values)
        assert {"bytes_down", "rate_up", "state", "sys_uptime", "firmware_version"} <= fields.keys(), fields
        print(f"{profile}: {len(fields)} fields in line protocol, and {len(values)} of them for graphite")


def check_promtool(programs, folder, running):
    """A crowd, and names that are meant to break what reads them; fibre and 4G at one box, copper at the other. No
    complaint is accepted: there is no name of ours that promtool has to be told to bear.
    """
    for profile in ("delta-4g", "revolution-adsl"):
        box = Box(programs, folder, running, profile, "--app-id", APP_ID, "--token", TOKEN)
        box.write_token()
        box.pull("event", "hostile-names")
        box.pull("event", "hosts=300")
        body = box.body(programs, folder, running)
        metrics = exposition.parse(body)
        names = {dict(labels).get("host", "") for name, labels in metrics if name == "freebox_lan_host_info"}
        # Some have no hardware address and are only counted.
        assert len(names) > 290 and any("\n" in name or '"' in name for name in names), len(names)
        assert any(set('"\n\\') & set(dict(labels).get("ssid", "")) for _, labels in metrics), "no hostile SSID"
        checked = subprocess.run(["promtool", "check", "metrics"], input=body.encode(), stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, timeout=60)
        assert checked.returncode == 0 and not checked.stdout, checked.stdout.decode()
        print(f"{profile}: promtool has no complaint of {len(metrics)} samples with {len(names)} names of hosts")


class Box:
    """A simulated box that stops with `running`. Its clock stands still, at about the right time."""

    def __init__(self, programs, folder, running, profile, *words):
        self.ca, self.token, self.name = folder / f"{profile}.pem", folder / f"{profile}.token", profile
        log = start(running, folder / f"{profile}-sim.log", programs / "lanlord-sim", "freebox", "--listen",
                    "127.0.0.1:0", "--tls", "127.0.0.1:0", "--profile", profile, "--seed", 7, "--speed", 0, "--ca-file",
                    self.ca, *words)
        until("the simulator to listen", lambda: "\ncontrol " in log())
        places = dict(line.split(" ") for line in log().splitlines()[:3])
        self.http, self.https, self.control = places["http"], places["https"], places["control"]
        # lanlord leaves out who was not seen lately, by its own clock; so the box shall have the same year.
        self.pull("event", f"clock-jump={int(time.time()) - EPOCH}")

    def pull(self, lever, body=None):
        return fetch(f"http://{self.control}/{lever}", body).decode()

    def write_token(self):
        """As if lanlord had been registered."""
        self.token.touch(0o600)
        self.token.write_text(TOKEN + "\n")

    def version(self):
        return json.loads(fetch(f"http://{self.http}/api_version"))["api_version"].split(".")[0]

    def body(self, programs, folder, running):
        """What /metrics says once every part was visited and none was in vain."""
        intervals = ", ".join(f'{part} = "1s"' for part in ("lan", "wifi", "dhcp", "storage", "vpn", "device"))
        config = folder / f"{self.name}.toml"
        # Strings of JSON are strings of TOML.
        config.write_text("\n".join([
            "[web]", 'listen_address = "127.0.0.1:0"', "[[source]]", 'kind = "freebox"', 'name = "box"',
            f"endpoint = {json.dumps('https://' + self.https)}", f"token_file = {json.dumps(str(self.token))}",
            f"ca_file = {json.dumps(str(self.ca))}", f"app_id = {json.dumps(APP_ID)}", 'hosts_seen_within = "8760h"',
            f"intervals = {{ {intervals} }}"]) + "\n")
        log = start(running, folder / f"{self.name}.log", programs / "lanlord", "run", "--dns.enabled", "false",
                    "--config.file", config)
        address = listening(log)
        return until("all parts to be up", lambda: all_up(fetch(f"{address}/metrics?format=text").decode()))

    def metrics(self, programs, folder, running):
        return exposition.parse(self.body(programs, folder, running))


def all_up(body):
    parts = [value for (name, _), value in exposition.parse(body).items() if name == "lanlord_part_up"]
    return parts == [1] * PARTS and body


if __name__ == "__main__":
    main()

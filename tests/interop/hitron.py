#!/usr/bin/env python3
"""Other people's programs judge the simulated Hitron modem and the way lanlord asks it: OpenSSL's own client and curl say
what its TLS is; PyPI's urllib3 logs in, reads and logs out as exporters in Python do; and a real Prometheus scrapes
lanlord's /probe with the very configuration that README.md shows, and gets the series that the old exporter's README
had as its sample.

It takes nothing from lanlord's code. It measures no speed, and nothing leaves the loopback but pip's download.

Usage: hitron.py FOLDER    (with the programs lanlord and lanlord-sim in it)
"""

import contextlib
import hashlib
import json
import os
import pathlib
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import urllib.error

sys.path.insert(0, os.path.dirname(__file__))
import exposition  # noqa: E402
import hitron_sample  # noqa: E402
import patience  # noqa: E402
import prometheus_server  # noqa: E402
import pypi  # noqa: E402
from programs import fetch, listening, output, start, until  # noqa: E402

SECONDS = 180
HERE = pathlib.Path(__file__).parent
USER, PASSWORD = "admin", "hunter2-of-interop"
# What each server of the table can do, and which of OpenSSL's levels gets through: with SHA-1 only, none but the lowest.
SUITES = {"ecdhe-gcm": (0, 1, 2), "cbc": (0, 1, 2), "krsa": (0, 1, 2), "dhe1024": (0, 1), "sha1": (0,), "tls13": (0, 1, 2)}


def main():
    programs = pathlib.Path(sys.argv[1]).resolve()
    patience.stop_after(SECONDS)
    missing = []
    with tempfile.TemporaryDirectory(prefix="lanlord-interop-") as folder, contextlib.ExitStack() as running:
        folder = pathlib.Path(folder)
        for program, check in (("openssl", check_openssl), ("curl", check_curl)):
            if shutil.which(program):
                check(programs, folder, running)
            else:
                missing.append(f"{program} is not installed, so it has not looked at the modem's TLS")
        try:
            check_urllib3(programs, folder, running)
        except pypi.Unavailable as why:
            missing.append(f"urllib3 could not be had from PyPI ({why}), so no other client has logged in")
        if shutil.which("prometheus"):
            check_prometheus(programs, folder, running)
        else:
            missing.append("prometheus is not installed, so no real one has scraped /probe")
        for log in folder.rglob("*.log"):
            # What the simulator says when it starts is for whoever tries it by hand.
            if not log.name.startswith("sim"):
                assert PASSWORD not in log.read_text(errors="replace"), f"{log.name} holds the password"
    for why in missing:
        print(f"NOT RUN: {why}")
    sys.exit(1 if missing and os.environ.get("CI") else 0)


def check_openssl(programs, folder, running):
    """At every level, with every kind of server: what OpenSSL's own client can and cannot."""
    for suite, levels in SUITES.items():
        modem = Modem(programs, folder, running, "--suite", suite)
        for level in (0, 1, 2):
            done = s_client(modem, f"DEFAULT@SECLEVEL={level}")
            assert (done.returncode == 0) == (level in levels), f"{suite} at level {level}: {done.stdout}{done.stderr}"
            if suite == "ecdhe-gcm" and level == 1:
                check_certificate(modem, done.stdout)
    print(f"openssl s_client: {len(SUITES)} servers at three levels, as in the table that is known of modems")


def s_client(modem, ciphers):
    command = ["openssl", "s_client", "-connect", modem.place, "-cipher", ciphers, "-noservername", "-no_ign_eof"]
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=30)


def check_certificate(modem, said):
    pem = re.search(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", said, re.DOTALL)[0]
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    assert digest == modem.fingerprint, (digest, modem.fingerprint)
    text = output("openssl", "x509", "-noout", "-text", "-fingerprint", "-sha256", input_text=pem)
    assert "Public-Key: (1024 bit)" in text and "Subject Alternative Name" not in text, text
    assert re.search(r"Subject: C = TW, O = Hitron Technologies, .*CN = ([0-9A-F]{2}:){5}[0-9A-F]{2}$", text, re.M), text


def check_curl(programs, folder, running):
    """The first steps of a log-in by curl, and that without one there is nothing to read."""
    modem = Modem(programs, folder, running)
    page = output("curl", "-sSik", "--ciphers", "DEFAULT@SECLEVEL=1", f"https://{modem.place}/data/getSysInfo.asp")
    assert page.startswith("HTTP/1.1 302") and "/login.html" in page, page
    jar = folder / "cookies.txt"
    curl = ["curl", "-sSk", "--ciphers", "DEFAULT@SECLEVEL=1", "-b", jar, "-c", jar]
    output(*curl, f"https://{modem.place}/")
    session = re.search(r"preSession\t(\S+)", jar.read_text())[1]
    form = [word for pair in (("usr", USER), ("pwd", PASSWORD), ("forcelogoff", "0"), ("preSession", session))
            for word in ("--data-urlencode", "=".join(pair))]
    assert output(*curl, *form, f"https://{modem.place}/goform/login").strip() == "success"
    read = json.loads(output(*curl, f"https://{modem.place}/data/getSysInfo.asp"))
    assert read[0]["swVersion"] == "4.5.10.201-CD-UPC", read
    output(*curl, "-d", "data=byebye", f"https://{modem.place}/goform/logout")
    stats = modem.stats()
    assert (stats["logins"], stats["logouts"], stats["sessions_open"]) == (1, 1, 0), stats
    print("curl: logged in, read and logged out")


def check_urllib3(programs, folder, running):
    """urllib3 knows the modem by its fingerprint, reads it, and reads the same as lanlord shows."""
    environment = pypi.packages(programs.parent, "urllib3", HERE / "urllib3.txt")
    modem = Modem(programs, folder, running)
    asks = [sys.executable, HERE / "hitron_asks.py"]
    pages = json.loads(output(*asks, modem.fingerprint, USER, PASSWORD, modem.place, env=environment))
    stats = modem.stats()
    assert (stats["logins"], stats["logouts"], stats["sessions_open"], stats["violations"]) == (1, 1, 0, []), stats
    wrong = "0" * 64
    refused = subprocess.run([str(word) for word in [*asks, wrong, USER, PASSWORD, modem.place]], env=environment,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
    assert refused.returncode != 0 and "Fingerprints did not match" in refused.stderr, refused.stderr
    assert modem.stats()["logins"] == 1, "it has sent something to somebody else's modem"

    lanlord = serve(programs, folder, running, "query", ['[probe]', 'allow = ["127.0.0.1"]'])
    # As the old exporter was asked: the older name of the target, and everything else in the query.
    query = f"address=127.0.0.1&_port={modem.port}&usr={USER}&pwd={PASSWORD}&fingerprint={modem.fingerprint}"
    metrics = exposition.parse(fetch(f"{lanlord}/probe?{query}").decode())
    by_port = {dict(labels)["port"]: value for (name, labels), value in metrics.items()
               if name == "hitron_channel_downstream_snr"}
    assert by_port == {row["portId"]: float(row["snr"]) for row in pages["dsinfo"]}, by_port
    check_refusals(lanlord, modem)
    print(f"urllib3: logged in, read and logged out; lanlord says the same of {len(by_port)} channels")


def check_refusals(lanlord, modem):
    """What the old exporter said word for word, and what is refused."""
    for query, status, words in (
            ("", 400, "Missing parameter: 'target'"),
            ("target=127.0.0.1", 400, "Missing parameters: 'usr', 'pwd' or 'ipa_vault_namespace'"),
            ("target=192.0.2.1&usr=a&pwd=b", 403, "192.0.2.1"),
            (f"target={modem.place}&usr={USER}&pwd={PASSWORD}&fingerprint={'0' * 64}", 502, "")):
        try:
            fetch(f"{lanlord}/probe?{query}")
        except urllib.error.HTTPError as error:
            body = error.read().decode()
            assert error.code == status and words in body and body.count("\n") == 1, (query, error.code, body)
        else:
            sys.exit(f"{query} was answered")


def check_prometheus(programs, folder, running):
    """The configurations of README.md, with nothing changed in them but addresses, fingerprint and paces."""
    modem = Modem(programs, folder, running)
    (folder / "modem.password").touch(0o600)
    (folder / "modem.password").write_text(PASSWORD + "\n")
    section = (HERE / "../../README.md").read_text().split("\n## Hitron\n")[1].split("\n## ")[0]
    toml = "".join(re.findall(r"^```toml\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)[:1])
    yaml = "".join(re.findall(r"^```yaml\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)[:1])
    toml = replaced(toml, ("192.0.2.1", "127.0.0.1"), ("/etc/lanlord/modem.password", str(folder / "modem.password")))
    toml = re.sub(r"sha256:[0-9a-f…]+", f"sha256:{modem.fingerprint}", toml)
    lanlord = serve(programs, folder, running, "module", toml.split("\n"))
    yaml = replaced(yaml, ("'192.0.2.1'", f"'{modem.place}'"), ("127.0.0.1:9938", lanlord.removeprefix("http://")),
                    ("60s", "2s"), ("25s", "2s"))
    prometheus = prometheus_server.run(folder, yaml, running)
    found = until("Prometheus to have probed", lambda: probed(prometheus))
    instances = {dict(labels).pop("instance") for _, labels in found}
    assert instances == {modem.place}, instances
    found = {(name, labels - {("instance", modem.place), ("job", "hitron")}): value
             for (name, labels), value in found.items()}
    wanted = hitron_sample.series()
    wrong = {key: (value, found.get(key)) for key, value in wanted.items() if found.get(key) != value}
    assert not wrong, f"of the old README's sample, and what Prometheus has: {wrong}"
    assert found["probe_success", frozenset()] == 1 and found["up", frozenset()] == 1
    stats = modem.stats()
    assert not stats["attempts_while_open"] and not stats["repeat_logins"] and not stats["violations"], stats
    body = fetch(f"{lanlord}/probe?module=cable&target={modem.place}")
    checked = subprocess.run(["promtool", "check", "metrics"], input=body, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, timeout=20)
    complaints = checked.stdout.decode().splitlines()
    strange = [line for line in complaints if line.split(" ")[0] not in kept()]
    assert not strange, strange
    print(f"Prometheus: all {len(wanted)} series of the old README by the configuration of ours, of {len(found)} in all")


def probed(prometheus):
    rows = prometheus_server.query(prometheus, '{job="hitron"}')
    found = {}
    for labels, value in rows:
        name = labels.pop("__name__")
        found[name, frozenset(labels.items())] = float(value)
    return found if any(name == "probe_success" for name, _ in found) else None


def kept():
    """Names that METRICS.md says are kept since people know them, whatever promtool thinks of them."""
    table = (HERE / "../../METRICS.md").read_text().splitlines()
    return {row.split("`")[1] for row in table if row.startswith("| `") and "kept from" in row}


def replaced(text, *pairs):
    for before, after in pairs:
        assert before in text, f"README.md no longer has {before}"
        text = text.replace(before, after)
    return text


def serve(programs, folder, running, name, lines):
    config = folder / f"{name}.toml"
    config.write_text("\n".join(["[web]", 'listen_address = "127.0.0.1:0"', *lines]) + "\n")
    log = start(running, folder / f"{name}.log", programs / "lanlord", "run", "--dns.enabled", "false", "--config.file",
                config)
    return listening(log)


class Modem:
    """A simulated modem that stops with `running`. Its clock stands still, and it answers at once."""

    made = 0

    def __init__(self, programs, folder, running, *words):
        Modem.made += 1
        log = start(running, folder / f"sim-{Modem.made}.log", programs / "lanlord-sim", "hitron", "--listen",
                    "127.0.0.1:0", "--control", "127.0.0.1:0", "--profile", "cgnv4", "--user", USER, "--password", PASSWORD,
                    "--speed", 0, "--no-latency", *words)
        until("the simulator to listen", lambda: re.search(r"^control ", log(), re.MULTILINE))
        said = dict(line.split(" ", 1) for line in log().splitlines() if " " in line)
        self.place, self.control = said["https"], said["control"]
        self.port = self.place.rsplit(":", 1)[1]
        self.fingerprint = said["sha256"].replace(":", "").lower()

    def stats(self):
        return json.loads(fetch(f"http://{self.control}/stats"))


main()

"""A real Prometheus, started with a configuration of somebody's and asked in its own query language."""

import contextlib
import json
import socket
import sys
import urllib.parse

from programs import fetch, start, until

# Samples that Prometheus adds to each scrape.
ITS_OWN = {"up", "scrape_duration_seconds", "scrape_samples_post_metric_relabeling", "scrape_samples_scraped",
           "scrape_series_added"}


def run(folder, configuration, running):
    """Starts it in a folder, until `running` ends; returns where it listens."""
    (folder / "prometheus.yml").write_text(configuration)
    for attempt in range(5):
        # Prometheus does not say which port it got if it is told 0, so somebody else may take ours in between.
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = "127.0.0.1:%d" % free.getsockname()[1]
        log = start(running, folder / "prometheus.log", "prometheus", f"--config.file={folder}/prometheus.yml",
                    f"--storage.tsdb.path={folder}/data-{attempt}", f"--web.listen-address={address}")
        answer = until("Prometheus to start", lambda: "address already in use" in log() or ready(address))
        if answer == "ready":
            return f"http://{address}"
    sys.exit("no port for Prometheus in five attempts")


def ready(address):
    with contextlib.suppress(OSError):
        return fetch(f"http://{address}/-/ready") and "ready"


def query(prometheus, expression, at=None):
    time_of = "" if at is None else f"&time={at}"
    result = ask(prometheus, f"query?query={urllib.parse.quote(expression)}{time_of}")["result"]
    return [(row["metric"], row["value"][1]) for row in result]


def ask(prometheus, path):
    answer = json.loads(fetch(f"{prometheus}/api/v1/{path}"))
    assert answer["status"] == "success" and not answer.get("warnings"), answer
    return answer["data"]

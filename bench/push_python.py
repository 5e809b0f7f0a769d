"""Pushes as many samples as lanlord's benchmark, with the same labels, by clients that are in wide use: the
GraphiteBridge of PyPI's prometheus_client, and PyPI's influxdb-client. Prints the milliseconds of CPU time for 10,000
samples, of each push; the samples themselves are there before, as they are in lanlord.

Usage: push_python.py graphite|graphite-tags|influxdb|influxdb-gzip PORT HOSTS COUNT
"""

import json
import sys
import time

FAMILIES = ["lan_host_received_bytes_total", "lan_host_received_packets_total", "lan_host_sent_bytes_total",
            "lan_host_sent_packets_total", "node_bytes_total"]


def main():
    what, port, hosts, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    push = by_bridge(port, hosts, what) if what.startswith("graphite") else by_client(port, hosts, what)
    took = []
    for number in range(count):
        before = time.process_time()
        push(number)
        took.append((time.process_time() - before) * 1000 * 10_000 / (len(FAMILIES) * hosts))
    print(json.dumps(took))


def labels_of(family, host):
    if family == "node_bytes_total":
        return {"device": f"host-{host}"}
    return {"host": f"host-{host}", "ip": f"10.1.{host // 250}.{host % 250 + 1}",
            "mac": f"02:00:00:00:{host // 256:02x}:{host % 256:02x}"}


def by_bridge(port, hosts, what):
    from prometheus_client import CollectorRegistry
    from prometheus_client.bridge.graphite import GraphiteBridge
    from prometheus_client.core import CounterMetricFamily

    families = []
    for family in FAMILIES:
        labels = ["source", *labels_of(family, 0)]
        metric = CounterMetricFamily(family, family, labels=labels)
        for host in range(hosts):
            metric.add_metric(["house", *labels_of(family, host).values()], 1_000_000 + host)
        families.append(metric)

    class Collector:
        def collect(self):
            return families

    registry = CollectorRegistry()
    registry.register(Collector())
    bridge = GraphiteBridge(("127.0.0.1", port), registry=registry, tags=what.endswith("tags"))
    return lambda _: bridge.push(prefix="lanlord")


def by_client(port, hosts, what):
    from influxdb_client import InfluxDBClient, Point, WritePrecision
    from influxdb_client.client.write_api import SYNCHRONOUS

    samples = [(family, {"source": "house", **labels_of(family, host)}, 1_000_000 + host)
               for family in FAMILIES for host in range(hosts)]
    client = InfluxDBClient(f"http://127.0.0.1:{port}", token="none", org="home", enable_gzip=what.endswith("gzip"))
    api = client.write_api(write_options=SYNCHRONOUS)

    def push(number):
        at = time.time_ns() // 1_000_000
        points = []
        for family, tags, value in samples:
            point = Point(family).field("value", value + number).time(at, WritePrecision.MS)
            for tag, text in tags.items():
                point.tag(tag, text)
            points.append(point)
        api.write("lan", record=points, write_precision=WritePrecision.MS)

    return push


main()

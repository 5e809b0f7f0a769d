"""The sample of the old exporter's README, series by series: what everybody who moves to lanlord has graphs of. Figures
and names only; the later names of the traffic are beside the older ones, since both have users."""

UPSTREAM = """
1 2 39400000 35.75
2 1 46200000 35.75
3 3 32600000 35.5
4 4 25800000 37.0
"""
DOWNSTREAM = """
1 9 426250000 16.7 40.366
2 1 362250000 16.3 40.366
3 2 370250000 16.2 40.946
4 3 378250000 16.5 40.366
5 4 386250000 16.3 40.946
6 5 394250000 16.5 40.946
7 6 402250000 16.3 40.946
8 7 410250000 16.6 40.366
9 8 418250000 16.4 40.946
10 10 434250000 16.6 40.366
11 11 442250000 16.7 40.946
12 12 450250000 16.8 40.946
13 13 458250000 16.7 40.946
14 14 466250000 16.7 40.366
15 15 474250000 16.6 40.366
16 16 482250000 16.4 40.366
17 17 490250000 16.2 40.366
18 18 498250000 16.1 40.946
19 19 506250000 16.0 40.366
20 20 514250000 16.2 40.946
21 21 522250000 16.2 40.946
22 22 530250000 16.4 40.946
23 23 538250000 16.3 40.946
24 24 546250000 16.5 40.366
"""
TRAFFIC = {("lan", "sent"): 3.3833e9, ("lan", "recv"): 8.699e8, ("wan", "sent"): 1.1021e9, ("wan", "recv"): 4.9073e9}


def series():
    """Values by (name, frozenset of (label, value))."""
    found = {}
    for line in UPSTREAM.split("\n")[1:-1]:
        port, channel, frequency, power = line.split()
        labels = frozenset({"port": port, "channel": channel, "frequency": frequency}.items())
        found["hitron_channel_upstream_signal_strength_dbmv", labels] = float(power)
        found["hitron_channel_upstream_bandwidth", labels] = 6.4e6
    for line in DOWNSTREAM.split("\n")[1:-1]:
        port, channel, frequency, power, snr = line.split()
        labels = frozenset({"port": port, "channel": channel, "frequency": frequency}.items())
        found["hitron_channel_downstream_signal_strength_dbmv", labels] = float(power)
        found["hitron_channel_downstream_snr", labels] = float(snr)
    for (side, way), value in TRAFFIC.items():
        found[f"hitron_traffic_{side}_{way}_bytes_total", frozenset()] = value
        later = {"sent": "transmit", "recv": "receive"}[way]
        found[f"hitron_network_{later}_bytes_total", frozenset({("device", side)})] = value
    found["hitron_system_uptime_seconds_total", frozenset()] = 284820
    about = {"hardware_version": "2D", "model_name": "CGNV4-FX4", "serial_number": "ABC123",
             "software_version": "4.5.10.201-CD-UPC"}
    found["hitron_system_info", frozenset(about.items())] = 1
    found["hitron_cm_bpi_info", frozenset({"auth": "authorized", "tek": "operational"}.items())] = 1
    return found

"""What a Freebox's answers amount to in base units, by the descriptions of Freebox OS (dev.freebox.fr/sdk/os): rates in
bytes per second as they are, bandwidths from bits and DSL rates from kilobits per second, light from hundredths of a
dBm, what a station sent from the radio's view of it. Written for comparing, from those descriptions and from
METRICS.md, and not from lanlord's code.
"""


def families(answers):
    """For each family: its name, the labels that tell its samples apart, and values by these."""
    for part in (line, fibre, copper, system, switch, radios, stations, hosts, leases, disks):
        yield from part(answers)


def line(answers):
    said = answers["connection"]
    both = [("down",), ("up",)]
    up = said["state"] == "up"
    yield "lanlord_line_up", (), {(): up}
    yield "freebox_connection_info", ("media", "type", "ipv4", "ipv6"), {
        tuple(said.get(key, "") for key in ("media", "type", "ipv4", "ipv6")): 1}
    for name, key, divided in (("bytes_total", "bytes", 1), ("rate_bytes_per_second", "rate", 1),
                               ("capacity_bytes_per_second", "bandwidth", 8)):
        values = {way: said[f"{key}_{way[0]}"] / divided for way in both}
        yield f"freebox_connection_{name}", ("direction",), values
        yield f"lanlord_line_{name}", ("direction",), values


def fibre(answers):
    # Some boxes on copper answer as well, of a module that they do not have.
    said = (answers.get("ftth") or {}) if answers["connection"]["media"] == "ftth" else {}
    yield "freebox_ftth_link_up", (), {(): said["link"]} if "link" in said else {}
    # Some modules say that they do not measure, some say nothing or zero.
    measured = said.get("sfp_has_power_report", True)
    keys = {("down",): "sfp_pwr_rx", ("up",): "sfp_pwr_tx"}
    yield "freebox_ftth_optical_power_dbm", ("direction",), {
        way: said[key] / 100 for way, key in keys.items() if measured and said.get(key)}


def copper(answers):
    said = answers.get("xdsl") or {}
    ways = {(way,): said[way] for way in ("down", "up") if way in said}
    for name, key, factor in (("rate_bytes_per_second", "rate", 125),
                              ("attainable_rate_bytes_per_second", "maxrate", 125),
                              ("attenuation_decibels", "attn_10", 0.1), ("noise_margin_decibels", "snr_10", 0.1),
                              ("errored_seconds_total", "es", 1), ("severely_errored_seconds_total", "ses", 1)):
        yield f"freebox_xdsl_{name}", ("direction",), {way: one[key] * factor for way, one in ways.items()}
    yield "freebox_xdsl_errors_total", ("direction", "kind"), {
        (way, kind): one[kind] for (way,), one in ways.items() for kind in ("fec", "crc", "hec")}
    yield "freebox_xdsl_uptime_seconds", (), {(): said["status"]["uptime"]} if said else {}


def system(answers):
    said = answers["system"]
    yield "freebox_system_uptime_seconds", (), {(): said["uptime_val"]}
    yield "freebox_system_info", ("firmware", "board"), {(said["firmware_version"], said["board_name"]): 1}
    # An empty bay has exactly 0 degrees.
    yield "freebox_system_temperature_celsius", ("sensor",), {
        (sensor["id"],): sensor["value"] for sensor in said["sensors"]
        if "value" in sensor and not (sensor["id"].startswith("temp_hdd") and sensor["value"] == 0)}
    yield "freebox_system_fan_rpm", ("sensor",), {
        (fan["id"],): fan["value"] for fan in said.get("fans") or [] if "value" in fan}


def switch(answers):
    ports = {str(port["id"]): port for port in answers.get("ports") or []}
    yield "freebox_switch_port_up", ("port",), {(number,): port["link"] == "up" for number, port in ports.items()}
    yield "freebox_switch_port_speed_bytes_per_second", ("port",), {
        (number,): int(port["speed"]) * 125_000 for number, port in ports.items() if port["link"] == "up"}
    stats = {number: answers[f"port {number}"] for number in ports if f"port {number}" in answers}
    for name, key in (("received_bytes_total", "rx_good_bytes"), ("sent_bytes_total", "tx_bytes"),
                      ("received_packets_total", "rx_good_packets"), ("sent_packets_total", "tx_packets"),
                      ("received_bytes_per_second", "rx_bytes_rate"), ("sent_bytes_per_second", "tx_bytes_rate")):
        # -1 is what a port without a link says.
        yield f"freebox_switch_port_{name}", ("port",), {
            (number,): said[key] for number, said in stats.items() if said[key] >= 0}


def radios(answers):
    aps = {str(ap["id"]): ap for ap in answers.get("aps") or []}
    yield "freebox_wifi_ap_info", ("ap", "name", "band"), {
        (number, ap["name"], ap["config"]["band"]): 1 for number, ap in aps.items()}
    yield "freebox_wifi_ap_stations", ("ap",), {
        (number,): len(answers.get(f"stations {number}") or []) for number in aps}
    networks = answers.get("bss") or []
    yield "freebox_wifi_bss_info", ("bss", "ap", "ssid"), {
        (bss["id"].lower(), str(bss["phy_id"]), bss["config"]["ssid"]): 1 for bss in networks}
    yield "freebox_wifi_bss_stations", ("bss",), {
        (bss["id"].lower(),): bss["status"]["sta_count"] for bss in networks}


def stations(answers):
    on = {(str(ap["id"]), station["mac"].lower()): station for ap in answers.get("aps") or []
          for station in answers.get(f"stations {ap['id']}") or []}
    # The box speaks of what it received, which is what the station sent.
    for name, key in (("sent_bytes_total", "rx_bytes"), ("received_bytes_total", "tx_bytes"),
                      ("sent_bytes_per_second", "rx_rate"), ("received_bytes_per_second", "tx_rate"),
                      ("signal_dbm", "signal"), ("connected_seconds", "conn_duration")):
        yield f"freebox_wifi_station_{name}", ("ap", "mac"), {
            place: station[key] for place, station in on.items() if key in station}


def hosts(answers):
    interfaces = answers.get("interfaces") or []
    yield "freebox_lan_interface_hosts", ("interface",), {(one["name"],): one["host_count"] for one in interfaces}
    counts, active, names = {}, {}, {}
    for one in interfaces:
        interface = one["name"]
        listed = answers.get(f"hosts {interface}")
        if listed is None:
            if f"hosts {interface}" not in answers:
                continue
            listed = []
        for state, is_it in (("active", True), ("inactive", False)):
            counts[interface, state] = sum(host["active"] == is_it for host in listed)
        for host in listed:
            # Without a hardware address a host is only counted.
            if not host.get("l2ident"):
                continue
            mac = host["l2ident"]["id"].lower()
            active[mac,] = active.get((mac,), False) or host["active"]
            others = [name["name"] for name in host.get("names") or []]
            names.setdefault(mac, set()).add(host.get("primary_name") or (others + [""])[0])
    yield "freebox_lan_hosts", ("interface", "state"), counts
    yield "freebox_lan_host_active", ("mac",), active
    # Those that the box lists twice may be named as in either place.
    yield "freebox_lan_host_info", ("mac", "host"), {
        (mac, name): 1 for mac, those in names.items() for name in sorted(those)[:1]}


def leases(answers):
    dynamic, static = answers.get("dynamic leases") or [], answers.get("static leases") or []
    given = {(one["ip"], one["mac"].lower(), one["hostname"], "static" if one["is_static"] else "dynamic"): 1
             for one in dynamic}
    yield "freebox_dhcp_lease_info", ("ip", "mac", "host", "assignment"), given
    yield "freebox_dhcp_reserved_addresses", (), {(): len(static)} if "dynamic leases" in answers else {}
    yield "freebox_dhcp_enabled", (), {(): answers["dhcp"]["enabled"]} if "dhcp" in answers else {}


def disks(answers):
    # The box lists an array as one more disk, whose temperature of 0 is nobody's.
    listed = {(str(disk["id"]),): disk for disk in answers.get("disks") or []}
    yield "freebox_disk_size_bytes", ("disk",), {number: disk["total_bytes"] for number, disk in listed.items()}
    yield "freebox_disk_temperature_celsius", ("disk",), {
        number: disk["temp"] for number, disk in listed.items() if disk.get("temp")}
    parts = {(str(part["disk_id"]), str(part["id"])): part for part in answers.get("partitions") or []}
    for name, key in (("size_bytes", "total_bytes"), ("used_bytes", "used_bytes"), ("free_bytes", "free_bytes")):
        yield f"freebox_disk_partition_{name}", ("disk", "partition"), {
            place: part[key] for place, part in parts.items()}
    yield "freebox_raid_size_bytes", ("array",), {
        (str(one["id"]),): one["array_size"] for one in answers.get("raids") or []}

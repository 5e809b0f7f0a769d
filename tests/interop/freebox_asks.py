#!/usr/bin/env python3
"""Asks a box through PyPI's freebox-api, as programs do that use it, and prints what it answered as JSON.

It knows nothing of lanlord. With `--paths` it asks exactly these, again and again, and prints how much CPU time each
round took it: for benchmarks, which compare the same questions.

Usage: freebox_asks.py HOST PORT VERSION TOKEN_FILE APP_ID [--paths ROUNDS PATH...]
"""

import asyncio
import json
import sys
import time

from freebox_api import Freepybox
from freebox_api.exceptions import HttpRequestError


async def main(host, port, version, token_file, app_id, *rest):
    app = {"app_id": app_id, "app_name": "interop", "app_version": "1.0", "device_name": "a test"}
    box = Freepybox(app_desc=app, token_file=token_file, api_version=version)
    await box.open(host, port)
    try:
        if rest[:1] == ("--paths",):
            answer = await rounds(box, int(rest[1]), rest[2:])
        else:
            answer = {"permissions": await box.get_permissions(), **await everything(box)}
    finally:
        await box.close()
    print(json.dumps(answer))


async def everything(box):
    """What its methods answer, by a name for each; and what the box has not, with what it says of that."""
    answers, errors = {}, {}

    async def ask(name, method, *arguments):
        try:
            # A box leaves the list out where it is empty.
            answers[name] = await method(*arguments)
        except HttpRequestError as error:
            errors[name] = str(error)
        return answers.get(name) or []

    await ask("system", box.system.get_config)
    await ask("connection", box.connection.get_status)
    await ask("connection config", box.connection.get_config)
    await ask("connection logs", box.connection.get_connection_logs)
    await ask("ftth", box.connection.get_ftth)
    await ask("xdsl", box.connection.get_xdsl)
    await ask("lte", box.connection.get_lte_config)
    await ask("lan config", box.lan.get_config)
    for interface in await ask("interfaces", box.lan.get_interfaces):
        await ask(f"hosts {interface['name']}", box.lan.get_hosts_list, interface["name"])
    await ask("wifi", box.wifi.get_global_config)
    await ask("bss", box.wifi.get_bss)
    for ap in await ask("aps", box.wifi.get_ap_list):
        await ask(f"stations {ap['id']}", box.wifi.get_station_list, ap["id"])
    for port in await ask("ports", box.switch.get_status):
        await ask(f"port {port['id']}", box.switch.get_port_stats, port["id"])
    await ask("storage", box.storage.get_config)
    await ask("disks", box.storage.get_disks)
    await ask("partitions", box.storage.get_partitions)
    await ask("raids", box.storage.get_raids)
    await ask("dhcp", box.dhcp.get_config)
    await ask("dhcpv6", box.dhcp.get_v6_config)
    await ask("dynamic leases", box.dhcp.get_dhcp_dynamic_leases)
    await ask("static leases", box.dhcp.get_dhcp_static_leases)
    return {"answers": answers, "errors": errors}


async def rounds(box, count, paths):
    """Milliseconds of CPU time for each round; the first one logs in and connects."""
    took = []
    for _ in range(count):
        began = time.process_time_ns()
        for path in paths:
            # Not all that lanlord asks for has a method.
            await box._access.get(path)
        took.append((time.process_time_ns() - began) / 1e6)
    return took


asyncio.run(main(*sys.argv[1:]))

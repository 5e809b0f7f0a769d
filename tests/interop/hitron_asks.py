#!/usr/bin/env python3
"""Visits Hitron modems through PyPI's urllib3, as exporters in Python do: the certificate known by its fingerprint, OpenSSL
at the level at which old keys are good enough; logs in, reads and logs out. Prints what the pages say, as JSON, or with
`--visits` how long all visits took and how much CPU time each: for benchmarks, which compare the same work.

It knows nothing of lanlord.

Usage: hitron_asks.py FINGERPRINT USER PASSWORD [--visits NUMBER THREADS] HOST:PORT...
"""

import concurrent.futures
import json
import ssl
import sys
import time

import urllib3
import urllib3.util

PAGES = ["system_model", "getSysInfo", "getCMInit", "getCmDocsisWan", "dsinfo", "usinfo", "getTuneFreq"]


def main(fingerprint, user, password, *rest):
    fingerprints = fingerprint.split(",")
    if rest[:1] == ("--visits",):
        number, threads, targets = int(rest[1]), int(rest[2]), rest[3:]
        print(json.dumps(many(dict(zip(targets, fingerprints)), user, password, number, threads)))
    else:
        print(json.dumps(visit(rest[0], fingerprints[0], user, password)))


def many(targets, user, password, number, threads):
    """So many visits, the modems in turn, never two to the same at once; seconds and CPU seconds of all together."""
    def to_one(target):
        visits = number // len(targets)
        return [len(visit(target, targets[target], user, password)) for _ in range(visits)]

    began, cpu = time.monotonic(), time.process_time()
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        read = sum(pool.map(to_one, targets), [])
    assert all(pages == len(PAGES) for pages in read), read
    return {"visits": len(read), "seconds": time.monotonic() - began, "cpu_seconds": time.process_time() - cpu}


def visit(target, fingerprint, user, password):
    host, port = target.rsplit(":", 1)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("DEFAULT@SECLEVEL=1")
    with urllib3.HTTPSConnectionPool(host, int(port), ssl_context=context, assert_fingerprint=fingerprint,
                                     assert_hostname=False, cert_reqs="CERT_NONE", maxsize=1, retries=False,
                                     timeout=10) as pool:
        jar = {}

        def ask(method, path, **more):
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())} if jar else {}
            answer = pool.request(method, path, headers=headers, redirect=False, **more)
            for line in answer.headers.getlist("Set-Cookie"):
                name, value = line.split(";")[0].strip().split("=", 1)
                jar[name] = value
            return answer

        ask("GET", "/")
        form = {"usr": user, "pwd": password, "forcelogoff": "0", "preSession": jar["preSession"]}
        said = ask("POST", "/goform/login", fields=form).data.decode()
        assert said.strip() == "success", said
        try:
            answers = {page: ask("GET", f"/data/{page}.asp") for page in PAGES}
        finally:
            # As old exporters send it: as a form of several parts. Log-in and log-out take that as well.
            left = ask("POST", "/goform/logout", fields={"data": "byebye"})
        assert left.status == 302, left.status
        assert all(answer.status == 200 for answer in answers.values()), answers
        return {page: json.loads(answer.data) for page, answer in answers.items()}


main(*sys.argv[1:])

#!/usr/bin/env python3
"""A resolver on a port of its own that answers questions for names of addresses, or does worse.

dns.py ADDRESS LOG MODE: prints its port, then serves until it is killed. Each question becomes a line in LOG: when it
came, in seconds, and the name asked for. MODE is `good`, `none`, `swallow`, `flood`, or `liar`, which does something
else for each last octet of an address. Written from RFC 1035 §4 and RFC 2308 §5; shares nothing with lanlord.
"""

import socket
import struct
import sys
import time

PTR, SOA, IN = 12, 6, 1
NXDOMAIN, SERVFAIL, REFUSED = 3, 2, 5


def wire(labels):
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def question(packet):
    """The labels of the question, and where it ends."""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1 : at + 1 + packet[at]])
        at += 1 + packet[at]
    return labels, at + 5


def record(kind, ttl, data):
    return b"\xc0\x0c" + struct.pack(">HHIH", kind, IN, ttl, len(data)) + data


def answer(packet, end, records, code=0, flags=0x8180, identity=None, authority=()):
    identity = packet[:2] if identity is None else identity
    head = identity + struct.pack(">HHHHH", flags | code, 1, len(records), len(authority), 0)
    return head + packet[12:end] + b"".join(records) + b"".join(authority)


def named(packet, end, *labels, ttl=60):
    return answer(packet, end, [record(PTR, ttl, wire(labels))])


def none(packet, end, ttl=60):
    soa = wire([b"ns"]) + wire([b"root"]) + struct.pack(">IIIII", 1, 3600, 600, 86400, ttl)
    return answer(packet, end, [], NXDOMAIN, authority=[record(SOA, ttl, soa)])


def lies(packet, labels, end):
    """Datagrams to send for an address, by its last octet."""
    octet = int(labels[0])
    good = named(packet, end, b"good-%d" % octet, b"test")
    if octet == 10:  # 255 octets of junk, RFC 1035 §2.3.4
        return [named(packet, end, *[bytes(range(n, n + 62)) for n in (1, 128, 190, 30)])]
    if octet == 11:  # somebody else's identity, then a good one
        return [answer(packet, end, [record(PTR, 60, wire([b"forged"]))], identity=b"\0\0"), good]
    if octet == 12:
        return [packet[:2], packet[:11], b"", good[: len(good) // 2]]
    if octet == 13:  # truncated (TC), and nobody listens on TCP
        return [answer(packet, end, [], flags=0x8380)]
    if octet == 14:
        return [named(packet, end, b"other")]
    if octet == 15:
        return [named(packet, end, b"unknown-192.168.77.1")]
    if octet == 16:
        return [named(packet, end, b"\x1b[2J\x1b]0;x\x07evil\r\n\"}", b"la\nn")]
    if octet == 17:
        return [answer(packet, end, [], SERVFAIL)]
    if octet == 18:
        return [answer(packet, end, [], REFUSED)]
    if octet == 19:  # as much as fits into a datagram
        return [answer(packet, end, [record(PTR, 60, wire([b"many-%05d" % n])) for n in range(2000)])]
    if octet == 20:  # the answer to another question
        other = packet[:12] + wire([b"1", b"2", b"3"]) + struct.pack(">HH", PTR, IN)
        return [answer(other, len(other), [record(PTR, 60, wire([b"elsewhere"]))])]
    if octet == 21:  # an alias of itself
        return [answer(packet, end, [record(5, 60, b"\xc0\x0c")])]
    if octet == 22:  # pointers that chase each other (RFC 1035 §4.1.4)
        loop = answer(packet, end, [record(PTR, 60, struct.pack(">H", 0xC000 | (end + 12)))])
        return [loop]
    if octet == 23:
        return [named(packet, end, b"localhost")]
    if octet == 24:
        return [named(packet, end, "gpj.\u202eexe".encode(), b"test")]
    if octet == 25:
        return [named(packet, end, b"<img src=x onerror=alert(1)>")]
    return [good]


def main():
    address, log, mode = sys.argv[1:]
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((address, 0))
    print(server.getsockname()[1], flush=True)
    with open(log, "w", buffering=1) as lines:
        while True:
            packet, asker = server.recvfrom(4096)
            labels, end = question(packet)
            lines.write("%.6f %s\n" % (time.monotonic(), b".".join(labels).decode()))
            if mode == "good":
                replies = [named(packet, end, b"-".join([b"host"] + labels[3::-1]), b"test")]
            elif mode == "none":
                replies = [none(packet, end)]
            elif mode == "liar":
                replies = lies(packet, labels, end)
            elif mode == "flood":
                junk = [bytes([n & 255, n >> 8]) + packet[2:end] for n in range(3000)]
                replies = junk + [named(packet, end, b"late", b"test")]
            else:
                replies = []
            for reply in replies:
                try:
                    server.sendto(reply, asker)
                except OSError:
                    pass  # Too large for a datagram, or refused: who lies does not care.


main()

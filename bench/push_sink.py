"""A receiver that throws away what it gets, in a process of its own: Graphite's, which closes after its peer has, or
InfluxDB's, which answers 204. Counts samples, and says how many for each line that it reads.

It understands no more of either protocol than it needs for counting.

Usage: push_sink.py graphite|influxdb    (prints its port first)
"""

import json
import socket
import sys
import threading
import zlib

taken = {"requests": 0, "samples": 0, "bytes": 0}


def main():
    take = {"graphite": graphite, "influxdb": influxdb}[sys.argv[1]]
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=serve, args=(listener, take), daemon=True).start()
    for _ in sys.stdin:
        print(json.dumps(taken), flush=True)


def serve(listener, take):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=take, args=(connection,), daemon=True).start()


def graphite(connection):
    with connection:
        pieces = []
        while piece := connection.recv(1 << 20):
            pieces.append(piece)
    text = b"".join(pieces)
    if text:
        count(text.count(b"\n"), len(text))


def influxdb(connection):
    with connection, connection.makefile("rb") as stream:
        while line := stream.readline():
            headers = {}
            while header := stream.readline().strip():
                name, value = header.lower().split(b":", 1)
                headers[name] = value.strip()
            body = stream.read(int(headers[b"content-length"]))
            size = len(body)
            if headers.get(b"content-encoding") == b"gzip":
                body = zlib.decompress(body, wbits=31)
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            # The second word of a line has the fields.
            count(sum(line.split(b" ")[1].count(b"=") for line in body.splitlines()), size)


def count(samples, size):
    taken["requests"] += 1
    taken["samples"] += samples
    taken["bytes"] += size


main()

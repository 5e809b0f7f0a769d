# Other programs' traffic, by the kernel's own TCP and UDP: `serve` and `sink` print the port they listen on.
import fcntl, os, socket, struct, sys

UDP_SEGMENT = 103  # linux/udp.h
mode, arguments = sys.argv[1], sys.argv[2:]

if mode == "serve":  # ADDRESS: takes one connection to its end
    listener = socket.create_server((arguments[0], 0))
    print(listener.getsockname()[1], flush=True)
    connection, _ = listener.accept()
    received = 0
    while piece := connection.recv(1 << 20):
        received += len(piece)
    connection.close()
    print(received, flush=True)
elif mode == "send":  # ADDRESS PORT BYTES: over one connection, until the other end has closed as well;
    # prints how many bytes were sent, those included that were sent again
    connection = socket.create_connection((arguments[0], int(arguments[1])))
    left, piece = int(arguments[2]), bytes(1 << 18)
    while left:
        left -= connection.send(piece[:left])
    connection.shutdown(socket.SHUT_WR)
    connection.recv(1)
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    print(struct.unpack_from("Q", info, 200)[0], flush=True)  # tcpi_bytes_sent of linux/tcp.h
elif mode == "sink":  # ADDRESS: lets come what comes, until standard input ends
    sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.bind((arguments[0], 0))
    print(sink.getsockname()[1], flush=True)
    sys.stdin.read()
elif mode == "datagrams":  # FROM TO PORT OCTETS SEGMENT TIMES: with a segment of 0, one datagram each
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.bind((arguments[0], 0))
    octets, segment, times = map(int, arguments[3:])
    if segment:
        sender.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, segment)
    for _ in range(times):
        sender.sendto(bytes(octets), (arguments[1], int(arguments[2])))
elif mode == "tun":  # NAME: makes a tun device, then writes a datagram to it for every line of hexadecimal digits
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, 0x400454CA, struct.pack("16sH22x", arguments[0].encode(), 0x1001))  # TUNSETIFF, TUN without PI
    print("made", flush=True)
    for line in sys.stdin:
        os.write(tun, bytes.fromhex(line))

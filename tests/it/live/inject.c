/* Sends every frame of a classic pcap file through an interface, as often as asked and as fast as it goes, and
 * prints how many frames the interface took. With a fourth argument, each record begins with the kernel's virtio
 * header, so that super-frames can be sent.
 *
 * usage: inject INTERFACE FILE TIMES [virtio]
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64 };

static void fail(const char *what) {
    perror(what);
    exit(1);
}

int main(int argc, char **argv) {
    if (argc < 4) {
        fprintf(stderr, "usage: inject INTERFACE FILE TIMES [virtio]\n");
        return 2;
    }
    FILE *file = fopen(argv[2], "rb");
    if (!file) fail(argv[2]);
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(size);
    if (!bytes || fread(bytes, 1, size, file) != size) fail("read");

    /* Protocol 0: it sends and receives nothing. */
    int sock = socket(AF_PACKET, SOCK_RAW, 0);
    if (sock < 0) fail("socket");
    int one = 1;
    if (argc > 4 && setsockopt(sock, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof one)) fail("PACKET_VNET_HDR");
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(argv[1])};
    if (bind(sock, (struct sockaddr *)&to, sizeof to)) fail(argv[1]);

    size_t count = 0, room = 1024;
    struct iovec *frames = malloc(room * sizeof *frames);
    for (size_t at = 24; at + 16 <= size;) {
        uint32_t length;
        memcpy(&length, bytes + at + 8, 4);
        if (count == room) frames = realloc(frames, (room *= 2) * sizeof *frames);
        frames[count++] = (struct iovec){bytes + at + 16, length};
        at += 16 + length;
    }

    unsigned long long sent = 0;
    for (long times = atol(argv[3]); times > 0; times--) {
        for (size_t next = 0; next < count;) {
            struct mmsghdr batch[BATCH];
            size_t length = count - next < BATCH ? count - next : BATCH;
            memset(batch, 0, sizeof batch);
            for (size_t i = 0; i < length; i++) {
                batch[i].msg_hdr.msg_iov = &frames[next + i];
                batch[i].msg_hdr.msg_iovlen = 1;
            }
            int taken = sendmmsg(sock, batch, (unsigned)length, 0);
            if (taken < 0 && (errno == ENOBUFS || errno == EAGAIN || errno == EINTR)) continue;
            if (taken <= 0) fail("sendmmsg");
            next += (size_t)taken;
            sent += (unsigned)taken;
        }
    }
    printf("%llu\n", sent);
    return 0;
}

/* Sends the frames of a capture into one end of a veth pair, past its queue, as fast as it goes or at a rate.
 * Reads nothing but pcap files of this machine's byte order, and leaves out frames that Ethernet has no room for.
 *
 *   blast IFACE FILE COUNT [PER_SECOND]
 *
 * Prints: frames sent, nanoseconds taken. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

enum { BATCH = 64, MOST = 400000, LARGEST = 1514 };
static struct iovec frames[MOST];

static int die(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static unsigned load(const char *path) {
    struct stat about;
    int file = open(path, O_RDONLY);
    if (file < 0 || fstat(file, &about)) die(path);
    char *capture = mmap(NULL, about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (capture == MAP_FAILED) die(path);
    unsigned count = 0;
    uint32_t length;
    for (off_t at = 24; at + 16 <= about.st_size && count < MOST; at += 16 + length) {
        memcpy(&length, capture + at + 8, 4);
        if (at + 16 + (off_t)length > about.st_size) break;
        if (length <= LARGEST) frames[count++] = (struct iovec){capture + at + 16, length};
    }
    return count;
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ull + time.tv_nsec;
}

int main(int arguments, char **argument) {
    if (arguments < 4) return fprintf(stderr, "blast IFACE FILE COUNT [PER_SECOND]\n"), 2;
    uint64_t count = strtoull(argument[3], NULL, 10), sent = 0;
    uint64_t rate = arguments > 4 ? strtoull(argument[4], NULL, 10) : 0;
    unsigned known = load(argument[2]);
    if (!known) return fprintf(stderr, "no frames\n"), 1;
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(argument[1])};
    int on = 1, wire = socket(AF_PACKET, SOCK_RAW, 0); /* Protocol 0: it only sends. */
    if (wire < 0 || !to.sll_ifindex || bind(wire, (struct sockaddr *)&to, sizeof to)) die(argument[1]);
    if (setsockopt(wire, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on)) die("PACKET_QDISC_BYPASS");
    struct mmsghdr batch[BATCH];
    memset(batch, 0, sizeof batch);
    uint64_t began = now();
    while (sent < count) {
        unsigned size = count - sent < BATCH ? count - sent : BATCH;
        for (unsigned i = 0; i < size; i++) {
            batch[i].msg_hdr.msg_iov = &frames[(sent + i) % known];
            batch[i].msg_hdr.msg_iovlen = 1;
        }
        int took = sendmmsg(wire, batch, size, 0);
        if (took < 0 && errno != ENOBUFS && errno != EAGAIN) die("sendmmsg");
        if (took > 0) sent += took;
        /* Waits without sleeping: this core has nothing else to do, and a sleep would come in bursts. */
        while (rate && now() - began < sent * 1000000000ull / rate) {}
    }
    printf("%lu %lu\n", sent, now() - began);
    return 0;
}

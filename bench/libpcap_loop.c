/* The least that counts hosts with libpcap: what lanlord is held against. Walks VLAN tags and PPPoE, adds up the
 * lengths of IP headers for both ends of each packet in one hash table, and prints nothing about any of them.
 * Deliberately no names, limits, prefixes or checks beyond what keeps it from reading past a frame.
 *
 *   libpcap_loop file FILE      counts a finished capture
 *   libpcap_loop live IFACE     says "ready", and counts until SIGTERM and what is there by then
 *
 * Prints: packets, bytes by IP headers, packets that the kernel dropped, CPU nanoseconds spent counting. */
#include <pcap/pcap.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SLOTS = 1 << 16 }; /* Open addressing; far more than one network has addresses. */
static struct slot { uint64_t high, low, received_packets, received_bytes, sent_packets, sent_bytes; } table[SLOTS];
static uint64_t packets, bytes;
static pcap_t *capture;

static struct slot *slot(uint64_t high, uint64_t low) {
    uint32_t at = (high ^ low * 0x9E3779B97F4A7C15u) * 0xD1B54A32D192ED03u >> 48;
    struct slot *found = &table[at];
    while ((found->high != high || found->low != low) && (found->high | found->low))
        found = &table[++at % SLOTS];
    found->high = high, found->low = low;
    return found;
}

static uint64_t load(const u_char *from, int octets) {
    uint64_t value = 0;
    memcpy(&value, from, octets);
    return value;
}

static unsigned half(const u_char *from) { return from[0] << 8 | from[1]; }

static void count(u_char *unused, const struct pcap_pkthdr *header, const u_char *frame) {
    (void)unused;
    unsigned at = 14, end = header->caplen;
    packets++;
    if (end < at) return;
    unsigned type = half(frame + 12);
    for (; (type == 0x8100 || type == 0x88a8) && at + 4 <= end; at += 4) type = half(frame + at + 2);
    if (type == 0x8864 && at + 8 <= end) { /* A PPPoE session; PPP numbers its protocols otherwise. */
        unsigned protocol = half(frame + at + 6);
        type = protocol == 0x0021 ? 0x0800 : protocol == 0x0057 ? 0x86dd : 0;
        at += 8;
    }
    const u_char *ip = frame + at;
    struct slot *from, *to;
    unsigned length;
    if (type == 0x0800 && at + 20 <= end) {
        length = half(ip + 2);
        from = slot(0xffff, load(ip + 12, 4)), to = slot(0xffff, load(ip + 16, 4));
    } else if (type == 0x86dd && at + 40 <= end) {
        length = 40 + half(ip + 4);
        from = slot(load(ip + 8, 8), load(ip + 16, 8)), to = slot(load(ip + 24, 8), load(ip + 32, 8));
    } else return;
    bytes += length;
    from->sent_packets++, from->sent_bytes += length, to->received_packets++, to->received_bytes += length;
}

static void stop(int signal) { (void)signal; pcap_breakloop(capture); }

static uint64_t cpu(void) {
    struct timespec spent;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return spent.tv_sec * 1000000000ull + spent.tv_nsec;
}

int main(int arguments, char **argument) {
    char error[PCAP_ERRBUF_SIZE];
    struct pcap_stat kernel = {0};
    if (arguments != 3) return fprintf(stderr, "libpcap_loop file FILE | live IFACE\n"), 2;
    int live = !strcmp(argument[1], "live");
    capture = live ? pcap_create(argument[2], error) : pcap_open_offline(argument[2], error);
    if (!capture) return fprintf(stderr, "%s\n", error), 1;
    if (live) { /* As much of a frame, and as large a buffer, as lanlord asks for. */
        pcap_set_snaplen(capture, 128), pcap_set_promisc(capture, 1);
        pcap_set_timeout(capture, 100), pcap_set_buffer_size(capture, 2 << 20);
        if (pcap_activate(capture) < 0) return fprintf(stderr, "%s\n", pcap_geterr(capture)), 1;
        signal(SIGTERM, stop);
        fprintf(stderr, "ready\n");
    }
    uint64_t began = cpu();
    pcap_loop(capture, -1, count, NULL);
    if (live) { /* What the ring still holds. */
        pcap_setnonblock(capture, 1, error);
        while (pcap_dispatch(capture, -1, count, NULL) > 0) {}
    }
    uint64_t spent = cpu() - began;
    if (live) pcap_stats(capture, &kernel);
    printf("%lu %lu %u %lu\n", packets, bytes, kernel.ps_drop, spent);
    return 0;
}

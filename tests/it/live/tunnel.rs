//! Links without hardware addresses: what a VPN's interface is.

use std::io::Write;

use super::lanlord::Lanlord;
use super::netns::{Lab, not_in_this_kernel};
use super::offload::{Served, python};
use super::traffic::{ipv4, udp};

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn packets_of_a_tunnel_are_counted_without_hardware_addresses() {
    let Some(lab) = Lab::open() else { return };
    if !std::path::Path::new("/dev/net/tun").exists() {
        return not_in_this_kernel("/dev/net/tun");
    }
    let mut tunnel = Served::start(python(&lab.near, &["tun", "tun0"]));
    assert_eq!(tunnel.first, "made");
    lab.near.ip("address add 192.168.77.1/24 dev tun0");
    lab.near.ip("link set tun0 up");
    let lanlord = Lanlord::in_namespace(
        &lab.near,
        &["--interface", "tun0", "--cidr", "192.168.77.0/24", "--cidr", "fd00::/8"],
    );
    lanlord.until_up();
    let four = hexadecimal(&ipv4(2, 1, 17, &udp(100)));
    // RFC 8200 §3: 20 octets of no next header, from fd00::2 to fd00::1.
    let mut six = vec![0x60, 0, 0, 0, 0, 20, 59, 64];
    for last in [2, 1] {
        six.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
    }
    six.extend([0; 20]);
    let six = hexadecimal(&six);
    for _ in 0..10 {
        writeln!(tunnel.stdin(), "{four}\n{six}").unwrap();
    }
    tunnel.stdin().flush().unwrap();
    let metrics = lanlord
        .until("all are counted", |metrics| metrics.sum("lan_host_sent_packets_total", &[]) >= Some(20));
    for (ip, bytes) in [("192.168.77.2", 1_280), ("fd00::2", 600)] {
        let host = [("ip", ip), ("mac", "")];
        assert_eq!(metrics.sum("lan_host_sent_bytes_total", &host), Some(bytes), "{ip}");
        assert_eq!(metrics.sum("lan_host_sent_packets_total", &host), Some(10), "{ip}");
    }
    // The kernel answers with nothing but what cannot be reached, which goes out through the same tunnel.
    let of = |family| metrics.sum("wire_bytes_total", &[("family", family), ("protocol", "udp")]);
    assert_eq!(of("ipv4"), Some(1_280));
    let all = |name: &str| metrics.sum(name, &[("interface", "tun0")]);
    assert_eq!(all("wire_frame_bytes_total"), all("wire_bytes_total"), "no link header, no bytes of one");
    assert_eq!(all("wire_frames_total"), all("wire_packets_total"));
    // What goes out is heard as well as what comes in: the answers, ten at most.
    let answers = metrics.sum("lan_host_sent_packets_total", &[("ip", "192.168.77.1")]).unwrap_or(0);
    let icmp = metrics.sum("wire_packets_total", &[("protocol", "icmp")]).unwrap();
    assert!(answers >= 1 && answers == icmp, "{answers} answers of {icmp}");
}

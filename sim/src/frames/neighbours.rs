//! Who is on the link: ARP, neighbour discovery, echo, group membership, and complaints.
//!
//! Deliberately no answers that depend on what was asked before; each scene stands alone.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::ethernet::{self, BROADCAST};
use super::ip::{self, Ends, Header, ROUTER_ALERT};
use super::stage::{Family, Party, Reach, Stage, solicited_node};
use super::transport;
use crate::house::{GLOBAL, Host, Mac, ROUTER};
use crate::truth::{Meant, Protocol};

/// Router and neighbour messages only count when nobody forwarded them, RFC 4861 §7.1.
const NEIGHBOUR: Header = Header { hops: 255, ..Header::new(ip::ICMPV6) };

const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);
const ALL_MLD_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x16);

/// Who has an address? And the one that has it answers.
pub fn arp(stage: &mut Stage) {
    let (asker, asked) = (stage.someone(), ROUTER);
    let (asker, asked) = (stage.who(asker), stage.who(asked));
    stage.frame((asker.mac, BROADCAST), ethernet::ARP, Meant::Arp, |out| {
        arp_message(out, 1, asker, (Mac([0; 6]), asked.ipv4));
    });
    stage.frame((asked.mac, asker.mac), ethernet::ARP, Meant::Arp, |out| {
        arp_message(out, 2, asked, (asker.mac, asker.ipv4));
    });
}

/// RFC 826, for Ethernet and IPv4.
fn arp_message(out: &mut Vec<u8>, operation: u8, sender: &Host, target: (Mac, Ipv4Addr)) {
    out.extend_from_slice(&[0, 1, 0x08, 0x00, 6, 4, 0, operation]);
    out.extend_from_slice(&sender.mac.0);
    out.extend_from_slice(&sender.ipv4.octets());
    out.extend_from_slice(&target.0.0);
    out.extend_from_slice(&target.1.octets());
}

/// The same over IPv6: a solicitation and its advertisement; now and then for an address not yet taken.
pub fn discovery(stage: &mut Stage) {
    let (index, ipv6) = stage.someone_with_ipv6();
    let (Some(host), Some(router)) =
        (stage.host(index, Family::V6, Reach::Link), stage.host(ROUTER, Family::V6, Reach::Link))
    else {
        return;
    };
    let target =
        *stage.dice.pick(&[ipv6.link_local, ipv6.unique_local, ipv6.global, ipv6.privacy(stage.moment)]);
    let group = Party::group(solicited_node(target).into());
    if stage.dice.percent(15) {
        // Duplicate address detection: the sender has no address yet and gives no hardware address (RFC 4862 §5.4.2).
        let nobody = host.unspecified(Ipv6Addr::UNSPECIFIED.into());
        return icmpv6(stage, (nobody, group), NEIGHBOUR, 135, |out| {
            out.extend_from_slice(&[0; 4]);
            out.extend_from_slice(&target.octets());
        });
    }
    icmpv6(stage, (router, group), NEIGHBOUR, 135, |out| {
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&target.octets());
        link_address(out, 1, router.mac);
    });
    icmpv6(stage, (host, router), NEIGHBOUR, 136, |out| {
        // Solicited, override.
        out.extend_from_slice(&[0x60, 0, 0, 0]);
        out.extend_from_slice(&target.octets());
        link_address(out, 2, host.mac);
    });
}

/// A host asks for routers, and the router says what it routes: RFC 4861 §4.1, §4.2.
pub fn router_advertisement(stage: &mut Stage) {
    let (index, _) = stage.someone_with_ipv6();
    let (Some(host), Some(router)) =
        (stage.host(index, Family::V6, Reach::Link), stage.host(ROUTER, Family::V6, Reach::Link))
    else {
        return;
    };
    icmpv6(stage, (host, Party::group(ALL_ROUTERS.into())), NEIGHBOUR, 133, |out| {
        out.extend_from_slice(&[0; 4]);
        link_address(out, 1, host.mac);
    });
    icmpv6(stage, (router, Party::group(ALL_NODES.into())), NEIGHBOUR, 134, |out| {
        // 64 hops, nothing from DHCP, a router for half an hour; then how long neighbours are reachable.
        out.extend_from_slice(&[64, 0, 0x07, 0x08, 0, 0, 0, 0, 0, 0, 0, 0]);
        link_address(out, 1, router.mac);
        // The prefix: on link and autonomous, valid for a day, preferred for four hours.
        out.extend_from_slice(&[3, 4, 64, 0xc0, 0, 0x01, 0x51, 0x80, 0, 0, 0x38, 0x40, 0, 0, 0, 0]);
        out.extend_from_slice(&GLOBAL.octets());
    });
}

/// The option with a hardware address, RFC 4861 §4.6.1.
fn link_address(out: &mut Vec<u8>, kind: u8, mac: Mac) {
    out.extend_from_slice(&[kind, 1]);
    out.extend_from_slice(&mac.0);
}

/// Somebody pings the router, which answers.
pub fn echo(stage: &mut Stage) {
    let index = stage.someone();
    let family = stage.family(index);
    let (Some(host), Some(router)) =
        (stage.host(index, family, Reach::House), stage.host(ROUTER, family, Reach::House))
    else {
        return;
    };
    let (place, length) = (stage.dice.any(), *stage.dice.pick(&[8, 32, 56, 56, 1_400]));
    let (header, request, reply) = match family {
        Family::V4 => (Header::new(ip::ICMP), 8, 0),
        Family::V6 => (Header::new(ip::ICMPV6), 128, 129),
    };
    for (parties, kind) in [((host, router), request), ((router, host), reply)] {
        stage.ip(parties, Protocol::Icmp, header, |out, ends| {
            transport::icmp(out, ends, kind, |out| {
                out.extend_from_slice(&(place as u32).to_be_bytes());
                transport::filler(out, place, length);
            });
        });
    }
}

/// Somebody out there refuses a datagram and returns the beginning of it, which has addresses of its own.
pub fn unreachable(stage: &mut Stage) {
    let index = stage.someone();
    let family = stage.family(index);
    let Some(host) = stage.host(index, family, Reach::World) else { return };
    let remote = *stage.dice.pick(&stage.who(index).habits.remotes);
    let remote = stage.remote(remote, family);
    let (header, kind) = match family {
        Family::V4 => (Header::new(ip::ICMP), 3),
        Family::V6 => (Header::new(ip::ICMPV6), 1),
    };
    stage.ip((remote, host), Protocol::Icmp, header, |out, ends| {
        transport::icmp(out, ends, kind, |out| {
            out.extend_from_slice(&[0; 4]);
            let refused = Ends::new(host.ip, remote.ip);
            ip::datagram(out, &refused, &Header::new(ip::UDP), |out| {
                transport::udp(out, &refused, (50_001, 9), |out| out.extend_from_slice(&[0; 32]));
            });
        });
    });
}

/// A host listens to a group: MLDv2 behind a hop-by-hop router alert, RFC 3810 §5.2 and RFC 2711 §2.1.
pub fn mld(stage: &mut Stage) {
    let (index, ipv6) = stage.someone_with_ipv6();
    let Some(host) = stage.host(index, Family::V6, Reach::Link) else { return };
    let header = Header { hops: 1, ..Header::new(ip::HOP_BY_HOP) };
    let listened = solicited_node(ipv6.global);
    stage.ip((host, Party::group(ALL_MLD_ROUTERS.into())), Protocol::Icmp, header, |out, ends| {
        out.extend_from_slice(&[ip::ICMPV6, 0, 5, 2, 0, 0, 1, 0]);
        transport::icmp(out, ends, 143, |out| {
            out.extend_from_slice(&[0, 0, 0, 1, 4, 0, 0, 0]);
            out.extend_from_slice(&listened.octets());
        });
    });
}

/// The same over IPv4, with a router alert among the options: RFC 3376 §4.2, or RFC 2236 where it is old.
pub fn igmp(stage: &mut Stage) {
    let index = stage.someone();
    let Some(host) = stage.host(index, Family::V4, Reach::House) else { return };
    let listened = Ipv4Addr::new(239, 255, 255, 250);
    let header = Header { hops: 1, options: &ROUTER_ALERT, ..Header::new(ip::IGMP) };
    let old = stage.dice.percent(40);
    let group: IpAddr = if old { listened.into() } else { Ipv4Addr::new(224, 0, 0, 22).into() };
    stage.ip((host, Party::group(group)), Protocol::Other, header, |out, ends| {
        // The checksum is ICMP's without a pseudo-header, and stands at the same place.
        let kind = if old { 0x16 } else { 0x22 };
        transport::icmp(out, ends, kind, |out| {
            if !old {
                out.extend_from_slice(&[0, 0, 0, 1, 4, 0, 0, 0]);
            }
            out.extend_from_slice(&listened.octets());
        });
    });
}

fn icmpv6(
    stage: &mut Stage,
    parties: (Party, Party),
    header: Header,
    kind: u8,
    body: impl FnOnce(&mut Vec<u8>),
) {
    stage.ip(parties, Protocol::Icmp, header, |out, ends| transport::icmp(out, ends, kind, body));
}

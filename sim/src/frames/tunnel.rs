//! IP within something else: 6in4, GRE, DS-Lite, and PPPoE between the router and its provider.
//!
//! Deliberately fills tunnels with addresses of the house: whoever counts the inner header, counts wrong. The PPPoE
//! session is no tunnel of that sort: what it carries is the first IP header of the frame.

use super::ethernet::{self, BROADCAST};
use super::ip::{self, Ends, Header};
use super::stage::{Family, Party, Reach, Stage};
use super::transport;
use crate::dice::Dice;
use crate::house::NAS;
use crate::truth::{Meant, Owner, Protocol};

/// The PPPoE session that the provider gave.
pub const SESSION: u16 = 0x1d2f;
/// Which of the remote ends takes tunnels.
const BROKER: usize = 7;

/// A host's IPv6 through an IPv4 network, RFC 4213 §3.
pub fn six_in_four(stage: &mut Stage) {
    tunnel(stage, Family::V4, |stage| {
        let (_, ipv6) = stage.someone_with_ipv6();
        let inner = Ends::V6(ipv6.unique_local, stage.house.remotes[BROKER].ipv6);
        (Header::new(ip::IPV6_IN_IP), Vec::new(), inner)
    });
}

/// Either family through GRE, with and without a key: RFC 2784, RFC 2890.
pub fn gre(stage: &mut Stage) {
    tunnel(stage, Family::V4, |stage| {
        let inner = inner_ends(stage);
        let [high, low] = match inner {
            Ends::V4(..) => ethernet::IPV4,
            Ends::V6(..) => ethernet::IPV6,
        }
        .to_be_bytes();
        let before = match stage.dice.percent(50) {
            true => vec![0x20, 0, high, low, 0, 0, 0, 42],
            false => vec![0, 0, high, low],
        };
        (Header::new(ip::GRE), before, inner)
    });
}

/// The house's IPv4 through an IPv6 network, RFC 6333.
pub fn ds_lite(stage: &mut Stage) {
    tunnel(stage, Family::V6, |stage| {
        let index = stage.someone();
        let inner = Ends::V4(stage.who(index).ipv4, stage.house.remotes[BROKER].ipv4);
        (Header::new(ip::IPV4_IN_IP), Vec::new(), inner)
    });
}

fn inner_ends(stage: &mut Stage) -> Ends {
    let (index, ipv6) = stage.someone_with_ipv6();
    match stage.dice.percent(50) {
        true => Ends::V4(stage.who(index).ipv4, stage.who(NAS).ipv4),
        false => Ends::V6(ipv6.global, stage.house.remotes[BROKER].ipv6),
    }
}

/// One datagram between a host and the broker; `what` gives the outer header, what stands between the headers, and
/// the inner ends.
fn tunnel(stage: &mut Stage, family: Family, what: impl FnOnce(&mut Stage) -> (Header, Vec<u8>, Ends)) {
    let (index, _) = stage.someone_with_ipv6();
    let Some(host) = stage.host(index, family, Reach::World) else { return };
    let broker = stage.remote(BROKER, family);
    let (header, before, inner) = what(stage);
    let parties = if stage.dice.percent(50) { (host, broker) } else { (broker, host) };
    let (place, length) = some_filler(&mut stage.dice, 1_200);
    stage.ip(parties, Protocol::Other, header, |out, _| {
        out.extend_from_slice(&before);
        ip::datagram(out, &inner, &Header::new(ip::UDP), |out| {
            transport::udp(out, &inner, (50_002, 40_000), |out| transport::anonymous(out, place, length));
        });
    });
}

/// The router talks to the world through its provider's session, in either family, or to the provider itself.
pub fn pppoe(stage: &mut Stage) {
    let uplink = stage.house.uplink;
    let index = stage.dice.below(stage.house.remotes.len());
    let remote = &stage.house.remotes[index];
    let (near, far, owner) = match stage.dice.below(5) {
        0 | 1 => (uplink.ipv4.into(), remote.ipv4.into(), Owner::Remote(index)),
        2 | 3 => (uplink.ipv6.into(), remote.ipv6.into(), Owner::Remote(index)),
        _ => (uplink.link_local.into(), uplink.provider_link_local.into(), Owner::Provider),
    };
    let near = Party { owner: Owner::Uplink, mac: uplink.mac, ip: near };
    let far = Party { owner, mac: uplink.provider_mac, ip: far };
    let parties = if stage.dice.percent(40) { (near, far) } else { (far, near) };
    // The session takes 8 bytes of each frame, RFC 2516 §7.
    let (place, length) = some_filler(&mut stage.dice, 1_400);
    stage.ip_in_pppoe(parties, Protocol::Udp, Header::new(ip::UDP), |out, ends| {
        transport::udp(out, ends, (50_003, 40_001), |out| transport::anonymous(out, place, length));
    });
}

/// The router looks for a provider, and asks in the session whether it is still there: RFC 2516 §5.1, RFC 1661 §5.8.
pub fn pppoe_control(stage: &mut Stage) {
    let uplink = stage.house.uplink;
    stage.frame((uplink.mac, BROADCAST), ethernet::PPPOE_DISCOVERY, Meant::PppoeControl, |out| {
        // Version and type 1, initiation, no session, one empty service name.
        out.extend_from_slice(&[0x11, 0x09, 0, 0, 0, 4, 0x01, 0x01, 0, 0]);
    });
    let macs = (uplink.mac, uplink.provider_mac);
    stage.frame(macs, ethernet::PPPOE_SESSION, Meant::PppoeControl, |out| {
        ethernet::pppoe_session(out, SESSION, 0xc021, |out| {
            // Echo request number 1, with our magic number.
            out.extend_from_slice(&[9, 1, 0, 8, 0xde, 0xad, 0xbe, 0xef]);
        });
    });
}

fn some_filler(dice: &mut Dice, longest: usize) -> (u64, usize) {
    (dice.any(), dice.between(1, longest))
}

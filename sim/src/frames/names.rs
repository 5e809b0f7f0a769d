//! How hosts get addresses and names: DNS, mDNS, SSDP, DHCP and NetBIOS.
//!
//! Deliberately only the messages that say who is who; names are sent as the house has them, hostile ones too.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::ip::{self, Ends, Header};
use super::stage::{Family, Party, Reach, Stage};
use super::transport;
use crate::house::{IPV4_BROADCAST, Mac, ROUTER};
use crate::truth::Protocol;

const A: u16 = 1;
const PTR: u16 = 12;
const AAAA: u16 = 28;

/// A question to the router about a remote end, and its answer.
pub fn dns(stage: &mut Stage) {
    let index = stage.someone();
    let family = stage.family(index);
    let (Some(host), Some(router)) =
        (stage.host(index, family, Reach::House), stage.host(ROUTER, family, Reach::House))
    else {
        return;
    };
    let remote = &stage.house.remotes[*stage.dice.pick(&stage.who(index).habits.remotes)];
    let (kind, address) = match stage.dice.percent(50) {
        true => (A, IpAddr::V4(remote.ipv4)),
        false => (AAAA, IpAddr::V6(remote.ipv6)),
    };
    let number = stage.dice.any() as u16;
    let port = stage.port();
    let labels: Vec<&[u8]> = remote.name.split('.').map(str::as_bytes).collect();
    udp(stage, (host, router), (port, 53), |out| message(out, number, 0x0100, &[(&labels, kind)], &[]));
    udp(stage, (router, host), (53, port), |out| {
        message(out, number, 0x8180, &[(&labels, kind)], &[(&labels, kind, address)]);
    });
}

/// A host asks for a service, or says its name and address.
pub fn mdns(stage: &mut Stage) {
    let index = stage.someone();
    let family = stage.family(index);
    let Some(host) = stage.host(index, family, Reach::Link) else { return };
    let group: IpAddr = match family {
        Family::V4 => Ipv4Addr::new(224, 0, 0, 251).into(),
        Family::V6 => Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xfb).into(),
    };
    let ends = (host, Party::group(group));
    // Multicast DNS is sent with 255 hops, RFC 6762 §11.
    let header = Header { hops: 255, ..Header::new(ip::UDP) };
    let asks = stage.dice.percent(50);
    let (name, address) = (stage.who(index).name.as_bytes(), stage.who(index).ipv4.into());
    stage.ip(ends, Protocol::Udp, header, |out, ends| {
        transport::udp(out, ends, (5353, 5353), |out| match asks {
            true => message(out, 0, 0, &[(&[b"_googlecast", b"_tcp", b"local"], PTR)], &[]),
            false => message(out, 0, 0x8400, &[], &[(&[name, b"local"], A, address)]),
        });
    });
}

/// A television looks for servers, or the router says that it is one.
pub fn ssdp(stage: &mut Stage) {
    let searches = stage.dice.percent(60);
    let index = if searches { stage.someone() } else { ROUTER };
    let Some(host) = stage.host(index, Family::V4, Reach::House) else { return };
    let port = stage.port();
    let text = match searches {
        true => {
            "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 2\r\nST: \
                 urn:dial-multiscreen-org:service:dial:1\r\n\r\n"
                .to_owned()
        }
        false => format!(
            "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nCACHE-CONTROL: max-age=1800\r\nLOCATION: \
             http://{}:5000/root.xml\r\nNT: upnp:rootdevice\r\nNTS: ssdp:alive\r\nUSN: \
             uuid:00000000-0000-0000-0000-000000000001::upnp:rootdevice\r\n\r\n",
            host.ip
        ),
    };
    let group = Party::group(Ipv4Addr::new(239, 255, 255, 250).into());
    udp(stage, (host, group), (port, 1900), |out| out.extend_from_slice(text.as_bytes()));
}

/// A host asks for its address: discover, offer, request, acknowledgement.
pub fn dhcp(stage: &mut Stage) {
    let index = stage.someone();
    let who = stage.who(index);
    let (Some(host), Some(router)) =
        (stage.host(index, Family::V4, Reach::House), stage.host(ROUTER, Family::V4, Reach::House))
    else {
        return;
    };
    let nobody = host.unspecified(Ipv4Addr::UNSPECIFIED.into());
    let everybody = Party::everybody(Ipv4Addr::BROADCAST);
    let lease = Lease { number: stage.dice.any() as u32, mac: who.mac, name: who.name.as_bytes() };
    let gateway = stage.who(ROUTER).ipv4;
    udp(stage, (nobody, everybody), (68, 67), |out| lease.message(out, 1, Ipv4Addr::UNSPECIFIED, gateway));
    udp(stage, (router, host), (67, 68), |out| lease.message(out, 2, who.ipv4, gateway));
    udp(stage, (nobody, everybody), (68, 67), |out| lease.message(out, 3, Ipv4Addr::UNSPECIFIED, gateway));
    udp(stage, (router, host), (67, 68), |out| lease.message(out, 5, who.ipv4, gateway));
}

struct Lease<'a> {
    number: u32,
    mac: Mac,
    name: &'a [u8],
}

impl Lease<'_> {
    /// RFC 2131 §2 and RFC 2132; `yours` is what the server gives.
    fn message(&self, out: &mut Vec<u8>, kind: u8, yours: Ipv4Addr, server: Ipv4Addr) {
        let start = out.len();
        let from_server = matches!(kind, 2 | 5);
        out.extend_from_slice(&[if from_server { 2 } else { 1 }, 1, 6, 0]);
        out.extend_from_slice(&self.number.to_be_bytes());
        out.extend_from_slice(&[0; 8]);
        out.extend_from_slice(&yours.octets());
        out.extend_from_slice(&[0; 8]);
        out.extend_from_slice(&self.mac.0);
        // The rest of the hardware address, the server's name and the file to boot.
        out.extend_from_slice(&[0; 10 + 64 + 128]);
        out.extend_from_slice(&[0x63, 0x82, 0x53, 0x63, 53, 1, kind]);
        let mut option = |code: u8, value: &[u8]| {
            out.extend_from_slice(&[code, value.len() as u8]);
            out.extend_from_slice(value);
        };
        if from_server {
            option(54, &server.octets());
            option(51, &86_400_u32.to_be_bytes());
            option(1, &[255, 255, 255, 0]);
            option(3, &server.octets());
            option(6, &server.octets());
        } else {
            option(12, self.name);
            option(55, &[1, 3, 6, 15]);
        }
        out.push(255);
        // Some servers drop what is shorter than BOOTP was, so everybody pads.
        out.resize(out.len().max(start + 300), 0);
    }
}

/// A host asks everybody, by directed broadcast, who has a NetBIOS name: RFC 1002 §4.2.12.
pub fn nbns(stage: &mut Stage) {
    let index = stage.someone();
    let Some(host) = stage.host(index, Family::V4, Reach::House) else { return };
    let number = stage.dice.any() as u16;
    // Each half of a byte becomes a letter, and names are filled with spaces: RFC 1001 §14.1.
    let padded = *b"WORKGROUP      \0";
    let name: Vec<u8> = padded.iter().flat_map(|byte| [b'A' + (byte >> 4), b'A' + (byte & 15)]).collect();
    udp(stage, (host, Party::everybody(IPV4_BROADCAST)), (137, 137), |out| {
        message(out, number, 0x0110, &[(&[&name], 0x20)], &[]);
    });
}

fn udp(stage: &mut Stage, parties: (Party, Party), ports: (u16, u16), body: impl FnOnce(&mut Vec<u8>)) {
    let header = Header::new(ip::UDP);
    stage.ip(parties, Protocol::Udp, header, |out: &mut Vec<u8>, ends: &Ends| {
        transport::udp(out, ends, ports, body)
    });
}

type Labels<'a> = &'a [&'a [u8]];

/// A DNS message, RFC 1035 §4.1; answers live five minutes.
fn message(
    out: &mut Vec<u8>,
    number: u16,
    flags: u16,
    questions: &[(Labels, u16)],
    answers: &[(Labels, u16, IpAddr)],
) {
    for word in [number, flags, questions.len() as u16, answers.len() as u16, 0, 0] {
        out.extend_from_slice(&word.to_be_bytes());
    }
    for &(labels, kind) in questions {
        name(out, labels);
        out.extend_from_slice(&[(kind >> 8) as u8, kind as u8, 0, 1]);
    }
    for &(labels, kind, address) in answers {
        name(out, labels);
        out.extend_from_slice(&[(kind >> 8) as u8, kind as u8, 0, 1, 0, 0, 0x01, 0x2c]);
        match address {
            IpAddr::V4(address) => {
                out.extend_from_slice(&[0, 4]);
                out.extend_from_slice(&address.octets());
            }
            IpAddr::V6(address) => {
                out.extend_from_slice(&[0, 16]);
                out.extend_from_slice(&address.octets());
            }
        }
    }
}

/// Labels may hold any bytes, at most 63 of them (RFC 2181 §11, RFC 1035 §2.3.4).
fn name(out: &mut Vec<u8>, labels: Labels) {
    for label in labels {
        let label = &label[..label.len().min(63)];
        out.push(label.len() as u8);
        out.extend_from_slice(label);
    }
    out.push(0);
}

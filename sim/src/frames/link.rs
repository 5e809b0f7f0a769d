//! What never leaves the link: LLDP, spanning tree, and a type that nobody knows.
//!
//! Deliberately sent by the router alone, which is the house's switch.

use super::ethernet;
use super::stage::Stage;
use super::transport;
use crate::house::{Mac, ROUTER};
use crate::truth::Meant;

/// The router says what it is: IEEE 802.1AB §8.
pub fn lldp(stage: &mut Stage) {
    let router = stage.who(ROUTER);
    let macs = (router.mac, Mac([0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e]));
    stage.frame(macs, ethernet::LLDP, Meant::OtherEthertype, |out| {
        let mut value = |kind: u8, value: &[&[u8]]| {
            let length: usize = value.iter().map(|part| part.len()).sum();
            out.extend_from_slice(&[kind << 1, length as u8]);
            value.iter().for_each(|part| out.extend_from_slice(part));
        };
        value(1, &[&[4], &router.mac.0]);
        value(2, &[&[5], b"ether2"]);
        value(3, &[&[0, 120]]);
        value(5, &[router.name.as_bytes()]);
        value(0, &[]);
    });
}

/// A configuration message of the spanning tree: a length instead of a type, then LLC (IEEE 802.1D §9.3.1).
pub fn spanning_tree(stage: &mut Stage) {
    let router = stage.who(ROUTER);
    let macs = (router.mac, Mac([0x01, 0x80, 0xc2, 0x00, 0x00, 0x00]));
    // What stands where a type would: the length of LLC and message.
    stage.frame(macs, 3 + 35, Meant::Llc, |out| {
        out.extend_from_slice(&[0x42, 0x42, 0x03]);
        let identity = [&[0x80, 0x00][..], &router.mac.0].concat();
        // Protocol 0, version 0, configuration, no flags; root, cost to it, bridge, port.
        out.extend_from_slice(&[0, 0, 0, 0, 0]);
        out.extend_from_slice(&identity);
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&identity);
        out.extend_from_slice(&[0x80, 0x02]);
        // Ages in 1/256 s: of the message, at most, between hellos, before forwarding.
        out.extend_from_slice(&[0, 0, 20, 0, 2, 0, 15, 0]);
    });
}

/// A frame of an experiment between two devices.
pub fn unknown_ethertype(stage: &mut Stage) {
    let index = stage.someone();
    let macs = (stage.who(index).mac, stage.who(ROUTER).mac);
    let (place, length) = (stage.dice.any(), stage.dice.between(10, 300));
    stage.frame(macs, ethernet::EXPERIMENT, Meant::OtherEthertype, |out| {
        transport::filler(out, place, length)
    });
}

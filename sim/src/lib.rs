//! One seeded, simulated house. It imports nothing of lanlord, on purpose: not one constant.
//!
//! In reading order: [`house`] is who lives there, [`frames`] is what they say on the wire, [`truth`] is what was
//! meant to be said, [`prefix`] picks whose truth is asked for, [`pcap_out`] writes captures, and [`freebox`] is a box
//! of the provider.

pub mod dice;
pub mod frames;
pub mod freebox;
pub mod house;
pub mod pcap_out;
pub mod prefix;
pub mod truth;

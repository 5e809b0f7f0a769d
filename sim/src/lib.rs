//! One seeded, simulated house. It imports nothing of lanlord, on purpose: not one constant.
//!
//! In reading order: [`house`] is who lives there, [`frames`] is what they say on the wire, [`truth`] is what was
//! meant to be said, [`prefix`] picks whose truth is asked for, and [`pcap_out`] writes captures. [`freebox`] is the
//! house's box, which answers over [`http`] and [`tls`] and lies as [`faults`] say; [`hitron`] is a cable modem that some
//! houses have instead. [`receivers`] take what is pushed.

pub mod dice;
pub mod faults;
pub mod frames;
pub mod freebox;
pub mod hitron;
pub mod house;
pub mod http;
pub mod pace;
pub mod pcap_out;
pub mod prefix;
pub mod receivers;
pub mod tls;
pub mod truth;

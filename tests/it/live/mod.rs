//! The program itself against real packets: on veth pairs in network namespaces that each test makes and takes away
//! again, and on streams. What it says is held against the simulator's truth and the kernel's own counters.
//!
//! Nothing here looks inside lanlord. These tests need root, iproute2, curl, ethtool, python3, dnsmasq and a C compiler.

pub mod freeze;
pub mod lanlord;
pub mod metrics;
pub mod netns;
pub mod traffic;
pub mod wait;

mod exact;
mod freshness;
mod interfaces;
mod loss;
mod names;
mod never_back;
mod offload;
mod privilege;
mod reload;
mod siege;
pub mod streams;
mod tags;
mod together;
mod tunnel;

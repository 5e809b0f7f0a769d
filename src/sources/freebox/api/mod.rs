//! The box's answers, in its own words: one file for each topic. Pure.
//!
//! A box leaves out what it does not know, writes numbers as text, and an empty list in four ways
//! (`lenient`). What it hands out and nobody should see is in no type here: Wi-Fi keys, WPS and VPN credentials, the
//! identities of SIM cards.

pub mod config;
pub mod connection;
pub mod dhcp;
pub mod envelope;
pub mod ftth;
pub mod host;
pub mod lan;
pub mod lenient;
pub mod login;
pub mod logs;
pub mod lte;
pub mod object;
pub mod storage;
pub mod switch;
pub mod system;
pub mod update;
pub mod version;
pub mod vpn;
pub mod wifi;
pub mod xdsl;

//! Where a Freebox is that nobody has named: boxes announce themselves on their network as `_fbx-api._tcp` (multicast
//! DNS, RFC 6762 and 6763).
//!
//! It does not ask the box anything, and a box that is announced may not be one: whoever goes there finds out.

use std::net::IpAddr;
use std::time::Duration;

use mdns_sd::{ResolvedService, ServiceDaemon, ServiceEvent};

use super::endpoint::{Endpoint, Scheme};
use crate::clock::Stopwatch;

/// What boxes are announced as.
const SERVICE: &str = "_fbx-api._tcp.local.";

/// How long to listen for the first one.
pub const PATIENCE: Duration = Duration::from_secs(3);
/// How long to listen for others after that.
const AFTERWARDS: Duration = Duration::from_millis(700);
/// Whoever announces more wants something else than to be found.
const MOST: usize = 16;

/// A box as it is announced; every word of it may be somebody else's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// Where.
    pub endpoint: Endpoint,
    /// Its identity, if it says one.
    pub uid: Option<String>,
    /// What it is called.
    pub name: String,
}

/// Boxes that are announced here and now, each once. A machine without multicast hears none.
///
/// This waits, and blocks the thread.
pub fn announced(patience: Duration) -> Vec<Announced> {
    let mut found: Vec<Announced> = Vec::new();
    let Ok(daemon) = ServiceDaemon::new() else { return found };
    if let Ok(events) = daemon.browse(SERVICE) {
        let mut watch = Stopwatch::start();
        let mut left = patience;
        while found.len() < MOST {
            let Ok(event) = events.recv_timeout(left.saturating_sub(watch.elapsed())) else { break };
            if let ServiceEvent::ServiceResolved(service) = event {
                if found.is_empty() {
                    // The first one; others have had as long to answer.
                    left = AFTERWARDS.min(left.saturating_sub(watch.elapsed()));
                    watch = Stopwatch::start();
                }
                add(&mut found, announcement(&service));
            }
            if left <= watch.elapsed() {
                break;
            }
        }
    }
    // Whether its thread says goodbye changes nothing.
    let _ = daemon.shutdown();
    found
}

fn announcement(service: &ResolvedService) -> Option<Announced> {
    let addresses = service.get_addresses().iter().map(|address| address.to_ip_addr()).collect();
    let name = service.get_fullname().strip_suffix(&format!(".{SERVICE}")).unwrap_or("Freebox");
    from_parts(addresses, service.get_port(), service.get_property_val_str("uid"), name)
}

/// An announcement makes sense if it has an address: IPv4 first, since the others may need an interface with them.
fn from_parts(mut addresses: Vec<IpAddr>, port: u16, uid: Option<&str>, name: &str) -> Option<Announced> {
    let usable = |address: &IpAddr| match address {
        IpAddr::V4(address) => !address.is_unspecified() && !address.is_multicast(),
        IpAddr::V6(address) => {
            !address.is_unicast_link_local() && !address.is_unspecified() && !address.is_multicast()
        }
    };
    addresses.retain(usable);
    addresses.sort();
    let address = addresses.first()?;
    let endpoint = Endpoint {
        scheme: Scheme::Find,
        host: address.to_string(),
        port: Some(port).filter(|&port| port != 80 && port != 0),
    };
    let uid = uid.filter(|uid| matches!(uid.len(), 1..=64)).map(str::to_owned);
    Some(Announced { endpoint, uid, name: name.replace("\\ ", " ") })
}

/// A box with two legs on this network, or two announcements, is one.
fn add(found: &mut Vec<Announced>, new: Option<Announced>) {
    let Some(new) = new else { return };
    let is_same =
        |known: &Announced| known.endpoint == new.endpoint || known.uid.is_some() && known.uid == new.uid;
    if !found.iter().any(is_same) {
        found.push(new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn an_announcement_is_where_its_address_is() {
        let uid = "5e0c9a71b2d84f6693a7d15c08be42f1";
        let box_at = |texts: &[&str], port| from_parts(addresses(texts), port, Some(uid), "Freebox\\ Server");
        let found = box_at(&["fd00::1", "192.168.1.254", "fe80::1"], 80).unwrap();
        assert_eq!(
            (found.endpoint.to_string().as_str(), found.name.as_str()),
            ("192.168.1.254", "Freebox Server")
        );
        assert_eq!(box_at(&["fd00::1"], 8080).unwrap().endpoint.to_string(), "[fd00::1]:8080");
        for nowhere in [&["fe80::1"][..], &["0.0.0.0"], &["224.0.0.1"], &[]] {
            assert_eq!(box_at(nowhere, 80), None, "{nowhere:?}");
        }
    }

    #[test]
    fn the_same_box_is_found_once() {
        let at = |address: &str, uid| from_parts(addresses(&[address]), 80, uid, "x");
        let mut found = Vec::new();
        for new in [
            at("192.168.1.254", Some("a")),
            at("192.168.2.254", Some("a")),
            at("192.168.1.254", None),
            None,
            at("192.168.3.254", Some("b")),
            at("192.168.4.254", None),
        ] {
            add(&mut found, new);
        }
        let hosts: Vec<&str> = found.iter().map(|found| found.endpoint.host.as_str()).collect();
        assert_eq!(hosts, ["192.168.1.254", "192.168.3.254", "192.168.4.254"]);
    }
}

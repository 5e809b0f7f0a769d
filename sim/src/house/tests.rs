//! What every house must have, whatever its seed.

use std::collections::HashSet;
use std::net::IpAddr;

use super::*;
use crate::prefix::Prefix;

fn within_prefix(prefix: &str, address: impl Into<IpAddr>) -> bool {
    prefix.parse::<Prefix>().unwrap().contains(address.into())
}

#[test]
fn the_same_seed_gives_the_same_house_and_another_seed_another() {
    let text = |seed| format!("{:?}", House::new(seed, 60));
    assert_eq!(text(1), text(1));
    assert_ne!(text(1), text(2));
}

#[test]
fn a_house_has_as_many_hosts_as_asked_plus_those_behind() {
    for (asked, on_segment) in [(60, 60), (8, 8), (240, 240), (0, 8), (9_999, 240)] {
        let house = House::new(5, asked);
        let count = house.hosts.iter().filter(|host| host.place == Place::Segment).count();
        assert_eq!((count, house.hosts.len()), (on_segment, on_segment + 10));
    }
}

#[test]
fn no_address_is_given_twice() {
    let house = House::new(9, 240);
    let mut addresses: HashSet<IpAddr> = HashSet::new();
    let mut macs = HashSet::from([house.uplink.mac, house.uplink.provider_mac]);
    for host in &house.hosts {
        assert!(macs.insert(host.mac), "{host:?}");
        assert!(addresses.insert(host.ipv4.into()), "{host:?}");
        let Some(ipv6) = host.ipv6 else { continue };
        for minutes in [0, 10, 20] {
            addresses.insert(ipv6.privacy(Duration::from_secs(minutes * 60)).into());
        }
        for address in [ipv6.link_local, ipv6.unique_local] {
            assert!(addresses.insert(address.into()), "{host:?}");
        }
    }
    assert!(macs.iter().all(|mac| mac.0[0] & 1 == 0), "a host cannot have a group address");
}

#[test]
fn hosts_live_in_their_prefixes_and_remotes_in_documentation_ranges() {
    let house = House::new(3, 100);
    for host in &house.hosts {
        let (v4, global, local) = match host.place {
            Place::Segment => ("192.168.1.0/24", "2001:db8:1::/64", "fd12:3456:789a:1::/64"),
            Place::Behind => ("192.168.20.0/24", "2001:db8:1:20::/64", "fd12:3456:789a:20::/64"),
        };
        assert!(within_prefix(v4, host.ipv4) && !matches!(host.ipv4.octets()[3], 0 | 255));
        let Some(ipv6) = host.ipv6 else { continue };
        assert!(within_prefix(global, ipv6.global) && within_prefix(local, ipv6.unique_local));
        assert!(within_prefix(global, ipv6.privacy(Duration::from_secs(700))));
        assert!(within_prefix("fe80::/64", ipv6.link_local));
    }
    let ranges = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"];
    for remote in &house.remotes {
        assert!(ranges.iter().any(|range| within_prefix(range, remote.ipv4)));
        assert!(within_prefix("2001:db8:ffff::/48", remote.ipv6));
    }
}

#[test]
fn the_names_that_break_things_are_in_every_house() {
    let house = House::new(77, 8);
    for name in ["router", "nas", "alexa-kitchen", "roku-living"] {
        assert!(house.host(name).is_some(), "{name}");
    }
    assert_eq!(
        (house.hosts[ROUTER].ipv4, house.hosts[NAS].ipv4),
        ([192, 168, 1, 1].into(), [192, 168, 1, 10].into())
    );
    let hostile = house.hosts.iter().find(|host| host.name.contains("<img")).unwrap();
    assert!(['"', '\\', '\n'].iter().all(|&character| hostile.name.contains(character)));
}

#[test]
fn privacy_addresses_change_with_time_and_come_back_for_nobody() {
    let house = House::new(4, 60);
    let ipv6 = house.host("anna-laptop").unwrap().ipv6.unwrap();
    let addresses: HashSet<Ipv6Addr> = (0..4).map(|life| ipv6.privacy(PRIVACY_LIFETIME * life)).collect();
    assert_eq!(addresses.len(), 4);
    assert_eq!(ipv6.privacy(Duration::ZERO), ipv6.privacy(Duration::from_millis(1)));
    assert!(!addresses.contains(&ipv6.global));
}

#[test]
fn a_link_local_address_made_from_a_hardware_address_is_the_one_of_the_standard() {
    // RFC 4291 appendix A flips the universal bit and puts ff:fe in the middle; RFC 2464 §4 has this example.
    assert_eq!(
        within(LINK_LOCAL, from_mac(Mac([0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde]))).to_string(),
        "fe80::3656:78ff:fe9a:bcde"
    );
}

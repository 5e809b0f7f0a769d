//! What the machine says of its network interfaces: which there are, which is the way out, whose prefixes they
//! have. Asks the kernel through /proc, /sys and `getifaddrs`; changes nothing.

use std::net::IpAddr;
use std::{fs, io};

use ipnet::IpNet;
use nix::ifaddrs::getifaddrs;
use nix::net::if_::if_nametoindex;
use nix::sys::socket::SockaddrStorage;

/// The index of an interface; none if there is none of this name.
pub fn index(name: &str) -> Option<u32> {
    if_nametoindex(name).ok()
}

/// Whether an interface has been set up (`ip link set … up`). One that we cannot ask about counts as up.
pub fn is_up(name: &str) -> bool {
    let flags = fs::read_to_string(format!("/sys/class/net/{name}/flags")).unwrap_or_default();
    let flags = flags.trim().strip_prefix("0x").and_then(|digits| u32::from_str_radix(digits, 16).ok());
    flags.is_none_or(|flags| flags & libc::IFF_UP as u32 != 0)
}

/// Frames that the interface's own hardware had to let go; not every driver says.
pub fn missed(name: &str) -> Option<u64> {
    fs::read_to_string(format!("/sys/class/net/{name}/statistics/rx_missed_errors")).ok()?.trim().parse().ok()
}

/// All interfaces, by name.
pub fn names() -> Vec<String> {
    let mut names: Vec<String> =
        getifaddrs().into_iter().flatten().map(|address| address.interface_name).collect();
    names.sort();
    names.dedup();
    names
}

/// The interface that the default route leads to, IPv4's before IPv6's.
pub fn default_route() -> Option<String> {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    ipv4_default(&read("/proc/self/net/route")).or_else(|| ipv6_default(&read("/proc/self/net/ipv6_route")))
}

/// The prefixes of an interface's own addresses; empty if it has none but link-local ones.
///
/// # Errors
/// When the kernel does not answer.
pub fn own_prefixes(name: &str) -> io::Result<Vec<IpNet>> {
    let mut prefixes: Vec<IpNet> = getifaddrs()?
        .filter(|entry| entry.interface_name == name)
        .filter_map(|entry| prefix(entry.address?, entry.netmask?))
        .map(|prefix| prefix.trunc())
        .collect();
    prefixes.sort();
    prefixes.dedup();
    let link_local = |prefix: &IpNet| match prefix.addr() {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    if prefixes.iter().all(link_local) {
        prefixes.clear();
    }
    Ok(prefixes)
}

/// Whether every frame of an interface is also seen on another one of the list: a bridge shows what its ports do,
/// and an interface with tags what its VLANs do. Such a one is left out when hosts are counted.
pub fn is_shown_by_another(name: &str, all: &[String]) -> bool {
    let under = |upper: &str| fs::exists(format!("/sys/class/net/{upper}/lower_{name}")).unwrap_or(false);
    let over = |lower: &str| fs::exists(format!("/sys/class/net/{name}/lower_{lower}")).unwrap_or(false);
    let master = fs::read_link(format!("/sys/class/net/{name}/master")).ok();
    let master = master.as_ref().and_then(|path| path.file_name()).and_then(|name| name.to_str());
    // Of what lies over another interface only a VLAN is shown by that: a tunnel is inside its packets.
    let about = fs::read_to_string(format!("/sys/class/net/{name}/uevent")).unwrap_or_default();
    let is_vlan = about.lines().any(|line| line == "DEVTYPE=vlan");
    // A port of a bridge or bond gives way to it; a VLAN to the tagged interface.
    let shows = |other: &&String| master == Some(other) && under(other) || is_vlan && over(other);
    all.iter().filter(|other| *other != name).any(|other| shows(&other))
}

fn prefix(address: SockaddrStorage, netmask: SockaddrStorage) -> Option<IpNet> {
    if let (Some(address), Some(mask)) = (address.as_sockaddr_in(), netmask.as_sockaddr_in()) {
        return IpNet::with_netmask(address.ip().into(), mask.ip().into()).ok();
    }
    let (address, mask) = (address.as_sockaddr_in6()?.ip(), netmask.as_sockaddr_in6()?.ip());
    let prefix = IpNet::with_netmask(address.into(), mask.into()).ok()?;
    // An address from DHCPv6 comes alone; its neighbours are in the /64 around it (RFC 4291 §2.5.4).
    if prefix.prefix_len() == 128 && !address.is_loopback() {
        IpNet::new(address.into(), 64).ok()
    } else {
        Some(prefix)
    }
}

/// `RTF_UP` of the routing tables (linux/route.h).
const ROUTE_UP: u32 = 1;
/// `RTF_REJECT`: a default route that refuses.
const ROUTE_REJECT: u32 = 0x0200;

/// Columns: interface, destination, gateway, flags, references, use, metric, mask, …; numbers hexadecimal but the
/// metric.
fn ipv4_default(table: &str) -> Option<String> {
    let routes = table.lines().skip(1).filter_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let flags = u32::from_str_radix(columns.get(3)?, 16).ok()?;
        let default = *columns.get(1)? == "00000000" && *columns.get(7)? == "00000000";
        let usable = flags & ROUTE_UP != 0 && flags & ROUTE_REJECT == 0;
        (default && usable).then_some((columns.get(6)?.parse::<u32>().ok()?, columns[0].to_owned()))
    });
    routes.min().map(|(_, interface)| interface)
}

/// Columns: destination, its length, source, its length, next hop, metric, references, use, flags, interface; all
/// numbers hexadecimal.
fn ipv6_default(table: &str) -> Option<String> {
    let routes = table.lines().filter_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let flags = u32::from_str_radix(columns.get(8)?, 16).ok()?;
        let default = columns[0].bytes().all(|digit| digit == b'0') && columns[1] == "00";
        let usable = flags & ROUTE_UP != 0 && flags & ROUTE_REJECT == 0 && columns.get(9)? != &"lo";
        let metric = u32::from_str_radix(columns[5], 16).ok()?;
        (default && usable).then_some((metric, columns.get(9)?.to_string()))
    });
    routes.min().map(|(_, interface)| interface)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheapest_default_route_wins() {
        let table = "\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
";
        assert_eq!(ipv4_default(table).as_deref(), Some("eth0"));
        assert_eq!(ipv4_default("Iface\tDestination\n"), None);
        assert_eq!(ipv4_default(""), None);
    }

    #[test]
    fn ipv6_default_routes_that_refuse_do_not_count() {
        let zero = "00000000000000000000000000000000";
        let gateway = "fe800000000000000000000000000001";
        let refusing = format!("{zero} 00 {zero} 00 {zero} ffffffff 00000001 00000000 00200200       lo\n");
        let usable = format!("{zero} 00 {zero} 00 {gateway} 00000400 00000001 00000000 00000003     eth1\n");
        assert_eq!(ipv6_default(&refusing), None);
        assert_eq!(ipv6_default(&format!("{refusing}{usable}")).as_deref(), Some("eth1"));
    }

    #[test]
    fn every_machine_has_a_loopback() {
        assert!(names().contains(&"lo".to_owned()));
        assert!(index("lo").is_some());
        assert_eq!(index("no-such-if"), None);
    }
}

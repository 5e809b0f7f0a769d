//! Names out of `/etc/hosts` (hosts(5)): the first name of the first line of an address, as the system's own resolver
//! answers. Pure.
//!
//! Not hickory's: it gives all names of an address in no order, and walks through all of them for each question, which
//! with a list of some hundred thousand names to be blocked takes longer than we may.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use super::label;

/// More hosts than anybody writes down by hand. Lists of names to be blocked repeat one address and count once.
const MOST: usize = 65_536;

/// Reads the whole file.
pub fn read(text: &str) -> HashMap<IpAddr, Arc<str>> {
    let mut names = HashMap::new();
    for line in text.lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_ascii_whitespace();
        let (Some(address), Some(name)) = (words.next(), words.next()) else { continue };
        let Ok(address) = address.parse::<IpAddr>() else { continue };
        let address = address.to_canonical();
        if names.contains_key(&address) || names.len() >= MOST {
            continue;
        }
        if let Some(name) = label::from_labels(name.split('.').map(str::as_bytes)) {
            names.insert(address, Arc::from(name));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_of_an_address_counts() {
        // The example of hosts(5), and what people add.
        let text = "127.0.0.1       localhost\n127.0.1.1 thishost.example.org thishost\n\
                    192.168.1.10\tfoo.example.org foo # the nas\n192.168.1.13 bar.example.org bar\n\
                    192.168.1.13 later\n#192.168.1.14 nobody\n192.168.1.15\nrouter 192.168.1.1\n\
                    ::1 localhost ip6-localhost\nfd00::7 seven\r\n::ffff:192.168.1.16 mapped\n0.0.0.0 ads.example";
        let names = read(text);
        let name = |address: &str| names.get(&address.parse().unwrap()).map(|name| &**name);
        assert_eq!(name("192.168.1.10"), Some("foo.example.org"));
        assert_eq!(name("192.168.1.13"), Some("bar.example.org"));
        assert_eq!(name("192.168.1.14"), None);
        assert_eq!(name("192.168.1.15"), None);
        assert_eq!(name("192.168.1.1"), None);
        assert_eq!(name("192.168.1.16"), Some("mapped"));
        assert_eq!(name("fd00::7"), Some("seven"));
        assert_eq!(name("127.0.0.1"), None);
    }
}

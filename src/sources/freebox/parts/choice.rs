//! Whom to keep where there are too many, and what to call somebody. Pure.
//!
//! Whoever is on the network can make up as many hosts as he likes; so what is kept is bounded, and who is kept depends
//! on nothing but what the box says.

use crate::metric::{Mac, Timestamp};
use crate::sources::freebox::api::lenient::{Int, Text};

/// Things of which a house has a few: access points, networks, ports, disks, servers. More are cut.
pub const FEW: usize = 64;

/// Keeps those that come first by rank; says how many it cut.
pub fn keep<T, R: Ord>(things: &mut Vec<T>, most: usize, rank: impl FnMut(&T) -> R) -> u64 {
    things.sort_by_cached_key(rank);
    let cut = things.len().saturating_sub(most);
    things.truncate(most);
    cut as u64
}

/// The hardware address of one station: neither nobody's nor that of a group (IEEE 802).
pub fn mac(text: &Text) -> Option<Mac> {
    let mac: Mac = text.as_deref()?.parse().ok()?;
    (mac.0 != [0; 6] && mac.0[0] & 1 == 0).then_some(mac)
}

/// A moment; none where the box says 0 for never.
pub fn moment(seconds: Int) -> Option<u64> {
    seconds.count().filter(|&seconds| seconds > 0)
}

/// Whether that was not longer ago than this. A box whose clock is ahead of ours says "now".
pub fn within(seconds: u64, ago: std::time::Duration, now: Timestamp) -> bool {
    now.0.as_secs().saturating_sub(seconds) <= ago.as_secs()
}

/// Whether a name that the box gave can stand in the path of a request.
pub fn fits_path(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    !name.is_empty() && name.len() <= 64 && name.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Text {
        Text(Some(text.to_owned()))
    }

    #[test]
    fn the_first_by_rank_are_kept_whatever_order_they_come_in() {
        for mut numbers in [vec![3, 1, 4, 2], vec![4, 3, 2, 1]] {
            assert_eq!(keep(&mut numbers, 3, |number| *number), 1);
            assert_eq!(numbers, [1, 2, 3]);
            assert_eq!(keep(&mut numbers, 3, |number| *number), 0);
        }
    }

    #[test]
    fn nobodys_address_and_a_groups_are_no_stations() {
        assert!(mac(&text("02:AA:BB:CC:DD:01")).is_some());
        for bad in ["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "nas", "02:AA"] {
            assert_eq!(mac(&text(bad)), None, "{bad}");
        }
    }

    #[test]
    fn a_path_is_not_a_place_for_anything_else() {
        assert!(fits_path("pub") && fits_path("wifiguest"));
        for bad in ["", "..", "pub/../../login", "a b", "a?b", "é", &"a".repeat(65)] {
            assert!(!fits_path(bad), "{bad}");
        }
    }
}

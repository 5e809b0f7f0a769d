//! Which addresses are one host: each rule with the frames that show it. Station 1 is the gateway, and what
//! everybody sends to the world goes to it.

use crate::sources::wire::accounts::limits::Limits;
use crate::sources::wire::accounts::tests::{Books, ROOMY, WORLD, wire};

const SOLICITED: u8 = 0x40;
const OVERRIDE: u8 = 0x20;
const ROUTER: u8 = 0x80;

fn books() -> Books {
    Books::new(ROOMY)
}

#[test]
fn all_addresses_of_a_station_are_one_row_with_the_name_of_the_ipv4_one() {
    let mut books = books();
    books.out(0xa, "fe80::7", 60);
    books.out(0xa, "2001:db8:1::7", 70);
    books.out(0xa, "192.168.1.7", 100);
    books.out(0xa, "fd00::7", 80);
    assert_eq!(books.rows(), ["0a 192.168.1.7 0 310"]);
    let rows = books.accounts.rows(books.now, true);
    assert_eq!(rows[0].addresses.len(), 4);
}

#[test]
fn privacy_addresses_make_no_new_row() {
    let mut books = books();
    for day in 1..=30 {
        books.now += 86_400;
        books.out(0xa, "192.168.1.7", 20);
        books.out(0xa, &format!("2001:db8:1::{day}"), 100);
    }
    assert_eq!(books.rows(), ["0a 192.168.1.7 0 3600"]);
}

#[test]
fn a_second_ipv4_address_is_kept_apart_until_arp_claims_it() {
    let mut books = books();
    books.claim(0xa, "192.168.1.7");
    books.out(0xa, "192.168.1.7", 100);
    books.out(0xa, "192.168.1.8", 30);
    assert_eq!(books.rows(), ["-- 192.168.1.8 0 30", "0a 192.168.1.7 0 100"]);
    books.claim(0xa, "192.168.1.8");
    books.out(0xa, "192.168.1.8", 50);
    // What the old row has shown it keeps, or it would go back.
    assert_eq!(books.rows(), ["-- 192.168.1.8 0 30", "0a 192.168.1.7 0 150"]);
}

#[test]
fn what_nobody_has_seen_moves_with_its_address() {
    let mut books = books();
    books.claim(0xa, "192.168.1.7");
    books.out(0xa, "192.168.1.7", 100);
    books.out(0xa, "192.168.1.8", 30);
    books.claim(0xa, "192.168.1.8");
    // Of two addresses in use, either may be the name: it is the one used last, then the higher.
    assert_eq!(books.rows(), ["0a 192.168.1.8 0 130"]);
}

#[test]
fn a_new_host_is_not_shown_before_it_had_time_to_say_who_it_is() {
    let mut books = books();
    books.out(0xa, "192.168.1.8", 30);
    let shown =
        |books: &mut Books| books.accounts.rows(books.now, false).iter().filter(|row| row.settled).count();
    assert_eq!(shown(&mut books), 0);
    books.now += 1;
    assert_eq!(shown(&mut books), 0);
    books.now += 1;
    assert_eq!(shown(&mut books), 1);
    // Once shown it stays, whatever the clock does.
    books.now -= 2;
    assert_eq!(shown(&mut books), 1);
}

#[test]
fn a_claimed_address_displaces_one_that_was_only_assumed() {
    // The first that a gateway is heard to say may be somebody else's. It makes no difference whether its own
    // address was heard before it claimed it.
    for heard_before in [true, false] {
        let mut books = books();
        books.out(0xa, "192.168.20.5", 30);
        if heard_before {
            books.out(0xa, "192.168.1.2", 100);
        }
        books.claim(0xa, "192.168.1.2");
        if !heard_before {
            books.out(0xa, "192.168.1.2", 100);
        }
        assert_eq!(books.rows(), ["-- 192.168.20.5 0 30", "0a 192.168.1.2 0 100"], "{heard_before}");
    }
}

#[test]
fn the_next_ipv4_address_is_taken_for_its_own_when_the_first_has_fallen_silent() {
    let mut books = books();
    books.out(0xa, "192.168.1.7", 100);
    books.now += 301;
    books.out(0xa, "192.168.1.8", 30);
    assert_eq!(books.rows(), ["0a 192.168.1.8 0 130"]);
    // But not when the first was proven to be its own.
    let mut books = Books::new(ROOMY);
    books.claim(0xa, "192.168.1.7");
    books.out(0xa, "192.168.1.7", 100);
    books.now += 301;
    books.out(0xa, "192.168.1.8", 30);
    assert_eq!(books.rows(), ["-- 192.168.1.8 0 30", "0a 192.168.1.7 0 100"]);
}

#[test]
fn hosts_behind_a_router_are_kept_apart_and_have_no_station() {
    let mut books = books();
    books.claim(2, "192.168.1.2");
    books.out(2, "192.168.1.2", 20);
    for last in 1..=4 {
        books.out(2, &format!("192.168.20.{last}"), 100 + last);
    }
    let rows = [
        "-- 192.168.20.1 0 101",
        "-- 192.168.20.2 0 102",
        "-- 192.168.20.3 0 103",
        "-- 192.168.20.4 0 104",
        "02 192.168.1.2 0 20",
    ];
    assert_eq!(books.rows(), rows);
    // So many make it a router for IPv6 too.
    books.out(2, "fe80::2", 50);
    books.out(2, "fd00:0:0:20::5", 60);
    assert_eq!(books.rows()[4..], ["-- fd00:0:0:20::5 0 60", "02 192.168.1.2 0 70"]);
}

#[test]
fn a_station_with_many_unproven_ipv6_addresses_at_once_is_a_router() {
    let mut books = books();
    for last in 1..=8 {
        books.out(2, &format!("fd00::{last}"), 100);
    }
    assert_eq!(books.rows(), ["02 fd00::8 0 800"]);
    books.out(2, "fd00::9", 100);
    // What was shown as its own stays with it; from now on each is apart.
    assert_eq!(books.rows().len(), 2);
    books.out(2, "fd00::1", 47);
    assert_eq!(books.rows(), ["-- fd00::1 0 47", "-- fd00::9 0 100", "02 fd00::8 0 800"]);
    // A host has that many over the days, or shows them to be its own (RFC 4862 §5.4 makes it).
    let mut books = Books::new(ROOMY);
    for last in 1..=20 {
        books.advertise(2, "fe80::2", OVERRIDE, &format!("fd00::{last}"));
        books.out(2, &format!("fd00::{last}"), 100);
    }
    assert_eq!(books.rows().len(), 1);
}

#[test]
fn a_station_that_calls_itself_a_router_keeps_link_local_and_proven_addresses_only() {
    type Say = fn(&mut Books);
    let ways: [Say; 2] = [
        |books| books.discover(2, "fe80::2", &wire::router_advertisement()),
        |books| books.advertise(2, "fe80::2", ROUTER | SOLICITED | OVERRIDE, "fe80::2"),
    ];
    // 56 and 64 bytes are the messages themselves.
    for (say, message) in ways.into_iter().zip([56, 64]) {
        let mut books = books();
        books.out(2, "fe80::2", 1000);
        books.advertise(2, "fe80::2", SOLICITED | OVERRIDE, "fd00::2");
        books.out(2, "fd00::2", 100);
        books.out(2, "fd00:0:0:20::5", 60);
        say(&mut books);
        books.out(2, "fd00:0:0:20::6", 70);
        let router = format!("02 fd00::2 0 {}", 1000 + 64 + 100 + message);
        assert_eq!(books.rows(), ["-- fd00:0:0:20::5 0 60", "-- fd00:0:0:20::6 0 70", router.as_str()]);
    }
}

#[test]
fn a_router_is_remembered_as_one_whatever_else_it_says() {
    // Nothing was known of it but the address that it advertises from.
    let mut books = books();
    books.discover(2, "fe80::2", &wire::router_advertisement());
    books.out(2, "fd00:0:0:20::5", 60);
    assert_eq!(books.rows(), ["-- fd00:0:0:20::5 0 60", "02 fe80::2 0 56"]);
    // Its one address is shown to be its own, which is no reason to forget.
    let mut books = Books::new(ROOMY);
    books.out(2, "192.168.1.2", 20);
    books.discover(2, "fe80::2", &wire::router_advertisement());
    books.claim(2, "192.168.1.2");
    books.out(2, "fd00:0:0:20::5", 60);
    assert_eq!(books.rows(), ["-- fd00:0:0:20::5 0 60", "02 192.168.1.2 0 76"]);
}

#[test]
fn a_router_keeps_the_addresses_that_are_made_from_its_hardware_address() {
    let mut books = books();
    books.discover(2, "fe80::2", &wire::router_advertisement());
    // RFC 4291 appendix A, of 02:00:00:00:00:02.
    books.out(2, "fd00::ff:fe00:2", 100);
    books.out(2, "fd00::ff:fe00:3", 200);
    assert_eq!(books.rows(), ["-- fd00::ff:fe00:3 0 200", "02 fd00::ff:fe00:2 0 156"]);
}

#[test]
fn who_answers_for_another_does_not_own_the_address() {
    let mut books = books();
    books.out(2, "fe80::2", 40);
    books.discover(2, "fe80::2", &wire::router_advertisement());
    // RFC 4861 §7.2.8: a proxy does not set the override flag.
    books.advertise(2, "fe80::2", SOLICITED, "fd00::9");
    books.out(2, "fd00::9", 100);
    assert_eq!(books.rows(), ["-- fd00::9 0 100", "02 fe80::2 0 160"]);
}

#[test]
fn a_station_that_claims_many_ipv4_addresses_answers_for_others() {
    let mut books = books();
    for last in 2..=4 {
        books.claim(2, &format!("192.168.1.{last}"));
        books.out(2, &format!("192.168.1.{last}"), 100);
    }
    assert_eq!(books.accounts.sizes(), (3, 1));
    books.claim(2, "192.168.1.5");
    books.out(2, "192.168.1.5", 100);
    let rows =
        ["-- 192.168.1.2 0 100", "-- 192.168.1.3 0 100", "-- 192.168.1.4 0 100", "-- 192.168.1.5 0 100"];
    assert_eq!(books.rows(), rows);
}

#[test]
fn a_lease_that_goes_to_another_station_takes_nothing_along_that_was_shown() {
    let mut books = books();
    books.claim(0xa, "192.168.1.7");
    books.out(0xa, "192.168.1.7", 100);
    books.send((1, 0xa), WORLD, "192.168.1.7", 1000);
    assert_eq!(books.rows(), ["0a 192.168.1.7 1000 100"]);
    books.claim(0xb, "192.168.1.7");
    books.out(0xb, "192.168.1.7", 30);
    books.send((1, 0xb), WORLD, "192.168.1.7", 300);
    assert_eq!(books.rows(), ["0a 192.168.1.7 1000 100", "0b 192.168.1.7 300 30"]);
    // And back.
    books.claim(0xa, "192.168.1.7");
    books.out(0xa, "192.168.1.7", 21);
    assert_eq!(books.rows(), ["0a 192.168.1.7 1000 121", "0b 192.168.1.7 300 30"]);
    assert_eq!(books.accounts.sizes(), (1, 2));
}

#[test]
fn an_ipv4_name_gives_way_only_after_it_has_fallen_silent() {
    let mut books = books();
    books.claim(0xa, "192.168.1.8");
    books.out(0xa, "192.168.1.8", 100);
    assert_eq!(books.rows(), ["0a 192.168.1.8 0 100"]);
    books.claim(0xa, "192.168.1.7");
    books.out(0xa, "192.168.1.7", 100);
    books.now += 300;
    books.out(0xa, "192.168.1.7", 100);
    assert_eq!(books.rows(), ["0a 192.168.1.8 0 300"]);
    books.now += 1;
    books.out(0xa, "192.168.1.7", 100);
    assert_eq!(books.rows(), ["0a 192.168.1.7 0 400"]);
}

#[test]
fn an_ipv6_name_does_not_change_with_privacy_addresses() {
    let mut books = books();
    books.out(0xa, "fe80::7", 100);
    assert_eq!(books.rows(), ["0a fe80::7 0 100"]);
    // A better kind is taken at once: unique local, then global, then IPv4.
    books.out(0xa, "fd00::7", 100);
    assert_eq!(books.rows(), ["0a fd00::7 0 200"]);
    for day in 1..=5 {
        books.now += 86_400;
        books.out(0xa, &format!("2001:db8:1::{day}"), 100);
        assert_eq!(books.rows(), [format!("0a 2001:db8:1::1 0 {}", 200 + 100 * day)]);
    }
    books.out(0xa, "192.168.1.7", 100);
    assert_eq!(books.rows(), ["0a 192.168.1.7 0 800"]);
    // And kept even when only IPv6 is used any more.
    books.now += 86_400;
    books.out(0xa, "2001:db8:1::9", 100);
    assert_eq!(books.rows(), ["0a 192.168.1.7 0 900"]);
}

#[test]
fn a_host_that_is_only_spoken_to_behind_a_router_joins_it_no_longer_than_it_is_silent() {
    let mut books = books();
    books.claim(2, "192.168.1.2");
    books.out(2, "192.168.1.2", 20);
    books.send((1, 2), WORLD, "192.168.20.5", 900);
    books.out(2, "192.168.20.5", 40);
    assert_eq!(books.rows(), ["-- 192.168.20.5 900 40", "02 192.168.1.2 0 20"]);
}

#[test]
fn claims_at_the_limit_of_hosts_make_at_most_one_row_too_many() {
    let mut books = Books::new(Limits { hosts: 2, ..ROOMY });
    for station in 2..=9 {
        for last in 0..=9 {
            let address = format!("192.168.{station}.{last}");
            books.claim(station, &address);
            books.out(station, &address, 100);
            assert!(books.accounts.sizes().1 <= 3, "{:?}", books.accounts.sizes());
        }
    }
    let sent: u64 = books.accounts.rows(books.now, true).iter().map(|row| row.traffic.sent_bytes).sum();
    assert_eq!(sent, 8000);
}

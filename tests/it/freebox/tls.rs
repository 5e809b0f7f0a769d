//! Whom lanlord believes to be the box: every certificate that boxes have, with what it says to each and what it advises.

use std::net::SocketAddr;

use lanlord::metric::Reason;
use lanlord::net::tls::Trust;
use lanlord::sources::freebox;
use lanlord_sim::freebox::Options;

use super::house::{House, PATIENCE, Source, failure, options};

/// A certificate, and what becomes of it.
struct Row {
    clause: &'static str,
    leaf: &'static str,
    /// Code, and a word of the advice; none where it is believed.
    refused: Option<(Reason, &'static str, &'static str)>,
}

const fn row(
    clause: &'static str,
    leaf: &'static str,
    refused: Option<(Reason, &'static str, &'static str)>,
) -> Row {
    Row { clause, leaf, refused }
}

const ROWS: &[Row] = &[
    row("nothing wrong", "good", None),
    row(
        "untrusted root",
        "untrusted-root",
        Some((Reason::Refused, "tls_unknown_issuer", "`pin = \"sha256:")),
    ),
    row("expired leaf", "expired", Some((Reason::Refused, "tls_expired", "has expired on"))),
    row(
        "wrong alternative name",
        "wrong-name",
        Some((Reason::Refused, "tls_name", "a certificate for `autre.")),
    ),
    row("no authority key identifier", "no-aki", None),
    row("no alternative name", "no-name", Some((Reason::Refused, "tls_name", "`pin = \"sha256:"))),
    row("nothing newer than TLS 1.0", "tls10", Some((Reason::Unsupported, "tls_old", "update it"))),
    row("a chain with RSA", "rsa", None),
];

/// Settings that lead to TLS: by discovery, and directly.
fn ways(house: &House) -> [(&'static str, freebox::Settings); 2] {
    [("by discovery", house.secure()), ("directly", house.direct())]
}

#[test]
fn every_certificate_of_a_box_is_believed_or_refused_with_what_to_do() {
    for row in ROWS {
        let house = House::new("ultra");
        house.control.fault(&format!("tls tls:{}", row.leaf)).unwrap();
        for (way, settings) in ways(&house) {
            let mut source = Source::new(settings, PATIENCE);
            let seen = source.visit();
            let when = format!("{}, {way}", row.clause);
            match row.refused {
                None => seen.assert_well(&when),
                Some((reason, code, advice)) => {
                    seen.assert_down(reason, code, &when);
                    let (_, _, message) = failure(&seen.0[0]).unwrap();
                    assert!(message.contains(advice), "{when}: {message}");
                    assert_eq!(house.attempts(), 0, "{when}: nothing is said to whom nobody believes");
                }
            }
            house.control.clear_log();
        }
        house.control.clear_faults();
        for (way, settings) in ways(&house) {
            Source::new(settings, PATIENCE).visit().assert_well(&format!("after {}, {way}", row.clause));
        }
    }
}

#[test]
fn a_box_whose_certificate_has_become_good_is_believed_on_the_next_visit() {
    let house = House::new("ultra");
    house.control.fault("tls tls:expired").unwrap();
    let mut source = Source::new(house.secure(), PATIENCE);
    source.visit().assert_down(Reason::Refused, "tls_expired", "expired");
    house.control.clear_faults();
    source.visit().assert_well("after");
}

#[test]
fn what_the_message_advises_to_pin_is_what_is_believed_then() {
    for leaf in ["untrusted-root", "expired", "wrong-name", "no-name"] {
        let house = House::new("ultra");
        house.control.fault(&format!("tls tls:{leaf}")).unwrap();
        for (way, settings) in ways(&house) {
            let seen = Source::new(settings.clone(), PATIENCE).visit();
            let (_, _, message) = failure(&seen.0[0]).unwrap();
            let (_, rest) = message.split_once("`pin = \"").unwrap_or_else(|| panic!("{leaf}: {message}"));
            let pin = rest.split_once('"').unwrap().0.parse().unwrap();
            let pinned = freebox::Settings { trust: Trust::Pins(vec![pin]), ..settings };
            Source::new(pinned.clone(), PATIENCE).visit().assert_well(&format!("{leaf}, {way}, pinned"));
            // Another certificate is another box, however good it is.
            house.control.clear_faults();
            house.control.hang_up();
            let seen = Source::new(pinned, PATIENCE).visit();
            seen.assert_down(Reason::Refused, "tls_pin", leaf);
            house.control.fault(&format!("tls tls:{leaf}")).unwrap();
        }
    }
}

#[test]
fn whoever_does_not_want_to_know_believes_everybody() {
    for row in ROWS.iter().filter(|row| row.leaf != "tls10") {
        let house = House::new("ultra");
        house.control.fault(&format!("tls tls:{}", row.leaf)).unwrap();
        for (way, settings) in ways(&house) {
            let settings = freebox::Settings { trust: Trust::Anybody, ..settings };
            Source::new(settings, PATIENCE).visit().assert_well(&format!("{}, {way}", row.clause));
        }
    }
}

#[test]
fn the_authorities_of_freebox_alone_do_not_make_another_one_believed() {
    let house = House::new("ultra");
    let trust = Trust::Authorities { built_in: freebox::AUTHORITIES, file: None };
    for (way, settings) in ways(&house) {
        let settings = freebox::Settings { trust: trust.clone(), ..settings };
        let seen = Source::new(settings, PATIENCE).visit();
        seen.assert_down(Reason::Refused, "tls_unknown_issuer", way);
        let (_, _, message) = failure(&seen.0[0]).unwrap();
        assert!(message.contains("`ca_file = "), "{message}");
    }
}

#[test]
fn a_box_without_tls_is_asked_without_only_where_that_is_written() {
    let house = House::with(Options { https: None, ..options() });
    let seen = Source::new(house.secure(), PATIENCE).visit();
    seen.assert_down(Reason::Unsupported, "no_tls", "no TLS");
    let (_, _, message) = failure(&seen.0[0]).unwrap();
    assert!(message.contains("`endpoint = \"http://"), "{message}");
    house.source().visit().assert_well("as written");
}

#[test]
fn over_tls_nothing_but_discovery_goes_in_the_clear() {
    let house = House::new("ultra");
    let mut source = Source::new(house.secure(), PATIENCE);
    let seen = source.visit();
    seen.assert_well("over TLS");
    source.leave();
    for entry in house.control.log().iter().filter(|entry| !entry.secure) {
        assert_eq!((entry.path.as_str(), &entry.session), ("/api_version", &None));
    }
    let counters = house.control.counters();
    assert_eq!((counters.logins, counters.logouts), (1, 1));
    assert!(counters.handshakes <= 4, "{counters:?}");
    // 2049-01-01 00:00 UTC, as the simulator says of its good certificate.
    assert_eq!(seen.samples()["freebox_certificate_expiry_timestamp_seconds{}"], 2_493_072_000.0);
}

#[test]
fn tls_that_moves_to_another_port_is_found_again() {
    let house = House::new("ultra");
    let mut source = Source::new(house.secure(), PATIENCE);
    source.visit().assert_well("before");
    let old = house.running.https_address().unwrap();
    let new: SocketAddr = house.control.move_https(0).unwrap();
    assert_ne!(old, new);
    house.control.hang_up();
    let first = source.visit();
    assert!(first.down().iter().all(|(_, reason, _)| *reason == Reason::Unreachable), "{:?}", first.down());
    source.visit().assert_well("on the other port");
    assert_eq!(house.control.counters().failed_logins, 0);
}

#[test]
fn a_domain_that_leads_nowhere_is_asked_at_the_address_of_the_box() {
    let house = House::new("ultra");
    // Reserved for this (RFC 2606): nobody resolves it, and no certificate is for it.
    house.control.api_domain("nowhere.invalid");
    let seen = Source::new(house.secure(), PATIENCE).visit();
    // The box's own address answers, with a certificate that is not for that name.
    seen.assert_down(Reason::Refused, "tls_name", "a domain that leads nowhere");
    Source::new(house.direct(), PATIENCE).visit().assert_well("asked by its other name");
}

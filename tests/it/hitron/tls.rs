//! Whom lanlord believes to be the modem, and what it says to whom it does not: nothing.

use lanlord::metric::Reason;
use lanlord::net::legacy_tls::SecurityLevel;
use lanlord::sources::hitron::Settings;
use lanlord_sim::hitron::tls::{Suite, TlsOptions};

use super::house::{
    House, PASSWORD, USER, Visits, assert_clean, assert_well, failure, given, journal, logged,
};

/// A modem that is not the one whose pin we have.
fn with_pin_of(real: &House, other: &House) -> Settings {
    Settings { pins: real.settings().pins, ..other.settings() }
}

#[test]
fn who_shows_another_certificate_hears_nothing_and_the_log_says_which_it_was() {
    let (real, other) = (House::new(), House::new());
    let visits = Visits::new();
    let mut probe = visits.probe(with_pin_of(&real, &other), super::house::PATIENCE);
    let (visited, log) = logged(|| visits.visit(&mut probe));
    let (reason, code, message) = failure(&visited).unwrap();
    assert_eq!((reason, code), (Reason::Refused, "tls_pin"));
    assert!(message.contains(&other.running.sha256()) && log.contains(&other.running.sha256()), "{message}");
    assert!(!journal(&visited).contains(&other.running.sha256()), "who probes need not know it");
    let stats = other.control.stats();
    assert_eq!((stats.application_bytes, stats.requests), (0, 0));
}

#[test]
fn who_shows_the_certificate_and_has_another_key_hears_nothing() {
    let real = House::new();
    for suite in [Suite::EcdheGcm, Suite::Cbc, Suite::KeyRsa, Suite::Dhe1024] {
        let middle = House::with(|options| {
            options.tls = TlsOptions {
                suite,
                impersonates: Some(real.running.certificate_der()),
                ..TlsOptions::default()
            };
        });
        let visited = Visits::new().once(with_pin_of(&real, &middle));
        let (_, code, message) = failure(&visited).unwrap();
        assert!(code.starts_with("tls"), "{suite:?}: {code}: {message}");
        assert_eq!(middle.control.stats().application_bytes, 0, "{suite:?}");
    }
}

#[test]
fn a_certificate_that_changes_ends_it_until_the_new_one_is_known() {
    let house = House::new();
    let visits = Visits::new();
    let settings = house.settings();
    let mut probe = visits.probe(settings, super::house::PATIENCE);
    assert_well(&visits.visit(&mut probe), "before");
    house.control.fault("new-certificate").unwrap();
    let heard = house.control.stats().application_bytes;
    assert_eq!(failure(&visits.visit(&mut probe)).unwrap().1, "tls_pin");
    assert_eq!(house.control.stats().application_bytes, heard);
    let pins = house.settings().pins;
    assert_well(&visits.once(Settings { pins, ..house.settings() }), "the new one");
    assert_clean(&house, "changed");
}

#[test]
fn every_cipher_that_a_modem_may_have_is_spoken_at_the_level_that_allows_it() {
    for (suite, level) in [
        (Suite::EcdheGcm, SecurityLevel::One),
        (Suite::Cbc, SecurityLevel::One),
        (Suite::KeyRsa, SecurityLevel::One),
        (Suite::Dhe1024, SecurityLevel::One),
        (Suite::Sha1, SecurityLevel::Zero),
        (Suite::Tls13, SecurityLevel::One),
    ] {
        let house = House::with(|options| options.tls.suite = suite);
        let settings = Settings { allowed: level.into(), ..house.settings() };
        let visited = Visits::new().once(settings);
        assert_well(&visited, &format!("{suite:?}: {:?}", failure(&visited)));
    }
}

#[test]
fn any_spelling_of_a_fingerprint_is_the_same_one() {
    let house = House::new();
    let visits = Visits::new();
    let digits = house.running.sha256();
    let colons: Vec<&str> = (0..32).map(|at| &digits[2 * at..2 * at + 2]).collect();
    for pin in [
        digits.clone(),
        digits.to_uppercase(),
        colons.join(":"),
        format!("sha1:{}", house.running.sha1()),
        house.running.md5(),
    ] {
        let pins = vec![vec![pin.parse().unwrap()]];
        assert_well(&visits.once(Settings { pins, ..house.settings() }), &pin);
    }
    // Of several, one is enough; of each group, one has to be.
    let (wrong, right) = ("00112233445566778899aabbccddeeff".parse().unwrap(), digits.parse().unwrap());
    let settings = |pins| Settings { pins, login: given(USER, PASSWORD), ..house.settings() };
    assert_well(&visits.once(settings(vec![vec![wrong, right]])), "one of two");
    let visited = visits.once(settings(vec![vec![right], vec![wrong]]));
    assert_eq!(failure(&visited).unwrap().1, "tls_pin");
}

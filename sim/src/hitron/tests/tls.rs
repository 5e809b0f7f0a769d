//! What OpenSSL's client says to the modem's TLS.

use super::*;
use crate::hitron::tls::Suite;

fn speaking(suite: Suite) -> Running {
    Modem::start(Options { tls: TlsOptions { suite, ..TlsOptions::default() }, ..Options::default() })
        .unwrap()
}

/// What is spoken at this security level with a client that goes as far as TLS 1.2.
fn spoken(running: &Running, level: u32) -> Result<String, String> {
    let stream = connect(running, level, SslVersion::TLS1_2)?;
    Ok(format!("{} {}", stream.ssl().version_str(), stream.ssl().current_cipher().unwrap().name()))
}

#[test]
fn suites_are_accepted_at_the_levels_where_openssl_accepts_them() {
    let check = |suite, cipher: &str, levels: [bool; 3]| {
        let running = speaking(suite);
        for (level, accepted) in levels.into_iter().enumerate() {
            let outcome = spoken(&running, level as u32);
            assert_eq!(outcome.is_ok(), accepted, "{suite:?} {level}: {outcome:?}");
            if let Ok(spoken) = outcome {
                assert_eq!(spoken, cipher);
            }
        }
    };
    check(Suite::EcdheGcm, "TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384", [true; 3]);
    check(Suite::Cbc, "TLSv1.2 ECDHE-RSA-AES256-SHA", [true; 3]);
    check(Suite::KeyRsa, "TLSv1.2 AES256-GCM-SHA384", [true; 3]);
    check(Suite::Dhe1024, "TLSv1.2 DHE-RSA-AES128-GCM-SHA256", [true, true, false]);
    check(Suite::Sha1, "TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384", [true, false, false]);
    check(Suite::Tls13, "TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384", [true; 3]);
    check(Suite::Tls11, "TLSv1.1 ECDHE-RSA-AES128-SHA", [true, false, false]);
}

#[test]
fn tls_1_3_is_spoken_where_it_is_offered_and_nowhere_else() {
    let version = |suite| {
        let running = speaking(suite);
        connect(&running, 1, SslVersion::TLS1_3).unwrap().ssl().version_str().to_owned()
    };
    assert_eq!(
        (version(Suite::Tls13), version(Suite::EcdheGcm)),
        ("TLSv1.3".to_owned(), "TLSv1.2".to_owned())
    );
}

#[test]
fn certificates_are_as_weak_as_they_were_seen() {
    for (x509_version, signed_with) in [(3, "sha256"), (3, "sha1"), (1, "md5"), (1, "sha1")] {
        let tls = TlsOptions { x509_version, signed_with: signed_with.to_owned(), ..TlsOptions::default() };
        let running = Modem::start(Options { tls, ..Options::default() }).unwrap();
        let stream = connect(&running, 2, SslVersion::TLS1_2).unwrap();
        let shown = stream.ssl().peer_certificate().unwrap();
        assert_eq!(shown.to_der().unwrap(), running.certificate_der());
        assert_eq!(
            (shown.version(), shown.public_key().unwrap().bits()),
            (i32::from(x509_version) - 1, 1024)
        );
        assert!(shown.subject_alt_names().is_none());
        let names: Vec<_> =
            shown.subject_name().entries().map(|entry| entry.data().to_string().unwrap()).collect();
        assert_eq!(
            names,
            [
                "TW",
                "Hitron Technologies",
                "No. 40, Wu-kung 5th Rd., Wu-ku, Taipei Hsien, Taiwan",
                "02:00:00:00:00:00",
            ]
        );
        assert_eq!((running.sha256().len(), running.sha1().len(), running.md5().len()), (64, 40, 32));
    }
}

#[test]
fn whoever_has_only_the_certificate_is_found_out_by_every_suite() {
    let modem = start();
    for (_, suite) in crate::hitron::tls::SUITES {
        let tls = TlsOptions { suite, impersonates: Some(modem.certificate_der()), ..TlsOptions::default() };
        let middle = Modem::start(Options { tls, ..Options::default() }).unwrap();
        assert_eq!(middle.sha256(), modem.sha256());
        assert!(spoken(&middle, 0).is_err(), "{suite:?}");
        assert!(connect(&middle, 0, SslVersion::TLS1_3).is_err(), "{suite:?}");
        let stats = middle.control.stats();
        assert_eq!((stats.requests, stats.application_bytes), (0, 0), "{suite:?}");
    }
}

#[test]
fn what_comes_over_a_connection_is_counted_after_tls() {
    let running = start();
    let waited = || {
        let begun = pace::now();
        loop {
            let connections = running.control.connections();
            if connections.last().is_some_and(|last| !last.open && last.handshake.is_some()) {
                return connections;
            }
            assert!(begun.elapsed() < PATIENCE);
            std::thread::yield_now();
        }
    };
    drop(connect(&running, 1, SslVersion::TLS1_2).unwrap());
    let silent = waited();
    assert_eq!((silent[0].application_bytes, silent[0].requests), (0, 0));
    assert_eq!(silent[0].handshake, Some(Ok("TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384".to_owned())));
    let mut browser = Browser::at(&running);
    browser.get("/");
    drop(browser);
    let connections = waited();
    let request = "GET / HTTP/1.1\r\nHost: modem\r\n\r\n";
    assert_eq!((connections[1].application_bytes, connections[1].requests), (request.len(), 1));
    assert_eq!(running.control.stats().application_bytes, request.len() as u64);
}

#[test]
fn the_certificate_and_its_key_can_change_and_come_back() {
    let running = start();
    let (own, shown) = (running.sha256(), |running: &Running| running.sha256());
    running.control.fault("new-certificate").unwrap();
    assert_ne!(shown(&running), own);
    assert!(spoken(&running, 1).is_ok());
    running.control.clear_faults();
    running.control.fault("other-key").unwrap();
    assert_eq!(shown(&running), own);
    assert!(spoken(&running, 1).is_err());
    running.control.clear_faults();
    assert!(spoken(&running, 1).is_ok());
}

#[test]
fn twenty_modems_have_twenty_keys_or_share_one() {
    let modems: Vec<_> = (0..20).map(|_| start()).collect();
    let prints: std::collections::HashSet<_> = modems.iter().map(Running::sha256).collect();
    assert_eq!(prints.len(), 20);
    let tls = TlsOptions { identity: modems[0].identity(), ..TlsOptions::default() };
    let same = Modem::start(Options { tls, ..Options::default() }).unwrap();
    assert_eq!(same.sha256(), modems[0].sha256());
    assert!(spoken(&same, 1).is_ok());
}

//! Modems whose TLS is old, made here of OpenSSL: a key of 1024 bits, and whatever ciphers they may have.

use std::process::Command;
use std::sync::{Mutex, OnceLock, mpsc};

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::dh::Dh;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::ssl::{Ssl, SslContext, SslContextBuilder, SslMethod, SslStream, SslVersion};
use openssl::x509::{X509, X509Name};

use super::*;
use crate::metric::{Reason, Timestamp};
use crate::net::failure::Failure;
use crate::net::legacy_tls::pin::Pin;
use crate::net::legacy_tls::{self, Allowed, LegacyTls, SecurityLevel};
use crate::net::tls::Fingerprint;

impl Wire for SslStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref()
    }
}

/// A certificate, and a key.
#[derive(Clone)]
struct Shows {
    certificate: X509,
    key: PKey<Private>,
}

/// Made once: a key takes a while.
fn key() -> PKey<Private> {
    static KEY: OnceLock<PKey<Private>> = OnceLock::new();
    KEY.get_or_init(|| PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap()).clone()
}

/// As modems show them: nobody's but their own, no name but an address of the network.
fn shows(version: i32, digest: MessageDigest, until: &str) -> Shows {
    shows_of(key(), version, digest, until)
}

fn shows_of(key: PKey<Private>, version: i32, digest: MessageDigest, until: &str) -> Shows {
    let mut name = X509Name::builder().unwrap();
    for (field, value) in [("C", "TW"), ("O", "Modems"), ("CN", "02:00:00:00:00:00")] {
        name.append_entry_by_text(field, value).unwrap();
    }
    let name = name.build();
    let mut serial = BigNum::new().unwrap();
    serial.rand(100, MsbOption::MAYBE_ZERO, false).unwrap();
    let mut made = X509::builder().unwrap();
    made.set_version(version - 1).unwrap();
    made.set_serial_number(&serial.to_asn1_integer().unwrap()).unwrap();
    made.set_subject_name(&name).unwrap();
    made.set_issuer_name(&name).unwrap();
    made.set_pubkey(&key).unwrap();
    made.set_not_before(&Asn1Time::from_str("20080101000000Z").unwrap()).unwrap();
    made.set_not_after(&Asn1Time::from_str(until).unwrap()).unwrap();
    made.sign(&key, digest).unwrap();
    Shows { certificate: made.build(), key }
}

fn usual() -> Shows {
    shows(3, MessageDigest::sha256(), "20410517000000Z")
}

impl Shows {
    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.certificate.to_der().unwrap())
    }

    fn pin(&self) -> Pin {
        self.fingerprint().into()
    }
}

/// The side of a modem; this system's configuration of OpenSSL must not keep it from being old.
fn modem(
    shows: &Shows,
    version: SslVersion,
    ciphers: &str,
    change: impl FnOnce(&mut SslContextBuilder),
) -> SslContext {
    let mut made = SslContext::builder(SslMethod::tls_server()).unwrap();
    made.set_cipher_list(&format!("{ciphers}:@SECLEVEL=0")).unwrap();
    made.set_min_proto_version(Some(version)).unwrap();
    made.set_max_proto_version(Some(version)).unwrap();
    made.set_private_key(&shows.key).unwrap();
    made.set_certificate(&shows.certificate).unwrap();
    change(&mut made);
    made.build()
}

/// Usual in everything.
fn usual_modem(shows: &Shows) -> SslContext {
    modem(shows, SslVersion::TLS1_2, "ECDHE-RSA-AES128-GCM-SHA256", |_| ())
}

/// What came of a connection, as the modem saw it.
#[derive(Debug, PartialEq)]
enum Saw {
    /// The handshake came to nothing.
    NoHandshake,
    /// The handshake was over; this many bytes came then until the end.
    Bytes(usize),
    /// A request was answered, on a session that was or was not taken up again.
    Request { resumed: bool },
}

/// Answers every request, and notes what came of each connection.
fn serving(context: SslContext, answer: &'static str) -> (Server, mpsc::Receiver<Saw>) {
    let (note, noted) = mpsc::channel();
    let note = Mutex::new(note);
    let server = Server::on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap(), move |tcp, _| {
        let saw = |saw| drop(note.lock().unwrap().send(saw));
        let Ok(mut wire) = Ssl::new(&context).unwrap().accept(tcp) else { return saw(Saw::NoHandshake) };
        let mut first = [0; 1];
        match wire.read(&mut first) {
            Ok(1) => {}
            _ => return saw(Saw::Bytes(0)),
        }
        // The first byte of `GET`.
        while listen(&mut wire).is_some() {
            saw(Saw::Request { resumed: wire.ssl().session_reused() });
            say(&mut wire, answer);
        }
    });
    (server, noted)
}

fn client(server: &Server, tls: &LegacyTls) -> Client {
    Client::new(server.target(Over::LegacyTls(tls.clone())), 1)
}

fn tls(level: SecurityLevel, pins: &[&[Pin]]) -> LegacyTls {
    LegacyTls::new(level, pins.iter().map(|group| group.to_vec()).collect()).unwrap()
}

fn ask(server: &Server, tls: &LegacyTls) -> Result<Answer, Failure> {
    run(client(server, tls).fetch(get("/"), PATIENCE))
}

#[track_caller]
fn check_refused(failure: &Failure, server: &Server, expected: (Reason, &str, &str)) {
    let (reason, code, message) = expected;
    assert_eq!((failure.reason(), failure.code()), (reason, code), "{failure}");
    assert!(failure.is_unreachable());
    assert_eq!(failure.to_string(), format!("{} {message}", server.address));
}

const LEVELS: [SecurityLevel; 3] = [SecurityLevel::Two, SecurityLevel::One, SecurityLevel::Zero];

/// What a modem offers, what OpenSSL calls that, and whether it works at the levels 2, 1 and 0. As measured with
/// `openssl s_server` on one side and OpenSSL 3.0 on the other.
struct Row {
    says: &'static str,
    context: fn(&Shows) -> SslContext,
    version: i32,
    protocol: &'static str,
    cipher: &'static str,
    works: [bool; 3],
}

const MATRIX: &[Row] = &[
    Row {
        says: "ECDHE with GCM",
        context: usual_modem,
        version: 3,
        protocol: "TLSv1.2",
        cipher: "ECDHE-RSA-AES128-GCM-SHA256",
        works: [true, true, true],
    },
    Row {
        says: "a certificate of version 1",
        context: usual_modem,
        version: 1,
        protocol: "TLSv1.2",
        cipher: "ECDHE-RSA-AES128-GCM-SHA256",
        works: [true, true, true],
    },
    Row {
        says: "CBC alone",
        context: |shows| modem(shows, SslVersion::TLS1_2, "ECDHE-RSA-AES128-SHA", |_| ()),
        version: 3,
        protocol: "TLSv1.2",
        cipher: "ECDHE-RSA-AES128-SHA",
        works: [true, true, true],
    },
    Row {
        says: "RSA key exchange alone",
        context: |shows| modem(shows, SslVersion::TLS1_2, "AES128-GCM-SHA256", |_| ()),
        version: 3,
        protocol: "TLSv1.2",
        cipher: "AES128-GCM-SHA256",
        works: [true, true, true],
    },
    Row {
        says: "Diffie-Hellman with 1024 bits alone",
        context: |shows| {
            modem(shows, SslVersion::TLS1_2, "DHE-RSA-AES128-GCM-SHA256", |context| {
                // The second Oakley group (RFC 2409 §6.2).
                let (prime, generator) =
                    (BigNum::get_rfc2409_prime_1024().unwrap(), BigNum::from_u32(2).unwrap());
                context.set_tmp_dh(&Dh::from_pqg(prime, None, generator).unwrap()).unwrap();
            })
        },
        version: 3,
        protocol: "TLSv1.2",
        cipher: "DHE-RSA-AES128-GCM-SHA256",
        works: [false, true, true],
    },
    Row {
        says: "signatures with SHA-1 alone",
        context: |shows| {
            modem(shows, SslVersion::TLS1_2, "ECDHE-RSA-AES128-GCM-SHA256", |context| {
                context.set_sigalgs_list("RSA+SHA1").unwrap();
            })
        },
        version: 3,
        protocol: "TLSv1.2",
        cipher: "ECDHE-RSA-AES128-GCM-SHA256",
        works: [false, false, true],
    },
    Row {
        says: "TLS 1.3",
        context: |shows| {
            modem(shows, SslVersion::TLS1_3, "DEFAULT", |context| {
                context.set_ciphersuites("TLS_AES_128_GCM_SHA256").unwrap();
            })
        },
        version: 3,
        protocol: "TLSv1.3",
        cipher: "TLS_AES_128_GCM_SHA256",
        works: [true, true, true],
    },
];

#[test]
fn each_kind_of_old_tls_works_from_its_level_on() {
    for row in MATRIX {
        // What signed the certificate never matters: nobody verifies that.
        for digest in [MessageDigest::sha256(), MessageDigest::sha1(), MessageDigest::md5()] {
            let shows = shows(row.version, digest, "20410517000000Z");
            let (server, noted) = serving((row.context)(&shows), OK);
            for (level, works) in LEVELS.into_iter().zip(row.works) {
                let tls = tls(level, &[&[shows.pin()]]);
                assert_eq!((tls.is_pinned(), tls.shown()), (true, None));
                let says = format!("{} at {level:?}", row.says);
                match ask(&server, &tls) {
                    Ok(answer) => assert!(works && answer.body == b"{}", "{says}"),
                    Err(failure) => {
                        assert_eq!(
                            (failure.reason(), failure.code()),
                            (Reason::Unsupported, "tls_old"),
                            "{says}: {failure}"
                        );
                        assert!(!works, "{says}: {failure}");
                    }
                }
                if !works {
                    assert_eq!(noted.recv_timeout(PATIENCE), Ok(Saw::NoHandshake), "{says}");
                    continue;
                }
                assert_eq!(noted.recv_timeout(PATIENCE), Ok(Saw::Request { resumed: false }), "{says}");
                let shown = tls.shown().unwrap();
                assert_eq!((shown.protocol, shown.cipher), (row.protocol, Some(row.cipher)), "{says}");
                assert_eq!(shown.fingerprint, shows.fingerprint());
                let certificate = shown.certificate.unwrap();
                assert_eq!(certificate.fingerprint, shows.fingerprint());
                // 2041-05-17 00:00 UTC, by `date -u -d 2041-05-17 +%s`.
                assert_eq!(certificate.not_after, Timestamp(Duration::from_secs(2_252_361_600)));
            }
        }
    }
}

#[test]
fn a_message_about_old_tls_says_which_level_would_do() {
    let shows = usual();
    let row = |says: &str| MATRIX.iter().find(|row| row.says.contains(says)).unwrap();
    // OpenSSL's own words, and the alert that it gets.
    let alert = "ssl/tls alert handshake failure: SSL alert number 40";
    for (says, level, said, advice) in [
        (
            "1024 bits",
            SecurityLevel::Two,
            "dh key too small",
            "if it is so old, put up with it by `tls_security_level = 1`, or `0` if that does not help",
        ),
        ("SHA-1", SecurityLevel::One, alert, "if it is so old, put up with it by `tls_security_level = 0`"),
    ] {
        let (server, _noted) = serving((row(says).context)(&shows), OK);
        let failure = ask(&server, &tls(level, &[&[shows.pin()]])).unwrap_err();
        // Before 3.2 OpenSSL called it `sslv3 alert handshake failure`.
        let text = failure.to_string().replace("sslv3 alert", "ssl/tls alert");
        let expected = format!("{} speaks no TLS that is good enough ({said}); {advice}", server.address);
        assert_eq!(text, expected);
    }
}

#[test]
fn a_modem_whose_newest_tls_is_1_1_is_not_asked() {
    let (server, noted) = serving(modem(&usual(), SslVersion::TLS1_1, "ALL", |_| ()), OK);
    for level in LEVELS {
        let failure = ask(&server, &tls(level, &[])).unwrap_err();
        assert_eq!((failure.reason(), failure.code()), (Reason::Unsupported, "tls_old"), "{failure}");
        let begin = format!(
            "{} speaks no TLS 1.2, which is the oldest that is spoken here (tlsv1 alert protocol version",
            server.address
        );
        assert!(failure.to_string().starts_with(&begin), "{failure}");
        assert_eq!(noted.recv_timeout(PATIENCE), Ok(Saw::NoHandshake));
    }
    // One that has not heard that there is anything newer, and says so in its `ServerHello` (RFC 5246 §7.4.1.3).
    for minor in [1, 2] {
        let server = saying(hello(minor));
        let failure = ask(&server, &tls(SecurityLevel::Zero, &[])).unwrap_err();
        let message =
            "speaks no TLS 1.2, which is the oldest that is spoken here (unsupported protocol); update it";
        check_refused(&failure, &server, (Reason::Unsupported, "tls_old", message));
    }
}

/// Hears a `ClientHello`, says this, and waits for the end.
fn saying(bytes: Vec<u8>) -> Server {
    Server::new(move |wire, _| {
        let _ = wire.read(&mut [0; 4096]);
        let _ = wire.write_all(&bytes);
        while wire.read(&mut [0; 1024]).is_ok_and(|read| read > 0) {}
    })
}

/// A `ServerHello` of TLS 1.this-1 with ECDHE-RSA-AES128-SHA, and without extensions: so did servers answer that had
/// never heard of any (RFC 5246 §6.2.1, §7.4.1.3).
fn hello(minor: u8) -> Vec<u8> {
    let mut body = vec![3, minor];
    body.extend([7; 32]);
    body.extend([0, 0xc0, 0x13, 0]);
    let mut record = vec![22, 3, minor, 0, body.len() as u8 + 4, 2, 0, 0, body.len() as u8];
    record.extend(body);
    record
}

#[test]
fn a_modem_that_cannot_renew_a_handshake_safely_is_put_up_with_where_that_was_said() {
    let server = saying(hello(3));
    let refused = ask(&server, &tls(SecurityLevel::Zero, &[])).unwrap_err();
    let message = "cannot renew a handshake safely (RFC 5746); if it is so old, put up with it by \
                   `tls_legacy_renegotiation = true`";
    check_refused(&refused, &server, (Reason::Unsupported, "tls_old", message));
    let allowed = Allowed { level: SecurityLevel::One, legacy_renegotiation: true };
    let tls = LegacyTls::new(allowed, Vec::new()).unwrap();
    // It waits for the certificate now, which does not come.
    let failure = run(client(&server, &tls).fetch(get("/"), Duration::from_millis(300))).unwrap_err();
    assert_eq!(failure.code(), "timeout", "{failure}");
}

#[test]
fn an_alert_says_what_it_is_about() {
    // RFC 5246 §7.2: fatal, and handshake_failure, protocol_version, insufficient_security, internal_error.
    for (alert, code) in [(40, "tls_old"), (70, "tls_old"), (71, "tls_old"), (80, "tls")] {
        let server = saying(vec![21, 3, 3, 0, 2, 2, alert]);
        let failure = ask(&server, &tls(SecurityLevel::One, &[])).unwrap_err();
        assert_eq!(failure.code(), code, "{failure}");
    }
}

#[test]
fn a_modem_that_speaks_no_tls_is_said_to() {
    for text in
        ["HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "<html>It works</html>", "SSH-2.0-x\r\n"]
    {
        let server = saying(text.as_bytes().to_vec());
        let failure = ask(&server, &tls(SecurityLevel::One, &[])).unwrap_err();
        let message = "does not speak TLS; is this its port, and is HTTPS switched on there";
        check_refused(&failure, &server, (Reason::Unsupported, "tls_none", message));
    }
}

#[test]
fn a_modem_that_hangs_up_or_hangs_during_the_handshake_is_not_waited_for() {
    let tls = tls(SecurityLevel::One, &[&[usual().pin()]]);
    let closing = Server::new(|wire, _| drop(wire.read(&mut [0; 4096])));
    let failure = ask(&closing, &tls).unwrap_err();
    assert_eq!((failure.reason(), failure.code()), (Reason::Unreachable, "closed"), "{failure}");
    // Nothing, and half a message.
    for said in [vec![], hello(3)[..20].to_vec()] {
        let hanging = saying(said);
        let short = Duration::from_millis(300);
        let failure = run(client(&hanging, &tls).fetch(get("/"), short)).unwrap_err();
        let message = "did not answer within 300 ms: its TLS handshake was not over by then";
        check_refused(&failure, &hanging, (Reason::TimedOut, "timeout", message));
    }
    assert_eq!(tls.shown(), None);
}

#[test]
fn noise_in_the_handshake_is_an_error_and_nothing_else() {
    // The first record is one of a handshake; what is in it is not.
    let mut noise = vec![22, 3, 3, 0x10, 0];
    noise.extend((0..0x1000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8));
    let failure = ask(&saying(noise), &tls(SecurityLevel::Zero, &[])).unwrap_err();
    assert_eq!((failure.reason(), failure.code()), (Reason::Misbehaved, "tls"), "{failure}");
    assert!(failure.to_string().contains(" failed at TLS: "), "{failure}");
}

/// Every way to write the fingerprint of a certificate, by `openssl x509` itself; none where that is not there.
fn printed(shows: &Shows, digest: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("modem.pem");
    std::fs::write(&path, shows.certificate.to_pem().unwrap()).unwrap();
    let mut command = Command::new("openssl");
    match command.args(["x509", "-noout", "-fingerprint", digest, "-in"]).arg(&path).output() {
        Ok(output) => {
            assert!(output.status.success(), "{output:?}");
            Some(String::from_utf8(output.stdout).unwrap())
        }
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "NOT RUN: openssl: {error}");
            eprintln!("NOT RUN: openssl cannot print a fingerprint: {error}");
            None
        }
    }
}

#[test]
fn a_pin_in_every_spelling_and_of_every_digest_opens_the_door() {
    let shows = usual();
    let (server, noted) = serving(usual_modem(&shows), OK);
    for (name, argument) in [("sha256", "-sha256"), ("sha1", "-sha1"), ("md5", "-md5")] {
        let Some(line) = printed(&shows, argument) else { return };
        let (_, colons) = line.trim().split_once('=').unwrap();
        let bare = colons.replace(':', "");
        for spelling in [
            line.clone(),
            line.to_lowercase(),
            colons.to_owned(),
            colons.to_lowercase(),
            bare.clone(),
            bare.to_lowercase(),
            format!("{name}:{colons}"),
            format!("{}:{bare}", name.to_uppercase()),
            colons.replace(':', "-"),
            colons.replace(':', " "),
        ] {
            let pin: Pin = spelling.parse().unwrap();
            assert_eq!((pin.algorithm(), pin.is_weak()), (name, name != "sha256"));
            assert_eq!(pin.to_string(), format!("{name}:{}", bare.to_lowercase()));
            assert_eq!(pin.colons(), colons.to_lowercase());
            let answer = ask(&server, &tls(SecurityLevel::One, &[&[pin]])).unwrap();
            assert_eq!(answer.body, b"{}", "{spelling}");
            assert_eq!(noted.recv_timeout(PATIENCE), Ok(Saw::Request { resumed: false }));
        }
    }
}

/// One bit is wrong.
fn nearly(pin: Pin, at: usize) -> Pin {
    let flip = |octets: &mut [u8]| octets[at] ^= 1;
    let mut nearly = pin;
    match &mut nearly {
        Pin::Sha256(octets) => flip(octets),
        Pin::Sha1(octets) => flip(octets),
        Pin::Md5(octets) => flip(octets),
    }
    nearly
}

#[test]
fn whoever_shows_another_certificate_hears_nothing_but_the_handshake() {
    let (old, new) = (usual(), usual());
    let other = Pin::Sha1([0x11; 20]);
    for row in MATRIX {
        let (server, noted) = serving((row.context)(&new), OK);
        for pins in
            [vec![old.pin()], vec![nearly(new.pin(), 31), nearly(new.pin(), 0)], vec![old.pin(), other]]
        {
            let tls = tls(SecurityLevel::Zero, &[&pins]);
            let failure = ask(&server, &tls).unwrap_err();
            assert_eq!((failure.reason(), failure.code()), (Reason::Refused, "tls_pin"), "{failure}");
            assert!(failure.to_string().contains(&new.fingerprint().to_string()), "{failure}");
            assert_eq!(noted.recv_timeout(PATIENCE), Ok(Saw::Bytes(0)), "{}", row.says);
            assert_eq!(tls.shown().unwrap().fingerprint, new.fingerprint());
        }
    }
    let (server, _noted) = serving(usual_modem(&new), OK);
    let failure = ask(&server, &tls(SecurityLevel::One, &[&[old.pin(), other]])).unwrap_err();
    let message = format!(
        "shows the certificate {}, and not {} or sha1:1111111111111111111111111111111111111111, which it is pinned to; \
         if it has a new one, pin that; if not, this is somebody else, or somebody is in between",
        new.pin(),
        old.pin()
    );
    check_refused(&failure, &server, (Reason::Refused, "tls_pin", &message));
    let crate::net::failure::Cause::LegacyTls(refusal) = &failure.cause else { panic!("{failure}") };
    let public = refusal.without_certificate();
    assert!(!public.contains(&new.fingerprint().to_string()) && public.contains("pinned"), "{public}");
}

#[test]
fn of_two_pins_one_has_to_fit_and_of_two_groups_one_pin_of_each() {
    let (old, new) = (usual(), usual());
    let (server, _noted) = serving(usual_modem(&new), OK);
    let sha1 = Pin::Sha1(openssl::sha::sha1(&new.certificate.to_der().unwrap()));
    let (old, new) = (old.pin(), new.pin());
    let check = |groups: &[&[Pin]], expected: Option<&str>| {
        let failed = ask(&server, &tls(SecurityLevel::One, groups)).err();
        assert_eq!(failed.as_ref().map(Failure::code), expected, "{groups:?} {failed:?}");
    };
    // A change that was planned: the old one and the new one.
    check(&[&[old, new]], None);
    check(&[&[new, old]], None);
    check(&[&[new], &[sha1]], None);
    check(&[&[old, new], &[old, sha1]], None);
    check(&[&[new], &[old]], Some("tls_pin"));
    check(&[&[old], &[new]], Some("tls_pin"));
    check(&[&[new], &[new], &[nearly(sha1, 19)]], Some("tls_pin"));
    // A group of nothing says nothing, and no pin at all means anybody.
    check(&[&[], &[new]], None);
    check(&[&[], &[old]], Some("tls_pin"));
    check(&[&[], &[]], None);
    check(&[], None);
    assert!(!tls(SecurityLevel::One, &[&[], &[]]).is_pinned());
}

/// The same certificate, and another key behind it: it says that it has the modulus of the right one.
fn stolen(shows: &Shows) -> Shows {
    let (right, other) = (shows.key.rsa().unwrap(), Rsa::generate(1024).unwrap());
    let own = |number: Option<&openssl::bn::BigNumRef>| number.unwrap().to_owned().unwrap();
    let key = Rsa::from_private_components(
        right.n().to_owned().unwrap(),
        right.e().to_owned().unwrap(),
        other.d().to_owned().unwrap(),
        own(other.p()),
        own(other.q()),
        own(other.dmp1()),
        own(other.dmq1()),
        own(other.iqmp()),
    );
    Shows { certificate: shows.certificate.clone(), key: PKey::from_rsa(key.unwrap()).unwrap() }
}

#[test]
fn whoever_shows_the_right_certificate_without_its_key_hears_nothing() {
    let shows = usual();
    let thief = stolen(&shows);
    for row in MATRIX.iter().filter(|row| row.version == 3) {
        let (server, noted) = serving((row.context)(&thief), OK);
        // Also where anybody is believed.
        for pins in [&[[shows.pin()].as_slice()][..], &[]] {
            let tls = tls(SecurityLevel::Zero, pins);
            let failure = ask(&server, &tls).unwrap_err();
            let saw = noted.recv_timeout(PATIENCE).unwrap();
            assert!([Saw::NoHandshake, Saw::Bytes(0)].contains(&saw), "{}: {saw:?}", row.says);
            assert_eq!(
                (failure.reason(), failure.code()),
                (Reason::Refused, "tls_key"),
                "{}: {failure}",
                row.says
            );
            let message = format!(
                "shows a certificate whose key it does not have ({}); this is somebody else, or somebody is in between",
                shows.fingerprint()
            );
            check_refused(&failure, &server, (Reason::Refused, "tls_key", &message));
        }
    }
}

/// Shows a certificate whose key it does not have, by somebody else's TLS.
#[derive(Debug)]
struct Thief(Arc<rustls::sign::CertifiedKey>);

impl rustls::server::ResolvesServerCert for Thief {
    fn resolve(&self, _: rustls::server::ClientHello<'_>) -> Option<Arc<rustls::sign::CertifiedKey>> {
        Some(self.0.clone())
    }
}

#[test]
fn whoever_signs_with_a_key_of_his_own_hears_nothing() {
    let (right, own) = (Rsa::generate(2048).unwrap(), Rsa::generate(2048).unwrap());
    let shows = shows_of(PKey::from_rsa(right).unwrap(), 3, MessageDigest::sha256(), "20410517000000Z");
    let pkcs8 = PKey::from_rsa(own).unwrap().private_key_to_pkcs8().unwrap();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(pkcs8).into();
    let key = rustls::crypto::ring::sign::any_supported_type(&key).unwrap();
    let chain = vec![shows.certificate.to_der().unwrap().into()];
    let thief = Arc::new(Thief(Arc::new(rustls::sign::CertifiedKey::new(chain, key))));
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            ServerConfig::builder_with_provider(provider).with_protocol_versions(&[version]).unwrap();
        let (note, noted) = mpsc::channel();
        let note = Mutex::new(note);
        let config = config.with_no_client_auth().with_cert_resolver(thief.clone());
        let server = Server::with_tls(config, move |wire, _| {
            let mut heard = Vec::new();
            let ended = wire.read_to_end(&mut heard).is_ok();
            note.lock().unwrap().send((ended, heard)).unwrap();
        });
        let tls = tls(SecurityLevel::One, &[&[shows.pin()]]);
        let failure = ask(&server, &tls).unwrap_err();
        assert_eq!((failure.reason(), failure.code()), (Reason::Refused, "tls_key"), "{failure}");
        assert_eq!(noted.recv_timeout(PATIENCE), Ok((false, vec![])));
    }
}

#[test]
fn no_name_of_the_server_is_sent() {
    let (note, noted) = mpsc::channel();
    let note = Mutex::new(note);
    let server = Server::new(move |wire, _| {
        let mut hello = vec![0; 4096];
        let read = wire.read(&mut hello).unwrap();
        note.lock().unwrap().send(hello[..read].to_vec()).unwrap();
    });
    let target = Target {
        host: "modem.example".to_owned(),
        connect_to: Some("127.0.0.1".to_owned()),
        ..server.target(Over::LegacyTls(tls(SecurityLevel::One, &[])))
    };
    run(Client::new(target, 1).fetch(get("/"), PATIENCE)).unwrap_err();
    let hello = noted.recv_timeout(PATIENCE).unwrap();
    // A record of a handshake that begins with a `ClientHello`.
    assert_eq!((hello[0], hello[5]), (22, 1));
    assert!(!hello.windows(5).any(|window| window == b"modem"), "{hello:02x?}");
}

#[test]
fn a_connection_is_kept_and_no_session_is_taken_up_again() {
    let shows = usual();
    for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
        let context = modem(&shows, version, "DEFAULT", |context| {
            context.set_session_id_context(b"modem").unwrap();
        });
        let (server, noted) = serving(context, OK);
        let client = client(&server, &tls(SecurityLevel::One, &[&[shows.pin()]]));
        assert_eq!(client.certificate(), None);
        run(async {
            for _ in 0..3 {
                client.fetch(get("/"), PATIENCE).await.unwrap();
            }
            client.close();
            client.fetch(get("/"), PATIENCE).await.unwrap();
        });
        assert_eq!(server.accepted(), 2);
        for _ in 0..3 {
            assert_eq!(noted.recv_timeout(PATIENCE), Ok(Saw::Request { resumed: false }));
        }
        // Only after the goodbye: that may be noted before it.
        assert_eq!(noted.recv_timeout(PATIENCE), Ok(Saw::Request { resumed: false }));
        assert_eq!(client.certificate().unwrap().fingerprint, shows.fingerprint());
    }
}

#[test]
fn a_body_that_ends_with_the_connection_is_whole_also_without_a_goodbye() {
    let shows = usual();
    let context = usual_modem(&shows);
    let server = Server::on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap(), move |tcp, _| {
        let mut wire = Ssl::new(&context).unwrap().accept(tcp).unwrap();
        listen(&mut wire);
        say(&mut wire, "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\nsuccess");
        wire.get_ref().shutdown(std::net::Shutdown::Both).unwrap();
    });
    let answer = ask(&server, &tls(SecurityLevel::One, &[&[shows.pin()]])).unwrap();
    assert_eq!(
        (answer.body.as_slice(), answer.content_type.as_deref()),
        (b"success".as_slice(), Some("text/html"))
    );
}

#[test]
fn a_body_that_is_shorter_than_it_says_is_not_whole() {
    let shows = usual();
    let context = usual_modem(&shows);
    let server = Server::on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap(), move |tcp, _| {
        let mut wire = Ssl::new(&context).unwrap().accept(tcp).unwrap();
        listen(&mut wire);
        say(&mut wire, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[{");
        wire.get_ref().shutdown(std::net::Shutdown::Both).unwrap();
    });
    let failure = ask(&server, &tls(SecurityLevel::One, &[&[shows.pin()]])).unwrap_err();
    assert_eq!((failure.reason(), failure.code()), (Reason::Misbehaved, "truncated"), "{failure}");
}

#[test]
fn a_certificate_that_has_expired_or_is_for_nobody_is_known_by_its_pin_all_the_same() {
    let shows = shows(3, MessageDigest::sha1(), "20180101000000Z");
    let (server, _noted) = serving(usual_modem(&shows), OK);
    let tls = tls(SecurityLevel::Two, &[&[shows.pin()]]);
    ask(&server, &tls).unwrap();
    // 2018-01-01 00:00 UTC, by `date -u -d 2018-01-01 +%s`.
    let not_after = tls.shown().unwrap().certificate.unwrap().not_after;
    assert_eq!(not_after, Timestamp(Duration::from_secs(1_514_764_800)));
}

#[test]
fn preparing_twice_is_as_good_as_once() {
    legacy_tls::prepare();
    legacy_tls::prepare();
}

#[test]
fn a_visit_over_openssl_may_wait_on_any_thread() {
    fn check(_: impl Send) {}
    let (server, _noted) = serving(usual_modem(&usual()), OK);
    let client = client(&server, &tls(SecurityLevel::One, &[]));
    check(client.fetch(get("/"), PATIENCE));
}

#[test]
fn a_level_is_one_of_three() {
    for (number, level) in [(0, SecurityLevel::Zero), (1, SecurityLevel::One), (2, SecurityLevel::Two)] {
        assert_eq!((SecurityLevel::new(number), u64::from(level.number())), (Some(level), number));
    }
    assert_eq!((SecurityLevel::new(3), SecurityLevel::new(u64::MAX)), (None, None));
    assert_eq!(SecurityLevel::default(), SecurityLevel::One);
}

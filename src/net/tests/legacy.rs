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

//! Whom the client believes, over TLS: chains of authorities that are made here, and boxes that show something else.

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, mpsc};

use rcgen::{
    BasicConstraints, Certificate as Made, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{HandshakeKind, SupportedProtocolVersion, version};

use super::*;
use crate::metric::{Reason, Timestamp};
use crate::net::failure::Failure;
use crate::net::tls::{Certificate, Fingerprint, Trust};

/// As published at dev.freebox.fr/sdk/os, in the order of the file.
const PUBLISHED: [(&str, &str); 3] = [
    (
        "23:CF:B7:26:36:BE:66:5D:BB:F2:FE:3E:05:27:90:47:71:A8:DF:F1:BA:CE:46:1D:8B:D6:9F:34:81:2C:24:44",
        "2035-08-27",
    ),
    (
        "2B:D8:B5:BE:1A:99:0E:42:AD:1B:D7:9C:30:6E:B5:19:B6:37:EE:24:75:C0:D9:31:F2:57:53:56:10:E9:C3:E7",
        "2035-07-25",
    ),
    (
        "A2:10:B1:DE:83:57:92:7F:13:3C:F5:17:BB:63:AC:99:FC:EA:79:97:5B:E5:12:62:BA:C9:DE:0E:A8:74:EB:DE",
        "2040-11-22",
    ),
];

#[test]
fn the_authorities_of_freeboxes_are_the_published_ones() {
    let file = include_str!("../../sources/freebox/authorities.pem");
    let found: Vec<(Fingerprint, String)> = CertificateDer::pem_slice_iter(file.as_bytes())
        .map(|der| Certificate::read(&der.unwrap()).unwrap())
        .map(|certificate| (certificate.fingerprint, certificate.until()))
        .collect();
    let expected =
        PUBLISHED.map(|(digits, until)| (format!("sha256:{digits}").parse().unwrap(), until.to_owned()));
    assert_eq!(found, expected);
    // And each of them can be believed.
    let trust = Trust::Authorities { built_in: file, file: None };
    Tls::new(&trust, "mafreebox.freebox.fr").unwrap();
}

#[test]
fn a_fingerprint_is_read_as_openssl_prints_it_and_as_we_do() {
    let (colons, _) = PUBLISHED[0];
    let bare = colons.replace(':', "").to_lowercase();
    for text in [
        format!("sha256:{colons}"),
        format!("SHA256:{}", colons.to_lowercase()),
        format!("sha256:{bare}"),
        format!("Sha256:{}", bare.to_uppercase()),
    ] {
        let fingerprint: Fingerprint = text.parse().unwrap();
        assert_eq!((fingerprint.0[0], fingerprint.0[31]), (0x23, 0x44));
        assert_eq!(fingerprint.to_string(), format!("sha256:{bare}"));
        assert_eq!(format!("{fingerprint:?}"), format!("sha256:{bare}"));
    }
    for text in [
        "",
        "sha256",
        "sha256:",
        &bare,
        colons,
        &format!("sha1:{bare}"),
        &format!("sha256:{}", &bare[1..]),
        &format!("sha256:{bare}0"),
        &format!("sha256:{bare}00"),
        &format!("sha256:{colons}:"),
        &format!("sha256:{}", bare.replace('4', "g")),
        &format!("sha256:+{}", &bare[1..]),
        &format!("sha256:é{}", &bare[2..]),
    ] {
        let problem = text.parse::<Fingerprint>().unwrap_err().to_string();
        assert!(
            problem.ends_with(
                "` is not a fingerprint: `sha256:` and 64 hexadecimal digits, with or without colons"
            ),
            "{problem}"
        );
    }
}

#[test]
fn what_is_no_certificate_is_none() {
    let der =
        CertificateDer::from_pem_slice(include_bytes!("../../sources/freebox/authorities.pem")).unwrap();
    for length in 0..der.len() {
        assert_eq!(Certificate::read(&der[..length]), None);
    }
}

/// An authority of our own.
pub(crate) struct Authority {
    pub(crate) made: Made,
    issuer: Issuer<'static, KeyPair>,
}

pub(crate) fn authority() -> Authority {
    authority_called("Box Root")
}

fn authority_called(name: &str) -> Authority {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Authority { made: params.self_signed(&key).unwrap(), issuer: Issuer::new(params, key) }
}

impl Authority {
    pub(crate) fn trust(&self) -> Trust {
        Trust::Authorities { built_in: self.made.pem().leak(), file: None }
    }
}

/// What a box shows, and its key.
pub(crate) struct Shown {
    der: CertificateDer<'static>,
    key: KeyPair,
}

impl Shown {
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.der)
    }

    pub(crate) fn config(&self) -> ServerConfig {
        self.config_of(rustls::DEFAULT_VERSIONS)
    }

    fn config_of(&self, versions: &[&'static SupportedProtocolVersion]) -> ServerConfig {
        config(vec![self.der.clone()], &self.key, versions)
    }
}

fn key(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivatePkcs8KeyDer::from(key.serialize_der()).into()
}

fn config(
    chain: Vec<CertificateDer<'static>>,
    of: &KeyPair,
    versions: &[&'static SupportedProtocolVersion],
) -> ServerConfig {
    builder(versions).with_no_client_auth().with_single_cert(chain, key(of)).unwrap()
}

fn builder(
    versions: &[&'static SupportedProtocolVersion],
) -> rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap()
}

/// A certificate for the loopback, good from 2020 until the end of 2199, with changes.
pub(crate) fn leaf(authority: &Authority, change: impl FnOnce(&mut CertificateParams)) -> Shown {
    let key = KeyPair::generate().unwrap();
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut params = CertificateParams::new(names).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2199, 12, 31);
    params.use_authority_key_identifier_extension = true;
    change(&mut params);
    Shown { der: params.signed_by(&key, &authority.issuer).unwrap().der().clone(), key }
}

fn client(server: &Server, trust: &Trust) -> Client {
    let tls = Tls::new(trust, &server.address.ip().to_string()).unwrap();
    Client::new(server.target(Over::Tls(tls)), 2)
}

#[track_caller]
fn check_good(server: &Server, trust: &Trust, shown: Fingerprint) {
    let client = client(server, trust);
    assert_eq!(client.certificate(), None);
    check_ok(&client);
    assert_eq!(client.certificate().unwrap().fingerprint, shown);
}

/// `SHOWN` in the message is the fingerprint of what the box shows.
#[track_caller]
fn check_bad(server: &Server, trust: &Trust, shown: Option<Fingerprint>, expected: (Reason, &str, &str)) {
    let client = client(server, trust);
    let failure = run(client.fetch(get("/"), PATIENCE)).unwrap_err();
    check_failure(&failure, server, shown, expected);
    assert_eq!(client.certificate().map(|certificate| certificate.fingerprint), shown);
}

#[track_caller]
fn check_failure(
    failure: &Failure,
    server: &Server,
    shown: Option<Fingerprint>,
    expected: (Reason, &str, &str),
) {
    let (reason, code, message) = expected;
    assert_eq!((failure.reason(), failure.code()), (reason, code), "{failure}");
    let message = message.replace("SHOWN", &shown.map(|shown| shown.to_string()).unwrap_or_default());
    assert_eq!(failure.to_string(), format!("{} {message}", server.address));
}

#[test]
fn a_chain_of_an_authority_that_we_know_is_believed_in_both_versions() {
    let ours = authority();
    let leaf = leaf(&ours, |_| ());
    for version in [&version::TLS12, &version::TLS13] {
        let server = Server::with_tls(leaf.config_of(&[version]), always(OK));
        check_good(&server, &ours.trust(), leaf.fingerprint());
    }
}

#[test]
fn a_connection_over_tls_is_kept_and_a_session_is_taken_up_again() {
    let ours = authority();
    let leaf = leaf(&ours, |_| ());
    let (note, noted) = mpsc::channel();
    let note = Mutex::new(note);
    let config = Arc::new(leaf.config());
    let server = Server::on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap(), move |tcp, _| {
        let mut wire = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), tcp);
        while listen(&mut wire).is_some() {
            note.lock().unwrap().send(wire.conn.handshake_kind().unwrap()).unwrap();
            say(&mut wire, OK);
        }
    });
    let client = client(&server, &ours.trust());
    run(async {
        for _ in 0..3 {
            client.fetch(get("/"), PATIENCE).await.unwrap();
        }
        client.close();
        client.fetch(get("/"), PATIENCE).await.unwrap();
    });
    assert_eq!(server.accepted(), 2);
    let kinds: Vec<HandshakeKind> = noted.try_iter().collect();
    assert!(kinds[..3].iter().all(|kind| *kind != HandshakeKind::Resumed), "{kinds:?}");
    assert_eq!(kinds[3..], [HandshakeKind::Resumed]);
    assert_eq!(client.certificate().unwrap().fingerprint, leaf.fingerprint());
}

#[test]
fn the_certificate_that_was_shown_says_until_when_it_is_good() {
    let ours = authority();
    // 2041-05-17 00:00 UTC, by `date -u -d 2041-05-17 +%s`.
    let leaf = leaf(&ours, |params| params.not_after = date_time_ymd(2041, 5, 17));
    let server = Server::with_tls(leaf.config(), always(OK));
    let client = client(&server, &ours.trust());
    check_ok(&client);
    let shown = client.certificate().unwrap();
    assert_eq!(shown.not_after, Timestamp(Duration::from_secs(2_252_361_600)));
    assert_eq!(shown.until(), "2041-05-17");
}

#[test]
fn a_certificate_without_an_authority_key_identifier_is_believed() {
    // As boxes have them, which some other programs refuse.
    let ours = authority();
    let leaf = leaf(&ours, |params| params.use_authority_key_identifier_extension = false);
    let server = Server::with_tls(leaf.config(), always(OK));
    check_good(&server, &ours.trust(), leaf.fingerprint());
}

#[test]
fn a_box_is_believed_at_its_address_of_ipv6_and_by_name() {
    let ours = authority();
    let leaf = leaf(&ours, |_| ());
    let server = Server::with_tls(leaf.config(), always(OK));
    let by_address = Tls::new(&ours.trust(), "192.0.2.1").unwrap();
    let by_name = by_address.for_name("localhost").unwrap();
    let elsewhere = Target {
        host: "localhost".to_owned(),
        connect_to: Some("127.0.0.1".to_owned()),
        ..server.target(Over::Tls(by_name))
    };
    check_ok(&Client::new(elsewhere, 1));
    assert_eq!(by_address.shown().unwrap().fingerprint, leaf.fingerprint());
    let Some(listener) = on_ipv6() else { return };
    let server = Server::with_tls_on(listener, leaf.config(), always(OK));
    check_good(&server, &ours.trust(), leaf.fingerprint());
}

#[test]
fn an_expired_certificate_says_since_when_and_what_to_do() {
    let ours = authority();
    let leaf = leaf(&ours, |params| params.not_after = date_time_ymd(2026, 7, 6));
    let server = Server::with_tls(leaf.config(), always(OK));
    let message = "shows a certificate that has expired on 2026-07-06; until it has a new one, believe it all the same \
                   with `pin = \"SHOWN\"`, or do without TLS with `endpoint = \"http://…\"`";
    check_bad(&server, &ours.trust(), Some(leaf.fingerprint()), (Reason::Refused, "tls_expired", message));
    // And that helps.
    check_good(&server, &Trust::Pins(vec![leaf.fingerprint()]), leaf.fingerprint());
    check_good(&server, &Trust::Anybody, leaf.fingerprint());
}

#[test]
fn a_certificate_that_is_not_good_yet_makes_one_think_of_the_clock() {
    let ours = authority();
    let leaf = leaf(&ours, |params| params.not_before = date_time_ymd(2198, 1, 1));
    let server = Server::with_tls(leaf.config(), always(OK));
    let message = "shows a certificate that is not good yet; if the clock of this machine is right, believe it all the \
                   same with `pin = \"SHOWN\"`";
    check_bad(&server, &ours.trust(), Some(leaf.fingerprint()), (Reason::Refused, "tls_not_yet", message));
}

#[test]
fn a_certificate_for_somebody_else_says_for_whom() {
    let ours = authority();
    let named = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        leaf(&ours, |params| {
            params.subject_alt_names = CertificateParams::new(names).unwrap().subject_alt_names
        })
    };
    for (names, said) in [
        (vec!["mafreebox.freebox.fr"], "for `mafreebox.freebox.fr`, not"),
        (vec!["a.example", "192.0.2.7"], "for `a.example`, `192.0.2.7`, not"),
        (
            vec!["a.example", "b.example", "c.example", "d.example"],
            "for `a.example`, `b.example`, `c.example`, not",
        ),
        // The name of the subject does not count, and has not for long (RFC 9525 §2).
        (vec![], "not"),
    ] {
        let leaf = named(&names);
        let server = Server::with_tls(leaf.config(), always(OK));
        let message = format!(
            "shows a certificate {said} for `127.0.0.1`; ask for it by the name that it has, or believe it all the \
             same with `pin = \"SHOWN\"`"
        );
        check_bad(&server, &ours.trust(), Some(leaf.fingerprint()), (Reason::Refused, "tls_name", &message));
        check_good(&server, &Trust::Pins(vec![leaf.fingerprint()]), leaf.fingerprint());
    }
}

#[test]
fn an_authority_that_nobody_knows_is_not_believed() {
    let published = include_str!("../../sources/freebox/authorities.pem");
    let message = "shows a certificate of an authority that nobody here knows; if it is the right one, believe it with \
                   `pin = \"SHOWN\"`, or its authority with `ca_file = \"…\"`";
    let expected = (Reason::Refused, "tls_unknown_issuer", message);
    // Even where it calls itself as one that we know does.
    for theirs in [authority(), authority_called("Other Root"), authority_called("Freebox ECC Root CA")] {
        let leaf = leaf(&theirs, |_| ());
        let server = Server::with_tls(leaf.config(), always(OK));
        for trust in [authority().trust(), Trust::Authorities { built_in: published, file: None }] {
            check_bad(&server, &trust, Some(leaf.fingerprint()), expected);
        }
    }
}

#[test]
fn a_certificate_that_signed_itself_is_believed_by_its_pin_alone() {
    let key = KeyPair::generate().unwrap();
    for is_ca in [IsCa::NoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.is_ca = is_ca;
        let shown = Shown {
            der: params.self_signed(&key).unwrap().der().clone(),
            key: KeyPair::from_pem(&key.serialize_pem()).unwrap(),
        };
        let server = Server::with_tls(shown.config(), always(OK));
        let message = "shows a certificate of an authority that nobody here knows; if it is the right one, believe it \
                       with `pin = \"SHOWN\"`, or its authority with `ca_file = \"…\"`";
        let expected = (Reason::Refused, "tls_unknown_issuer", message);
        check_bad(&server, &authority().trust(), Some(shown.fingerprint()), expected);
        check_good(&server, &Trust::Pins(vec![shown.fingerprint()]), shown.fingerprint());
    }
}

#[test]
fn an_authority_in_a_file_is_believed_beside_the_others() {
    let (ours, theirs) = (authority(), authority());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, format!("Of our own making.\n{}", theirs.made.pem())).unwrap();
    let Trust::Authorities { built_in, .. } = ours.trust() else { unreachable!() };
    let trust = Trust::Authorities { built_in, file: Some(path) };
    for authority in [&ours, &theirs] {
        let leaf = leaf(authority, |_| ());
        let server = Server::with_tls(leaf.config(), always(OK));
        check_good(&server, &trust, leaf.fingerprint());
    }
}

#[test]
fn a_file_of_authorities_that_cannot_be_used_is_a_problem() {
    let folder = tempfile::tempdir().unwrap();
    let check = |path: &Path, expected: &str| {
        let trust = Trust::Authorities { built_in: "", file: Some(path.to_owned()) };
        let problem = Tls::new(&trust, "box.example").unwrap_err();
        assert_eq!(problem.0, expected.replace("PATH", &path.display().to_string()));
    };
    let path = folder.path().join("none");
    check(&path, "cannot read the authorities in `PATH`: No such file or directory (os error 2)");
    let empty = "there is no certificate of an authority in `PATH`; `ca_file` names a file in PEM";
    for text in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "\u{7f}ELF"] {
        std::fs::write(&path, text).unwrap();
        check(&path, empty);
    }
    std::fs::write(&path, vec![b'x'; 1024 * 1024 + 1]).unwrap();
    check(&path, "cannot read the authorities in `PATH`: it is longer than 1 MiB");
}

#[test]
fn what_no_certificate_can_be_for_is_a_problem() {
    for name in ["", "a b", "a/b", "-\u{1b}[31m", "[::1]"] {
        let problem = Tls::new(&Trust::Anybody, name).unwrap_err().0;
        assert!(problem.ends_with("it is neither a name nor an address"), "{problem}");
        assert!(!problem.contains(char::is_control), "{problem:?}");
    }
}

#[test]
fn a_pin_believes_one_certificate_and_no_other() {
    let theirs = authority();
    let (old, new) = (leaf(&theirs, |_| ()), leaf(&theirs, |_| ()));
    let server = Server::with_tls(new.config(), always(OK));
    let message = "shows the certificate SHOWN, which is not the one in `pin`; if it has a new one, pin that; if not, \
                   this is somebody else, or somebody is in between";
    let expected = (Reason::Refused, "tls_pin", message);
    check_bad(&server, &Trust::Pins(vec![old.fingerprint()]), Some(new.fingerprint()), expected);
    check_bad(&server, &Trust::Pins(vec![]), Some(new.fingerprint()), expected);
    let both = Trust::Pins(vec![old.fingerprint(), new.fingerprint()]);
    check_good(&server, &both, new.fingerprint());
}

/// Shows a certificate whose key it does not have.
#[derive(Debug)]
struct Thief(Arc<CertifiedKey>);

impl ResolvesServerCert for Thief {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

#[test]
fn who_shows_a_certificate_without_having_its_key_is_never_believed() {
    let ours = authority();
    let (shown, other) = (leaf(&ours, |_| ()), KeyPair::generate().unwrap());
    let signing = rustls::crypto::ring::sign::any_supported_type(&key(&other)).unwrap();
    let stolen = Arc::new(CertifiedKey::new(vec![shown.der.clone()], signing));
    for version in [&version::TLS12, &version::TLS13] {
        let thief = Arc::new(Thief(stolen.clone()));
        let config = builder(&[version]).with_no_client_auth().with_cert_resolver(thief);
        let server = Server::with_tls(config, always(OK));
        let message = "shows a certificate whose key it does not have (SHOWN); this is somebody else, or somebody is in \
                       between";
        for trust in [ours.trust(), Trust::Pins(vec![shown.fingerprint()]), Trust::Anybody] {
            check_bad(&server, &trust, Some(shown.fingerprint()), (Reason::Refused, "tls_key", message));
        }
    }
}

#[test]
fn a_box_that_knows_only_tls_that_is_not_safe_any_more() {
    // Alerts as in RFC 5246 §7.2: fatal, and protocol_version, handshake_failure or insufficient_security.
    for alert in [70, 40, 71] {
        let server = Server::new(move |wire, _| {
            let _ = wire.read(&mut [0; 1024]);
            let _ = wire.write_all(&[21, 3, 1, 0, 2, 2, alert]);
            let _ = wire.read(&mut [0; 1024]);
        });
        let failure = run(client(&server, &Trust::Anybody).fetch(get("/"), PATIENCE)).unwrap_err();
        assert_eq!((failure.reason(), failure.code()), (Reason::Unsupported, "tls_old"), "{failure}");
        let end = "; update it, or do without TLS on a network that you trust with `endpoint = \"http://…\"`";
        assert!(failure.to_string().ends_with(end), "{failure}");
    }
}

#[test]
fn a_box_that_speaks_no_tls() {
    for text in ["HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "<html>It works</html>"] {
        let server = Server::new(move |wire, _| {
            let _ = wire.read(&mut [0; 1024]);
            say(wire, text);
            let _ = wire.read(&mut [0; 1024]);
        });
        let message =
            "does not speak TLS; if plain HTTP is all it has, say so with `endpoint = \"http://…\"`";
        check_bad(&server, &Trust::Anybody, None, (Reason::Unsupported, "tls_none", message));
    }
}

#[test]
fn a_box_that_is_asked_in_plain_words_and_speaks_tls() {
    let ours = authority();
    let server = Server::with_tls(leaf(&ours, |_| ()).config(), always(OK));
    let failure = run(server.client(1).fetch(get("/"), PATIENCE)).unwrap_err();
    assert_eq!((failure.reason(), failure.code()), (Reason::Misbehaved, "not_http"), "{failure}");
}

#[test]
fn a_box_that_hangs_up_or_hangs_during_the_handshake() {
    let closing = Server::new(|wire, _| drop(wire.read(&mut [0; 1024])));
    let closed = (Reason::Unreachable, "closed", "closed the connection and did not answer");
    check_bad(&closing, &Trust::Anybody, None, closed);
    let hanging = Server::new(|wire, _| while wire.read(&mut [0; 1024]).is_ok_and(|read| read > 0) {});
    let short = Duration::from_millis(500);
    let failure = run(client(&hanging, &Trust::Anybody).fetch(get("/"), short)).unwrap_err();
    let message = "did not answer within 500 ms: its TLS handshake was not over by then";
    check_failure(&failure, &hanging, None, (Reason::TimedOut, "timeout", message));
}

#[test]
fn a_body_whose_end_nobody_vouches_for_is_not_whole() {
    // Neither a length nor a proper goodbye (RFC 8446 §6.1): anybody on the way may have cut it.
    let ours = authority();
    let server = Server::with_tls(leaf(&ours, |_| ()).config(), |wire, _| {
        listen(wire);
        say(wire, "HTTP/1.1 200 OK\r\n\r\n{}");
        wire.tcp().shutdown(std::net::Shutdown::Both).unwrap();
    });
    let message = "closed the connection in the middle of its answer, 2 bytes after its headers";
    let failure = run(client(&server, &ours.trust()).fetch(get("/"), PATIENCE)).unwrap_err();
    check_failure(&failure, &server, None, (Reason::Misbehaved, "truncated", message));
}

#[test]
fn a_chain_of_rsa_is_believed_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let openssl = |arguments: &str| {
        let mut command = Command::new("openssl");
        let output = command.args(arguments.split(' ')).current_dir(folder.path()).output();
        output.map(|output| assert!(output.status.success(), "{arguments}\n{output:?}"))
    };
    let request =
        "req -x509 -newkey rsa:2048 -nodes -days 30 -sha256 -subj /CN=RSA-Root -keyout ca.key -out ca.pem";
    if let Err(error) = openssl(request) {
        assert!(std::env::var_os("CI").is_none(), "NOT RUN: openssl: {error}");
        eprintln!("NOT RUN: openssl cannot make an RSA chain: {error}");
        return;
    }
    std::fs::write(folder.path().join("names"), "subjectAltName=IP:127.0.0.1\n").unwrap();
    openssl("req -newkey rsa:2048 -nodes -subj /CN=box -keyout box.key -out box.csr").unwrap();
    openssl("x509 -req -in box.csr -CA ca.pem -CAkey ca.key -set_serial 2 -days 30 -sha256 -extfile names -out box.pem").unwrap();
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    let leaf = CertificateDer::from_pem_slice(&read("box.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(&read("box.key")).unwrap();
    let trust = Trust::Authorities { built_in: "", file: Some(folder.path().join("ca.pem")) };
    for version in [&version::TLS12, &version::TLS13] {
        let config = builder(&[version]).with_no_client_auth();
        let config = config.with_single_cert(vec![leaf.clone()], key.clone_key()).unwrap();
        let server = Server::with_tls(config, always(OK));
        check_good(&server, &trust, Fingerprint::of(&leaf));
    }
}

//! What a strict client says to the box's certificates, the good one and those with faults.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::*;

/// The answer to discovery over TLS, or why there is none.
fn ask(running: &Running, name: &str) -> Result<String, String> {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(running.ca_pem().as_bytes()) {
        roots.add(root.unwrap()).unwrap();
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let session = ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = TcpStream::connect(running.https_address().unwrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut stream = StreamOwned::new(session, stream);
    let mut text = String::new();
    stream
        .write_all(b"GET /api_version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .and_then(|()| stream.read_to_string(&mut text))
        .map(|_| text)
        .map_err(|error| error.to_string())
}

#[test]
fn a_good_certificate_is_for_all_names_of_the_box() {
    let running = start();
    let domain = running.control.world(|world| world.about().api_domain);
    for name in ["localhost", "mafreebox.freebox.fr", "127.0.0.1", &domain] {
        let answer = ask(&running, name).unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("Connection: close\r\n"),
            "{answer}"
        );
    }
    assert!(ask(&running, "www.example.org").unwrap_err().contains("not valid for name"));
    assert_eq!(running.control.counters().handshakes, 5);
}

#[test]
fn certificates_with_faults_are_refused_for_them() {
    let running = start();
    let check = |leaf: &str, says: &str| {
        running.control.fault(&format!("tls tls:{leaf} times=1")).unwrap();
        let error = ask(&running, "localhost").unwrap_err();
        assert!(error.contains(says), "{leaf}: {error}");
        // The fault was for one handshake.
        assert!(ask(&running, "localhost").is_ok());
    };
    check("untrusted-root", "UnknownIssuer");
    check("expired", "certificate expired");
    check("wrong-name", "not valid for name");
    check("no-name", "not valid for name");
    check("tls10", "incompatible");
}

#[test]
fn chains_of_rsa_and_without_the_authoritys_key_are_fine_for_rustls() {
    let running = start();
    for leaf in ["rsa", "no-aki", "good"] {
        running.control.fault(&format!("tls tls:{leaf} times=1")).unwrap();
        assert!(ask(&running, "localhost").is_ok(), "{leaf}");
    }
}

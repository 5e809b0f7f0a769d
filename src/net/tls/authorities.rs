//! The authorities that we believe: those that come with a kind of box, those of this system, those of a file.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::Problem;
use crate::text;

/// All that Debian trusts is a quarter of this.
const FILE_MAX: u64 = 1024 * 1024;

/// All of them, those of the system if they are to be believed. A system without any, or with some that cannot be read, is none the worse for it.
pub fn load(built_in: &str, file: Option<&Path>, system: bool) -> Result<RootCertStore, Problem> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(CertificateDer::pem_slice_iter(built_in.as_bytes()).flatten());
    if system {
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if let Some(path) = file {
        let (added, _) = store.add_parsable_certificates(read(path)?);
        if added == 0 {
            let path = path.display();
            return Err(Problem(format!(
                "there is no certificate of an authority in `{path}`; `ca_file` names a file in PEM"
            )));
        }
    }
    Ok(store)
}

/// Where systems keep the authorities that they trust, in one file each: what has to stay readable to believe them later.
pub fn of_system() -> Vec<PathBuf> {
    const FILES: [&str; 5] = [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    ];
    let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().filter_map(std::env::var_os).map(PathBuf::from);
    named.chain(FILES.map(PathBuf::from)).filter(|path| path.exists()).collect()
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let problem = |error: &dyn std::fmt::Display| {
        Problem(format!("cannot read the authorities in `{}`: {error}", path.display()))
    };
    let mut text = Vec::new();
    let file = File::open(path).map_err(|error| problem(&text::unreadable(&error)))?;
    let length = file.take(FILE_MAX + 1).read_to_end(&mut text).map_err(|error| problem(&error))?;
    if length as u64 > FILE_MAX {
        return Err(problem(&"it is longer than 1 MiB"));
    }
    Ok(CertificateDer::pem_slice_iter(&text).flatten().collect())
}

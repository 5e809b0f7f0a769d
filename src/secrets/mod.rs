//! Where secrets are kept, and getting them: a file, the environment, a credential of the service manager. What is read
//! prints as dots, and every buffer that it went through is wiped, except for the environment itself, which stays.
//!
//! Nothing in here knows what a secret is for, or looks at what is in it. `writing` is for commands that a person calls;
//! a daemon only reads.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use crate::text;

mod writing;

pub use writing::{replace, write_new};

/// Where a secret is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file that only its owner may read.
    File(PathBuf),
    /// A variable of the environment.
    Environment(String),
    /// A file in the folder that `CREDENTIALS_DIRECTORY` names (systemd.exec(5), "Credentials").
    Credential(String),
}

/// Why there is no secret; never quotes what was read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Problem(pub String);

/// A key in PEM with its chain has some thousand bytes; no secret has more than this.
const LONGEST: usize = 64 * 1024;

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File(path) => write!(f, "the file `{}`", path.display()),
            Place::Environment(name) => write!(f, "the environment variable `{name}`"),
            Place::Credential(name) => write!(f, "the credential `{name}`"),
        }
    }
}

impl Place {
    /// Reads it, without newlines at its end.
    ///
    /// # Errors
    /// When it is not there, may be read by others, is empty, too long or no text.
    pub fn read(&self) -> Result<SecretString, Problem> {
        let credentials = env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        self.read_where(credentials.as_deref(), |name| env::var_os(name))
    }

    /// Reads it where the service manager keeps credentials there, and variables have these values.
    fn read_where(
        &self,
        credentials: Option<&Path>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<SecretString, Problem> {
        match self {
            Place::File(path) => file(path, credentials),
            Place::Environment(name) => {
                let name = text::plain(name);
                let what = format!("the variable `{name}` of the environment");
                let value = (!name.contains(['=', '\0'])).then(|| variable(&name)).flatten();
                let value =
                    value.ok_or_else(|| Problem(format!("{what} is not set; a secret should be in it")))?;
                secret(&Zeroizing::new(value.into_encoded_bytes()), &what)
            }
            Place::Credential(name) => credential(name, credentials),
        }
    }
}

fn credential(name: &str, credentials: Option<&Path>) -> Result<SecretString, Problem> {
    let name = text::plain(name);
    if name.is_empty() || name.contains('/') || name == "." || name == ".." {
        return Err(Problem(format!(
            "`{name}` cannot be the name of a credential: it is a file's, without a folder"
        )));
    }
    let Some(folder) = credentials else {
        return Err(Problem(format!(
            "there is no credential `{name}`, since `CREDENTIALS_DIRECTORY` is not set; let systemd start lanlord, with \
             `LoadCredential={name}:…` in its unit"
        )));
    };
    file(&folder.join(name), credentials)
}

/// Reads a file, at the end of all symbolic links.
fn file(path: &Path, credentials: Option<&Path>) -> Result<SecretString, Problem> {
    let shown = path.display();
    let cannot = |error: io::Error| {
        Problem(format!("cannot read the secret in `{shown}`: {}", text::unreadable(&error)))
    };
    // A pipe that nobody writes to would keep us for ever.
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(nix::fcntl::OFlag::O_NONBLOCK.bits())
        .open(path)
        .map_err(cannot)?;
    // Of what was opened, not of what has the name by now.
    let about = file.metadata().map_err(cannot)?;
    if !about.is_file() {
        return Err(Problem(format!("cannot read the secret in `{shown}`: it is no file")));
    }
    // systemd lets the group read credentials on some systems, and keeps others out of the folder.
    if about.permissions().mode() & 0o044 != 0 && !is_below(path, credentials) {
        return Err(Problem(format!(
            "not only its owner may read the secret in `{shown}`; `chmod 600 {shown}` mends that"
        )));
    }
    let bytes = read(file).map_err(cannot)?;
    secret(&bytes, &format!("the secret in `{shown}`"))
}

fn is_below(path: &Path, folder: Option<&Path>) -> bool {
    let Some(Ok(folder)) = folder.map(fs::canonicalize) else { return false };
    fs::canonicalize(path).is_ok_and(|path| path.starts_with(folder))
}

/// Reads at most one byte too many, into a buffer that never has to move and leave a copy behind.
fn read(file: File) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 64));
    file.take(LONGEST as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn secret(bytes: &[u8], what: &str) -> Result<SecretString, Problem> {
    if bytes.len() > LONGEST {
        return Err(Problem(format!("{what} is longer than {LONGEST} bytes; that is something else")));
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(Problem(format!("{what} is no text in UTF-8")));
    };
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(Problem(format!("{what} is empty"))),
        // Of a `&str`, it takes just the room that it needs, and never moves.
        text => Ok(SecretString::from(text)),
    }
}

#[cfg(test)]
mod tests;

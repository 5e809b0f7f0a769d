//! Where secrets are kept, and getting them: a file, the environment, a credential of the service manager. What is read
//! prints as dots.

use std::path::PathBuf;

use secrecy::SecretString;

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

impl Place {
    /// Reads it.
    ///
    /// # Errors
    /// When it is not there, may be read by others, is empty, too long or no text.
    pub fn read(&self) -> Result<SecretString, Problem> {
        Err(Problem("not yet".to_owned()))
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::File(path) => write!(f, "the file `{}`", path.display()),
            Place::Environment(name) => write!(f, "the environment variable `{name}`"),
            Place::Credential(name) => write!(f, "the credential `{name}`"),
        }
    }
}

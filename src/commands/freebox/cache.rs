//! The session that `lanlord freebox lines` leaves for its next run, ten seconds later: boxes keep few sessions, and mind
//! whoever logs in each time.
//!
//! It is kept where nobody else can read it and where nothing outlives the next start of the machine. Without such a
//! place every run logs in anew.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::fcntl::{Flock, FlockArg};
use nix::sys::stat::futimens;
use nix::sys::time::TimeSpec;
use nix::unistd::geteuid;
use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret, SecretString};

use crate::clock::Stopwatch;
use crate::metric::Timestamp;
use crate::secrets::{self, Place};
use crate::sources::freebox::endpoint::Endpoint;
use crate::sources::freebox::token::Grant;

/// One session's place.
#[derive(Debug)]
pub struct Cache {
    path: PathBuf,
}

impl Cache {
    /// The place of the session of this application with this box.
    ///
    /// # Errors
    /// When there is no folder that is ours alone.
    pub fn new(grant: &Grant, endpoint: &Endpoint) -> io::Result<Self> {
        let folder = folder()?;
        let which_box = grant.uid.clone().unwrap_or_else(|| endpoint.to_string());
        let app_id = grant.app_id.as_deref().unwrap_or_default();
        let sum = digest(&SHA256, format!("{app_id}\0{which_box}").as_bytes());
        let name: String = sum.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { path: folder.join(format!("freebox-{name}.session")) })
    }

    /// Waits for others who use it, but not for long: two who log in at once harm nobody.
    pub async fn lock(&self) -> Option<Flock<File>> {
        const PATIENCE: Duration = Duration::from_secs(1);
        let path = self.path.with_extension("lock");
        let mut options = OpenOptions::new();
        let mut file = options
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW)
            .open(path)
            .ok()?;
        let watch = Stopwatch::start();
        loop {
            file = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                Ok(lock) => return Some(lock),
                Err((file, _)) => file,
            };
            if watch.elapsed() > PATIENCE {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The session of the last run.
    pub fn read(&self) -> Option<SecretString> {
        // Whatever is wrong with it, a new one will stand in its place.
        self.path.exists().then(|| Place::File(self.path.clone()).read().ok()).flatten()
    }

    /// Keeps a session for the next run, and when it was of use.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, before: Option<&SecretString>, now: &SecretString) -> io::Result<()> {
        let is_same = before.is_some_and(|before| before.expose_secret() == now.expose_secret());
        if is_same {
            let file = OpenOptions::new().write(true).open(&self.path)?;
            return Ok(futimens(&file, &TimeSpec::UTIME_NOW, &TimeSpec::UTIME_NOW)?);
        }
        secrets::replace(&self.path, now).map_err(|problem| io::Error::other(problem.to_string()))
    }

    /// Has all runs with this token leave the box alone until then, and says why.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn rest(&self, token: &SecretString, until: Timestamp, why: &str) -> io::Result<()> {
        let text = format!("{}\n{}\n{why}", until.0.as_secs(), fingerprint(token));
        let path = self.path.with_extension("rest");
        secrets::replace(&path, &SecretString::from(text))
            .map_err(|problem| io::Error::other(problem.to_string()))
    }

    /// Why the box is to be left alone, if it is. With another token it is not: somebody has registered again.
    pub fn rests(&self, token: &SecretString, now: Timestamp) -> Option<String> {
        let text = fs::read_to_string(self.path.with_extension("rest")).ok()?;
        let mut lines = text.splitn(3, '\n');
        let until: u64 = lines.next()?.parse().ok()?;
        let is_ours = lines.next()? == fingerprint(token);
        // A clock that was set back must not make it for ever.
        let rests = until.checked_sub(now.0.as_secs()).is_some_and(|left| (1..=LONGEST_REST).contains(&left));
        (is_ours && rests).then(|| lines.next().unwrap_or_default().trim_end().to_owned())
    }

    /// When it was last of use.
    pub fn last_worked(&self) -> Option<Timestamp> {
        let seconds = fs::metadata(&self.path).ok()?.mtime();
        Some(Timestamp(Duration::from_secs(u64::try_from(seconds).ok()?)))
    }
}

/// The longest that a box is left alone, in seconds.
const LONGEST_REST: u64 = 3_600;

/// What tells two tokens apart, and gives neither away.
fn fingerprint(token: &SecretString) -> String {
    digest(&SHA256, token.expose_secret().as_bytes())
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The folder for what lives as long as the machine runs: the service's own, the user's own, root's, or one in /tmp.
fn folder() -> io::Result<PathBuf> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| value.starts_with('/'));
    if let Some(folders) = variable("RUNTIME_DIRECTORY") {
        // Several are separated by colons, and each is there, ours, and perhaps a link (systemd.exec(5)).
        return Ok(PathBuf::from(folders.split(':').next().unwrap_or(&folders)));
    }
    if let Some(folder) = variable("XDG_RUNTIME_DIR") {
        return private(Path::new(&folder).join("lanlord"));
    }
    if geteuid().is_root() {
        // Not /run/lanlord itself, which belongs to the service while that runs.
        return private(PathBuf::from("/run/lanlord-freebox"));
    }
    private(PathBuf::from(format!("/tmp/lanlord-{}", geteuid())))
}

/// The folder, made if it is not there; it has to be ours alone and no link, since anybody may have put it there.
fn private(folder: PathBuf) -> io::Result<PathBuf> {
    match fs::DirBuilder::new().mode(0o700).create(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let there = fs::symlink_metadata(&folder)?;
    if there.is_dir() && there.uid() == geteuid().as_raw() && there.mode() & 0o022 == 0 {
        return Ok(folder);
    }
    Err(io::Error::other(format!("`{}` is not a folder of ours alone", folder.display())))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_box_is_left_alone_for_as_long_as_it_wants_by_whoever_has_that_token() {
        let top = tempfile::tempdir().unwrap();
        let cache = Cache { path: top.path().join("a.session") };
        let at = |seconds| Timestamp(Duration::from_secs(seconds));
        let [ours, other] = ["ours", "other"].map(SecretString::from);
        assert_eq!(cache.rests(&ours, at(1_000)), None);
        cache.rest(&ours, at(1_300), "it does not know us\nany more").unwrap();
        assert_eq!(cache.rests(&ours, at(1_000)).as_deref(), Some("it does not know us\nany more"));
        assert_eq!(cache.rests(&other, at(1_000)), None, "somebody has registered again");
        assert_eq!(cache.rests(&ours, at(1_300)), None);
        assert_eq!(cache.rests(&ours, at(100_000)), None);
        // The machine had no idea of the time when it was written.
        cache.rest(&ours, at(1_000_000), "").unwrap();
        assert_eq!(cache.rests(&ours, at(1_000)), None);
        let text = fs::read_to_string(top.path().join("a.rest")).unwrap();
        assert!(!text.contains("ours"), "{text}");
    }

    #[test]
    fn a_folder_of_others_or_a_link_is_not_used() {
        let top = tempfile::tempdir().unwrap();
        let at = |name: &str| top.path().join(name);
        let made = private(at("new")).unwrap();
        assert_eq!(fs::metadata(&made).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(private(at("new")).unwrap(), made);
        symlink(&made, at("link")).unwrap();
        fs::write(at("file"), "").unwrap();
        fs::create_dir(at("open")).unwrap();
        fs::set_permissions(at("open"), fs::Permissions::from_mode(0o777)).unwrap();
        for bad in ["link", "file", "open", "nowhere/below"] {
            assert!(private(at(bad)).is_err(), "{bad}");
        }
    }
}

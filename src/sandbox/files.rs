//! Landlock: which files may be read, and nothing else done to any. What the kernel's version does not know is left
//! out; sockets and files that are already open stay open.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, LandlockStatus, RestrictionStatus, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};

/// What lanlord reads of the system: names and name servers, interfaces, itself, and what the service manager puts
/// in `/run`. Symbolic links lead to where they lead: [`beside`].
const SYSTEM: [&str; 5] = ["/etc", "/proc", "/sys", "/run", "/usr/share/zoneinfo"];

/// Files of `/etc` that may be links to elsewhere, and are replaced there.
const LINKS: [&str; 2] = ["/etc/resolv.conf", "/etc/hosts"];

/// The version whose list of rights this was written for; older kernels do what they can.
const WRITTEN_FOR: ABI = ABI::V7;

/// Restricts this thread: reading below the system's folders and these, no writing and no executing, no new TCP
/// port, no signals to others. Asking others stays free, and so are sockets without a path, where the service manager
/// may be.
pub(super) fn restrict(readable: &[PathBuf]) -> Result<String, String> {
    let status = apply(readable).map_err(|error| format!("cannot restrict files with Landlock: {error}"))?;
    let abi = match status.landlock {
        LandlockStatus::Available { effective_abi, .. } => effective_abi as i32,
        LandlockStatus::NotEnabled => {
            return Err("this kernel has Landlock and it is not enabled: files are not restricted".to_owned());
        }
        _ => return Err("this kernel has no Landlock: files are not restricted".to_owned()),
    };
    if status.ruleset == RulesetStatus::NotEnforced {
        return Err("the kernel took no Landlock rule: files are not restricted".to_owned());
    }
    let ports = if abi >= ABI::V4 as i32 { ", no new TCP port" } else { "" };
    let signals = if abi >= ABI::V6 as i32 { ", no signals to other processes" } else { "" };
    Ok(format!("files can only be read, and few of them{ports}{signals} (Landlock, version {abi})"))
}

fn apply(readable: &[PathBuf]) -> Result<RestrictionStatus, RulesetError> {
    let system = SYSTEM.into_iter().map(PathBuf::from);
    let links = LINKS.into_iter().filter_map(|link| beside(Path::new(link)));
    let paths = system.chain(links).chain(readable.iter().cloned());
    Ruleset::default()
        .handle_access(AccessFs::from_all(WRITTEN_FOR))?
        .handle_access(AccessNet::BindTcp)?
        .scope(Scope::Signal)?
        .create()?
        // Paths that do not exist are left out: nobody can read there anyway.
        .add_rules(path_beneath_rules(paths, AccessFs::ReadFile | AccessFs::ReadDir))?
        .restrict_self()
}

/// Whether somebody else than root owns a file or a folder above it, and so may have kept root from reading it.
pub(super) fn is_foreign(path: &Path) -> bool {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    real.ancestors().any(|above| fs::metadata(above).is_ok_and(|about| about.uid() != 0))
}

/// The folder that a file is in once all links are followed.
pub(super) fn beside(path: &Path) -> Option<PathBuf> {
    Some(path.canonicalize().ok()?.parent()?.to_owned())
}

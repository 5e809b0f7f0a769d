//! How lanlord was given its privileges, where that has consequences that nobody expects.

use std::fs;
use std::io;

use nix::unistd::{getegid, geteuid, getgid, getuid};

/// What whoever runs lanlord should know about the way it was started, a sentence each.
pub fn warnings_at_start() -> Vec<String> {
    let same_user = getuid() == geteuid() && getgid() == getegid();
    let secure = match fs::read("/proc/self/auxv") {
        Ok(vector) => is_secure(&vector),
        // The kernel hides a process from its own user when starting it has given it privileges.
        Err(error) => error.kind() == io::ErrorKind::PermissionDenied,
    };
    if secure && same_user { vec![FILE_CAPABILITIES.to_owned()] } else { Vec::new() }
}

const FILE_CAPABILITIES: &str = "this program has its capabilities from its file (setcap), and so libraries ignore \
    environment variables, KRB5_CLIENT_KTNAME and LD_LIBRARY_PATH among them; take them from the file with `setcap -r` and start it as a \
    service with `AmbientCapabilities=CAP_NET_RAW` (README, \"Without root\")";

/// getauxval(3): whether libraries treat this process as one with more privileges than its user.
const AT_SECURE: usize = 23;

/// Pairs of a type and a value, each as wide as a pointer: proc_pid_auxv(5).
fn is_secure(vector: &[u8]) -> bool {
    let (words, _) = vector.as_chunks::<{ size_of::<usize>() }>();
    let (pairs, _) = words.as_chunks::<2>();
    pairs
        .iter()
        .any(|[kind, value]| usize::from_ne_bytes(*kind) == AT_SECURE && usize::from_ne_bytes(*value) != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(words: &[usize]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_ne_bytes()).collect()
    }

    #[test]
    fn the_entry_is_found_by_its_type_and_not_by_its_value() {
        assert!(is_secure(&vector(&[11, 23, 23, 1, 0, 0])));
        assert!(!is_secure(&vector(&[11, 23, 23, 0, 0, 0])));
        assert!(!is_secure(&vector(&[11, 23, 1, 23, 0, 0])));
    }

    #[test]
    fn half_a_vector_is_none() {
        let whole = vector(&[23, 1]);
        for end in 0..whole.len() {
            assert!(!is_secure(&whole[..end]), "{end}");
        }
    }

    #[test]
    fn a_program_without_file_capabilities_has_nothing_to_warn_of() {
        assert_eq!(warnings_at_start(), Vec::<String>::new());
    }
}

//! Tests of where secrets are kept. None changes the environment: it is everybody's.

use super::*;
use secrecy::ExposeSecret;
use std::os::unix::fs::{MetadataExt, chown, symlink};

const TOKEN: &str = "LqJ3x8QmTn2Vb6Zr0KfWcY5sHd9AoE7uPgI4iM1vXkR+wB/lN8tGyCzSaFjDhUe0";

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, mode: u32, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }
}

#[track_caller]
fn check(place: &Place, credentials: Option<&Path>, expected: Result<&str, &str>) {
    let variable = |name: &str| match name {
        "TOKEN" => Some(OsString::from(TOKEN)),
        "EMPTY" => Some(OsString::new()),
        _ => None,
    };
    let found = place.read_where(credentials, variable);
    let found = found.as_ref().map(|secret| secret.expose_secret()).map_err(|problem| problem.0.as_str());
    assert_eq!(found, expected);
}

#[track_caller]
fn check_file(path: &Path, expected: Result<&str, &str>) {
    let expected = expected.map_err(|message| message.replace("PATH", &path.display().to_string()));
    check(
        &Place::File(path.to_owned()),
        None,
        expected.as_ref().map(|text| *text).map_err(|text| text.as_str()),
    );
}

#[test]
fn a_file_of_its_owner_alone_is_read_without_the_newline() {
    let home = Home::new();
    check_file(&home.file("a", 0o600, TOKEN.as_bytes()), Ok(TOKEN));
    check_file(&home.file("b", 0o400, format!("{TOKEN}\n").as_bytes()), Ok(TOKEN));
    check_file(&home.file("c", 0o600, format!("{TOKEN}\r\n\n").as_bytes()), Ok(TOKEN));
    // Spaces may be part of it.
    check_file(&home.file("d", 0o600, b" a b \n"), Ok(" a b "));
    check_file(&home.file("e", 0o600, &[b'x'; 65_536]), Ok(&"x".repeat(65_536)));
}

#[test]
fn a_file_that_others_may_read_is_refused_and_the_message_says_what_mends_it() {
    let home = Home::new();
    for mode in [0o640, 0o604, 0o644, 0o666, 0o440] {
        let path = home.file(&format!("{mode:o}"), mode, TOKEN.as_bytes());
        check_file(
            &path,
            Err("not only its owner may read the secret in `PATH`; `chmod 600 PATH` mends that"),
        );
    }
}

#[test]
fn a_link_is_followed_and_what_it_leads_to_is_judged() {
    let home = Home::new();
    let (good, bad) = (home.file("good", 0o600, TOKEN.as_bytes()), home.file("bad", 0o644, TOKEN.as_bytes()));
    symlink(good, home.path("to-good")).unwrap();
    symlink(bad, home.path("to-bad")).unwrap();
    check_file(&home.path("to-good"), Ok(TOKEN));
    check_file(
        &home.path("to-bad"),
        Err("not only its owner may read the secret in `PATH`; `chmod 600 PATH` mends that"),
    );
}

#[test]
fn what_cannot_be_a_secret_is_refused_without_a_word_of_it() {
    let home = Home::new();
    check_file(&home.file("empty", 0o600, b""), Err("the secret in `PATH` is empty"));
    check_file(&home.file("lines", 0o600, b"\n\r\n"), Err("the secret in `PATH` is empty"));
    check_file(&home.file("latin", 0o600, b"caf\xe9"), Err("the secret in `PATH` is no text in UTF-8"));
    check_file(
        &home.file("long", 0o600, &[b'x'; 65_537]),
        Err("the secret in `PATH` is longer than 65536 bytes; that is something else"),
    );
    check_file(
        &home.path("none"),
        Err("cannot read the secret in `PATH`: No such file or directory (os error 2)"),
    );
    check_file(home.0.path(), Err("cannot read the secret in `PATH`: it is no file"));
    check_file(Path::new("/dev/zero"), Err("cannot read the secret in `PATH`: it is no file"));
    let pipe = home.path("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::from_bits_truncate(0o600)).unwrap();
    check_file(&pipe, Err("cannot read the secret in `PATH`: it is no file"));
}

#[test]
fn a_variable_is_read_where_it_is_set() {
    let at = |name: &str| Place::Environment(name.to_owned());
    check(&at("TOKEN"), None, Ok(TOKEN));
    check(&at("EMPTY"), None, Err("the variable `EMPTY` of the environment is empty"));
    let unset = "the variable `OTHER` of the environment is not set; a secret should be in it";
    check(&at("OTHER"), None, Err(unset));
    let impossible = "the variable `A=B` of the environment is not set; a secret should be in it";
    check(&at("A=B"), None, Err(impossible));
}

#[test]
fn a_credential_is_a_file_in_the_folder_of_the_service_manager() {
    let home = Home::new();
    // As systemd makes them where it uses access control lists, whose mask shows as the group's rights.
    let path = home.file("token", 0o440, TOKEN.as_bytes());
    let at = |name: &str| Place::Credential(name.to_owned());
    check(&at("token"), Some(home.0.path()), Ok(TOKEN));
    // The same by its path, which a unit may write with %d.
    check(&Place::File(path), Some(home.0.path()), Ok(TOKEN));
    let missing = "there is no credential `token`, since `CREDENTIALS_DIRECTORY` is not set; let systemd start lanlord, \
                   with `LoadCredential=token:…` in its unit";
    check(&at("token"), None, Err(missing));
    for name in ["../token", "a/b", "", ".", ".."] {
        let message =
            format!("`{name}` cannot be the name of a credential: it is a file's, without a folder");
        check(&at(name), Some(home.0.path()), Err(&message));
    }
}

#[test]
fn a_link_out_of_the_folder_of_credentials_is_no_credential() {
    let (home, credentials) = (Home::new(), Home::new());
    let outside = home.file("outside", 0o644, TOKEN.as_bytes());
    let link = credentials.path("link");
    symlink(&outside, &link).unwrap();
    let message = format!(
        "not only its owner may read the secret in `{0}`; `chmod 600 {0}` mends that",
        link.display()
    );
    check(&Place::File(link), Some(credentials.0.path()), Err(&message));
}

#[test]
fn a_secret_prints_as_dots() {
    let home = Home::new();
    let secret = Place::File(home.file("a", 0o600, TOKEN.as_bytes())).read().unwrap();
    assert!(!format!("{secret:?}").contains("LqJ3"), "{secret:?}");
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_new_secret_is_for_its_owner_alone_and_so_are_its_folders() {
    let home = Home::new();
    let path = home.path("a/b/token");
    write_new(&path, &SecretString::from(TOKEN)).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("{TOKEN}\n"));
    assert_eq!((mode(&path), mode(&home.path("a")), mode(&home.path("a/b"))), (0o600, 0o700, 0o700));
    check_file(&path, Ok(TOKEN));
}

#[test]
fn a_new_secret_is_never_written_over_another_nor_through_a_link() {
    let home = Home::new();
    let path = home.file("token", 0o600, b"old");
    let message = format!("there is a token already in `{}`; move it away first", path.display());
    assert_eq!(write_new(&path, &SecretString::from(TOKEN)).unwrap_err().0, message);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    let link = home.path("link");
    symlink(home.path("nowhere"), &link).unwrap();
    write_new(&link, &SecretString::from(TOKEN)).unwrap_err();
    assert!(!home.path("nowhere").exists());
}

#[test]
fn what_cannot_be_written_says_why_and_leaves_nothing() {
    let home = Home::new();
    home.file("file", 0o600, b"");
    let path = home.path("file/token");
    let message = format!("cannot write the secret to `{}`: Not a directory (os error 20)", path.display());
    assert_eq!(write_new(&path, &SecretString::from(TOKEN)).unwrap_err().0, message);
    assert_eq!(replace(&path, &SecretString::from(TOKEN)).unwrap_err().0, message);
    fs::create_dir(home.path("folder")).unwrap();
    replace(&home.path("folder"), &SecretString::from(TOKEN)).unwrap_err();
    assert_eq!(fs::read_dir(home.0.path()).unwrap().count(), 2);
}

#[test]
fn a_secret_takes_the_place_of_the_old_one_whole() {
    let home = Home::new();
    let path = home.file("token", 0o644, b"a much longer old one, which must not show through");
    let mut old = File::open(&path).unwrap();
    replace(&path, &SecretString::from(TOKEN)).unwrap();
    check_file(&path, Ok(TOKEN));
    assert_eq!(mode(&path), 0o600);
    // Whoever was reading goes on with what there was.
    let mut read = String::new();
    old.read_to_string(&mut read).unwrap();
    assert_eq!(read, "a much longer old one, which must not show through");
    assert_eq!(fs::read_dir(home.0.path()).unwrap().count(), 1);
    // And where there was none.
    let first = home.path("run/session");
    replace(&first, &SecretString::from(TOKEN)).unwrap();
    check_file(&first, Ok(TOKEN));
}

#[test]
fn a_link_is_neither_replaced_nor_followed() {
    let home = Home::new();
    let target = home.file("target", 0o600, b"old");
    let link = home.path("link");
    symlink(&target, &link).unwrap();
    let said = replace(&link, &SecretString::from(TOKEN)).unwrap_err().0;
    assert_eq!(said, format!("`{}` is a link; name the file itself", link.display()));
    assert_eq!(fs::read(&target).unwrap(), b"old");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn a_secret_that_is_replaced_stays_its_owners() {
    let home = Home::new();
    let path = home.file("token", 0o600, b"old");
    // Only root can make somebody else its owner; whoever runs this without finds that it stays his own.
    let _ = chown(&path, Some(12_345), Some(12_345));
    let before = fs::metadata(&path).unwrap();
    replace(&path, &SecretString::from(TOKEN)).unwrap();
    let after = fs::metadata(&path).unwrap();
    assert_eq!((after.uid(), after.gid(), after.mode() & 0o777), (before.uid(), before.gid(), 0o600));
}

//! lanlord with modules for probes, and modems for them. Deliberately without expectations.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use lanlord_sim::hitron::{Modem, Options, Running};
use tempfile::TempDir;

use crate::live::lanlord::Lanlord;
use crate::live::wait::PATIENCE;

/// Whom modems know unless a test says otherwise.
pub const USER: &str = "planted-user-Zx7";
/// His password.
pub const PASSWORD: &str = "planted &=%+ passwörd-Qk3";
/// The same in a URL.
pub const GIVEN: &str = "usr=planted-user-Zx7&pwd=planted%20%26%3D%25%2B%20passw%C3%B6rd-Qk3";

/// A modem that knows him.
pub fn modem() -> Running {
    Modem::start(Options { user: USER.to_owned(), password: PASSWORD.to_owned(), ..Options::default() })
        .unwrap()
}

/// lanlord, and a folder for passwords.
pub struct House {
    pub lanlord: Lanlord,
    pub folder: TempDir,
}

/// An answer as it came.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut pairs = self.head.lines().filter_map(|line| line.split_once(": "));
        pairs.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// A line of the text format, by what stands before its value.
    pub fn value(&self, series: &str) -> Option<&str> {
        self.text().lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))
    }
}

/// Whom tests may visit unless they say otherwise.
pub const HERE: &str = "[probe]\nallow = [\"127.0.0.1\"]\n";

impl House {
    /// With this about probes; `FOLDER` in it is where [`write_secret`] puts passwords.
    pub fn start(probe: &str, secrets: &[(&str, &str)]) -> Self {
        Self::with(probe, secrets, &[])
    }

    /// The same with more on the command line.
    pub fn with(probe: &str, secrets: &[(&str, &str)], arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, secret) in secrets {
            write_secret(&folder.path().join(name), secret);
        }
        let file = folder.path().join("lanlord.toml");
        let text = probe.replace("FOLDER", folder.path().to_str().unwrap());
        fs::write(&file, format!("source = []\n{text}")).unwrap();
        let lanlord = Lanlord::here(&[&["--config.file", file.to_str().unwrap()], arguments].concat());
        Self { lanlord, folder }
    }

    /// Probes a modem with the password of the question; more of a query begins with `&`.
    pub fn probe(&self, modem: &Running, more: &str) -> Answer {
        self.get(&format!("/probe?target={}&{GIVEN}{more}", modem.address()), "")
    }

    /// Asks for a path.
    pub fn get(&self, path: &str, headers: &str) -> Answer {
        let mut stream = self.ask(path, headers);
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        Answer { status: head[9..12].parse().unwrap(), head, body: bytes[end + 4..].to_vec() }
    }

    /// Asks, and leaves it to others to read the answer.
    pub fn ask(&self, path: &str, headers: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.lanlord.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{headers}\r\n").unwrap();
        stream
    }
}

fn write_secret(path: &Path, secret: &str) {
    fs::write(path, secret).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

//! The simulated modem from the command line, asked by curl: somebody else's TLS and HTTP.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::{folder, sim};

/// A modem that is stopped when this is dropped.
struct Modem {
    child: Child,
    said: Vec<(String, String)>,
    /// Kept open: whoever writes to a closed one gives up.
    _out: BufReader<ChildStdout>,
}

impl Modem {
    fn start(arguments: &[&str]) -> Self {
        let mut child = sim()
            .args(["hitron", "--listen", "127.0.0.1:0", "--no-latency", "--speed", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        // Until the blank line, each line is a word and what it is.
        let said = out.by_ref().lines().map(Result::unwrap).take_while(|line| !line.is_empty());
        let said = said.map(|line| line.split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap());
        let said = said.collect();
        Self { child, said, _out: out }
    }

    fn said(&self, word: &str) -> Option<&str> {
        self.said.iter().find(|(known, _)| known == word).map(|(_, rest)| rest.as_str())
    }
}

impl Drop for Modem {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What curl prints, if it is there; in CI it must be.
fn curl(arguments: &[&str]) -> Option<String> {
    match Command::new("curl").args(["-sk", "--max-time", "20"]).args(arguments).output() {
        Ok(output) => Some(String::from_utf8(output.stdout).unwrap()),
        Err(error) => {
            println!("NOT RUN: curl: {error}");
            assert!(std::env::var_os("CI").is_none(), "curl is missing");
            None
        }
    }
}

#[test]
fn it_says_where_it_is_and_what_its_certificate_is() {
    let modem = Modem::start(&["--user", "anna", "--password", "a b"]);
    assert!(modem.said("https").unwrap().starts_with("127.0.0.1:"));
    let digits = |word: &str| modem.said(word).unwrap().len();
    assert_eq!((digits("sha256"), digits("sha1"), digits("md5")), (64, 40, 32));
    assert_eq!((modem.said("user"), modem.said("password")), (Some("anna"), Some("a b")));
    assert_eq!(Modem::start(&["--http"]).said("https"), None);
}

#[test]
fn curl_logs_in_with_both_kinds_of_form_reads_and_logs_out() {
    let modem = Modem::start(&["--suite", "dhe1024"]);
    let url = |path: &str| format!("https://{}{path}", modem.said("https").unwrap());
    let folder = folder("hitron-curl");
    let jar = folder.join("jar").display().to_string();
    let curl = |path: &str, more: &[&str]| {
        let common = ["--ciphers", "DEFAULT@SECLEVEL=1", "-c", &jar, "-b", &jar];
        curl(&[&common[..], more, &[&url(path)]].concat())
    };
    for kind in ["-d", "-F"] {
        if curl("/", &[]).is_none() {
            return;
        }
        let cookies = std::fs::read_to_string(&jar).unwrap();
        let ticket = cookies.lines().find_map(|line| line.split_once("\tpreSession\t")).unwrap().1;
        let ticket = format!("preSession={ticket}");
        let form = [kind, "usr=admin", kind, "pwd=hunter2", kind, "forcelogoff=0", kind, &ticket];
        assert_eq!(curl("/goform/login", &form).unwrap(), "success", "{kind}");
        assert!(curl("/data/getSysInfo.asp", &[]).unwrap().contains("\"3.3833G Bytes\""), "{kind}");
        let status = ["-w", "%{http_code}", kind, "data=byebye"];
        assert_eq!(curl("/goform/logout", &status).unwrap(), "302", "{kind}");
    }
    let stats = self::curl(&[&format!("http://{}/stats", modem.said("control").unwrap())]).unwrap();
    let stats: serde_json::Value = serde_json::from_str(&stats).unwrap();
    assert_eq!((&stats["logins"], &stats["logouts"]), (&2.into(), &2.into()));
    assert_eq!(stats["violations"], serde_json::json!([]));
    assert_eq!(stats["certificate"]["sha256"], modem.said("sha256").unwrap());
}

#[test]
fn faults_can_be_there_from_the_start() {
    let modem = Modem::start(&["--http", "--profile", "coda-asp", "--fault", "half-json at=dsinfo"]);
    let url = |name: &str| format!("http://{}/data/{name}.asp", modem.said("http").unwrap());
    let Some(downstream) = curl(&[&url("dsinfo")]) else { return };
    assert!(downstream.starts_with("[{") && !downstream.ends_with("}]"), "{downstream}");
    assert!(curl(&[&url("usinfo")]).unwrap().ends_with("}]"));
}

#[test]
fn what_it_cannot_be_is_one_line() {
    let check = |arguments: &[&str], expected: &str| {
        let output = sim().args(["hitron", "--listen", "127.0.0.1:0"]).args(arguments).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.starts_with(&format!("lanlord-sim: {expected}")), "{error}");
        assert_eq!((error.lines().count(), output.status.code()), (1, Some(1)));
    };
    check(&["--profile", "cgn3"], "`cgn3` is no profile: there are cgnv4, coda-asp");
    check(&["--fault", "quantum"], "`quantum` is no fault of a modem: there are busy, locked,");
    check(&["--suite", "rc4"], "invalid value 'rc4' for '--suite <SUITE>': `rc4` is none of ecdhe-gcm, cbc,");
    check(&["--signed-with", "md2"], "`md2` is not `sha256`, `sha1` or `md5`");
    check(&["--http", "--fault", "new-certificate"], "this modem has no TLS");
}

//! What a configuration says of a Freebox, and what is said when it makes no sense: word for word.

use std::path::PathBuf;
use std::time::Duration;

use lanlord::config::parse;
use lanlord::net::tls::Trust;
use lanlord::secrets::Place;
use lanlord::sources::freebox::api::version::Wanted;
use lanlord::sources::freebox::endpoint::Scheme;
use lanlord::sources::freebox::{self, PartName};
use lanlord::sources::{Settings, describe};

fn read(lines: &str) -> Result<freebox::Settings, String> {
    let config = parse("FILE", &format!("[[source]]\nkind = \"freebox\"\n{lines}\n"))
        .map_err(|problems| problems.to_string())?;
    match config.sources.into_iter().next().unwrap().settings {
        Settings::Freebox(settings) => Ok(settings),
        Settings::Hitron(_) | Settings::Wire(_) => panic!("not a Freebox"),
    }
}

/// What is below the header, and all that is wrong with it. `FILE:` is taken off each line. To add a row, add a line.
#[rustfmt::skip]
const WRONG: &[(&str, &[&str])] = &[
    ("endpoint = \"ftp://box\"", &["3:12: `ftp://box` is not where a Freebox can be; write a host and perhaps a port, such as `mafreebox.freebox.fr` or `192.168.1.254:80`, with `http://` before it for no TLS, or `https://`"]),
    ("endpoint = 1", &["3:12: `endpoint` is `1`; write a host, such as `\"mafreebox.freebox.fr\"`"]),
    ("token = \"abc\"", &["3:1: a token does not belong in this file; put it into one that only lanlord may read, and write `token_file`, or use `token_env` or `token_credential`"]),
    ("token_file = \"\"", &["3:14: `token_file` cannot be what it says, which is not shown, since it may be the secret itself; write a path, such as `\"/etc/lanlord/secret\"`"]),
    ("token_file = 12345", &["3:14: `token_file` cannot be what it says, which is not shown, since it may be the secret itself; write a path, such as `\"/etc/lanlord/secret\"`"]),
    ("token_env = \"a=b\"", &["3:13: `token_env` cannot be what it says, which is not shown, since it may be the secret itself; write a variable of the environment, such as `\"LANLORD_SECRET\"`"]),
    ("token_credential = \"../etc/shadow\"", &["3:20: `token_credential` cannot be what it says, which is not shown, since it may be the secret itself; write the name of a credential, such as `\"lanlord.secret\"`"]),
    ("token_credential = \"..\"", &["3:20: `token_credential` cannot be what it says, which is not shown, since it may be the secret itself; write the name of a credential, such as `\"lanlord.secret\"`"]),
    ("token_fil = \"abc\"", &["3:1: unknown key `token_fil` in this `[[source]]`; did you mean `token_file`?"]),
    ("token_file = \"/a\"\ntoken_env = \"A\"", &["4:13: `token_file` and `token_env` name two places; remove one of the two"]),
    ("pin = \"sha256:00\"\ntls_verify = false", &[
        "3:7: `sha256:00` is not a fingerprint: `sha256:` and 64 hexadecimal digits, with or without colons",
        "4:14: `pin` and `tls_verify` say two things of whom to believe; remove one of the two"]),
    ("endpoint = \"http://box\"\nca_file = \"/a.pem\"", &["4:11: `ca_file` is about TLS, and `endpoint` begins with `http://`; change one of the two"]),
    ("tls_verify = \"no\"", &["3:14: `tls_verify` is `\"no\"`; write `true` or `false`"]),
    ("app_id = \"a b\"", &["3:10: `a b` cannot be the `app_id` of an application"]),
    ("api_version = \"newest\"", &["3:15: `api_version` is `\"newest\"`; write `\"auto\"`, `\"latest\"` or a number from 1 to 99"]),
    ("api_version = 100", &["3:15: `api_version` is `100`; write a whole number from 1 to 99"]),
    ("uid = \"5e0c\"", &["3:7: `5e0c` is not the identity of a Freebox; write 32 hexadecimal digits, as `lanlord freebox status` shows them"]),
    ("intervals = \"5m\"", &["3:13: `intervals` is `\"5m\"`; write a table, such as `{ lan = \"5m\", storage = \"off\" }`"]),
    ("intervals = { lan = \"5\", lam = \"5m\" }", &[
        "3:21: `lan` is `\"5\"`; write a duration from 100ms to 24h, such as `\"5m\"`, or `\"off\"`",
        "3:26: unknown key `lam` in `intervals`; did you mean `lan`?"]),
    ("intervals = { line = \"off\", system = \"off\", switch = \"off\", wifi = \"off\", lan = \"off\", dhcp = \"off\", storage = \"off\", vpn = \"off\", device = \"off\" }", &["3:13: every part is off, so nothing is asked; leave one on, or remove the source"]),
    ("max_hosts = 0", &["3:13: `max_hosts` is `0`; write a whole number from 1 to 16384"]),
    ("hosts_seen_within = \"1d\"", &["3:21: `hosts_seen_within` is `\"1d\"`; write a duration from 1s to 8760h, such as `\"5s\"`"]),
];

#[test]
fn every_mistake_about_a_freebox_is_said_word_for_word() {
    for (text, expected) in WRONG {
        let said = read(text).map_or_else(|said| said, |_| "nothing".to_owned());
        let expected = expected.iter().map(|line| format!("FILE:{line}")).collect::<Vec<_>>().join("\n");
        assert_eq!(said, expected, "{text}");
    }
}

#[test]
fn without_a_word_it_is_the_box_of_this_network_with_its_own_authorities() {
    let settings = read("").unwrap();
    assert_eq!(
        (settings.endpoint.scheme, settings.endpoint.host.as_str()),
        (Scheme::Find, "mafreebox.freebox.fr")
    );
    assert_eq!(settings.token, Place::File(PathBuf::from("/etc/lanlord/freebox.token")));
    assert!(
        matches!(settings.trust, Trust::Authorities { built_in, file: None } if built_in.contains("BEGIN CERTIFICATE"))
    );
    assert_eq!(settings.parts, PartName::ALL.map(|part| (part, None)));
    assert_eq!((settings.api_version, settings.max_hosts), (Wanted::Auto, 1_024));
    let settings = freebox::Settings { token: Place::File(PathBuf::from("/nowhere/token")), ..settings };
    let said = describe(&Settings::Freebox(settings));
    assert_eq!(
        said,
        "asks the Freebox at mafreebox.freebox.fr, with the file `/nowhere/token`, for line, system, \
         switch, wifi, lan, dhcp, storage, vpn, device; it cannot log in yet: cannot read the secret in \
         `/nowhere/token`: No such file or directory (os error 2); `lanlord freebox register` gets a token"
    );
}

#[test]
fn who_gives_up_safety_reads_it_in_the_log() {
    let said = |text: &str| describe(&Settings::Freebox(read(text).unwrap()));
    assert!(said("tls_verify = false").contains("WHOEVER ANSWERS THERE"));
    assert!(said("endpoint = \"http://box\"").contains("everybody on the way sees"));
}

#[test]
fn parts_are_asked_as_often_as_is_said_or_in_proportion() {
    let settings = read("interval = \"5s\"\nintervals = { lan = \"5m\", storage = \"off\" }").unwrap();
    let parts = freebox::Freebox::open(settings).unwrap();
    let every: Vec<(&str, u64)> =
        parts.iter().map(|part| (part.name(), part.interval(Duration::from_secs(5)).as_secs())).collect();
    let expected = [
        ("line", 5),
        ("system", 5),
        ("switch", 5),
        ("wifi", 15),
        ("lan", 300),
        ("dhcp", 15),
        ("vpn", 15),
        ("device", 150),
    ];
    assert_eq!(every, expected);
    let deadlines: Vec<u64> =
        parts.iter().map(|part| part.deadline(Duration::from_secs(10)).as_secs()).collect();
    assert_eq!(deadlines, [10, 10, 10, 10, 30, 10, 10, 10]);
}

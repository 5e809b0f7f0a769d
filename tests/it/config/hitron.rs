//! What a configuration says of a Hitron modem, and what is said when it makes no sense: word for word.

use std::path::PathBuf;
use std::time::Duration;

use lanlord::config::parse;
use lanlord::net::legacy_tls::SecurityLevel;
use lanlord::secrets::Place;
use lanlord::sources::hitron::{self, PartName, Password, Profile, Scheme};
use lanlord::sources::{Settings, describe};

/// What a modem that wants a log-in needs.
const LOGIN: &str = "user = \"admin\"\npassword_file = \"/nowhere/password\"\npin = \"sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"";

fn read(lines: &str) -> Result<hitron::Settings, String> {
    let config = parse("FILE", &format!("[[source]]\nkind = \"hitron\"\n{lines}\n"))
        .map_err(|problems| problems.to_string())?;
    match config.sources.into_iter().next().unwrap().settings {
        Settings::Hitron(settings) => Ok(settings),
        Settings::Freebox(_) | Settings::Wire(_) => panic!("not a Hitron modem"),
    }
}

const NO_PIN: &str = "1:1: a stored password goes only to a modem that is known by its certificate: add `pin = \"sha256:…\"`, with what `openssl s_client -connect 192.168.100.1:443 </dev/null | openssl x509 -noout -fingerprint -sha256` prints";
const NO_LOGIN: &str = "1:1: to log in to this modem, it takes a user and a password: add `user` and `password_file`, `password_env` or `password_credential`, or write `profile = \"coda-asp\"` if this modem lets everybody in";

/// What is below the header, and all that is wrong with it. `FILE:` is taken off each line. To add a row, add a line.
#[rustfmt::skip]
const WRONG: &[(&str, &[&str])] = &[
    ("", &[NO_LOGIN]),
    ("user = \"admin\"\npassword_env = \"A\"", &[NO_PIN]),
    ("user = \"admin\"\npassword_env = \"A\"\nendpoint = \"[fd00::1]:8443\"", &["1:1: a stored password goes only to a modem that is known by its certificate: add `pin = \"sha256:…\"`, with what `openssl s_client -connect [fd00::1]:8443 </dev/null | openssl x509 -noout -fingerprint -sha256` prints"]),
    ("user = \"admin\"", &[NO_PIN, "3:8: `user` needs a password; add `password_file`, `password_env` or `password_credential`"]),
    ("password_env = \"A\"", &[NO_PIN, "3:16: `password_env` says no user; add `user` with the name whose password it is"]),
    ("user = \"\"\npassword_env = \"A\"", &[NO_PIN, "3:8: `user` cannot be a user's name, and is not shown, since a password may be in it; write 1 to 255 bytes without control characters"]),
    ("user = \"admin\"\npassword = \"hunter2\"", &[NO_PIN, "3:8: `user` needs a password; add `password_file`, `password_env` or `password_credential`", "4:1: a password does not belong in this file; put it into one that only lanlord may read, and write `password_file`, or use `password_env` or `password_credential`"]),
    ("endpoint = \"http://192.168.0.1\"\nuser = \"admin\"\npassword_env = \"A\"", &["3:12: a stored password is not sent in clear text, and `endpoint` begins with `http://`; write `https://` and `pin`"]),
    ("profile = \"coda-asp\"\nendpoint = \"http://192.168.0.1\"\npin = \"00112233445566778899aabbccddeeff\"\ntls_security_level = 0", &[
        "5:7: `pin` is about TLS, and `endpoint` begins with `http://`; change one of the two",
        "6:22: `tls_security_level` is about TLS, and `endpoint` begins with `http://`; change one of the two"]),
    ("profile = \"coda-asp\"\nuser = \"admin\"\npassword_env = \"A\"", &[
        "4:8: nobody logs in to a modem with the profile `coda-asp`; remove `user`",
        "5:16: nobody logs in to a modem with the profile `coda-asp`; remove `password_env`"]),
    ("profile = \"coda\"", &[NO_LOGIN, "3:11: unknown profile `coda`; known profiles: `cgnv4`, `coda-asp`"]),
    ("profile = \"coda-aps\"", &[NO_LOGIN, "3:11: unknown profile `coda-aps`; known profiles: `cgnv4`, `coda-asp`; did you mean `coda-asp`?"]),
    ("profile = \"coda-asp\"\nendpoint = \"ftp://modem\"", &["4:12: `ftp://modem` is not where a modem can be; write a host and perhaps a port, such as `https://192.168.100.1` or `https://modem.lan:8443`, with `http://` before it for no TLS"]),
    ("profile = \"coda-asp\"\nendpoint = \"modem/login\"", &["4:12: `modem/login` is not where a modem can be; write a host and perhaps a port, such as `https://192.168.100.1` or `https://modem.lan:8443`, with `http://` before it for no TLS"]),
    ("profile = \"coda-asp\"\nendpoint = 1", &["4:12: `endpoint` is `1`; write a host, such as `\"https://192.168.100.1\"`"]),
    ("profile = \"coda-asp\"\npin = \"sha256:00\"", &["4:7: `sha256:00` is not a fingerprint: it has 2 hexadecimal digits, and 64 (SHA-256), 40 (SHA-1) or 32 (MD5) would be right, with or without colons"]),
    ("profile = \"coda-asp\"\npin = []", &["4:7: `pin` is empty; write a fingerprint, such as `\"sha256:8f…\"`, or a list of them, or leave it out"]),
    ("profile = \"coda-asp\"\ntls_security_level = 3", &["4:22: `tls_security_level` is `3`; write a whole number from 0 to 2"]),
    ("profile = \"coda-asp\"\nparts = []", &["4:9: `parts` is empty; write a list of parts, such as `[\"modem\", \"lan\"]`, or leave it out"]),
    ("profile = \"coda-asp\"\nparts = [\"modem\", \"wifi\", \"modme\"]", &[
        "4:19: unknown part `wifi`; known parts: `modem`, `ofdm`, `lan`, `events`, `gre`",
        "4:27: unknown part `modme`; known parts: `modem`, `ofdm`, `lan`, `events`, `gre`; did you mean `modem`?"]),
    ("profile = \"coda-asp\"\nparts = [\"lan\", \"lan\"]", &["4:17: `lan` is already on line 4; write it once"]),
    ("profile = \"cgnv4\"\nparts = [\"ofdm\"]\nuser = \"a\"\npassword_env = \"A\"\npin = \"00112233445566778899aabbccddeeff\"", &["4:10: a modem with the profile `cgnv4` has no part `ofdm`; remove it, or write another `profile`"]),
    ("profile = \"coda-asp\"\nofdm_interval = \"30s\"", &["4:17: `ofdm_interval` is `\"30s\"`; write a duration from 1m to 24h, such as `\"5s\"`"]),
    ("profile = \"coda-asp\"\nhold_off = \"0s\"", &["4:12: `hold_off` is `\"0s\"`; write a duration from 1s to 24h, such as `\"5s\"`"]),
    ("profile = \"coda-asp\"\ntraffic_unit_base = 1023", &["4:21: `traffic_unit_base` is `1023`; write 1000 or 1024"]),
    ("profile = \"coda-asp\"\nclock_offset = \"+1\"", &["4:16: `+1` is not how far a clock is ahead of UTC; write it like `+01:00` or `-05:00`, from `-12:00` to `+14:00`"]),
    ("profile = \"coda-asp\"\nclock_offset = \"+14:01\"", &["4:16: `+14:01` is not how far a clock is ahead of UTC; write it like `+01:00` or `-05:00`, from `-12:00` to `+14:00`"]),
    ("profile = \"coda-asp\"\nmax_hosts = 0", &["4:13: `max_hosts` is `0`; write a whole number from 1 to 1024"]),
    ("profile = \"coda-asp\"\nforse = true", &["4:1: unknown key `forse` in this `[[source]]`; did you mean `force`?"]),
];

#[test]
fn every_mistake_about_a_modem_is_said_word_for_word() {
    for (text, expected) in WRONG {
        let said = read(text).map_or_else(|said| said, |_| "nothing".to_owned());
        let expected = expected.iter().map(|line| format!("FILE:{line}")).collect::<Vec<_>>().join("\n");
        assert_eq!(said, expected, "{text}");
    }
}

#[test]
fn a_cgnv4_needs_a_user_a_password_and_a_pin_and_nothing_else() {
    let settings = read(LOGIN).unwrap();
    assert_eq!(
        (settings.scheme, settings.host.as_str(), settings.port),
        (Scheme::Https, "192.168.100.1", 443)
    );
    assert_eq!((settings.profile, settings.parts.as_slice()), (Profile::Cgnv4, &[PartName::Modem][..]));
    let place = Place::File(PathBuf::from("/nowhere/password"));
    assert_eq!(settings.login.as_ref().unwrap().password, Password::Stored(place));
    assert_eq!((settings.pins.len(), settings.pins[0].len()), (1, 1));
    assert_eq!((settings.allowed.level, settings.allowed.legacy_renegotiation), (SecurityLevel::One, false));
    assert_eq!((settings.force, settings.traffic_base, settings.clock_offset), (false, 1_000, 0));
    assert_eq!((settings.hold_off, settings.show_addresses), (Duration::from_secs(900), false));
    assert!(!format!("{settings:?}").contains("admin"), "a user is nobody's business");
    assert_eq!(
        describe(&Settings::Hitron(settings)),
        "asks the Hitron modem (cgnv4) at https://192.168.100.1:443, known by its certificate's fingerprint, as `admin` \
         with the password in the file `/nowhere/password`, for modem; it cannot log in yet: cannot read the secret in \
         `/nowhere/password`: No such file or directory (os error 2)"
    );
}

#[test]
fn what_is_written_is_what_the_source_runs_on() {
    let settings = read(
        "profile = \"coda-asp\"\nendpoint = \"modem.lan:8443/\"\nparts = [\"lan\", \"ofdm\"]\nofdm_interval = \"2h\"\n\
         pin = [\"AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99\", \"sha1:00112233445566778899aabbccddeeff00112233\"]\n\
         tls_security_level = 0\ntls_legacy_renegotiation = true\nforce = true\ntraffic_unit_base = 1024\n\
         clock_offset = \"-03:30\"\nshow_addresses = true\nmax_hosts = 7\nhold_off = \"1h\"",
    )
    .unwrap();
    assert_eq!((settings.scheme, settings.host.as_str(), settings.port), (Scheme::Https, "modem.lan", 8443));
    assert_eq!(settings.parts, [PartName::Ofdm, PartName::Lan]);
    assert_eq!((settings.pins.len(), settings.pins[0].len()), (1, 2));
    assert_eq!((settings.allowed.level, settings.allowed.legacy_renegotiation), (SecurityLevel::Zero, true));
    assert_eq!((settings.traffic_base, settings.clock_offset, settings.max_hosts), (1_024, -12_600, 7));
    assert!(settings.force && settings.show_addresses && settings.login.is_none());
    assert_eq!(
        (settings.ofdm_interval, settings.hold_off),
        (Duration::from_secs(7_200), Duration::from_secs(3_600))
    );
    let parts = hitron::Hitron::open(settings).unwrap();
    let every: Vec<_> =
        parts.iter().map(|part| (part.name(), part.interval(Duration::from_secs(60)).as_secs())).collect();
    assert_eq!(every, [("ofdm", 7_200), ("lan", 300)]);
}

#[test]
fn a_coda_is_asked_without_a_word_and_without_a_log_in() {
    let said = |text: &str| describe(&Settings::Hitron(read(text).unwrap()));
    assert_eq!(
        said("profile = \"coda-asp\""),
        "asks the Hitron modem (coda-asp) at https://192.168.100.1:443, WHOEVER ANSWERS THERE: there is no `pin`, without \
         a log-in, for modem, ofdm"
    );
    assert_eq!(
        said("profile = \"coda-asp\"\nendpoint = \"http://[fd00::1]\"\nparts = [\"modem\"]"),
        "asks the Hitron modem (coda-asp) at http://[fd00::1]:80; everybody on the way sees what is said, without a log-in, \
         for modem"
    );
}

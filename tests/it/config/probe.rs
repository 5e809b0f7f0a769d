//! What a configuration says of probes, and what is said when it makes no sense: word for word.

use std::time::Duration;

use lanlord::config::parse;
use lanlord::net::legacy_tls::pin::Pin;
use lanlord::probe::allow::{Allowed, Host};
use lanlord::probe::reply::ErrorsAs;
use lanlord::probe::{Module, Settings, describe, files};
use lanlord::secrets::Place;
use lanlord::sources::hitron::{Login, PartName, Password, Profile, Scheme};

/// A module whose fourth line is the one to look at.
macro_rules! module {
    ($text:literal) => {
        concat!("[[probe.module]]\nname = \"m\"\nkind = \"hitron\"\n", $text)
    };
}

/// A file, and all that is wrong with it. `FILE:` is taken off each line. To add a row, add a line.
#[rustfmt::skip]
const WRONG: &[(&str, &[&str])] = &[
    ("probe = 1", &["1:9: `probe` is `1`; write `[probe]` as its header, once"]),
    ("[[probe]]", &["1:1: `probe` is a list; write `[probe]` as its header, once"]),
    ("[probe]\ntargets = 1", &["2:1: unknown key `targets` in `[probe]`; known here: `allow`, `errors`, `deadline`, `module`"]),
    ("[probe]\nallow = \"192.168.0.0/16\"", &["2:9: `allow` is `\"192.168.0.0/16\"`; write a list of networks, addresses and names, such as `[\"192.168.100.0/24\"]`"]),
    ("[probe]\nallow = [\"192.168.0.0/33\"]", &["2:10: `192.168.0.0/33` cannot be allowed; write a network such as `192.168.100.0/24`, an address, a name such as `modem.lan`, or `*.example.net` for all names that end so"]),
    ("[probe]\nallow = [\"modem.lan\", \"2130706433\"]", &["2:23: `2130706433` cannot be allowed; write a network such as `192.168.100.0/24`, an address, a name such as `modem.lan`, or `*.example.net` for all names that end so"]),
    ("[probe]\nerrors = \"both\"", &["2:10: `errors` is `\"both\"`; write `\"status\"` or `\"metrics\"`"]),
    ("[probe]\ndeadline = \"56s\"", &["2:12: `deadline` is `\"56s\"`; write a duration from 500ms to 55s, such as `\"5s\"`"]),
    ("[probe]\nmodule = 1", &["2:10: `module` is `1`; write `[[probe.module]]` as its header, in double brackets, once for each module"]),
    ("[probe.module]", &["1:1: `module` is a table; write `[[probe.module]]` as its header, in double brackets, once for each module"]),
    ("[probe]\nmodule = [1]", &["2:11: `module` is `1`; write each module below a `[[probe.module]]` of its own"]),
    // A module.
    ("[[probe.module]]", &[
        "1:1: this module has no `name`; add `name = \"modem\"` to ask for it by, or `name = \"default\"` for probes that ask for none",
        "1:1: this module has no `kind`; add `kind = \"hitron\"`"]),
    ("[[probe.module]]\nname = \"a b\"\nkind = \"hitron\"", &["2:8: `a b` cannot name a module; write 1 to 64 of the letters a-z and A-Z, digits, `_` and `-`"]),
    ("[[probe.module]]\nname = \"a\"\nkind = \"hitorn\"", &["3:8: unknown kind `hitorn`; known kinds: `hitron`; did you mean `hitron`?"]),
    ("[[probe.module]]\nname = \"a\"\nkind = \"freebox\"", &["3:8: unknown kind `freebox`; known kinds: `hitron`"]),
    (module!("[[probe.module]]\nname = \"m\"\nkind = \"hitron\""), &["5:8: a module named `m` is already on line 2; give this one another `name`"]),
    (module!("scheme = \"ftp\""), &["4:10: `scheme` is `\"ftp\"`; write `\"https\"` or `\"http\"`"]),
    (module!("port = 0"), &["4:8: `port` is `0`; write a whole number from 1 to 65535"]),
    (module!("profile = \"cgnv5\""), &["4:11: unknown profile `cgnv5`; known profiles: `cgnv4`, `coda-asp`; did you mean `cgnv4`?"]),
    (module!("parts = [\"modem\", \"ofdm\"]"), &["4:19: a modem with the profile `cgnv4` has no part `ofdm`; remove it, or write another `profile`"]),
    (module!("allow = [\"http://modem\"]"), &["4:10: `http://modem` cannot be allowed; write a network such as `192.168.100.0/24`, an address, a name such as `modem.lan`, or `*.example.net` for all names that end so"]),
    (module!("endpoint = \"modem\""), &["4:1: unknown key `endpoint` in this `[[probe.module]]`; known here: `name`, `kind`, `scheme`, `port`, `allow`, `targets`, `profile`, `user`, `password_file`, `password_env`, `password_credential`, `tls_security_level`, `tls_legacy_renegotiation`, `parts`, `ofdm_interval`, `hold_off`, `force`, `traffic_unit_base`, `clock_offset`, `show_addresses`, `max_hosts`"]),
    // Secrets and targets.
    (module!("user = \"admin\"\npassword_file = \"/p\""), &["4:8: a stored password goes only to modems that are known by their certificates: add `targets = { \"192.0.2.1\" = \"sha256:…\" }`, with what `openssl s_client -connect 192.0.2.1:443 </dev/null | openssl x509 -noout -fingerprint -sha256` prints for yours"]),
    (module!("scheme = \"http\"\nuser = \"admin\"\npassword_env = \"P\""), &["5:8: a stored password is not sent in clear text, and `scheme` is `http`; write `https`, or remove `user`"]),
    (module!("scheme = \"http\"\ntls_security_level = 0"), &["5:22: `tls_security_level` is about TLS, and `scheme` is `http`; change one of the two"]),
    (module!("user = \"admin\""), &[
        "4:8: `user` needs a password; add `password_file`, `password_env` or `password_credential`",
        "4:8: a stored password goes only to modems that are known by their certificates: add `targets = { \"192.0.2.1\" = \"sha256:…\" }`, with what `openssl s_client -connect 192.0.2.1:443 </dev/null | openssl x509 -noout -fingerprint -sha256` prints for yours"]),
    (module!("password = \"hunter2\""), &["4:1: a password does not belong in this file; put it into one that only lanlord may read, and write `password_file`, or use `password_env` or `password_credential`"]),
    (module!("targets = [\"192.0.2.1\"]"), &["4:11: `targets` is a list; write a table of hosts with their fingerprints, such as `{ \"192.0.2.1\" = \"sha256:8f…\" }`"]),
    (module!("targets = {}"), &["4:11: `targets` is empty; write a table of hosts with their fingerprints, such as `{ \"192.0.2.1\" = \"sha256:8f…\" }`, or leave it out"]),
    (module!("targets = { \"192.0.2.1\" = \"\" }"), &["4:27: the target `192.0.2.1` has no fingerprint; write a fingerprint, such as `\"sha256:8f…\"`, or a list of them"]),
    (module!("targets = { \"192.0.2.1\" = [] }"), &["4:27: the target `192.0.2.1` has no fingerprint; write a fingerprint, such as `\"sha256:8f…\"`, or a list of them"]),
    (module!("targets = { \"192.0.2.1\" = true }"), &["4:27: `192.0.2.1` is `true`; write a fingerprint, such as `\"sha256:8f…\"`, or a list of them"]),
    (module!("targets = { \"192.0.2.0/24\" = \"000102030405060708090a0b0c0d0e0f\" }"), &["4:13: `192.0.2.0/24` is no host; write an address or a name, without a port"]),
    (module!("targets = { \"modem:443\" = \"000102030405060708090a0b0c0d0e0f\" }"), &["4:13: `modem:443` is no host; write an address or a name, without a port"]),
    (module!("targets = { \"0x7f000001\" = \"000102030405060708090a0b0c0d0e0f\" }"), &["4:13: `0x7f000001` is no host; write an address or a name, without a port"]),
    (module!("targets = { \"modem\" = \"000102030405060708090a0b0c0d0e0f\", \"MODEM.\" = \"000102030405060708090a0b0c0d0e0f\" }"), &["4:59: `modem` is already on line 4; write all its fingerprints there, as a list"]),
];

#[test]
fn every_mistake_about_probes_is_said_word_for_word() {
    super::check_wrong(WRONG);
}

#[test]
fn a_fingerprint_that_is_none_is_said_in_the_words_of_all_fingerprints() {
    let text = module!("targets = { \"192.0.2.1\" = [\"sha256:00\"] }");
    let said = parse("FILE", text).unwrap_err().to_string();
    let expected = "sha256:00".parse::<Pin>().unwrap_err().to_string();
    assert_eq!(said, format!("FILE:4:28: {expected}"));
}

fn read(text: &str) -> Settings {
    parse("FILE", text).unwrap_or_else(|problems| panic!("{problems}")).probe
}

#[test]
fn without_a_word_nobody_may_be_probed() {
    for text in ["", "[probe]\n"] {
        assert_eq!(read(text), Settings::default(), "{text}");
    }
    assert!(!Settings::default().lets_anybody_in());
    assert_eq!(Settings::default().deadline, Duration::from_secs(25));
}

#[test]
fn a_module_needs_no_more_than_a_name_and_a_kind() {
    let settings = read("[[probe.module]]\nname = \"default\"\nkind = \"hitron\"\n");
    assert_eq!(settings.modules, [Module::default()]);
}

#[test]
fn everything_can_be_said() {
    let text = r#"
        [probe]
        allow = ["192.168.7.9/16", "192.0.2.1", "Modem.lan", "*.example.net", "fd00::1"]
        errors = "metrics"
        deadline = "9s"
        [[probe.module]]
        name = "upc"
        kind = "hitron"
        port = 8443
        allow = ["198.51.100.0/24"]
        user = "admin"
        password_file = "/etc/lanlord/modem"
        tls_security_level = 0
        parts = ["lan", "modem"]
        hold_off = "1h"
        traffic_unit_base = 1024
        clock_offset = "+01:00"
        show_addresses = true
        max_hosts = 9
        [probe.module.targets]
        "192.0.2.1" = "000102030405060708090a0b0c0d0e0f"
        "modem.lan" = ["sha1:000102030405060708090a0b0c0d0e0f10111213", "00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f"]
        [[probe.module]]
        name = "coda"
        kind = "hitron"
        profile = "coda-asp"
        scheme = "http"
    "#;
    let settings = read(text);
    let network = |text: &str| Allowed::Network(text.parse().unwrap());
    assert_eq!(
        settings.allow,
        [
            network("192.168.0.0/16"),
            network("192.0.2.1/32"),
            Allowed::Name("modem.lan".to_owned()),
            Allowed::Below(".example.net".to_owned()),
            network("fd00::1/128"),
        ]
    );
    assert_eq!((settings.errors, settings.deadline), (ErrorsAs::Metrics, Duration::from_secs(9)));
    let [upc, coda] = &settings.modules[..] else { panic!() };
    let md5 = Pin::Md5([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    let [(first, pins), (second, more)] = &upc.targets[..] else { panic!("{upc:?}") };
    assert_eq!((first, pins), (&Host::of("192.0.2.1"), &vec![md5]));
    assert_eq!((second, more.len(), more[1]), (&Host::of("modem.lan"), 2, md5));
    let template = &upc.template;
    assert_eq!(
        (template.scheme, template.port, &template.parts[..]),
        (Scheme::Https, 8443, &[PartName::Modem, PartName::Lan][..])
    );
    assert_eq!((template.traffic_base, template.clock_offset, template.max_hosts), (1_024, 3_600, 9));
    assert_eq!((template.show_addresses, template.hold_off), (true, Duration::from_secs(3_600)));
    let place = Place::File("/etc/lanlord/modem".into());
    assert!(
        matches!(&template.login, Some(Login { password: Password::Stored(stored), .. }) if *stored == place)
    );
    assert_eq!(files(&settings), [std::path::PathBuf::from("/etc/lanlord/modem")]);
    assert_eq!(
        (coda.template.scheme, coda.template.port, coda.template.profile),
        (Scheme::Http, 80, Profile::CodaAsp)
    );
    assert_eq!(
        describe(upc),
        "asks Hitron modems with the profile cgnv4 over HTTPS on port 8443 for modem, lan; has a password for 2 targets"
    );
    assert!(settings.lets_anybody_in());
}

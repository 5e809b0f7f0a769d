//! Who gets which password, and where none is ever seen.

use lanlord_sim::hitron::{Modem, Options, Running};

use super::house::{GIVEN, HERE, House, PASSWORD, USER, modem};

fn with_password(password: &str) -> Running {
    let options = Options { user: "admin".to_owned(), password: password.to_owned(), ..Options::default() };
    Modem::start(options).unwrap()
}

/// A module for one modem, with a stored password.
fn module(name: &str, modem: &Running) -> String {
    format!(
        "[[probe.module]]\nname = \"{name}\"\nkind = \"hitron\"\nport = {}\nuser = \"admin\"\npassword_file = \
         \"FOLDER/{name}\"\ntargets = {{ \"127.0.0.1\" = \"sha256:{}\" }}\n",
        modem.address().port(),
        modem.sha256()
    )
}

#[test]
fn each_modem_gets_its_own_password_and_no_other() {
    let (one, two) = (with_password("planted-one-Vb1"), with_password("planted-two-Wn2"));
    let config = format!("{}{}", module("one", &one), module("two", &two));
    let house = House::start(&config, &[("one", "planted-one-Vb1\n"), ("two", "planted-two-Wn2\n")]);
    for name in ["one", "two", "one"] {
        let answer = house.get(&format!("/probe?target=127.0.0.1&module={name}"), "");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    for (modem, own, others) in
        [(&one, "planted-one-Vb1", "planted-two-Wn2"), (&two, "planted-two-Wn2", "planted-one-Vb1")]
    {
        let heard = format!("{:?}", modem.control.requests());
        assert!(heard.contains(own) && !heard.contains(others), "{heard}");
    }
    // The other modem, which has another certificate.
    let path = format!("/probe?target=127.0.0.1&module=one&_port={}", two.address().port());
    let before = two.control.stats().application_bytes;
    let strange = house.get(&path, "");
    assert_eq!(strange.status, 502, "{}", strange.text());
    assert_eq!(two.control.stats().application_bytes, before);
}

#[test]
fn a_stored_password_goes_to_no_other_target_whatever_it_says() {
    let modem = with_password("planted-one-Vb1");
    let config = format!("[probe]\nallow = [\"127.0.0.0/8\"]\n{}", module("one", &modem));
    let house = House::start(&config, &[("one", "planted-one-Vb1")]);
    for more in ["", "&force=1", &format!("&fingerprint={}", modem.sha256())] {
        let answer = house.get(&format!("/probe?target=127.0.0.2&module=one{more}"), "");
        assert_eq!(answer.status, 403, "{}", answer.text());
        assert!(answer.text().contains("add `\"127.0.0.2\" = \"sha256:…\"` to them"), "{}", answer.text());
    }
    assert_eq!(modem.control.stats().connections, 0);
    for more in ["&usr=admin", "&pwd=x", "&usr=admin&ipa_vault_namespace=shared"] {
        let answer = house.get(&format!("/probe?target=127.0.0.1&module=one{more}"), "");
        assert_eq!(
            (answer.status, answer.text()),
            (400, "Missing parameters: 'usr', 'pwd' or 'ipa_vault_namespace'\n"),
            "{more}"
        );
    }
}

#[test]
fn who_is_not_allowed_hears_nothing_of_a_password() {
    let (house, modem) = (House::start("", &[]), modem());
    let answer = house.probe(&modem, "");
    assert_eq!(answer.status, 403);
    assert_eq!(
        answer.text(),
        "127.0.0.1 may not be probed; to allow it, write `allow = [\"127.0.0.1\"]` under `[probe]`\n"
    );
    assert_eq!(modem.control.stats().connections, 0);
}

#[test]
fn a_reload_says_who_may_be_probed_from_now_on() {
    let (house, modem) = (House::start("", &[]), modem());
    assert_eq!(house.probe(&modem, "").status, 403);
    std::fs::write(house.folder.path().join("lanlord.toml"), format!("source = []\n{HERE}")).unwrap();
    house.lanlord.signal("HUP");
    crate::live::wait::until("it is taken up", || (house.probe(&modem, "").status == 200).then_some(()));
    assert!(house.lanlord.log().contains("other settings of probes"), "{}", house.lanlord.log());
}

#[test]
fn what_is_planted_is_seen_nowhere() {
    let stored = with_password("planted-one-Vb1");
    let config = format!("{HERE}{}", module("one", &stored));
    let arguments = ["--log.level", "debug", "--web.access-log"];
    let house = House::with(&config, &[("one", "planted-one-Vb1")], &arguments);
    let modem = modem();
    let mut heard = String::new();
    let mut keep = |path: &str| {
        let answer = house.get(path, "");
        heard.push_str(&answer.head);
        heard.push_str(answer.text());
        answer.status
    };
    let path = format!("/probe?target={}&{GIVEN}", modem.address());
    assert_eq!(keep(&path), 200);
    assert_eq!(keep(&format!("{path}&debug=true")), 200);
    assert_eq!(keep("/probe?target=127.0.0.1&module=one&debug=1"), 200);
    for more in
        ["&force=7", "&_port=x", "&usr=again", "&module=nothing", "&fingerprint=ab", "&ipa_vault_namespace=x"]
    {
        assert_eq!(keep(&format!("{path}{more}")), 400, "{more}");
    }
    modem.control.fault("login-says:<b>planted</b> planted-user-Zx7 planted &=%+ passwörd-Qk3").unwrap();
    for more in ["&force=1", "&force=1&debug=1", "&force=1&errors=metrics"] {
        keep(&format!("{path}{more}"));
    }
    modem.control.clear_faults();
    modem.control.fault("wrong-credentials").unwrap();
    for more in ["&force=1", "&force=1&debug=1"] {
        keep(&format!("{path}{more}"));
    }
    assert_eq!((keep("/"), keep("/metrics")), (200, 200));
    let log = house.lanlord.log();
    assert!(log.contains("path=/probe") || log.contains("/probe"), "{log}");
    for (where_, text) in [("answers", &heard), ("log", &log)] {
        for planted in [USER, PASSWORD, "Qk3", "passw%C3%B6rd", "planted%20", "planted+", "planted-one-Vb1"] {
            assert!(!text.contains(planted), "{planted} in {where_}\n{text}");
        }
    }
}

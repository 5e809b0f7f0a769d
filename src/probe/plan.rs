//! What it takes to visit a target: with which password, known by which fingerprints. Pure.
//!
//! The law on secrets is here: one that is stored goes to a target that is configured together with its fingerprint, and
//! to nobody else; one that came with the question goes to whom the question is about, who is allowed by now.

use std::net::IpAddr;

use super::Module;
use super::allow::{self, Allowed, Denied, Host};
use super::query::{Credentials, Query};
use super::reply::Refusal;
use crate::net::place::bracketed;
use crate::sources::hitron::{self, Login, Password, Profile, Scheme, Secret};

/// As the program before says it, word for word.
const MISSING: &str = "Missing parameters: 'usr', 'pwd' or 'ipa_vault_namespace'";

/// Whether what is asked for makes sense with this module, whoever it is about.
///
/// # Errors
/// When it does not.
pub fn check(module: &Module, query: &Query) -> Result<(), Refusal> {
    let template = &module.template;
    match &query.credentials {
        Credentials::Half => return Err(Refusal::new(400, "bad_parameter", MISSING.to_owned())),
        Credentials::None if template.profile == Profile::Cgnv4 && template.login.is_none() => {
            return Err(Refusal::new(400, "bad_parameter", MISSING.to_owned()));
        }
        Credentials::Vault => {
            let text =
                "vault: no vault is configured; give 'usr' and 'pwd', or a 'module' with a stored password";
            return Err(Refusal::new(502, "vault", text.to_owned()));
        }
        Credentials::None | Credentials::Given { .. } => {}
    }
    if template.scheme == Scheme::Http && !query.pins.is_empty() {
        let text =
            format!("Parameter 'fingerprint' is about TLS, and the module '{}' speaks http.", module.name);
        return Err(Refusal::new(400, "bad_parameter", text));
    }
    Ok(())
}

/// Whether this host may be visited at all, before anybody looks up where it is.
///
/// # Errors
/// When it may not.
pub fn may_be(module: &Module, everywhere: &[Allowed], host: &Host) -> Result<(), Refusal> {
    let lists = module.allow.iter().chain(everywhere);
    let is_target = module.targets.iter().any(|(target, _)| is_same(target, host, None));
    match is_target || allow::may_be(host, lists) || may_be_a_target(module, host) {
        true => Ok(()),
        false => Err(denied(host, Denied::NotListed)),
    }
}

/// A name may lead to an address that is a target.
fn may_be_a_target(module: &Module, host: &Host) -> bool {
    let is_address = |(target, _): &(Host, _)| matches!(target, Host::Address(_));
    matches!(host, Host::Name(_)) && module.targets.iter().any(is_address)
}

/// What to visit at this address, and as whom.
///
/// # Errors
/// When it may not be visited, or not with what is stored.
pub fn plan(
    module: &Module,
    everywhere: &[Allowed],
    query: &Query,
    address: IpAddr,
) -> Result<hitron::Settings, Refusal> {
    let address = address.to_canonical();
    let host = &query.target;
    let targets = || module.targets.iter().filter(|(target, _)| is_same(target, host, Some(address)));
    let by_name = targets().any(|(target, _)| target == host);
    // Where a name leads to the address of a target, that address is listed.
    let by_address = targets().any(|(target, _)| *target == Host::Address(address));
    if !by_address {
        let lists = module.allow.iter().chain(everywhere);
        allow::check(host, address, by_name, lists).map_err(|why| denied(host, why))?;
    }
    let mut settings = module.template.clone();
    settings.login = match (&query.credentials, settings.login, settings.profile) {
        // Nobody logs in there, and so nobody gets to know who would.
        (_, _, Profile::CodaAsp) => None,
        (Credentials::Given { user, password }, _, Profile::Cgnv4) => {
            Some(Login { user: Secret(user.clone()), password: Password::Given(Secret(password.clone())) })
        }
        (_, Some(login), Profile::Cgnv4)
            if targets().next().is_some() && settings.scheme == Scheme::Https =>
        {
            Some(login)
        }
        (_, Some(_), Profile::Cgnv4) => return Err(not_a_target(module, host)),
        (_, None, Profile::Cgnv4) => return Err(Refusal::new(400, "bad_parameter", MISSING.to_owned())),
    };
    // Each of these has to hold.
    settings.pins = targets().map(|(_, pins)| pins.clone()).collect();
    if !query.pins.is_empty() {
        settings.pins.push(query.pins.clone());
    }
    settings.host = host.text();
    settings.address = Some(address);
    settings.port = query.port.unwrap_or(settings.port);
    settings.force = query.force.unwrap_or(settings.force);
    Ok(settings)
}

/// Whether a target is this host, by its name or by where that leads.
fn is_same(target: &Host, host: &Host, address: Option<IpAddr>) -> bool {
    target == host || address.is_some_and(|address| *target == Host::Address(address))
}

/// Why somebody may not be visited, and what to write if he should be.
pub fn denied(host: &Host, why: Denied) -> Refusal {
    let host = host.text();
    let text = match why {
        Denied::NotListed if host.parse::<Allowed>().is_err() => {
            format!(
                "{host} may not be probed, and cannot be allowed so; write its address as four numbers, or its name"
            )
        }
        Denied::NotListed => {
            format!("{host} may not be probed; to allow it, write `allow = [\"{host}\"]` under `[probe]`")
        }
        Denied::Special(address) => format!(
            "{host} leads to {address}, which is probed only where it is listed itself; to allow it, write `allow = \
             [\"{address}\"]` under `[probe]`"
        ),
    };
    Refusal::new(403, "not_allowed", text)
}

fn not_a_target(module: &Module, host: &Host) -> Refusal {
    let (name, host) = (&module.name, host.text());
    let text = format!(
        "the stored password of the module `{name}` goes only to its `targets`; to send it to {host}, add `\"{host}\" = \
         \"sha256:…\"` to them, with the fingerprint of its certificate, or give 'usr' and 'pwd'"
    );
    Refusal::new(403, "not_a_target", text)
}

/// Host and port, as people write them.
pub fn place(settings: &hitron::Settings) -> String {
    format!("{}:{}", bracketed(&settings.host), settings.port)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::net::legacy_tls::pin::Pin;
    use crate::secrets::Place;

    fn pin(byte: u8) -> Pin {
        Pin::Sha256([byte; 32])
    }

    fn stored() -> Login {
        let place = Place::Environment("MODEM".to_owned());
        Login { user: Secret("admin".into()), password: Password::Stored(place) }
    }

    /// Has a password for two targets, and allows a network.
    fn module() -> Module {
        let mut module = Module {
            name: "upc".to_owned(),
            allow: vec!["198.51.100.0/24".parse().unwrap(), "guest.lan".parse().unwrap()],
            targets: vec![
                (Host::of("192.0.2.1"), vec![pin(1), pin(2)]),
                (Host::of("modem.lan"), vec![pin(3)]),
            ],
            ..Module::default()
        };
        module.template.login = Some(stored());
        module
    }

    fn planned(module: &Module, query: &str, address: &str) -> Result<hitron::Settings, Refusal> {
        let query = Query::read(query)?;
        check(module, &query)?;
        may_be(module, &[], &query.target)?;
        plan(module, &[], &query, address.parse().unwrap())
    }

    fn refused(module: &Module, query: &str, address: &str) -> (u16, String) {
        let refusal = planned(module, query, address).map(drop).unwrap_err();
        (refusal.status, refusal.text)
    }

    #[test]
    fn a_stored_password_goes_to_targets_with_their_fingerprints_alone() {
        let module = module();
        for (target, address, pins) in [
            ("192.0.2.1", "192.0.2.1", vec![vec![pin(1), pin(2)]]),
            ("modem.lan", "203.0.113.9", vec![vec![pin(3)]]),
            // Both hold.
            ("modem.lan", "192.0.2.1", vec![vec![pin(1), pin(2)], vec![pin(3)]]),
            ("guest.lan", "192.0.2.1", vec![vec![pin(1), pin(2)]]),
        ] {
            let settings = planned(&module, &format!("target={target}"), address).unwrap();
            assert_eq!((settings.login, &settings.pins), (Some(stored()), &pins), "{target}");
            assert_eq!(settings.address, Some(address.parse().unwrap()));
        }
        for (target, address) in [("198.51.100.1", "198.51.100.1"), ("guest.lan", "203.0.113.9")] {
            let (status, text) = refused(&module, &format!("target={target}"), address);
            assert_eq!(status, 403);
            assert_eq!(
                text,
                format!(
                    "the stored password of the module `upc` goes only to its `targets`; to send it to {target}, add \
                     `\"{target}\" = \"sha256:…\"` to them, with the fingerprint of its certificate, or give 'usr' and 'pwd'"
                )
            );
        }
    }

    #[test]
    fn with_a_password_of_the_question_all_fingerprints_hold() {
        let module = module();
        let query = format!("target=192.0.2.1&usr=a&pwd=b&fingerprint={}", "09".repeat(32));
        let settings = planned(&module, &query, "192.0.2.1").unwrap();
        assert_eq!(settings.pins, [vec![pin(1), pin(2)], vec![pin(9)]]);
        let Some(Login { user, password: Password::Given(password) }) = settings.login else { panic!() };
        assert_eq!((user.0.expose_secret(), password.0.expose_secret()), ("a", "b"));
        let settings = planned(&module, "target=198.51.100.1&usr=a&pwd=b", "198.51.100.1").unwrap();
        assert_eq!(settings.pins, Vec::<Vec<Pin>>::new());
    }

    #[test]
    fn who_is_not_allowed_is_named_with_the_line_to_add() {
        let module = module();
        let not_allowed = |host: &str| {
            (
                403,
                format!(
                    "{host} may not be probed; to allow it, write `allow = [\"{host}\"]` under `[probe]`"
                ),
            )
        };
        for (target, address) in [
            ("192.0.2.2", "192.0.2.2"),
            ("169.254.169.254", "169.254.169.254"),
            ("evil.example", "203.0.113.1"),
            ("evil.example", "127.0.0.1"),
        ] {
            let found = refused(&module, &format!("target={target}&usr=a&pwd=b"), address);
            assert_eq!(found, not_allowed(target), "{address}");
        }
        for (target, address) in
            [("2130706433", "127.0.0.1"), ("0xa9fea9fe", "169.254.169.254"), ("127.1", "127.0.0.1")]
        {
            let text = format!(
                "{target} may not be probed, and cannot be allowed so; write its address as four numbers, or its name"
            );
            assert_eq!(refused(&module, &format!("target={target}&usr=a&pwd=b"), address), (403, text));
        }
        assert_eq!(
            refused(&module, "target=[::ffff:169.254.169.254]&usr=a&pwd=b", "169.254.169.254"),
            not_allowed("169.254.169.254")
        );
        assert_eq!(
            refused(&module, "target=modem.lan&usr=a&pwd=b", "127.0.0.1"),
            (
                403,
                "modem.lan leads to 127.0.0.1, which is probed only where it is listed itself; to allow it, write `allow = \
                 [\"127.0.0.1\"]` under `[probe]`"
                    .to_owned()
            )
        );
    }

    #[test]
    fn half_of_the_credentials_is_none_whatever_else_there_is() {
        for query in ["usr=a", "pwd=b", "usr=a&ipa_vault_namespace=shared", "usr=&pwd=b"] {
            for module in [module(), Module::default()] {
                let found = refused(&module, &format!("target=192.0.2.1&{query}"), "192.0.2.1");
                assert_eq!(found, (400, MISSING.to_owned()), "{query}");
            }
        }
        assert_eq!(refused(&Module::default(), "target=a", "192.0.2.1"), (400, MISSING.to_owned()));
        let (status, text) = refused(&module(), "target=192.0.2.1&ipa_vault_namespace=shared", "192.0.2.1");
        assert_eq!((status, text.starts_with("vault: ")), (502, true));
    }

    #[test]
    fn the_question_says_port_and_force_where_it_does() {
        let mut module = module();
        module.template.port = 8443;
        let settings = planned(&module, "target=192.0.2.1", "192.0.2.1").unwrap();
        assert_eq!((settings.port, settings.force), (8443, false));
        let settings = planned(&module, "target=192.0.2.1:444&force=1", "192.0.2.1").unwrap();
        assert_eq!((settings.port, settings.force), (444, true));
        assert_eq!(place(&settings), "192.0.2.1:444");
    }

    #[test]
    fn where_nobody_logs_in_nobody_learns_a_password() {
        let mut module = Module { allow: vec!["192.0.2.0/24".parse().unwrap()], ..Module::default() };
        module.template.profile = Profile::CodaAsp;
        for query in ["target=192.0.2.1", "target=192.0.2.1&usr=a&pwd=b"] {
            assert_eq!(planned(&module, query, "192.0.2.1").unwrap().login, None);
        }
        module.template.scheme = Scheme::Http;
        let query = format!("target=192.0.2.1&fingerprint={}", "09".repeat(32));
        assert_eq!(refused(&module, &query, "192.0.2.1").0, 400);
    }
}

//! Which probes are the same: those that agree in everything that a visit depends on, passwords included.
//!
//! What is compared and kept is a keyed hash, from which nobody learns a password; the key is made at the start.

use ring::hmac::{self, Context, HMAC_SHA256};
use ring::rand::SystemRandom;
use secrecy::ExposeSecret;

use crate::net::legacy_tls::Allowed;
use crate::sources::hitron::{Login, Password, Scheme, Secret, Settings};

/// What two probes have in common that are the same.
pub type Identity = [u8; 32];

/// Tells probes apart.
pub struct Identities(hmac::Key);

/// The system has no chance to give.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random bytes, and without them no probes can be told apart")]
pub struct NoChance;

impl Identities {
    /// With a key of its own.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub fn new() -> Result<Self, NoChance> {
        hmac::Key::generate(HMAC_SHA256, &SystemRandom::new()).map(Self).map_err(|_unspecified| NoChance)
    }

    /// Of a visit with this module and these settings.
    pub fn of(&self, module: &str, settings: &Settings) -> Identity {
        // So that a setting that is new is not forgotten here.
        let Settings {
            scheme,
            host,
            port,
            address,
            profile,
            login,
            force,
            pins,
            allowed: Allowed { level, legacy_renegotiation },
            parts,
            ofdm_interval,
            hold_off,
            traffic_base,
            clock_offset,
            show_addresses,
            max_hosts,
        } = settings;
        let mut sum = Sum(Context::with_key(&self.0));
        sum.text(module);
        sum.text(if *scheme == Scheme::Https { "https" } else { "http" });
        sum.text(host);
        sum.number(u64::from(*port));
        sum.text(&address.map(|address| address.to_string()).unwrap_or_default());
        sum.text(profile.as_str());
        match login {
            None => sum.text("none"),
            Some(Login { user: Secret(user), password }) => {
                sum.text("login");
                sum.text(user.expose_secret());
                match password {
                    Password::Stored(place) => sum.text(&format!("stored {place:?}")),
                    Password::Given(Secret(password)) => {
                        sum.text("given");
                        sum.text(password.expose_secret());
                    }
                }
            }
        }
        sum.number(u64::from(*force));
        sum.number(pins.len() as u64);
        for group in pins {
            sum.number(group.len() as u64);
            group.iter().for_each(|pin| sum.text(&pin.to_string()));
        }
        sum.number(u64::from(level.number()));
        sum.number(u64::from(*legacy_renegotiation));
        sum.number(parts.len() as u64);
        parts.iter().for_each(|part| sum.text(part.as_str()));
        sum.text(&format!(
            "{ofdm_interval:?} {hold_off:?} {traffic_base} {clock_offset} {show_addresses} {max_hosts}"
        ));
        let mut identity = Identity::default();
        identity.copy_from_slice(sum.0.sign().as_ref());
        identity
    }
}

/// A hash under construction, in which no two sequences look alike.
struct Sum(Context);

impl Sum {
    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.update(text.as_bytes());
    }

    fn number(&mut self, number: u64) {
        self.0.update(&number.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::Duration;

    use super::*;
    use crate::net::legacy_tls::SecurityLevel;
    use crate::net::legacy_tls::pin::Pin;
    use crate::probe::Module;
    use crate::secrets::Place;
    use crate::sources::hitron::{PartName, Profile};

    fn given(user: &str, password: &str) -> Option<Login> {
        Some(Login { user: Secret(user.into()), password: Password::Given(Secret(password.into())) })
    }

    #[test]
    fn whatever_differs_makes_another_probe() {
        let identities = Identities::new().unwrap();
        let base = || Settings { host: "a".to_owned(), login: given("a", "b"), ..Module::default().template };
        let pin = |byte| Pin::Sha256([byte; 32]);
        let stored = |name: &str| {
            let password = Password::Stored(Place::Environment(name.to_owned()));
            Some(Login { user: Secret("a".into()), password })
        };
        let mut strict = base().allowed;
        strict.level = SecurityLevel::Two;
        let mut lax = base().allowed;
        lax.legacy_renegotiation = true;
        let others = [
            base(),
            Settings { scheme: Scheme::Http, ..base() },
            Settings { host: "b".to_owned(), ..base() },
            Settings { port: 444, ..base() },
            Settings { address: Some([192, 0, 2, 1].into()), ..base() },
            Settings { profile: Profile::CodaAsp, ..base() },
            Settings { login: None, ..base() },
            Settings { login: given("ab", ""), ..base() },
            Settings { login: given("a", "c"), ..base() },
            Settings { login: stored("b"), ..base() },
            Settings { login: stored("c"), ..base() },
            Settings { force: true, ..base() },
            Settings { pins: vec![vec![pin(1)]], ..base() },
            Settings { pins: vec![vec![pin(1), pin(2)]], ..base() },
            Settings { pins: vec![vec![pin(1)], vec![pin(2)]], ..base() },
            Settings { allowed: strict, ..base() },
            Settings { allowed: lax, ..base() },
            Settings { parts: vec![PartName::Modem, PartName::Lan], ..base() },
            Settings { ofdm_interval: Duration::from_secs(60), ..base() },
            Settings { hold_off: Duration::from_secs(60), ..base() },
            Settings { traffic_base: 1_024, ..base() },
            Settings { clock_offset: 60, ..base() },
            Settings { show_addresses: true, ..base() },
            Settings { max_hosts: 1, ..base() },
        ];
        let mut seen: HashSet<Identity> = others.iter().map(|other| identities.of("m", other)).collect();
        assert_eq!(seen.len(), others.len());
        assert!(seen.contains(&identities.of("m", &base())));
        assert!(seen.insert(identities.of("n", &base())));
        assert_ne!(
            Identities::new().unwrap().of("m", &base()),
            identities.of("m", &base()),
            "a key of its own"
        );
    }
}

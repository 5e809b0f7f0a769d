//! What a probe is asked for, from the query of its URL. Pure.
//!
//! Nothing in it is believed: not how long it is, not how often a word comes. What is secret goes where it cannot be
//! printed at once. Parameters that nobody knows are passed over: whoever writes a scrape configuration may have some of
//! his own, and a word that is misspelt leaves another one missing, which is said.

use form_urlencoded::parse;
use secrecy::{ExposeSecret, SecretString};

use super::allow::Host;
use super::reply::{ErrorsAs, Refusal};
use crate::net::legacy_tls::pin::Pin;
use crate::net::place::host_and_port;
use crate::text;

/// A question that makes sense so far.
#[derive(Debug)]
pub struct Query {
    /// Whom to visit.
    pub target: Host,
    /// The port, if one is given.
    pub port: Option<u16>,
    /// Whether `address` said whom, as an earlier program's documentation does.
    pub by_address: bool,
    /// The module.
    pub module: Option<String>,
    /// As whom to log in.
    pub credentials: Credentials,
    /// Of these one has to be the fingerprint of the certificate; anybody's where there are none.
    pub pins: Vec<Pin>,
    /// Whether to throw out whoever else is logged in; as the module says where nothing is.
    pub force: Option<bool>,
    /// Whether to show what happened instead of metrics alone.
    pub debug: bool,
    /// How to say that there are no data; as the configuration says where nothing is.
    pub errors: Option<ErrorsAs>,
    /// The only families that are wanted; all where there are none.
    pub names: Vec<String>,
}

/// As whom to log in.
#[derive(Debug)]
pub enum Credentials {
    /// It does not say.
    None,
    /// As this user with this password.
    Given {
        /// `usr`.
        user: SecretString,
        /// `pwd`.
        password: SecretString,
    },
    /// As a vault says.
    Vault,
    /// One half of them is missing.
    Half,
}

impl Credentials {
    /// What must not be in any answer.
    pub fn words(&self) -> Vec<&str> {
        match self {
            Self::Given { user, password } => vec![user.expose_secret(), password.expose_secret()],
            Self::None | Self::Vault | Self::Half => Vec::new(),
        }
    }
}

/// Longer than any that a scrape configuration makes, in bytes.
const LONGEST: usize = 4_096;
/// With twenty families there are thirty.
const MOST: usize = 64;
/// A planned change needs two.
const MOST_PINS: usize = 8;

impl Query {
    /// Reads what stands after the `?`.
    ///
    /// # Errors
    /// What is wrong with it, for whoever asked; no value of a secret is in that.
    pub fn read(query: &str) -> Result<Self, Refusal> {
        if query.len() > LONGEST {
            return Err(bad(format!("The query is longer than {LONGEST} bytes.")));
        }
        let mut words = Words::default();
        for (count, (name, value)) in parse(query.as_bytes()).enumerate() {
            if count == MOST {
                return Err(bad(format!("The query has more than {MOST} parameters.")));
            }
            words.take(&name, value.into_owned())?;
        }
        words.finish()
    }
}

/// The parameters as they come.
#[derive(Default)]
struct Words {
    target: Option<String>,
    address: Option<String>,
    user: Option<SecretString>,
    password: Option<SecretString>,
    vault: Option<String>,
    pins: Vec<Pin>,
    force: Option<bool>,
    port: Option<u16>,
    module: Option<String>,
    debug: Option<bool>,
    errors: Option<ErrorsAs>,
    names: Vec<String>,
}

impl Words {
    fn take(&mut self, name: &str, value: String) -> Result<(), Refusal> {
        let known = match name {
            "target" => "target",
            "address" => "address",
            "usr" => "usr",
            "pwd" => "pwd",
            "ipa_vault_namespace" => "ipa_vault_namespace",
            "fingerprint" => "fingerprint",
            "force" => "force",
            "_port" => "_port",
            "module" => "module",
            "debug" => "debug",
            "errors" => "errors",
            "name[]" => "name[]",
            _ => return Ok(()),
        };
        // As a missing one, unless somebody would believe that it was looked at.
        if value.is_empty() && known != "fingerprint" {
            return Ok(());
        }
        // Whatever was not UTF-8 has become this on the way, and no password has it.
        if value.contains(char::REPLACEMENT_CHARACTER) {
            return Err(bad(format!("Parameter '{known}' is not UTF-8.")));
        }
        match known {
            "target" => once(&mut self.target, known, value),
            "address" => once(&mut self.address, known, value),
            "usr" => once(&mut self.user, known, SecretString::from(value)),
            "pwd" => once(&mut self.password, known, SecretString::from(value)),
            "ipa_vault_namespace" => once(&mut self.vault, known, value),
            "module" => once(&mut self.module, known, value),
            "force" => once(&mut self.force, known, boolean(known, &value)?),
            "debug" => once(&mut self.debug, known, boolean(known, &value)?),
            "_port" => once(&mut self.port, known, port(&value)?),
            "errors" => once(&mut self.errors, known, errors(&value)?),
            "fingerprint" => {
                if self.pins.len() == MOST_PINS {
                    return Err(bad(format!("There are more than {MOST_PINS} parameters 'fingerprint'.")));
                }
                self.pins
                    .push(value.parse().map_err(|error| bad(format!("Parameter 'fingerprint': {error}.")))?);
                Ok(())
            }
            _ => {
                self.names.push(value);
                Ok(())
            }
        }
    }

    fn finish(self) -> Result<Query, Refusal> {
        let by_address = self.target.is_none() && self.address.is_some();
        let target = match (self.target, self.address) {
            (Some(target), Some(address)) if target != address => {
                return Err(bad("Parameters 'target' and 'address' name two.".to_owned()));
            }
            (Some(target), _) | (None, Some(target)) => target,
            // Word for word as an earlier program says it.
            (None, None) => return Err(bad("Missing parameter: 'target'".to_owned())),
        };
        let Some((host, inside)) = host_and_port_or_v6(&target) else {
            return Err(bad(format!(
                "Parameter 'target' is '{}', which is no host; write a name or an address, and perhaps a port: \
                 192.0.2.1, modem.lan:8443 or [2001:db8::1]:443.",
                text::cut(&text::plain(&target), 80)
            )));
        };
        let port = match (inside, self.port) {
            (Some(one), Some(other)) if one != other => {
                return Err(bad("Parameters 'target' and '_port' name two ports.".to_owned()));
            }
            (inside, port) => inside.or(port),
        };
        if let Some(vault) = &self.vault
            && !is_namespace(vault)
        {
            return Err(bad(
                "Parameter 'ipa_vault_namespace' must be 'service:' with a principal, 'user:' with a name, or 'shared'."
                    .to_owned(),
            ));
        }
        let credentials = match (self.user, self.password, self.vault) {
            (Some(user), Some(password), _) => Credentials::Given { user, password },
            (None, None, Some(_)) => Credentials::Vault,
            (None, None, None) => Credentials::None,
            (Some(_), None, _) | (None, Some(_), _) => Credentials::Half,
        };
        Ok(Query {
            target: Host::of(host),
            port,
            by_address,
            module: self.module,
            credentials,
            pins: self.pins,
            force: self.force,
            debug: self.debug.unwrap_or(false),
            errors: self.errors,
            names: self.names,
        })
    }
}

fn bad(text: String) -> Refusal {
    Refusal::new(400, "bad_parameter", text)
}

fn once<T>(slot: &mut Option<T>, name: &str, value: T) -> Result<(), Refusal> {
    match slot {
        // Whoever sends two means one of them, and nobody knows which.
        Some(_) => Err(bad(format!("Parameter '{name}' is there twice."))),
        None => {
            *slot = Some(value);
            Ok(())
        }
    }
}

fn boolean(name: &str, value: &str) -> Result<bool, Refusal> {
    match value {
        "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        _ => Err(bad(format!("Parameter '{name}' must be 0, 1, true or false."))),
    }
}

fn port(value: &str) -> Result<u16, Refusal> {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit()).then_some(value);
    let port = digits.and_then(|digits| digits.parse().ok()).filter(|&port: &u16| port > 0);
    port.ok_or_else(|| bad("Parameter '_port' must be a number from 1 to 65535.".to_owned()))
}

fn errors(value: &str) -> Result<ErrorsAs, Refusal> {
    match value {
        "status" => Ok(ErrorsAs::Status),
        "metrics" => Ok(ErrorsAs::Metrics),
        _ => Err(bad("Parameter 'errors' must be status or metrics.".to_owned())),
    }
}

/// As everywhere; and an IPv6 address without brackets, which then has no port.
fn host_and_port_or_v6(target: &str) -> Option<(&str, Option<u16>)> {
    if target.parse::<std::net::Ipv6Addr>().is_ok() {
        return Some((target, None));
    }
    host_and_port(target)
}

/// `service:` with a principal, in which may be more of them, `user:` with a name, or `shared`.
fn is_namespace(text: &str) -> bool {
    match text.split_once(':') {
        Some(("service" | "user", whose)) => {
            !whose.is_empty() && whose.bytes().all(|byte| byte.is_ascii_graphic())
        }
        Some(_) => false,
        None => text == "shared",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(query: &str) -> Query {
        Query::read(query).unwrap_or_else(|refusal| panic!("{query}: {}", refusal.text))
    }

    fn refused(query: &str) -> String {
        let refusal = Query::read(query).map(drop).unwrap_err();
        assert_eq!((refusal.status, refusal.code), (400, "bad_parameter"), "{query}");
        refusal.text
    }

    #[test]
    fn the_missing_target_is_said_in_the_words_of_the_program_before() {
        for query in ["", "usr=a&pwd=b", "target=", "target=&address=", "Target=modem"] {
            assert_eq!(refused(query), "Missing parameter: 'target'", "{query}");
        }
    }

    #[test]
    fn a_target_is_a_host_and_perhaps_a_port() {
        for (query, host, port) in [
            ("target=192.0.2.1", "192.0.2.1", None),
            ("address=192.0.2.1", "192.0.2.1", None),
            ("target=192.0.2.1&address=192.0.2.1", "192.0.2.1", None),
            ("target=Modem.Lan.:8443", "modem.lan", Some(8443)),
            ("target=modem.lan&_port=8443", "modem.lan", Some(8443)),
            ("target=modem.lan:8443&_port=8443", "modem.lan", Some(8443)),
            ("target=%5Bfd00%3A%3A1%5D%3A443", "fd00::1", Some(443)),
            ("target=fd00::1", "fd00::1", None),
            ("target=::ffff:192.0.2.1", "192.0.2.1", None),
        ] {
            let query = read(query);
            assert_eq!((query.target.text().as_str(), query.port), (host, port));
        }
        assert!(read("address=modem").by_address);
        assert!(!read("target=modem&address=modem").by_address);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_name() {
        for (query, text) in [
            ("target=a&target=a", "Parameter 'target' is there twice."),
            ("target=a&pwd=x&pwd=x", "Parameter 'pwd' is there twice."),
            ("target=a&address=b", "Parameters 'target' and 'address' name two."),
            ("target=a:1&_port=2", "Parameters 'target' and '_port' name two ports."),
            ("target=a&_port=0", "Parameter '_port' must be a number from 1 to 65535."),
            ("target=a&_port=65536", "Parameter '_port' must be a number from 1 to 65535."),
            ("target=a&_port=%2B1", "Parameter '_port' must be a number from 1 to 65535."),
            ("target=a&_port=x", "Parameter '_port' must be a number from 1 to 65535."),
            ("target=a&force=2", "Parameter 'force' must be 0, 1, true or false."),
            ("target=a&debug=yes", "Parameter 'debug' must be 0, 1, true or false."),
            ("target=a&errors=both", "Parameter 'errors' must be status or metrics."),
            ("target=a&usr=%FF&pwd=x", "Parameter 'usr' is not UTF-8."),
        ] {
            assert_eq!(refused(query), text, "{query}");
        }
        for target in ["http://modem", "a b", "a/b", "a@b", "modem:", "[modem]", "fe80::1%252"] {
            let text = refused(&format!("target={target}"));
            assert!(
                text.starts_with("Parameter 'target' is '") && text.contains("which is no host"),
                "{text}"
            );
        }
        for namespace in ["vault", "service:", "user:", ":x", "user:a b", "shared:", "Service:x"] {
            let text = refused(&format!("target=a&ipa_vault_namespace={namespace}"));
            assert!(text.starts_with("Parameter 'ipa_vault_namespace' must be"), "{namespace}: {text}");
        }
        assert_eq!(refused(&format!("target={}", "a".repeat(5_000))), "The query is longer than 4096 bytes.");
        assert_eq!(refused(&"x=1&".repeat(65)), "The query has more than 64 parameters.");
    }

    #[test]
    fn fingerprints_are_read_in_all_their_spellings_before_anybody_connects() {
        let colons = vec!["ab"; 32].join(":");
        let plain = "AB".repeat(32);
        let query = read(&format!(
            "target=a&fingerprint={colons}&fingerprint={plain}&fingerprint=sha256%3A{plain}&fingerprint={}&fingerprint={}",
            "ab".repeat(20),
            "ab".repeat(16)
        ));
        assert_eq!(query.pins.len(), 5);
        assert_eq!((query.pins[0], query.pins[0]), (query.pins[1], query.pins[2]));
        for wrong in ["a".repeat(31), "g".repeat(64), String::new()] {
            let text = refused(&format!("target=a&fingerprint={wrong}"));
            assert!(text.starts_with("Parameter 'fingerprint': "), "{text}");
        }
    }

    #[test]
    fn credentials_are_whole_or_half_and_never_printed() {
        let query = read("target=a&usr=%C3%A4dmin&pwd=pass+word%26");
        assert_eq!(query.credentials.words(), ["ädmin", "pass word&"]);
        let shown = format!("{query:?}");
        assert!(!shown.contains("dmin") && !shown.contains("pass word"), "{shown}");
        assert!(matches!(read("target=a").credentials, Credentials::None));
        for half in ["usr=a", "pwd=a", "usr=a&pwd=", "usr=a&ipa_vault_namespace=shared"] {
            assert!(matches!(read(&format!("target=a&{half}")).credentials, Credentials::Half), "{half}");
        }
        for vault in ["shared", "user:a", "service:HTTP/host@REALM:x"] {
            let query = read(&format!("target=a&ipa_vault_namespace={vault}"));
            assert!(matches!(query.credentials, Credentials::Vault), "{vault}");
        }
    }

    #[test]
    fn the_rest_is_as_it_is_written_and_what_nobody_knows_is_passed_over() {
        let query = read(
            "target=a&module=x&force=true&debug=1&errors=metrics&name[]=a&name%5B%5D=b&format=text&foo=bar",
        );
        assert_eq!((query.module.as_deref(), query.force, query.debug), (Some("x"), Some(true), true));
        assert_eq!(
            (query.errors, query.names),
            (Some(ErrorsAs::Metrics), vec!["a".to_owned(), "b".to_owned()])
        );
        assert_eq!(read("target=a&force=0").force, Some(false));
    }

    proptest! {
        #[test]
        fn no_query_is_too_odd(query in ".{0,200}") {
            let _ = Query::read(&query);
            let _ = Query::read(&format!("target={query}"));
        }

        #[test]
        fn no_refusal_has_a_secret_in_it(secret in "[a-z]{12}", rest in "[ -~]{0,60}") {
            for query in [format!("usr={secret}&pwd={secret}&{rest}"), format!("{rest}&pwd={secret}")] {
                if let Err(refusal) = Query::read(&query) {
                    prop_assert!(!refusal.text.contains(&secret), "{}", refusal.text);
                }
            }
        }
    }
}

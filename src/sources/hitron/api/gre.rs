//! `getVMBAccountInfo` and `vmb_service_info`: the tunnel over GRE by which an operator's business customers have their
//! fixed addresses. The addresses themselves are not read.

use super::body::FromRow;
use super::field::{Complaints, Row};

/// Whether there is to be a tunnel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Whether a user is configured; who it is stays where it is.
    pub configured: bool,
}

impl FromRow for Account {
    fn from_row(row: &Row, complaints: &mut Complaints) -> Option<Self> {
        let user = row.text("Username", complaints);
        row.is_known().then(|| Self { configured: user.is_some() })
    }
}

/// How the tunnel fares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// Of the log-in: one of [`RADIUS`], or a word that nobody knows.
    pub radius: Option<String>,
    /// Of the tunnel: one of [`TUNNEL`], or a word that nobody knows.
    pub tunnel: Option<String>,
}

/// States of the log-in, as far as they were seen, with `_` for a blank.
pub const RADIUS: [&str; 3] = ["init", "authentication_start", "authentication_success"];

/// States of the tunnel, as far as they were seen, with `_` for a blank.
pub const TUNNEL: [&str; 3] = ["established", "dhcp_success", "ping_success"];

impl Service {
    /// Whether something goes through the tunnel.
    pub fn is_up(&self) -> Option<bool> {
        self.tunnel.as_deref().map(|state| matches!(state, "dhcp_success" | "ping_success"))
    }
}

impl FromRow for Service {
    fn from_row(row: &Row, complaints: &mut Complaints) -> Option<Self> {
        let mut state = |field, known: &[&str]| {
            let state = row.word(field, complaints)?.split_whitespace().collect::<Vec<_>>().join("_");
            if !known.contains(&state.as_str()) {
                complaints.add(format!("`{field}` is `{state}`: not a state that lanlord knows"));
            }
            Some(state)
        };
        Some(Self { radius: state("Radius", &RADIUS), tunnel: state("GRETunnel", &TUNNEL) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::body::one;
    use super::*;

    #[test]
    fn a_tunnel_is_up_once_it_has_an_address() {
        for (state, up) in [
            ("Established", Some(false)),
            ("DHCP Success", Some(true)),
            ("PING Success", Some(true)),
            ("", None),
        ] {
            let body = format!(
                r#"[{{"Radius":"Authentication Success","GRETunnel":"{state}","WanIp":"192.0.2.1/29"}}]"#
            );
            let mut complaints = Complaints::of("vmb_service_info");
            let service: Service = one(body.as_bytes(), &mut complaints).unwrap();
            assert_eq!((service.is_up(), complaints.count()), (up, 0), "{state}");
            assert_eq!(service.radius.as_deref(), Some("authentication_success"));
        }
    }

    #[test]
    fn a_tunnel_is_configured_that_has_a_user() {
        let read = |body: &str| one::<Account>(body.as_bytes(), &mut Complaints::of("getVMBAccountInfo"));
        assert_eq!(read(r#"[{"Username":"somebody"}]"#), Ok(Account { configured: true }));
        assert_eq!(read(r#"[{"Username":""}]"#), Ok(Account { configured: false }));
        assert!(read("[{}]").is_err());
    }
}

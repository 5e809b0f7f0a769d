//! `getCMInit`: how far the modem came in joining the cable network (CableLabs MULPI, "Cable Modem Initialization"), and
//! the keys that it has for it (BPI+).

use super::super::quantity::{self, Bpi};
use super::body::FromRow;
use super::field::{Complaints, Row};

/// A stage of joining the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Stage {
    HwInit,
    FindDownstream,
    Ranging,
    Dhcp,
    TimeOfDay,
    DownloadConfig,
    Registration,
    NetworkAccess,
    Traffic,
}

impl Stage {
    /// All of them, in their order.
    pub const ALL: [Stage; 9] = [
        Stage::HwInit,
        Stage::FindDownstream,
        Stage::Ranging,
        Stage::Dhcp,
        Stage::TimeOfDay,
        Stage::DownloadConfig,
        Stage::Registration,
        Stage::NetworkAccess,
        Stage::Traffic,
    ];

    /// In our words.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::HwInit => "hw_init",
            Stage::FindDownstream => "find_downstream",
            Stage::Ranging => "ranging",
            Stage::Dhcp => "dhcp",
            Stage::TimeOfDay => "time_of_day",
            Stage::DownloadConfig => "download_config",
            Stage::Registration => "registration",
            Stage::NetworkAccess => "network_access",
            Stage::Traffic => "traffic",
        }
    }

    /// In the modem's.
    fn field(self) -> &'static str {
        match self {
            Stage::HwInit => "hwInit",
            Stage::FindDownstream => "findDownstream",
            Stage::Ranging => "ranging",
            Stage::Dhcp => "dhcp",
            Stage::TimeOfDay => "timeOfday",
            Stage::DownloadConfig => "downloadCfg",
            Stage::Registration => "registration",
            Stage::NetworkAccess => "networkAccess",
            Stage::Traffic => "trafficStatus",
        }
    }
}

/// How far a stage is, in the modem's words without their variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum State {
    Success,
    Permitted,
    Enabled,
    Operational,
    Processing,
    Denied,
    Failed,
    Disabled,
    /// A word that nobody has seen yet.
    Unknown,
}

impl State {
    /// Those that have a name.
    pub const NAMED: [State; 8] = [
        State::Success,
        State::Permitted,
        State::Enabled,
        State::Operational,
        State::Processing,
        State::Denied,
        State::Failed,
        State::Disabled,
    ];

    /// In our words.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Success => "success",
            State::Permitted => "permitted",
            State::Enabled => "enabled",
            State::Operational => "operational",
            State::Processing => "processing",
            State::Denied => "denied",
            State::Failed => "failed",
            State::Disabled => "disabled",
            State::Unknown => "unknown",
        }
    }

    /// What a word in lower case means. Firmwares end them differently: `Process`, `Processing...`.
    fn of(word: &str) -> Self {
        let begins = |with: &str| word.starts_with(with);
        match word {
            "success" => State::Success,
            "permitted" => State::Permitted,
            "enable" | "enabled" => State::Enabled,
            "operational" => State::Operational,
            "disable" | "disabled" => State::Disabled,
            _ if begins("process") => State::Processing,
            _ if begins("deni") => State::Denied,
            _ if begins("fail") => State::Failed,
            _ => State::Unknown,
        }
    }

    /// Whether that is as it should be; none where it says nothing of how the modem fares, since what is disabled has not
    /// failed.
    pub fn is_ok(self) -> Option<bool> {
        match self {
            State::Success | State::Permitted | State::Enabled | State::Operational => Some(true),
            State::Processing | State::Denied | State::Failed => Some(false),
            State::Disabled | State::Unknown => None,
        }
    }
}

/// How far it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CmInit {
    /// Those that it tells; what the operator hides is not here.
    pub stages: Vec<(Stage, State)>,
    /// Its keys.
    pub bpi: Option<Bpi>,
}

impl CmInit {
    /// Whether a stage is as it should be.
    pub fn is_ok(&self, wanted: Stage) -> Option<bool> {
        let (_, state) = self.stages.iter().find(|(stage, _)| *stage == wanted)?;
        state.is_ok()
    }

    /// Whether the modem is part of the network and may use it; none where it tells neither.
    pub fn is_online(&self) -> Option<bool> {
        let both = [self.is_ok(Stage::Registration), self.is_ok(Stage::NetworkAccess)];
        both.into_iter().flatten().reduce(|one, other| one && other)
    }
}

impl FromRow for CmInit {
    fn from_row(row: &Row, complaints: &mut Complaints) -> Option<Self> {
        let mut stages = Vec::new();
        for stage in Stage::ALL {
            let field = stage.field();
            let Some(word) = row.word(field, complaints) else { continue };
            let state = State::of(&word);
            if state == State::Unknown {
                complaints.add(format!("`{field}` is `{word}`: not a state that lanlord knows"));
            }
            stages.push((stage, state));
        }
        Some(Self { stages, bpi: row.read("bpiStatus", complaints, quantity::bpi) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::body::one;
    use super::*;

    fn read(fields: &str) -> (CmInit, u64) {
        let mut complaints = Complaints::of("getCMInit");
        let init = one(format!("[{{{fields}}}]").as_bytes(), &mut complaints).unwrap();
        (init, complaints.count())
    }

    #[test]
    fn each_word_that_was_seen_has_its_meaning() {
        for (word, state, ok) in [
            ("Success", State::Success, Some(true)),
            ("success", State::Success, Some(true)),
            ("Permitted", State::Permitted, Some(true)),
            ("Enable", State::Enabled, Some(true)),
            ("ENABLED", State::Enabled, Some(true)),
            ("operational", State::Operational, Some(true)),
            ("Process", State::Processing, Some(false)),
            ("Processing...", State::Processing, Some(false)),
            ("Denied", State::Denied, Some(false)),
            ("Failed", State::Failed, Some(false)),
            ("Disable", State::Disabled, None),
        ] {
            let (init, complaints) = read(&format!("\"dhcp\":\"{word}\""));
            assert_eq!((init.stages, complaints), (vec![(Stage::Dhcp, state)], 0), "{word}");
            assert_eq!(state.is_ok(), ok, "{word}");
        }
    }

    #[test]
    fn what_is_hidden_is_not_there_and_what_nobody_knows_is_complained_of() {
        assert_eq!(read("\"timeOfday\":\"Secret\",\"dhcp\":\"\""), (CmInit::default(), 0));
        assert_eq!(
            read("\"dhcp\":\"Sleeping\""),
            (CmInit { stages: vec![(Stage::Dhcp, State::Unknown)], bpi: None }, 1)
        );
        assert_eq!(read("\"dhcp\":\"\\u0007?\""), (CmInit::default(), 1));
    }

    #[test]
    fn a_modem_is_online_that_is_registered_and_may_send() {
        for (registration, access, online) in [
            ("Success", "Permitted", Some(true)),
            ("Success", "Denied", Some(false)),
            ("Process", "Permitted", Some(false)),
            ("Secret", "Permitted", Some(true)),
            ("Process", "Secret", Some(false)),
            ("Secret", "Secret", None),
        ] {
            let fields = format!("\"registration\":\"{registration}\",\"networkAccess\":\"{access}\"");
            assert_eq!(read(&fields).0.is_online(), online, "{fields}");
        }
    }
}

//! A stand-in for the simulated world, as small as the mechanics' tests need it.
//!
//! Deliberately without a house: bodies come later.

use std::time::Duration;

/// What an application may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Permissions {
    pub settings: bool,
    pub contacts: bool,
    pub calls: bool,
    pub explorer: bool,
    pub downloader: bool,
    pub parental: bool,
    pub pvr: bool,
    pub tv: bool,
    pub wdo: bool,
    pub camera: bool,
    pub profile: bool,
    pub player: bool,
    pub home: bool,
    pub vm: bool,
}

/// What a box says of itself.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct About {
    pub uid: String,
    pub device_name: String,
    pub device_type: String,
    pub box_model: String,
    pub box_model_name: String,
    pub api_version: (u32, u32),
    pub api_domain: String,
}

/// What the world answers.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Reply {
    Result(String),
    EmptyList,
    Refused { status: u16, code: &'static str, msg: &'static str, missing_right: Option<&'static str> },
}

/// One simulated box.
#[derive(Debug)]
pub struct World {
    passed: Duration,
    uid: &'static str,
}

#[expect(missing_docs, reason = "a stand-in")]
#[expect(clippy::missing_errors_doc, reason = "a stand-in")]
impl World {
    pub fn new(profile: &str, _seed: u64) -> Result<World, String> {
        match Self::profiles().contains(&profile) {
            true => Ok(World { passed: Duration::ZERO, uid: "5e0c9a71b2d84f6693a7d15c08be42f1" }),
            false => Err(format!("`{profile}` is no profile")),
        }
    }

    pub fn profiles() -> &'static [&'static str] {
        &["ultra"]
    }

    pub fn advance(&mut self, by: Duration) {
        self.passed += by;
    }

    pub fn about(&self) -> About {
        About {
            uid: self.uid.to_owned(),
            device_name: "Freebox Server".to_owned(),
            device_type: "FreeboxServer9,1".to_owned(),
            box_model: "fbxgw9-r1/full".to_owned(),
            box_model_name: "Freebox v9 (r1)".to_owned(),
            api_version: (16, 0),
            api_domain: "k7w2mzqd.fbxos.fr".to_owned(),
        }
    }

    pub fn now(&self) -> u64 {
        1_790_000_000 + self.passed.as_secs()
    }

    pub fn set_https_port(&mut self, _port: u16) {}

    pub fn answer(&self, major: u32, path: &str, permissions: &Permissions) -> Reply {
        match path {
            "connection" => Reply::Result(
                r#"{"state":"up","media":"ftth","rate_down":12,"bytes_down":34,"dns":[],"path":"a/b"}"#
                    .to_owned(),
            ),
            "system" => Reply::Result(format!("{{\"major\":{major},\"time\":{}}}", self.now())),
            "lan/browser/pub" => Reply::Result(
                r#"[{"id":"ether-1","primary_name":"Téléphone"},{"id":"ether-2","primary_name":"b"}]"#
                    .to_owned(),
            ),
            "wifi/ap" => Reply::EmptyList,
            "call/log" if !permissions.calls => Reply::Refused {
                status: 403,
                code: "insufficient_rights",
                msg: "Non",
                missing_right: Some("calls"),
            },
            _ => Reply::Refused {
                status: 404,
                code: "invalid_request",
                msg: "Requête invalide",
                missing_right: None,
            },
        }
    }

    pub fn event(&mut self, event: &str) -> Result<(), String> {
        match event {
            "box-replaced" => self.uid = "00000000000000000000000000000001",
            "reboot" | "ap-list-empty" => {}
            _ => return Err(format!("`{event}` is no event")),
        }
        Ok(())
    }
}

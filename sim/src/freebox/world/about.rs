//! Which box it is: what it says to anybody, its names and its secrets. Deliberately nothing that moves.

use super::World;

/// What a box tells about itself to whoever asks, before any login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// 32 hexadecimal digits, the same for ever.
    pub uid: String,
    /// As its user calls it.
    pub device_name: String,
    /// The old name of its model.
    pub device_type: String,
    /// The name of its model.
    pub box_model: String,
    /// The same for people.
    pub box_model_name: String,
    /// Major and minor.
    pub api_version: (u32, u32),
    /// Its name in the DNS.
    pub api_domain: String,
}

/// What must never leave a client; each text stands in some body and is easy to look for.
pub const WIFI_KEY: &str = "SECRET-wifi-key-7Qm2";
/// See [`WIFI_KEY`].
pub const GUEST_KEY: &str = "SECRET-guest-key-9Xb4";
/// See [`WIFI_KEY`].
pub const WPS_PIN: &str = "SECRET-wps-pin-31415926";
/// See [`WIFI_KEY`].
pub const VPN_PASSWORD: &str = "SECRET-vpn-password-5Rk8";
/// See [`WIFI_KEY`].
pub const VPN_CLIENT_PASSWORD: &str = "SECRET-vpn-client-password-2Lw6";
/// The number of the card, in the form of ITU-T E.118.
pub const ICCID: &str = "8933150000000000001";
/// The number of the subscriber, in the form of ITU-T E.212.
pub const IMSI: &str = "208150000000001";
/// What stands in place of a key for whoever may not see it.
pub const MASK: &str = "*********";

impl World {
    /// What the box says to anybody.
    pub fn about(&self) -> About {
        const LETTERS: &[u8; 32] = b"abcdefghijkmnopqrstuvwxyz0123456";
        let letter = |nth: u32| char::from(LETTERS[(self.fixed(3) >> (5 * nth) & 31) as usize]);
        About {
            uid: format!("{:016x}{:016x}", self.fixed(1), self.fixed(2)),
            device_name: self.named(self.profile.device_name),
            device_type: self.profile.device_type.to_owned(),
            box_model: self.profile.box_model.to_owned(),
            box_model_name: self.profile.box_model_name.to_owned(),
            api_version: self.api,
            // Real ones end in `.fr`, and may be somebody's: who looks for this one must find nobody (RFC 6761 §6.2).
            api_domain: format!("{}.fbxos.test", (0..8).map(letter).collect::<String>()),
        }
    }

    /// Every text that a client must keep to itself.
    pub fn secrets() -> Vec<String> {
        let all = [WIFI_KEY, GUEST_KEY, WPS_PIN, VPN_PASSWORD, VPN_CLIENT_PASSWORD, ICCID, IMSI];
        all.map(str::to_owned).to_vec()
    }

    /// The hardware address of the box, or that many after it.
    pub(super) fn mac(&self, after: u64) -> String {
        let last = (self.fixed(4) & 0xff_ff00) + 0x34 + after;
        format!("8C:97:EA:{:02X}:{:02X}:{:02X}", last >> 16 & 0xff, last >> 8 & 0xff, last & 0xff)
    }

    /// A name that somebody in the house chose, or what an attacker would have chosen.
    pub(super) fn named(&self, name: &str) -> String {
        if !self.oddities.hostile_names {
            return name.to_owned();
        }
        match name.len() % 4 {
            0 => format!("{name}\"'\\\n\r\t\u{0}</script><img src=x onerror=alert(1)>"),
            1 => format!("{name}{}", "x".repeat(10_000)),
            2 => format!("{name}\u{202e}\u{7f}\u{1b}[31m é🐈 {{label=\"x\"}} 1\n# EOF"),
            _ => format!("{name},host=evil value=1i\u{2028}$(reboot)%s%n"),
        }
    }
}

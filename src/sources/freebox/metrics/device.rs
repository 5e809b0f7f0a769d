//! What changes rarely, in our words: settings, firmware, permissions, the certificate.

use super::states::states;
use crate::metric::{Families, Sighting};
use crate::sources::Measure;
use crate::sources::freebox::api::lenient::Flag;
use crate::sources::freebox::api::update::{Standby, Update};
use crate::sources::freebox::parts::device::Snapshot;
use crate::sources::freebox::session::About;

crate::metrics! {
    /// The box: its identity, its model, its name, the version of its interface and its firmware; always 1.
    INFO = Info "freebox_device_info" { uid, model, model_name, name, api_version, firmware };

    /// Whether something that people set is on, by the name that the box has for it: `remote_access`,
    /// `api_remote_access`, `allow_token_request` (new programs may ask for permission), `wol` (wake on LAN from
    /// outside), `ping` (the box answers pings from outside), `is_secure_pass` (its password is good), `adblock`,
    /// `disable_guest`, `ipv6_enabled`, `ipv6_firewall`, `ipv6_prefix_firewall`, `use_planning` (the box rests at
    /// planned times).
    SETTING = Gauge "freebox_setting_enabled" { setting };

    /// What the box is for the network: 1 for `router` or `bridge`, whichever it is, and 0 for the other.
    LAN_MODE = Gauge "freebox_lan_mode_state" { state };

    /// The state of the firmware's update: 1 for the one it is in, such as `up_to_date`, `initializing`, `upgrading` or
    /// `error`, and 0 for the others that are known.
    UPDATE = Gauge "freebox_update_state" { state };

    /// How much of the new firmware has arrived, from 0 to 1; absent while none is on its way.
    UPDATE_PROGRESS = Gauge<f64> "freebox_update_download_ratio" {};

    /// The firmware that runs and the one that is on its way; always 1, and absent while none is.
    UPDATE_VERSIONS = Info "freebox_update_info" { old_version, new_version };

    /// What the box does at times for which rest is planned: 1 for the one of `wifi_off`, `standby` and `suspend`, and 0
    /// for the others.
    STANDBY_MODE = Gauge "freebox_standby_mode_state" { state };

    /// When the box next falls asleep or wakes up as planned, in seconds since 1970.
    STANDBY_CHANGE = Gauge<f64> "freebox_standby_next_change_timestamp_seconds" {};

    /// Whether lanlord has a permission on the box; none of what it asks for needs one.
    PERMISSION = Gauge "freebox_permission_granted" { permission };

    /// Until when the certificate is good that the box has shown, in seconds since 1970; absent without TLS.
    CERTIFICATE = Gauge<f64> "freebox_certificate_expiry_timestamp_seconds" {};

    /// Sessions opened with the box since lanlord started.
    LOGINS = Counter "freebox_logins_total" {};
}

/// dev.freebox.fr/sdk/os/lan, "LAN config object".
const LAN_MODES: &[&str] = &["router", "bridge"];

/// The interface's own documentation, "Update status object". Its example has another.
const UPDATE_STATES: &[&str] = &["initializing", "upgrading", "up_to_date", "error"];

/// The interface's own documentation, "Standby status object", and what firmware was seen to say.
const STANDBY_MODES: &[&str] = &["wifi_off", "standby", "suspend"];

/// Firmware knows fifteen; their names become labels.
const PERMISSIONS_MAX: usize = 64;

impl Measure for Snapshot {
    fn measure(&self, out: &mut Families) {
        about(self, out);
        let flags = self.config.iter().flat_map(|config| config.flags());
        let flags = flags.chain(self.ipv6.iter().flat_map(|ipv6| ipv6.flags()));
        flags.for_each(|(name, flag)| setting(name, flag, out));
        if let Some(lan) = &self.lan {
            for (state, is_it) in states(LAN_MODES, lan.mode.as_deref()) {
                out.put(&LAN_MODE, [state], is_it);
            }
        }
        if let Some(update) = &self.update {
            self::update(update, out);
        }
        if let Some(standby) = &self.standby {
            self::standby(standby, out);
        }
    }

    fn sightings(&self, _out: &mut Vec<Sighting>) {}
}

fn about(snapshot: &Snapshot, out: &mut Families) {
    let About { uid, box_model, box_model_name, device_name, api_version, .. } = &snapshot.about;
    let labels = [uid, box_model, box_model_name, device_name, api_version, &snapshot.firmware];
    if labels.iter().any(|label| label.is_some()) {
        out.put(&INFO, labels.map(|label| label.as_deref().unwrap_or_default()), true);
    }
    for (permission, granted) in snapshot.about.permissions.iter().take(PERMISSIONS_MAX) {
        out.put(&PERMISSION, [permission], *granted);
    }
    if let Some(certificate) = &snapshot.about.certificate {
        out.put(&CERTIFICATE, [], certificate.not_after.0);
    }
    out.put(&LOGINS, [], snapshot.about.logins);
}

fn setting(name: &str, flag: Flag, out: &mut Families) {
    if let Some(flag) = flag.0 {
        out.put(&SETTING, [name], flag);
    }
}

fn update(update: &Update, out: &mut Families) {
    for (state, is_it) in states(UPDATE_STATES, update.state.as_deref()) {
        out.put(&UPDATE, [state], is_it);
    }
    let Some(upgrade) = &update.upgrade_state.0 else { return };
    if let Some(percent) = upgrade.percent.0.filter(|percent| (0.0..=100.0).contains(percent)) {
        out.put(&UPDATE_PROGRESS, [], percent / 100.0);
    }
    if upgrade.new_version.0.is_some() {
        out.put(&UPDATE_VERSIONS, [upgrade.old_version.or_empty(), upgrade.new_version.or_empty()], true);
    }
}

fn standby(standby: &Standby, out: &mut Families) {
    setting("use_planning", standby.use_planning, out);
    for (state, is_it) in states(STANDBY_MODES, standby.planning_mode.as_deref()) {
        out.put(&STANDBY_MODE, [state], is_it);
    }
    if let Some(change) = standby.next_change() {
        out.put(&STANDBY_CHANGE, [], change);
    }
}

//! The modem on the cable network: how far it came in joining it, its keys, its address there.

use super::system::info;
use crate::metric::{Desc, Families};
use crate::sources::hitron::api::Pages;
use crate::sources::hitron::api::cm_init::{CmInit, State};

crate::metrics! {
    /// Whether a stage of joining the cable network is as it should be; absent for what the operator hides, for what is
    /// disabled, and for words that nobody knows.
    STAGE_OK = Gauge "hitron_cm_stage_ok" { stage };

    /// The state of a stage of joining the cable network: 1 for the one it is in, and 0 for the others; all 0 for a state
    /// that lanlord does not know.
    STAGE_STATE = Gauge "hitron_cm_stage_state" { stage, state };

    /// How far the modem is with the keys for its traffic (BPI+), in its own words: the authorization and the traffic
    /// encryption key; always 1.
    BPI = Info "hitron_cm_bpi_info" { auth, tek };

    /// How far the modem is with its authorization for keys: 1 for the state it is in, as RFC 4131 names them, and 0 for
    /// the others; all 0 for a state that lanlord does not know.
    BPI_AUTH = Gauge "hitron_cm_bpi_auth_state" { state };

    /// How far the modem is with the key for its traffic: 1 for the state it is in, as RFC 4131 names them, and 0 for the
    /// others; all 0 for a state that lanlord does not know.
    BPI_TEK = Gauge "hitron_cm_bpi_tek_state" { state };

    /// The modem's own address on the cable network, which is not that of the house; always 1.
    ADDRESS = Info "hitron_cm_address_info" { ip, netmask, gateway };

    /// For how long the cable network has given the modem its own address, as the modem shows it.
    LEASE = Gauge<f64> "hitron_cm_dhcp_lease_seconds" {};

    /// The frequency on which the modem found the cable network.
    TUNE = Gauge<f64> "hitron_tune_frequency_hertz" {};
}

/// RFC 4131, docsBpi2CmAuthState.
const AUTH_STATES: [&str; 6] = ["start", "authWait", "authorized", "reauthWait", "authReject", "silent"];

/// RFC 4131, docsBpi2CmTEKState.
const TEK_STATES: [&str; 6] =
    ["start", "opWait", "opReauthWait", "operational", "rekeyWait", "rekeyReauthWait"];

/// Writes the metrics.
pub(super) fn measure(pages: &Pages, out: &mut Families) {
    if let Some(init) = &pages.cm_init {
        stages(init, out);
    }
    if let Some(wan) = &pages.docsis_wan {
        info(&ADDRESS, [&wan.ip, &wan.netmask, &wan.gateway].map(Option::as_ref), out);
        if let Some(lease) = wan.lease {
            out.put(&LEASE, [], lease);
        }
    }
    if let Some(frequency) = pages.tune.and_then(|tune| tune.frequency) {
        out.put(&TUNE, [], frequency);
    }
}

fn stages(init: &CmInit, out: &mut Families) {
    for (stage, state) in &init.stages {
        if let Some(ok) = state.is_ok() {
            out.put(&STAGE_OK, [stage.as_str()], ok);
        }
        for named in State::NAMED {
            out.put(&STAGE_STATE, [stage.as_str(), named.as_str()], named == *state);
        }
    }
    if let Some(bpi) = &init.bpi {
        out.put(&BPI, [&bpi.auth, &bpi.tek], true);
        states(&BPI_AUTH, &AUTH_STATES, &bpi.auth, out);
        states(&BPI_TEK, &TEK_STATES, &bpi.tek, out);
    }
}

/// Each known state, with whether it is the one.
pub(super) fn states(desc: &'static Desc<1>, known: &[&str], is: &str, out: &mut Families) {
    for state in known {
        out.put(desc, [state], state.eq_ignore_ascii_case(is));
    }
}

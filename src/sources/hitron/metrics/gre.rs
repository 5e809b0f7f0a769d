//! The tunnel over GRE by which an operator's business customers have their fixed addresses.

use super::cable::states;
use crate::metric::Families;
use crate::sources::hitron::api::Pages;
use crate::sources::hitron::api::gre::{RADIUS, TUNNEL};

crate::metrics! {
    /// Whether a tunnel for fixed addresses is configured.
    CONFIGURED = Gauge "hitron_gre_configured" {};

    /// Whether something goes through the tunnel for fixed addresses.
    UP = Gauge "hitron_gre_up" {};

    /// How far the log-in for the tunnel is: 1 for the state it is in, and 0 for the others; all 0 for a state that lanlord
    /// does not know.
    RADIUS_STATE = Gauge "hitron_gre_radius_state" { state };

    /// How far the tunnel is: 1 for the state it is in, and 0 for the others; all 0 for a state that lanlord does not know.
    TUNNEL_STATE = Gauge "hitron_gre_tunnel_state" { state };
}

/// Writes the metrics.
pub(super) fn measure(pages: &Pages, out: &mut Families) {
    if let Some(account) = pages.gre_account {
        out.put(&CONFIGURED, [], account.configured);
    }
    let Some(service) = &pages.gre_service else { return };
    if let Some(up) = service.is_up() {
        out.put(&UP, [], up);
    }
    if let Some(radius) = &service.radius {
        states(&RADIUS_STATE, &RADIUS, radius, out);
    }
    if let Some(tunnel) = &service.tunnel {
        states(&TUNNEL_STATE, &TUNNEL, tunnel, out);
    }
}

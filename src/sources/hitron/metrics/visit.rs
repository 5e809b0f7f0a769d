//! How a visit went: what was had, what made no sense, how long it took, and to whom it spoke.

use crate::metric::Families;
use crate::sources::hitron::api::Page;
use crate::sources::hitron::snapshot::Snapshot;

crate::metrics! {
    /// Whether this part of the modem's data was had on the latest visit.
    DATASET_OK = Gauge "hitron_dataset_ok" { dataset };

    /// Single values that made no sense in this part of the modem's data, on the latest visit; their samples are absent.
    UNREADABLE = Gauge "hitron_unreadable_values" { dataset };

    /// Whether the log-in succeeded; absent for modems that know none.
    LOGIN = Gauge "hitron_login_success_bool" {};

    /// How long each step of the latest visit took: `login`, each part of the data by its name, `logout`, and `all`.
    DURATION = Gauge<f64> "hitron_scrape_duration_seconds" { component };

    /// Whether the modem's certificate was compared with a fingerprint from the configuration or the question.
    PINNED = Gauge "hitron_tls_pinned" {};

    /// Until when the modem's certificate says that it is good, in seconds since 1970; lanlord trusts fingerprints and not
    /// dates.
    NOT_AFTER = Gauge<f64> "hitron_tls_certificate_not_after_timestamp_seconds" {};
}

/// Writes the metrics.
pub(super) fn measure(snapshot: &Snapshot, out: &mut Families) {
    for (page, ok) in &snapshot.datasets {
        out.put(&DATASET_OK, [page.name()], *ok);
    }
    for (page, count) in &snapshot.pages.unreadable {
        out.put(&UNREADABLE, [page.name()], *count);
    }
    let is_page = |component: &str| Page::ALL.iter().any(|page| page.name() == component);
    for (component, took) in &snapshot.took {
        if !snapshot.secondary || is_page(component) {
            out.put(&DURATION, [component], *took);
        }
    }
    if snapshot.secondary {
        return;
    }
    if let Some(login) = snapshot.login {
        out.put(&LOGIN, [], login);
    }
    if let Some(certificate) = snapshot.certificate {
        out.put(&PINNED, [], certificate.pinned);
        if let Some(not_after) = certificate.not_after {
            out.put(&NOT_AFTER, [], not_after.0);
        }
    }
}

//! What lanlord says of the names it asks for. Pure.

use super::Names;
use crate::metric::Families;

crate::metrics! {
    /// Lookups of the name of an address at a resolver since lanlord started, by what they brought: a name, word that
    /// there is none, or no answer.
    LOOKUPS = Counter "lanlord_name_lookups_total" { outcome };
    /// Addresses whose name is known from a resolver.
    CACHED = Gauge "lanlord_cached_names" {};
    /// Addresses whose name is to be looked up for the first time.
    WAITING = Gauge "lanlord_waiting_names" {};
}

/// Writes all of it.
pub fn measure(names: &Names, out: &mut Families) {
    let tally = names.tally();
    out.put(&LOOKUPS, ["named"], tally.named);
    out.put(&LOOKUPS, ["none"], tally.none);
    out.put(&LOOKUPS, ["failed"], tally.failed);
    out.put(&CACHED, [], tally.cached);
    out.put(&WAITING, [], tally.waiting);
}

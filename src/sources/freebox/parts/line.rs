//! The line: whether it is up, how fast, how much, and how good.

use super::absent::Absent;
use super::outages::{Log, Outages};
use super::something;
use crate::sources::Error;
use crate::sources::freebox::api::connection::{Connection, Media};
use crate::sources::freebox::api::ftth::Ftth;
use crate::sources::freebox::api::lenient::List;
use crate::sources::freebox::api::logs::Entry;
use crate::sources::freebox::api::lte::{Aggregation, Lte};
use crate::sources::freebox::api::object::Object;
use crate::sources::freebox::api::xdsl::Xdsl;
use crate::sources::freebox::session::Errand;

/// What a visit brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The connection.
    pub connection: Connection,
    /// The optical module of a fibre.
    pub ftth: Option<Ftth>,
    /// The copper of a DSL line.
    pub xdsl: Option<Xdsl>,
    /// 4G, by what it is used for: `aggregation` or `backup`.
    pub lte: Vec<(&'static str, Lte)>,
    /// DSL and 4G together.
    pub aggregation: Option<Aggregation>,
    /// How often the line went down.
    pub outages: Option<Outages>,
}

/// What one visit remembers for the next.
#[derive(Debug, Default)]
pub struct State {
    log: Log,
    /// Of the latest answer; none where it could not be had.
    outages: Option<Outages>,
    /// Visits until the log is asked for again.
    until_log: u8,
    mobile: [Absent; MOBILE.len()],
    aggregation: Absent,
}

/// The box takes longer over its log than over anything else here, so it is asked for on every third visit.
const LOG_EVERY: u8 = 3;

/// The first version of the interface that has an answer for each use of 4G; before, there was one for all.
const LTE_BY_USE: u8 = 10;

/// Where 4G is, by use, and whether in versions that have an answer for each use. What was called
/// `connection/lte/config` was about what is called aggregation since.
const MOBILE: [(&str, &str, bool); 3] = [
    ("aggregation", "connection/lte/aggregation", true),
    ("backup", "connection/lte/backup", true),
    ("aggregation", "connection/lte/config", false),
];

/// Asks.
///
/// # Errors
/// When what the visit is about cannot be had.
pub async fn collect(state: &mut State, errand: &mut Errand<'_>) -> Result<Snapshot, Error> {
    let Object(connection): Object<Connection> = errand.must("connection/").await?;
    let connection = something(connection, "connection/")?;
    let mut snapshot = Snapshot { connection, ..Snapshot::default() };
    match snapshot.connection.media() {
        Media::Ftth => snapshot.ftth = errand.may("connection/ftth/").await?.map(|Object(fibre)| fibre),
        Media::Xdsl => snapshot.xdsl = errand.may("connection/xdsl/").await?.map(|Object(dsl)| dsl),
        Media::Other => {}
    }
    let by_use = errand.about().await?.major >= LTE_BY_USE;
    for (absent, (of, path, in_new)) in state.mobile.iter_mut().zip(MOBILE) {
        if in_new == by_use {
            let module: Option<Object<Lte>> = unless(absent, errand, path).await?;
            snapshot.lte.extend(module.map(|Object(module)| (of, module)));
        }
    }
    if by_use {
        let both: Option<Object<Aggregation>> =
            unless(&mut state.aggregation, errand, "connection/aggregation").await?;
        snapshot.aggregation = both.map(|Object(both)| both);
    }
    if state.until_log == 0 {
        let now = i64::try_from(errand.now().0.as_secs()).unwrap_or(i64::MAX);
        let entries: Option<List<Entry>> = errand.may("connection/logs/").await?;
        state.outages = entries.map(|List(entries)| state.log.read(&entries, now));
        state.until_log = LOG_EVERY;
    }
    state.until_log -= 1;
    snapshot.outages = state.outages;
    Ok(snapshot)
}

/// Asks for what this box may not have, unless it lately said so.
async fn unless<T: serde::de::DeserializeOwned>(
    absent: &mut Absent,
    errand: &mut Errand<'_>,
    path: &str,
) -> Result<Option<T>, Error> {
    if !absent.is_due() {
        return Ok(None);
    }
    let faults = errand.faults();
    let answer = errand.may(path).await?;
    // With a fault nobody knows whether it is there.
    absent.learn(answer.is_some() || errand.faults() > faults);
    Ok(answer)
}

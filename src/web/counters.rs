//! What the listener counts: answers, requests under way, connections. Bounded by construction: its rows are the
//! routes there are and one for everything else, its columns the statuses that we answer with.
//!
//! It refuses nobody and logs nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use hyper::StatusCode;

use super::ROUTES;
use crate::metric::Families;

crate::metrics! {
    /// Requests answered since lanlord started, by route and HTTP status, absent until there is one.
    REQUESTS = Counter "lanlord_http_requests_total" { route, status };
    /// Requests for the page, the metrics, a probe or a reload that are under way, until the kernel has the whole answer.
    IN_FLIGHT = Gauge "lanlord_http_requests_in_flight" {};
    /// Connections that are open, with or without a request under way.
    CONNECTIONS = Gauge "lanlord_http_connections" {};
}

/// Every status that a route answers with, and a last one for those that will be forgotten here.
const STATUSES: [&str; 10] = ["200", "400", "403", "404", "405", "500", "502", "503", "504", "other"];
/// What is asked for and is no route.
const OTHER: &str = "other";

/// Share it in an [`Arc`].
#[derive(Debug, Default)]
pub struct Counters {
    /// A row for each route, and a last one for everything else.
    answered: [[AtomicU64; STATUSES.len()]; ROUTES.len() + 1],
    in_flight: AtomicUsize,
    connections: AtomicUsize,
}

/// Leave to answer one more request; given back when dropped.
#[derive(Debug)]
pub(super) struct Permit(Arc<Counters>);

/// One connection; it is over when this is dropped.
#[derive(Debug)]
pub(super) struct Presence(Arc<Counters>);

impl Counters {
    /// Writes all of it.
    pub fn measure(&self, out: &mut Families) {
        let routes = ROUTES.iter().map(|(path, _)| *path).chain([OTHER]);
        for (route, row) in routes.zip(&self.answered) {
            for (status, count) in STATUSES.iter().zip(row) {
                match count.load(Relaxed) {
                    0 => {}
                    count => out.put(&REQUESTS, [route, status], count),
                }
            }
        }
        out.put(&IN_FLIGHT, [], self.in_flight.load(Relaxed));
        out.put(&CONNECTIONS, [], self.connections.load(Relaxed));
    }

    /// Counts an answer; `route` is a place in [`ROUTES`].
    pub(super) fn count(&self, route: Option<usize>, status: StatusCode) {
        let row = route.unwrap_or(ROUTES.len());
        let column = STATUSES.iter().position(|known| *known == status.as_str());
        self.answered[row][column.unwrap_or(STATUSES.len() - 1)].fetch_add(1, Relaxed);
    }

    /// A permit, unless so many are out already.
    pub(super) fn admit(self: &Arc<Self>, most: usize) -> Option<Permit> {
        let one_more = |now: usize| (now < most).then_some(now + 1);
        self.in_flight.fetch_update(Relaxed, Relaxed, one_more).ok()?;
        Some(Permit(Arc::clone(self)))
    }

    /// Somebody has come.
    pub(super) fn enter(self: &Arc<Self>) -> Presence {
        self.connections.fetch_add(1, Relaxed);
        Presence(Arc::clone(self))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Relaxed);
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permit_comes_back_when_it_is_dropped() {
        let counters = Arc::new(Counters::default());
        let held: Vec<_> = (0..3).map(|_| counters.admit(3).unwrap()).collect();
        assert!(counters.admit(3).is_none());
        assert!(counters.admit(4).is_some(), "the limit may grow meanwhile");
        drop(held);
        assert!(counters.admit(1).is_some());
    }

    #[test]
    fn whatever_is_asked_the_rows_are_those_there_are() {
        let counters = Counters::default();
        for status in 200..600 {
            for route in [None, Some(0), Some(ROUTES.len() - 1)] {
                counters.count(route, StatusCode::from_u16(status).unwrap());
            }
        }
        let mut families = Families::default();
        counters.measure(&mut families);
        let (families, _) = families.publish();
        let requests =
            families.iter().find(|family| std::ptr::eq(family.meta(), &raw const REQUESTS.0)).unwrap();
        assert_eq!(requests.len(), 3 * STATUSES.len());
    }
}

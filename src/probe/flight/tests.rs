//! Flights of somebody who is on no socket, under a clock that tests wind forward.

use std::sync::atomic::{AtomicUsize, Ordering};

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::*;
use crate::metric::{Batch, Outcome, Reason, Tally, Timestamp, Visit};
use crate::sources::Journal;

/// Counts who set out, who arrived and who left early.
#[derive(Clone, Default)]
struct Counts {
    begun: Arc<AtomicUsize>,
    ended: Arc<AtomicUsize>,
    left: Arc<AtomicUsize>,
}

impl Counts {
    fn get(&self) -> [usize; 3] {
        [&self.begun, &self.ended, &self.left].map(|count| count.load(Ordering::SeqCst))
    }

    fn voyage(&self, takes: u64, is_ok: bool) -> Fake {
        Fake { counts: self.clone(), takes: Duration::from_secs(takes), is_ok }
    }
}

struct Fake {
    counts: Counts,
    takes: Duration,
    is_ok: bool,
}

impl Voyage for Fake {
    async fn visit(&mut self) -> Landed {
        let number = self.counts.begun.fetch_add(1, Ordering::SeqCst);
        sleep(self.takes).await;
        assert!(self.takes != Duration::from_secs(13), "thirteen seconds are a fault");
        self.counts.ended.fetch_add(1, Ordering::SeqCst);
        landed(self.is_ok, number)
    }

    async fn leave(&mut self) {
        sleep(Duration::from_millis(300)).await;
        self.counts.left.fetch_add(1, Ordering::SeqCst);
    }
}

fn landed(is_ok: bool, number: usize) -> Landed {
    let failed = Outcome::Failed { reason: Reason::Refused, code: "busy", message: String::new() };
    let visit = Visit {
        kind: "fake",
        taken_at: Timestamp(Duration::from_secs(number as u64)),
        duration: Duration::ZERO,
        outcome: if is_ok { Outcome::Ok } else { failed },
        faults: Vec::new(),
        tally: Tally::default(),
    };
    let (families, sightings) = (Vec::new(), Vec::new());
    let batch = Batch { source: None, part: "fake", visit: Some(visit), families, sightings };
    Landed { visited: Visited { batch, not_before: None, journal: Journal::default() }, excuse: Vec::new() }
}

const A: Identity = [1; 32];
const B: Identity = [2; 32];

/// Which visit it was, once it is over.
async fn number(mut flight: Flight) -> Option<usize> {
    let landed = timeout(Duration::from_secs(60), flight.wait_for(Option::is_some)).await.unwrap();
    let landed = landed.ok()?.clone()?;
    landed.visited.batch.visit.as_ref().map(|visit| visit.taken_at.0.as_secs() as usize)
}

#[tokio::test(start_paused = true)]
async fn all_who_ask_for_the_same_share_one_visit_and_who_asks_for_something_else_has_his_own() {
    let (flights, counts) = (Flights::default(), Counts::default());
    let same: Vec<Flight> = (0..20).map(|_| flights.board(A, || counts.voyage(2, true)).unwrap()).collect();
    let other = flights.board(B, || counts.voyage(2, true)).unwrap();
    assert_eq!(flights.under_way(), 2);
    for flight in same {
        assert_eq!(number(flight).await, Some(0));
    }
    assert_eq!(number(other).await, Some(1));
    assert_eq!((counts.get(), flights.under_way()), ([2, 2, 0], 0));
}

#[tokio::test(start_paused = true)]
async fn who_asks_when_a_visit_is_over_has_one_of_his_own() {
    let (flights, counts) = (Flights::default(), Counts::default());
    for visit in 0..3 {
        assert_eq!(number(flights.board(A, || counts.voyage(1, true)).unwrap()).await, Some(visit));
    }
}

#[tokio::test(start_paused = true)]
async fn a_visit_goes_on_when_everybody_has_gone() {
    let (flights, counts) = (Flights::default(), Counts::default());
    drop(flights.board(A, || counts.voyage(2, true)).unwrap());
    sleep(Duration::from_secs(3)).await;
    assert_eq!(counts.get(), [1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn at_the_end_all_give_their_sessions_back_and_nobody_sets_out_any_more() {
    let (flights, counts) = (Flights::default(), Counts::default());
    let flight = flights.board(A, || counts.voyage(100, true)).unwrap();
    assert_eq!(number(flights.board(B, || counts.voyage(0, true)).unwrap()).await, Some(1));
    timeout(Duration::from_secs(1), flights.stop()).await.unwrap();
    assert_eq!(number(flight).await, None);
    assert_eq!((counts.get(), flights.under_way()), ([2, 1, 2], 0));
    assert!(flights.board(A, || counts.voyage(1, true)).is_err());
}

#[tokio::test(start_paused = true)]
async fn only_so_many_are_under_way_and_nothing_is_kept_of_them() {
    let (flights, counts) = (Flights::default(), Counts::default());
    let identity = |number: usize| {
        let mut identity = Identity::default();
        identity[..8].copy_from_slice(&number.to_be_bytes());
        identity
    };
    for round in 0..10 {
        let held: Vec<Flight> = (0..MOST)
            .map(|seat| flights.board(identity(round * MOST + seat), || counts.voyage(0, true)).unwrap())
            .collect();
        assert!(flights.board(A, || counts.voyage(0, true)).is_err());
        assert!(
            flights.board(identity(round * MOST), || counts.voyage(0, true)).is_ok(),
            "who shares needs no seat"
        );
        for flight in held {
            number(flight).await;
        }
        // Until all have given their sessions back.
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(flights.under_way(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_ours_leaves_no_seat_taken() {
    let (flights, counts) = (Flights::default(), Counts::default());
    let flight = flights.board(A, || counts.voyage(13, true)).unwrap();
    assert_eq!(number(flight).await, None);
    assert_eq!(flights.under_way(), 0);
    assert_eq!(number(flights.board(A, || counts.voyage(1, true)).unwrap()).await, Some(1));
}

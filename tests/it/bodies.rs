//! When `/metrics` is encoded anew, and when not. Time and generation are arguments here, so nothing depends on luck.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use lanlord::encode::exposition::Format;
use lanlord::metric::{Batch, Families, Own, Timestamp};
use lanlord::web::negotiate::Coding;
use lanlord::web::scrape::Bodies;
use tokio::runtime::Runtime;

lanlord::metrics! {
    /// A number.
    NUMBER = Gauge "test_number" { index };
}

const PLAIN: (Format, Coding) = (Format::Text, Coding::Identity);

fn batch(samples: usize) -> Batch {
    let mut families = Families::default();
    (0..samples).for_each(|index| families.put(&NUMBER, [&index.to_string()], index));
    let (families, _) = families.publish();
    Batch { source: None, part: "self", visit: None, families, sightings: Vec::new() }
}

/// So many that they are encoded on another thread.
fn many() -> Vec<Arc<Batch>> {
    vec![Arc::new(batch(20_000))]
}

/// Lanlord about itself, with a count of how often it was asked, which is how often was encoded.
fn counted() -> (Own, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = calls.clone();
    let own = move |_: &[Arc<Batch>]| {
        counter.fetch_add(1, Ordering::SeqCst);
        batch(0)
    };
    (Arc::new(own), calls)
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

fn at(millis: u64) -> Timestamp {
    Timestamp(Duration::from_millis(millis))
}

#[test]
fn a_body_is_kept_for_one_generation_and_one_second() {
    let (bodies, (own, calls), runtime) = (Bodies::default(), counted(), runtime());
    let ask = |generation, millis| {
        runtime.block_on(bodies.body((generation, Vec::new()), &own, PLAIN, at(millis))).unwrap();
        calls.load(Ordering::SeqCst)
    };
    // The same again: once. Another second, another generation, a clock set back: anew.
    assert_eq!([ask(1, 5_000), ask(1, 5_999), ask(1, 6_000), ask(2, 6_000), ask(2, 3_000)], [1, 1, 2, 3, 4]);
}

#[test]
fn formats_and_codings_do_not_share_a_body() {
    let (bodies, (own, _), runtime) = (Bodies::default(), counted(), runtime());
    let mut seen = Vec::new();
    for format in [Format::Text, Format::OpenMetrics] {
        for coding in [Coding::Identity, Coding::Gzip] {
            let body = runtime.block_on(bodies.body((1, many()), &own, (format, coding), at(0))).unwrap();
            assert!(!seen.contains(&body), "{format:?} {coding:?}");
            seen.push(body);
        }
    }
}

#[test]
fn all_who_ask_at_once_wait_for_the_same_work() {
    let (bodies, (own, calls), runtime) = (Arc::new(Bodies::default()), counted(), runtime());
    runtime.block_on(async {
        let mut asking = tokio::task::JoinSet::new();
        let many = many();
        for _ in 0..200 {
            let (bodies, own, many) = (bodies.clone(), own.clone(), many.clone());
            asking.spawn(async move { bodies.body((1, many), &own, PLAIN, at(0)).await.unwrap().len() });
        }
        let lengths = asking.join_all().await;
        assert!(lengths.iter().all(|length| *length == lengths[0] && *length > 300_000), "{lengths:?}");
    });
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[test]
fn whoever_hangs_up_holds_nobody_else_up() {
    let (bodies, (own, calls), runtime) = (Bodies::default(), counted(), runtime());
    let many = many();
    runtime.block_on(async {
        for _ in 0..1_000 {
            let mut cancelled = pin!(bodies.body((1, many.clone()), &own, PLAIN, at(0)));
            if let Poll::Ready(done) = cancelled.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                assert!(done.is_ok());
            }
        }
        assert!(bodies.body((1, many), &own, PLAIN, at(0)).await.is_ok());
    });
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[test]
fn all_codings_of_a_second_tell_the_same_of_lanlord_itself() {
    let (bodies, (own, calls), runtime) = (Bodies::default(), counted(), runtime());
    for coding in [Coding::Identity, Coding::Gzip] {
        for format in [Format::Text, Format::OpenMetrics] {
            runtime.block_on(bodies.body((1, Vec::new()), &own, (format, coding), at(0))).unwrap();
        }
    }
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[test]
fn a_panic_costs_one_answer() {
    let (bodies, runtime) = (Bodies::default(), runtime());
    let own: Own = Arc::new(|_| panic!("on purpose, by a test"));
    assert!(runtime.block_on(bodies.body((1, many()), &own, PLAIN, at(0))).is_err());
    let (own, _) = counted();
    assert!(runtime.block_on(bodies.body((1, many()), &own, PLAIN, at(0))).is_ok());
}

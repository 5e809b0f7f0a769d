//! The loop against receivers that do as they are told, by a clock that jumps to whatever is awaited next: ten minutes
//! take no time. Nothing is on a socket here.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::*;
use crate::metric::{Batch, Outcome, Timestamp};
use crate::pulse::Pulse;
use crate::push::state::State;
use crate::push::{Limits, Receiver, Selection, graphite};

const SECOND: Duration = Duration::from_secs(1);

/// What a receiver does with a batch.
#[derive(Clone, Copy)]
enum Act {
    Take,
    /// After so long.
    TakeAfter(Duration),
    Refuse(Again),
    /// It never answers, and the sender does not keep its deadline.
    Hang,
}

use Act::{Hang, Refuse, Take, TakeAfter};

/// When, since the start of the test, somebody began to send which line.
type Attempt = (Duration, String);

/// Everything that a receiver has seen.
#[derive(Default)]
struct Seen {
    attempts: Vec<Attempt>,
    taken: Vec<String>,
    at_once: usize,
    most_at_once: usize,
}

struct Fake<F> {
    start: Instant,
    seen: Arc<Mutex<Seen>>,
    act: F,
}

/// One that is being sent; whoever stops waiting ends it.
struct Underway(Arc<Mutex<Seen>>);

impl Drop for Underway {
    fn drop(&mut self) {
        self.0.lock().unwrap().at_once -= 1;
    }
}

#[allow(clippy::disallowed_methods, reason = "the clock of these tests is one that they wind forward")]
fn now() -> Instant {
    Instant::now()
}

impl<F: FnMut(Duration, &str) -> Act + Send> Deliver for Fake<F> {
    async fn deliver(&mut self, parcel: &Parcel, _patience: Duration) -> Result<(), Refusal> {
        let text = String::from_utf8(parcel.unpack().unwrap().to_vec()).unwrap();
        let since = now() - self.start;
        let act = (self.act)(since, &text);
        let _underway = {
            let mut seen = self.seen.lock().unwrap();
            seen.attempts.push((since, text.clone()));
            seen.at_once += 1;
            seen.most_at_once = seen.most_at_once.max(seen.at_once);
            Underway(Arc::clone(&self.seen))
        };
        match act {
            Take => {}
            TakeAfter(pause) => sleep(pause).await,
            Hang => std::future::pending().await,
            Refuse(again) => {
                let message = "no \u{1b}[31mway".to_owned();
                return Err(Refusal { reason: Reason::Refused, code: "test", message, again });
            }
        }
        self.seen.lock().unwrap().taken.push(text);
        Ok(())
    }
}

/// Writes the number of the round, as a line and some more.
#[derive(Clone)]
struct Rounds {
    round: Arc<AtomicUsize>,
    lines: usize,
    length: usize,
}

impl Write for Rounds {
    fn write(&self, _batches: &[Arc<Batch>], _at: Timestamp) -> Vec<u8> {
        let round = self.round.fetch_add(1, Ordering::Relaxed);
        let lines = (0..self.lines).map(|line| format!("{round} {line:0$}\n", self.length));
        lines.collect::<String>().into_bytes()
    }

    fn longest(&self) -> usize {
        // Each line goes alone.
        1
    }

    fn may_be_plain(&self, _length: usize) -> bool {
        false
    }
}

struct House {
    board: Board,
    store: Arc<Store>,
    pulse: Pulse,
    writer: Rounds,
    start: Instant,
    seen: Arc<Mutex<Seen>>,
    tasks: JoinSet<(PushId, Kept)>,
}

fn settings(limits: Limits) -> Settings {
    let layout =
        crate::encode::graphite::Layout { prefix: String::new(), form: crate::encode::graphite::Form::Tags };
    let to = graphite::Settings { host: "127.0.0.1".to_owned(), port: 2003, layout };
    Settings {
        interval: SECOND * 10,
        deadline: SECOND * 10,
        limits,
        selection: Selection::default(),
        receiver: Receiver::Graphite(to),
    }
}

const ROOMY: Limits = Limits { batches: 360, bytes: 8 << 20 };

fn id() -> PushId {
    PushId(Arc::from("test"))
}

impl House {
    fn new() -> Self {
        let writer = Rounds { round: Arc::default(), lines: 1, length: 0 };
        Self {
            board: Board::default(),
            store: Arc::default(),
            pulse: Pulse::default(),
            writer,
            start: now(),
            seen: Arc::default(),
            tasks: JoinSet::new(),
        }
    }

    fn push(
        &mut self,
        settings: Settings,
        mut kept: Option<Kept>,
        act: impl FnMut(Duration, &str) -> Act + Send + 'static,
    ) -> watch::Sender<Order> {
        let (orders, told) = watch::channel(Order::GoOn);
        let feed = kept.as_mut().and_then(Kept::take_feed).unwrap_or_else(|| self.store.subscribe());
        let own: Own = Arc::new(|_| Batch {
            source: None,
            part: "lanlord",
            visit: None,
            families: Vec::new(),
            sightings: Vec::new(),
        });
        let beat = self.pulse.register("test", patience(&settings));
        let push = Push {
            id: id(),
            settings,
            feed,
            store: Arc::clone(&self.store),
            own,
            board: self.board.clone(),
            beat,
            kept,
        };
        let sender = Fake { start: self.start, seen: Arc::clone(&self.seen), act };
        self.tasks.spawn(push_by(push, self.writer.clone(), sender, told));
        orders
    }

    /// Waits, and then says how the push fares; at every moment the sums are right.
    async fn after(&self, time: Duration) -> State {
        sleep((self.start + time).saturating_duration_since(now())).await;
        let state = self.board.states().remove(0).1;
        let made = (self.writer.round.load(Ordering::Relaxed) * self.writer.lines) as u64;
        assert_eq!(made, state.tally.ok + state.tally.dropped + state.waiting as u64, "{state:?}");
        assert!(self.seen.lock().unwrap().most_at_once <= 1, "two at once");
        state
    }

    async fn ended(&mut self) -> Kept {
        let (_, kept) = self.tasks.join_next().await.unwrap().unwrap();
        kept
    }

    fn attempts(&self) -> Vec<Attempt> {
        self.seen.lock().unwrap().attempts.clone()
    }

    /// The rounds of what was taken.
    fn taken(&self) -> Vec<usize> {
        let round = |text: &String| text.split(' ').next().unwrap().parse().unwrap();
        self.seen.lock().unwrap().taken.iter().map(round).collect()
    }
}

fn at(time: &Duration, seconds: f64) -> bool {
    // tokio's clock has milliseconds.
    (time.as_secs_f64() - seconds).abs() < 0.01
}

#[tokio::test(start_paused = true)]
async fn the_first_batch_comes_after_five_seconds_and_then_one_at_each_interval() {
    let mut house = House::new();
    let _orders = house.push(settings(ROOMY), None, |_, _| Take);
    let state = house.after(SECOND * 36).await;
    let times: Vec<Duration> = house.attempts().into_iter().map(|(time, _)| time).collect();
    assert_eq!(times.len(), 4);
    assert!(times.iter().zip([5., 15., 25., 35.]).all(|(time, due)| at(time, due)), "{times:?}");
    assert_eq!(state.outcome, Some(Outcome::Ok));
    assert!(state.tried_at.is_some() && state.tried_at == state.success_at);
    assert_eq!((state.kind, state.place.as_str(), state.waiting), ("graphite", "127.0.0.1:2003", 0));
}

#[tokio::test(start_paused = true)]
async fn the_first_batch_comes_between_two_visits_of_a_source_with_the_same_interval() {
    let mut house = House::new();
    let _orders = house.push(Settings { interval: SECOND, ..settings(ROOMY) }, None, |_, _| Take);
    house.after(SECOND * 3).await;
    let times: Vec<Duration> = house.attempts().into_iter().map(|(time, _)| time).collect();
    assert!(times.iter().zip([0.5, 1.5, 2.5]).all(|(time, due)| at(time, due)), "{times:?}");
    assert_eq!(house.taken(), [0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_is_back_after_ten_minutes_gets_everything_in_order() {
    let mut house = House::new();
    let _orders = house.push(settings(ROOMY), None, |since, _| match since < SECOND * 600 {
        true => Refuse(Again::Later),
        false => Take,
    });
    let state = house.after(SECOND * 599).await;
    assert_eq!((state.waiting, state.tally.ok, state.tally.dropped), (60, 0, 0));
    assert_eq!(state.success_at, None);
    let state = house.after(SECOND * 661).await;
    assert_eq!((state.waiting, state.tally.ok, state.tally.dropped), (0, 66, 0));
    assert_eq!(house.taken(), (0..66).collect::<Vec<_>>());
    // From a second on the pauses double up to a minute, each less at most a quarter.
    let attempts = house.attempts();
    let failed = attempts.iter().take_while(|(time, _)| *time < SECOND * 600);
    let times: Vec<Duration> = failed.map(|(time, _)| *time).collect();
    let pauses = times.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64());
    for (pause, longest) in pauses.zip([1., 2., 4., 8., 16., 32.].into_iter().chain(iter::repeat(60.))) {
        assert!((longest * 0.75 - 0.01..=longest + 0.01).contains(&pause), "{pause} of {longest}");
    }
    assert_eq!(state.tally.failed[Reason::Refused as usize], times.len() as u64);
}

#[tokio::test(start_paused = true)]
async fn of_what_does_not_fit_the_oldest_is_lost_and_counted() {
    let mut house = House::new();
    let limits = Limits { batches: 10, ..ROOMY };
    let _orders = house.push(settings(limits), None, |since, _| match since < SECOND * 600 {
        true => Refuse(Again::Later),
        false => Take,
    });
    let state = house.after(SECOND * 599).await;
    assert_eq!((state.waiting, state.tally.dropped), (10, 50));
    let state = house.after(SECOND * 661).await;
    assert_eq!(state.waiting, 0);
    let taken = house.taken();
    assert!(taken.is_sorted_by(|a, b| a < b), "{taken:?}");
    assert_eq!(taken.len() as u64, state.tally.ok);
    // None is missing from the first that was taken on.
    assert_eq!(taken, (66 - taken.len()..66).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_for_good_is_lost_and_the_next_goes_at_once() {
    let mut house = House::new();
    house.writer.lines = 3;
    let _orders = house.push(settings(ROOMY), None, |_, text| match text.ends_with(" 1\n") {
        true => Refuse(Again::Never),
        false => Take,
    });
    let state = house.after(SECOND * 6).await;
    assert!(house.attempts().iter().all(|(time, _)| at(time, 5.)), "{:?}", house.attempts());
    assert_eq!((state.tally.ok, state.tally.dropped), (2, 1));
    assert_eq!(state.tally.failed, [0, 0, 1, 0, 0]);
    assert_eq!(state.outcome, Some(Outcome::Ok));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_on_the_board_in_plain_text() {
    let mut house = House::new();
    let _orders = house.push(settings(ROOMY), None, |_, _| Refuse(Again::Never));
    let message = "no [U+001B][31mway".to_owned();
    let expected = Outcome::Failed { reason: Reason::Refused, code: "test", message };
    assert_eq!(house.after(SECOND * 6).await.outcome, Some(expected));
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_asks_to_be_left_alone_for_half_a_minute_is() {
    let mut house = House::new();
    let mut first = true;
    let _orders = house.push(settings(ROOMY), None, move |_, _| match std::mem::take(&mut first) {
        true => Refuse(Again::After(SECOND * 30)),
        false => Take,
    });
    let state = house.after(SECOND * 36).await;
    let attempts = house.attempts();
    assert!(at(&attempts[0].0, 5.) && at(&attempts[1].0, 35.), "{attempts:?}");
    assert_eq!((house.taken(), state.waiting), (vec![0, 1, 2, 3], 0));
}

#[tokio::test(start_paused = true)]
async fn nobody_is_left_alone_for_ever_and_nobody_is_asked_without_a_pause() {
    for (wish, pause) in [(Duration::MAX, 900.), (Duration::ZERO, 1.)] {
        let mut house = House::new();
        let _orders = house.push(settings(ROOMY), None, move |_, _| Refuse(Again::After(wish)));
        house.after(SECOND * 1_000).await;
        let attempts = house.attempts();
        assert!(at(&(attempts[1].0 - attempts[0].0), pause), "{attempts:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_hangs_delays_no_gathering_and_gets_the_batch_again() {
    let mut house = House::new();
    let mut tries = 0;
    let settings = Settings { interval: SECOND, ..settings(ROOMY) };
    let _orders = house.push(settings, None, move |_, _| {
        tries += 1;
        if tries == 1 { Hang } else { Take }
    });
    let state = house.after(SECOND * 10).await;
    assert_eq!(state.waiting, 10, "one of them in transit");
    assert_eq!(state.outcome, None);
    let state = house.after(SECOND * 13).await;
    assert_eq!((state.waiting, state.tally.failed), (0, [0, 1, 0, 0, 0]), "timed out once");
    let attempts = house.attempts();
    assert_eq!((&attempts[0].1, &attempts[1].1), (&"0 0\n".to_owned(), &"0 0\n".to_owned()));
    assert!(attempts[1].0 <= attempts[0].0 + SECOND * 12, "{attempts:?}");
    assert_eq!(house.taken(), (0..13).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_is_too_slow_costs_batches_and_never_more_memory() {
    let mut house = House::new();
    // Long enough to be something when packed.
    (house.writer.lines, house.writer.length) = (20, 300);
    let limits = Limits { batches: 1_000, bytes: 2_000 };
    let settings = Settings { interval: SECOND, ..settings(limits) };
    let orders = house.push(settings, None, |_, _| TakeAfter(SECOND * 3));
    let mut most = 0;
    for second in 1..300 {
        most = most.max(house.after(SECOND * second).await.waiting);
    }
    let state = house.after(SECOND * 300).await;
    assert!(most < 100, "{most} wait");
    assert!(state.tally.dropped > 5_000 && state.tally.ok > 90, "{state:?}");
    let taken = house.taken();
    assert!(taken.is_sorted(), "{taken:?}");
    drop(orders);
    let kept = house.ended().await;
    let bytes: usize = held(kept).iter().map(Parcel::len).sum();
    assert!(bytes <= 2_000, "{bytes} bytes");
}

/// What waits.
fn held(mut kept: Kept) -> Vec<Parcel> {
    let mut all = Vec::new();
    while let Some(parcel) = kept.queue.send() {
        all.push(parcel);
        kept.queue.taken();
    }
    all
}

#[tokio::test(start_paused = true)]
async fn who_stops_while_sending_hands_that_batch_over_and_the_next_begins_with_it() {
    let mut house = House::new();
    let orders = house.push(settings(ROOMY), None, |_, _| Hang);
    house.after(SECOND * 18).await;
    orders.send_replace(Order::HandOver);
    let kept = house.ended().await;
    assert_eq!((now() - house.start).as_secs(), 18, "at once");
    assert_eq!(house.seen.lock().unwrap().at_once, 0, "nobody sends any more");
    let limits = Limits { batches: 100, ..ROOMY };
    let _orders = house.push(settings(limits), Some(kept), |_, _| Take);
    let state = house.after(SECOND * 24).await;
    assert_eq!(house.taken(), [0, 1, 2]);
    // The attempt that timed out is counted still; the one that was cut off never ended.
    assert_eq!((state.tally.ok, state.tally.dropped, state.tally.failed), (3, 0, [0, 1, 0, 0, 0]));
}

#[tokio::test(start_paused = true)]
async fn dropping_the_orders_is_an_order_to_hand_over() {
    let mut house = House::new();
    let orders = house.push(settings(ROOMY), None, |_, _| Refuse(Again::Later));
    house.after(SECOND * 18).await;
    drop(orders);
    assert_eq!(held(house.ended().await).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_came_and_was_not_gathered_yet_is_handed_over() {
    let mut house = House::new();
    let orders = house.push(settings(ROOMY), None, |_, _| Take);
    house.after(SECOND * 2).await;
    let source = Some(crate::metric::SourceId(Arc::from("lan")));
    let (families, sightings) = (Vec::new(), Vec::new());
    house.store.publish(Batch { source, part: "capture", visit: None, families, sightings });
    drop(orders);
    let mut kept = house.ended().await;
    assert_eq!(kept.take_feed().unwrap().take().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn another_kind_of_receiver_gets_the_sums_and_not_what_waits() {
    use crate::encode::influx::{Layout, Precision};
    use crate::push::influxdb::{self, Bucket, Endpoint};

    let mut house = House::new();
    let orders = house.push(settings(ROOMY), None, |_, _| Refuse(Again::Later));
    house.after(SECOND * 18).await;
    drop(orders);
    let kept = house.ended().await;
    let bucket = |precision| {
        let to = influxdb::Settings {
            endpoint: Endpoint { tls: false, host: "127.0.0.1".to_owned(), port: 8086, path: String::new() },
            trust: crate::net::tls::Trust::Anybody,
            bucket: Bucket::V1 { database: "house".to_owned(), retention_policy: None, user: None },
            gzip: true,
            precision,
            layout: Layout::Family,
        };
        Settings { receiver: Receiver::Influxdb(to), ..settings(ROOMY) }
    };
    let orders = house.push(bucket(Precision::Seconds), Some(kept), |_, _| Refuse(Again::Later));
    let state = house.after(SECOND * 19).await;
    assert_eq!((state.kind, state.waiting, state.tally.dropped), ("influxdb", 0, 2));
    assert!(state.tally.failed[Reason::Refused as usize] > 0);
    assert_eq!(state.outcome, None, "nobody has tried this one");
    // The same holds for another precision: times would be misread.
    assert_eq!(house.after(SECOND * 24).await.waiting, 1);
    drop(orders);
    let kept = house.ended().await;
    let _orders = house.push(bucket(Precision::Milliseconds), Some(kept), |_, _| Refuse(Again::Later));
    let state = house.after(SECOND * 25).await;
    assert_eq!((state.waiting, state.tally.dropped), (0, 3));
}

#[tokio::test(start_paused = true)]
async fn in_the_end_there_is_one_more_round_and_one_more_try() {
    let mut house = House::new();
    let orders = house.push(settings(ROOMY), None, |_, _| TakeAfter(SECOND / 10));
    house.after(SECOND * 8).await;
    orders.send_replace(Order::Finish);
    let kept = house.ended().await;
    assert_eq!(house.taken(), [0, 1]);
    assert!(held(kept).is_empty());
    assert!(at(&(now() - house.start), 8.1));
}

#[tokio::test(start_paused = true)]
async fn a_batch_on_its_way_is_not_cut_off_by_the_end() {
    let mut house = House::new();
    let orders = house.push(settings(ROOMY), None, |_, _| TakeAfter(SECOND * 3 + SECOND / 2));
    house.after(SECOND * 8).await;
    orders.send_replace(Order::Finish);
    house.ended().await;
    assert_eq!(house.taken(), [0]);
    let attempts = house.attempts();
    assert_eq!(attempts.iter().filter(|(_, text)| text == "0 0\n").count(), 1, "{attempts:?}");
}

#[tokio::test(start_paused = true)]
async fn the_end_waits_for_no_receiver() {
    let mut house = House::new();
    let orders = house.push(settings(ROOMY), None, |_, _| Hang);
    house.after(SECOND * 8).await;
    orders.send_replace(Order::Finish);
    assert_eq!(held(house.ended().await).len(), 2);
    assert!(at(&(now() - house.start), 8.8), "{:?}", now() - house.start);
}

#[tokio::test(start_paused = true)]
async fn one_that_does_not_take_anything_is_tried_once_more_in_the_end() {
    let mut house = House::new();
    let orders = house.push(settings(ROOMY), None, |_, _| Refuse(Again::Later));
    house.after(SECOND * 8).await;
    let tries = house.attempts().len();
    orders.send_replace(Order::Finish);
    house.ended().await;
    assert_eq!(house.attempts().len(), tries + 1);
    assert!(at(&(now() - house.start), 8.));
}

#[tokio::test(start_paused = true)]
async fn one_that_has_come_back_gets_what_waited_in_the_end() {
    let mut house = House::new();
    let orders = house.push(settings(ROOMY), None, |since, _| match since < SECOND * 8 {
        true => Refuse(Again::Later),
        false => Take,
    });
    house.after(SECOND * 8).await;
    orders.send_replace(Order::Finish);
    assert!(held(house.ended().await).is_empty());
    assert!(at(&(now() - house.start), 8.));
}

#[tokio::test(start_paused = true)]
async fn one_that_wants_to_be_left_alone_is_left_alone_in_the_end() {
    let mut house = House::new();
    let orders = house.push(settings(ROOMY), None, |_, _| Refuse(Again::After(SECOND * 600)));
    house.after(SECOND * 8).await;
    orders.send_replace(Order::Finish);
    house.ended().await;
    assert_eq!(house.attempts().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failure_in_the_end_is_the_end() {
    let mut house = House::new();
    let orders = house.push(settings(ROOMY), None, |since, _| match since < SECOND * 6 {
        true => Take,
        false => Refuse(Again::Later),
    });
    house.after(SECOND * 8).await;
    orders.send_replace(Order::Finish);
    assert_eq!(held(house.ended().await).len(), 1);
    assert!(at(&(now() - house.start), 8.));
}

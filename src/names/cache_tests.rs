//! What is remembered, what is asked and when: the rules of `cache.rs`, one after the other, and all at once.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const POLICY: Policy = Policy { refresh: Duration::from_secs(300), per_second: 20 };

fn at(seconds: u32) -> Duration {
    SECOND * seconds
}

fn host(number: u32) -> IpAddr {
    IpAddr::from((0x0a00_0000 + number).to_be_bytes())
}

fn asking() -> Cache {
    let mut cache = Cache::default();
    cache.begin(POLICY, 1, Duration::ZERO);
    cache
}

fn look(cache: &mut Cache, number: u32, before: Option<&str>, now: Duration) -> Answer {
    cache.look(&[host(number)], before, 4, now)
}

fn called(names: &[&str], ttl: u32) -> Reply {
    Reply::Names(names.iter().map(ToString::to_string).collect(), at(ttl))
}

fn named(name: &str) -> Answer {
    Answer::Named(Arc::from(name))
}

/// Gives the next question this reply; whom it was about.
#[track_caller]
fn answer(cache: &mut Cache, reply: Reply, now: Duration) -> (IpAddr, Option<Turn>) {
    let Step::Ask(address) = cache.next(now) else { panic!("nothing to ask at {now:?}") };
    (address, cache.reply(address, reply, 0, now))
}

#[test]
fn somebody_who_is_wanted_is_asked_about_and_then_known() {
    let mut cache = asking();
    assert_eq!(cache.next(at(0)), Step::Wait(None));
    assert_eq!(look(&mut cache, 1, None, at(1)), Answer::Pending);
    assert_eq!(cache.next(at(1)), Step::Ask(host(1)));
    assert_eq!(look(&mut cache, 1, None, at(1)), Answer::Pending);
    assert_eq!(cache.next(at(1)), Step::Wait(None), "once is enough");
    assert_eq!(cache.reply(host(1), called(&["nas"], 600), 0, at(1)), None);
    assert_eq!(look(&mut cache, 1, None, at(2)), named("nas"));
    let expected = Tally { named: 1, cached: 1, ..Tally::default() };
    assert_eq!(cache.tally(), expected);
}

#[test]
fn an_answer_holds_as_long_as_it_says_but_neither_shorter_than_wanted_nor_longer_than_a_day() {
    // What it says, and from when to when it is asked again: an eighth of `refresh` later at most.
    for (ttl, from, to) in [(0, 300, 338), (299, 300, 338), (3_600, 3_600, 3_638), (999_999, 86_400, 86_438)]
    {
        let mut cache = asking();
        look(&mut cache, 1, None, at(0));
        answer(&mut cache, called(&["nas"], ttl), at(0));
        let Step::Wait(Some(due)) = cache.next(at(0)) else { panic!("no next question") };
        assert!(due >= at(from) && due <= at(to), "{ttl}: {due:?}");
    }
}

#[test]
fn that_there_is_none_is_remembered_as_long_as_the_zone_says() {
    for (ttl, from) in [(None, 300), (Some(at(60)), 300), (Some(at(900)), 900)] {
        let mut cache = asking();
        look(&mut cache, 1, None, at(0));
        answer(&mut cache, Reply::None(ttl), at(0));
        assert_eq!(look(&mut cache, 1, None, at(1)), Answer::Nameless);
        let Step::Wait(Some(due)) = cache.next(at(1)) else { panic!("no next question") };
        assert!(due >= at(from) && due <= at(from + 38), "{ttl:?}: {due:?}");
    }
}

#[test]
fn a_name_gives_way_only_to_another_one_that_is_said_twice() {
    let mut cache = asking();
    look(&mut cache, 1, None, at(0));
    answer(&mut cache, called(&["b", "c"], 0), at(0));
    assert_eq!(look(&mut cache, 1, None, at(1)), named("b"), "the smallest");
    let rounds: [(Reply, &str); 10] = [
        (called(&["a", "b"], 0), "b"),
        (called(&["B"], 0), "b"),
        (Reply::Failed, "b"),
        (Reply::None(None), "b"),
        // Something else each time is nothing.
        (called(&["d"], 0), "b"),
        (called(&["e"], 0), "b"),
        (Reply::Refused, "b"),
        (called(&["a"], 0), "b"),
        (called(&["A", "0"], 0), "a"),
        (called(&[], 0), "a"),
    ];
    for (round, (reply, name)) in (1..).zip(rounds) {
        let now = at(1_000 * round);
        let before = if round <= 9 { "b" } else { "a" };
        look(&mut cache, 1, Some(before), now);
        answer(&mut cache, reply, now);
        assert_eq!(look(&mut cache, 1, Some(before), now), named(name), "round {round}");
    }
    assert_eq!(look(&mut cache, 1, None, at(10_001)), Answer::Nameless, "a newcomer does not inherit it");
}

#[test]
fn failures_are_repeated_ever_more_rarely() {
    let mut cache = asking();
    look(&mut cache, 1, None, at(0));
    let mut now = at(0);
    for (round, pause) in (2_000..).zip([30, 60, 120, 240, 480, 600, 600]) {
        answer(&mut cache, Reply::Failed, now);
        // Somebody else is answered, so that the resolver is not taken for dead.
        look(&mut cache, round, None, now);
        let Step::Ask(other) = cache.next(now + SECOND) else { panic!("{pause}") };
        assert_ne!(other, host(1));
        cache.reply(other, called(&["x"], 86_400), 0, now);
        assert_eq!(look(&mut cache, 1, None, now), Answer::Unanswered);
        let Step::Wait(Some(due)) = cache.next(now + SECOND) else { panic!("{pause}") };
        assert!(due <= now + at(pause) && due >= now + at(pause) * 3 / 4, "{pause}: {:?}", due - now);
        now = due;
    }
}

#[test]
fn somebody_who_never_answers_is_asked_one_question_at_a_time_and_told_of_once() {
    let mut cache = asking();
    for number in 0..200 {
        look(&mut cache, number, None, at(0));
    }
    let mut turns = Vec::new();
    let mut now = at(0);
    let mut questions = 0;
    while now < at(300) {
        match cache.next(now) {
            Step::Ask(address) => {
                questions += 1;
                if questions > 5 {
                    assert_eq!(cache.next(now), Step::Wait(None), "one at a time");
                }
                now += SECOND * 2;
                turns.extend(cache.reply(address, Reply::Failed, 2, now));
            }
            Step::Wait(until) => now = until.unwrap(),
        }
    }
    assert_eq!(turns, [Turn::Silent]);
    assert!(questions < 20, "{questions} questions in five minutes");
    assert_eq!(look(&mut cache, 1_000, None, now), Answer::Unanswered, "nobody waits for the dead");
    // It is back: everybody is asked about at the usual pace.
    let now = now + at(60);
    let (_, turn) = answer(&mut cache, called(&["x"], 86_400), now);
    assert_eq!(turn, Some(Turn::Answers));
    let mut later = now;
    while let Step::Wait(Some(until)) = cache.next(later)
        && until < now + at(30)
    {
        later = until;
    }
    assert!(later < now + at(1), "{:?}", later - now);
}

#[test]
fn the_newest_wish_comes_first() {
    let mut cache = asking();
    for number in 0..100 {
        look(&mut cache, number, None, at(0));
    }
    assert_eq!(cache.next(at(0)), Step::Ask(host(99)));
    look(&mut cache, 500, None, at(0));
    assert_eq!(cache.next(at(0)), Step::Ask(host(500)));
    assert_eq!(cache.next(at(0)), Step::Ask(host(98)));
}

#[test]
fn who_is_not_wanted_for_an_hour_is_not_asked_about_and_gives_way() {
    let mut cache = asking();
    let mut now = at(0);
    for number in 0..ENTRIES as u32 {
        look(&mut cache, number, None, now);
        now = now.max(cache.pace.free_at(now));
        answer(&mut cache, called(&["x"], 0), now);
    }
    assert_eq!(look(&mut cache, 100_000, None, now), Answer::Nameless, "no room, and all are wanted");
    let later = now + FORGOTTEN + SECOND;
    look(&mut cache, 7, None, later);
    assert_eq!(look(&mut cache, 100_000, None, later), Answer::Pending);
    assert_eq!(cache.entries.len(), 2);
    assert_eq!(look(&mut cache, 7, None, later), named("x"));
}

#[test]
fn who_is_wanted_again_after_an_hour_is_news() {
    let mut cache = asking();
    assert!(!cache.has_news(at(0)));
    look(&mut cache, 1, None, at(0));
    assert!(cache.has_news(at(0)));
    answer(&mut cache, called(&["nas"], 0), at(0));
    assert!(!cache.has_news(at(1)));
    let later = at(4_000);
    assert_eq!(cache.next(later), Step::Wait(None), "nobody has wanted it for an hour");
    assert!(!cache.has_news(later));
    look(&mut cache, 1, None, later);
    assert!(cache.has_news(later), "whoever asks waits for nothing else");
    assert_eq!(cache.next(later), Step::Ask(host(1)));
    assert!(!cache.has_news(later));
}

#[test]
fn nobody_asks_about_what_only_a_link_knows() {
    let mut cache = asking();
    for address in [
        "127.0.0.1",
        "::1",
        "169.254.1.1",
        "fe80::1",
        "224.0.0.251",
        "ff02::fb",
        "0.0.0.0",
        "::",
        "255.255.255.255",
    ] {
        assert_eq!(cache.look(&[address.parse().unwrap()], None, 4, at(0)), Answer::Nameless, "{address}");
    }
    assert_eq!(cache.next(at(0)), Step::Wait(None));
}

#[test]
fn another_resolver_is_asked_about_those_that_the_first_did_not_know() {
    let mut cache = asking();
    for (number, reply) in
        [(1, called(&["known"], 86_400)), (2, Reply::None(Some(at(86_400)))), (3, Reply::Failed)]
    {
        look(&mut cache, number, None, at(0));
        answer(&mut cache, reply, at(0));
    }
    look(&mut cache, 4, None, at(0));
    // It is asked about, and whoever asked is stopped before there is an answer.
    assert_eq!(cache.next(at(0)), Step::Ask(host(4)));
    cache.begin(POLICY, 1, at(1));
    let again: Vec<IpAddr> = (0..3).map(|_| answer(&mut cache, called(&["new"], 86_400), at(1)).0).collect();
    assert_eq!(again, [host(2), host(3), host(4)]);
    assert_eq!(look(&mut cache, 1, None, at(1)), named("known"));
    cache.end();
    assert_eq!(look(&mut cache, 1, Some("known"), at(2)), Answer::Nameless);
    assert_eq!(cache.next(at(2)), Step::Wait(None));
}

#[derive(Clone, Debug)]
enum Deed {
    Look(u32),
    Next,
    Reply(Reply, u32),
    Pass(u64),
    Begin,
}

fn deed() -> impl Strategy<Value = Deed> {
    let name = prop::sample::select(vec!["a", "b", "c"]);
    let reply = prop_oneof![
        (prop::collection::vec(name, 0..3), 0u32..1_000).prop_map(|(names, ttl)| called(&names, ttl)),
        prop::option::of(0u32..1_000).prop_map(|ttl| Reply::None(ttl.map(at))),
        Just(Reply::Failed),
    ];
    prop_oneof![
        4 => (0u32..3_000).prop_map(Deed::Look),
        4 => Just(Deed::Next),
        4 => (reply, 0u32..3).prop_map(|(reply, repeats)| Deed::Reply(reply, repeats)),
        2 => (0u64..2_000).prop_map(Deed::Pass),
        1 => (0u64..20_000_000).prop_map(Deed::Pass),
        1 => Just(Deed::Begin),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_it_is_bounded_keeps_its_pace_and_its_books(deeds in prop::collection::vec(deed(), 0..400)) {
        let mut cache = asking();
        let mut now = Duration::ZERO;
        let mut under_way = Vec::new();
        let mut asked: Vec<Duration> = Vec::new();
        // What each address was last called to whoever looks at it.
        let mut shown: HashMap<u32, String> = HashMap::new();
        // The last names that an answer had, by address.
        let mut said: HashMap<u32, Vec<String>> = HashMap::new();
        for deed in deeds {
            match deed {
                Deed::Look(number) => {
                    let before = shown.get(&number).cloned();
                    match look(&mut cache, number, before.as_deref(), now) {
                        Answer::Named(name) => drop(shown.insert(number, name.to_string())),
                        _ => drop(shown.remove(&number)),
                    }
                }
                Deed::Next => if let Step::Ask(address) = cache.next(now) {
                    prop_assert!(!under_way.contains(&address), "asked twice at once");
                    under_way.push(address);
                    asked.push(now);
                },
                Deed::Reply(reply, repeats) => if let Some(address) = under_way.pop() {
                    let number = u32::from_be_bytes(match address {
                        IpAddr::V4(v4) => v4.octets(),
                        IpAddr::V6(_) => unreachable!(),
                    }) - 0x0a00_0000;
                    let had = shown.get(&number).cloned();
                    cache.reply(address, reply.clone(), repeats, now);
                    let names = match reply {
                        Reply::Names(names, _) => names,
                        _ => Vec::new(),
                    };
                    let before = match names.is_empty() {
                        true => None,
                        false => said.insert(number, names.clone()),
                    };
                    // Sticky: only another name that is said twice in a row takes the present one away.
                    if let Some(had) = had {
                        let has = look(&mut cache, number, Some(&had), now);
                        let stays = names.is_empty() || names.contains(&had);
                        let twice = |name: &String| before.as_ref().is_some_and(|before| before.contains(name));
                        match has {
                            Answer::Named(name) if *name == *had => {
                                prop_assert!(stays || before.as_ref() != Some(&names), "{:?} twice", names);
                            }
                            Answer::Named(name) => {
                                let name = name.to_string();
                                prop_assert!(!stays && names.contains(&name) && twice(&name), "{} of {:?}", name, names);
                            }
                            other => prop_assert!(false, "{had} became {other:?}"),
                        }
                        shown.remove(&number);
                    }
                },
                Deed::Pass(milliseconds) => now += Duration::from_millis(milliseconds),
                Deed::Begin => {
                    under_way.clear();
                    asked.clear();
                    cache.begin(POLICY, 7, now);
                }
            }
            prop_assert!(cache.entries.len() <= ENTRIES && cache.wished.len() <= WISHES);
            let places = cache.entries.values().filter(|entry| matches!(entry.place, Place::Wished(_) | Place::Due(_)));
            prop_assert_eq!(places.count(), cache.wished.len() + cache.due.len());
            prop_assert_eq!(cache.asked, under_way.len());
        }
        for (first, start) in asked.iter().enumerate() {
            let within = asked[first..].iter().take_while(|at| **at < *start + SECOND).count();
            prop_assert!(within <= 20 + 8, "{} questions within a second", within);
        }
    }
}

#[test]
fn who_says_of_some_that_he_cannot_say_is_not_silent() {
    let mut cache = asking();
    for host in 1..=20 {
        look(&mut cache, host, None, at(0));
    }
    for second in 0..20 {
        while let Step::Ask(address) = cache.next(at(second)) {
            assert_eq!(cache.reply(address, Reply::Refused, 0, at(second)), None);
        }
    }
    assert_eq!((cache.tally().failed, cache.tally().waiting), (20, 0));
    assert_eq!(look(&mut cache, 1, None, at(21)), Answer::Unanswered);
    assert_eq!(look(&mut cache, 99, None, at(21)), Answer::Pending, "newcomers are worth waiting for");
}

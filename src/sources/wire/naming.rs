//! Who is shown, and by what name: a new host waits for its name before anybody sees it, so that its series do not begin
//! under another; and a host keeps the name that it was shown with. Pure; `now` is on the clock that names keep to.
//!
//! What a host counted while it waited is in its row when that is first shown.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::metric::Mac;
use crate::names::Names;
use crate::names::cache::Answer;
use crate::sources::wire::accounts::rows::Row;
use crate::sources::wire::snapshot::Host;

/// A host waits for its name for so long from when we first see it, which is while it settles: a little less than two
/// seconds, so that on a beat of one second the second visit after that shows it.
const PATIENCE: Duration = Duration::from_millis(1_900);

/// Whom we have seen.
#[derive(Debug, Default)]
pub struct Naming {
    /// By the serial number of the row; never more than there are rows.
    guests: HashMap<u64, Guest>,
}

#[derive(Debug)]
struct Guest {
    seen_at: Duration,
    shown: bool,
    name: Option<Arc<str>>,
}

impl Naming {
    /// Names all rows, and leaves out those that nobody is to see yet.
    pub fn name(&mut self, rows: Vec<Row>, names: &Names, now: Duration) -> Vec<Host> {
        let mut guests = HashMap::with_capacity(rows.len());
        let mut hosts = Vec::with_capacity(rows.len());
        for row in rows {
            let new = Guest { seen_at: now, shown: false, name: None };
            let mut guest = self.guests.remove(&row.serial).unwrap_or(new);
            let addresses = addresses(&row);
            let answer = names.look(row.station.map(Mac::from), &addresses, guest.name.as_deref(), now);
            let is_waiting = answer == Answer::Pending && now.saturating_sub(guest.seen_at) < PATIENCE;
            match answer {
                Answer::Named(name) => guest.name = Some(name),
                Answer::Nameless | Answer::Unanswered => guest.name = None,
                // Nobody knows better yet.
                Answer::Pending => {}
            }
            guest.shown |= row.settled && !is_waiting;
            if guest.shown {
                hosts.push(Host::named(&row, addresses, guest.name.clone()));
            }
            guests.insert(row.serial, guest);
        }
        self.guests = guests;
        hosts
    }
}

/// All addresses of a host, the one that names it first.
pub(super) fn addresses(row: &Row) -> Vec<IpAddr> {
    let others = row.addresses.iter().copied().filter(|&address| Some(address) != row.address);
    row.address.into_iter().chain(others).map(IpAddr::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::Traffic;
    use crate::names::cache::{Policy, Reply, Step};
    use crate::sources::wire::packet::address::Address;
    use std::task::Waker;

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn names() -> Names {
        let names = Names::default();
        names.begin(Policy { refresh: ms(60_000), per_second: 100 }, 0, ms(0));
        names
    }

    fn row(serial: u64, addresses: &[&str], settled: bool) -> Row {
        let addresses: Vec<Address> =
            addresses.iter().map(|address| Address::from(address.parse::<IpAddr>().unwrap())).collect();
        let address = addresses.first().copied();
        let traffic = Traffic { sent_bytes: 100, ..Traffic::default() };
        Row { serial, station: None, address, addresses, traffic, settled }
    }

    /// Answers the next question, which is about this address.
    #[track_caller]
    fn answer(names: &Names, address: &str, reply: Reply, now: Duration) {
        let address = address.parse().unwrap();
        assert_eq!(names.next(now, Waker::noop()), Step::Ask(address));
        names.reply(address, reply, 0, now);
    }

    fn called(name: &str) -> Reply {
        Reply::Names(vec![name.to_owned()], Duration::ZERO)
    }

    /// What is shown: addresses and names.
    fn shown(naming: &mut Naming, rows: Vec<Row>, names: &Names, now: Duration) -> Vec<String> {
        let hosts = naming.name(rows, names, now);
        hosts
            .iter()
            .map(|host| format!("{} {}", host.ip.unwrap(), host.name.as_deref().unwrap_or("-")))
            .collect()
    }

    #[test]
    fn a_host_is_asked_about_while_it_settles_and_has_its_name_when_it_is_shown() {
        let (names, mut naming) = (names(), Naming::default());
        assert!(shown(&mut naming, vec![row(1, &["192.0.2.1"], false)], &names, ms(0)).is_empty());
        answer(&names, "192.0.2.1", called("nas"), ms(5));
        assert!(shown(&mut naming, vec![row(1, &["192.0.2.1"], false)], &names, ms(1_000)).is_empty());
        let rows = vec![row(1, &["192.0.2.1"], true)];
        assert_eq!(shown(&mut naming, rows, &names, ms(2_000)), ["192.0.2.1 nas"]);
    }

    #[test]
    fn nobody_waits_longer_than_two_seconds_and_a_name_that_comes_late_is_taken() {
        let (names, mut naming) = (names(), Naming::default());
        let rows = || vec![row(1, &["192.0.2.1"], true)];
        assert!(shown(&mut naming, rows(), &names, ms(0)).is_empty());
        assert!(shown(&mut naming, rows(), &names, ms(1_000)).is_empty());
        assert_eq!(shown(&mut naming, rows(), &names, ms(2_000)), ["192.0.2.1 -"]);
        answer(&names, "192.0.2.1", called("nas"), ms(2_500));
        assert_eq!(shown(&mut naming, rows(), &names, ms(3_000)), ["192.0.2.1 nas"]);
    }

    #[test]
    fn who_has_no_name_does_not_wait() {
        let (names, mut naming) = (names(), Naming::default());
        let rows = || vec![row(1, &["192.0.2.1"], true)];
        assert!(shown(&mut naming, rows(), &names, ms(0)).is_empty());
        answer(&names, "192.0.2.1", Reply::None(None), ms(5));
        assert_eq!(shown(&mut naming, rows(), &names, ms(1_000)), ["192.0.2.1 -"]);
    }

    #[test]
    fn without_a_resolver_nobody_waits() {
        let rows = vec![row(1, &["192.0.2.1"], true), row(2, &["192.0.2.2"], false)];
        let shown = shown(&mut Naming::default(), rows, &Names::default(), ms(0));
        assert_eq!(shown, ["192.0.2.1 -"], "only who has not settled");
    }

    #[test]
    fn a_host_keeps_its_name_when_its_addresses_change_places() {
        let (names, mut naming) = (names(), Naming::default());
        let rows = |addresses: &[&str]| vec![row(1, addresses, true)];
        shown(&mut naming, rows(&["192.0.2.1"]), &names, ms(0));
        answer(&names, "192.0.2.1", called("nas"), ms(5));
        let now = shown(&mut naming, rows(&["192.0.2.1", "192.0.2.2"]), &names, ms(10));
        assert_eq!(now, ["192.0.2.1 nas"]);
        // Another host has made the second address known.
        names.look(None, &["192.0.2.2".parse().unwrap()], None, ms(20));
        answer(&names, "192.0.2.2", called("other-name"), ms(25));
        let now = shown(&mut naming, rows(&["192.0.2.2", "192.0.2.1"]), &names, ms(30));
        assert_eq!(now, ["192.0.2.2 nas"]);
        // Only when no address of it has the name any more, it is called otherwise.
        let now = shown(&mut naming, rows(&["192.0.2.2"]), &names, ms(40));
        assert_eq!(now, ["192.0.2.2 other-name"]);
    }

    #[test]
    fn a_name_that_ends_stays_with_its_host_and_is_not_inherited() {
        let (names, mut naming) = (names(), Naming::default());
        let rows = |serial| vec![row(serial, &["192.0.2.1"], true)];
        shown(&mut naming, rows(1), &names, ms(0));
        answer(&names, "192.0.2.1", called("phone"), ms(5));
        assert_eq!(shown(&mut naming, rows(1), &names, ms(10)), ["192.0.2.1 phone"]);
        answer(&names, "192.0.2.1", Reply::None(None), ms(70_000));
        assert_eq!(shown(&mut naming, rows(1), &names, ms(70_010)), ["192.0.2.1 phone"]);
        assert_eq!(shown(&mut naming, rows(2), &names, ms(70_020)), ["192.0.2.1 -"]);
    }

    #[test]
    fn an_address_is_asked_about_only_when_the_one_before_has_no_name() {
        let (names, mut naming) = (names(), Naming::default());
        let all = ["192.0.2.1", "fe80::1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"];
        for address in ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"] {
            shown(&mut naming, vec![row(1, &all, true)], &names, ms(0));
            answer(&names, address, Reply::None(None), ms(0));
        }
        assert_eq!(shown(&mut naming, vec![row(1, &all, true)], &names, ms(1)), ["192.0.2.1 -"]);
        assert_eq!(names.tally().waiting, 0, "four of a host are enough");
    }
}

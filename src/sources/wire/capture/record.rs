//! What was counted on one interface or stream, and what was lost. It outlives the ring: an interface that a reload
//! takes away and another one brings back goes on where it was, so that no counter goes back. Pure.

use std::collections::VecDeque;

use crate::sources::wire::accounts::Totals;

/// The figures of one interface or stream.
#[derive(Clone, Debug)]
pub struct Record {
    /// What it carried.
    pub totals: Totals,
    /// Whether its packets count for hosts, and are not seen on another interface as well.
    pub counts_hosts: bool,
    /// Of the IP bytes that it carried, those that another interface showed as well, up to the last change.
    shown_elsewhere: u64,
    /// How many IP bytes there were at the last change.
    changed_at: u64,
    /// Frames that the ring had no room for.
    pub dropped: u64,
    /// How often the ring was full.
    pub freezes: u64,
    /// How often the interface came back as another one.
    pub rebound: u64,
    /// Frames that the hardware let go, if its driver has ever said.
    pub missed: Option<u64>,
    /// What its driver said last.
    missed_last: u64,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            totals: Totals::default(),
            counts_hosts: true,
            shown_elsewhere: 0,
            changed_at: 0,
            dropped: 0,
            freezes: 0,
            rebound: 0,
            missed: None,
            missed_last: 0,
        }
    }
}

impl Record {
    /// What something that is over carried.
    pub fn of(totals: Totals) -> Self {
        Self { totals, ..Self::default() }
    }

    /// From now on its packets count for hosts, or do not.
    pub fn count_hosts(&mut self, counts: bool) {
        if counts != self.counts_hosts {
            self.shown_elsewhere = self.totals.ip_bytes() - self.ip_bytes_of_its_own();
            self.changed_at = self.totals.ip_bytes();
            self.counts_hosts = counts;
        }
    }

    /// IP bytes that no other interface has shown. Never less than before, whatever becomes of the interface.
    pub fn ip_bytes_of_its_own(&self) -> u64 {
        let known = if self.counts_hosts { self.totals.ip_bytes() } else { self.changed_at };
        known - self.shown_elsewhere
    }

    /// The interface came back as another one, whose driver begins at zero.
    pub fn rebind(&mut self) {
        self.rebound += 1;
        self.missed_last = 0;
    }

    /// Takes in what the driver says: less than the last time means that it has begun anew.
    pub fn note_missed(&mut self, now: u64) {
        let since = if now < self.missed_last { now } else { now - self.missed_last };
        self.missed = Some(self.missed.unwrap_or(0) + since);
        self.missed_last = now;
    }
}

/// The records of what is not captured at present, by name.
#[derive(Debug, Default)]
pub struct Archive {
    /// The latest last.
    kept: VecDeque<(String, Record)>,
    /// IP bytes of those that were too many.
    forgotten_ip_bytes: u64,
}

/// More interfaces than anybody puts into one source and takes out again. An older one begins at zero if it comes back.
const MOST: usize = 64;

impl Archive {
    /// Keeps what an interface has counted until it comes back.
    pub fn keep(&mut self, name: String, mut record: Record) {
        // Nothing it shows from now on is ours; only what it had.
        record.count_hosts(false);
        if self.kept.len() == MOST
            && let Some((_, oldest)) = self.kept.pop_front()
        {
            self.forgotten_ip_bytes += oldest.ip_bytes_of_its_own();
        }
        self.kept.push_back((name, record));
    }

    /// The record of an interface that comes back, or an empty one.
    pub fn take(&mut self, name: &str) -> Record {
        let at = self.kept.iter().position(|(kept, _)| kept == name);
        at.and_then(|at| self.kept.remove(at)).map(|(_, record)| record).unwrap_or_default()
    }

    /// IP bytes that these interfaces had shown and no other one.
    pub fn ip_bytes(&self) -> u64 {
        let kept: u64 = self.kept.iter().map(|(_, record)| record.ip_bytes_of_its_own()).sum();
        self.forgotten_ip_bytes + kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn carried(record: &mut Record, bytes: u64) {
        record.totals.bytes[0][0] += bytes;
    }

    #[test]
    fn a_driver_that_begins_anew_takes_nothing_back() {
        let mut record = Record::default();
        for (said, expected) in [(5, 5), (7, 7), (0, 7), (2, 9), (2, 9)] {
            record.note_missed(said);
            assert_eq!(record.missed, Some(expected), "after {said}");
        }
        record.rebind();
        record.note_missed(3);
        assert_eq!((record.missed, record.rebound), (Some(12), 1));
    }

    #[test]
    fn an_interface_that_comes_back_goes_on_where_it_was() {
        let mut archive = Archive::default();
        let mut record = Record { dropped: 3, ..Record::default() };
        carried(&mut record, 100);
        archive.keep("eth1".to_owned(), record);
        assert_eq!(archive.ip_bytes(), 100);
        let mut back = archive.take("eth1");
        assert_eq!((back.totals.ip_bytes(), back.dropped, archive.ip_bytes()), (100, 3, 0));
        back.count_hosts(true);
        carried(&mut back, 1);
        assert_eq!(back.ip_bytes_of_its_own(), 101);
    }

    #[derive(Clone, Debug)]
    enum Event {
        Carry(u64),
        Counts(bool),
        Away,
        Missed(u64),
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            (0u64..1_000).prop_map(Event::Carry),
            any::<bool>().prop_map(Event::Counts),
            Just(Event::Away),
            (0u64..50).prop_map(Event::Missed),
        ]
    }

    proptest! {
        #[test]
        fn no_figure_goes_back_whatever_happens(events in proptest::collection::vec((0usize..3, event()), 0..200)) {
            let names = ["a", "b", "c"];
            let mut archive = Archive::default();
            let mut present: Vec<Option<Record>> = vec![None, None, None];
            let mut last = (0, [(0, 0); 3]);
            for (at, event) in events {
                if matches!(event, Event::Away) {
                    match present[at].take() {
                        Some(record) => archive.keep(names[at].to_owned(), record),
                        None => present[at] = Some(archive.take(names[at])),
                    }
                }
                if let Some(record) = &mut present[at] {
                    match event {
                        Event::Carry(bytes) => carried(record, bytes),
                        Event::Counts(counts) => record.count_hosts(counts),
                        Event::Missed(said) => record.note_missed(said),
                        Event::Away => {}
                    }
                }
                let own: u64 = present.iter().flatten().map(Record::ip_bytes_of_its_own).sum();
                prop_assert!(own + archive.ip_bytes() >= last.0);
                last.0 = own + archive.ip_bytes();
                for (at, record) in present.iter().enumerate() {
                    let Some(record) = record else { continue };
                    let figures = (record.totals.ip_bytes(), record.missed.unwrap_or(0));
                    prop_assert!(figures.0 >= last.1[at].0 && figures.1 >= last.1[at].1);
                    last.1[at] = figures;
                }
            }
        }
    }

    #[test]
    fn no_more_are_kept_than_there_is_room_for_and_their_bytes_stay_in_the_sum() {
        let mut archive = Archive::default();
        for number in 0..MOST + 10 {
            let mut record = Record::default();
            carried(&mut record, 1);
            archive.keep(format!("tap{number}"), record);
        }
        assert_eq!((archive.kept.len(), archive.ip_bytes()), (MOST, MOST as u64 + 10));
        assert_eq!(archive.take("tap0").totals.ip_bytes(), 0);
    }
}

//! What waits to be sent: bounded, in order; the oldest gives way, and is counted. Pure.
//!
//! It sends nothing and does not know when to. Whatever happens, `made` = `ok` + `dropped` + what waits.

use std::collections::VecDeque;

use super::Limits;
use super::parcel::Parcel;

/// What waits, the oldest first, and what became of the rest.
#[derive(Debug)]
pub struct Queue {
    limits: Limits,
    waiting: VecDeque<Parcel>,
    /// Of all that wait.
    bytes: usize,
    /// Whether the oldest is being sent. It keeps its place, so that nothing overtakes it when it comes back.
    in_transit: bool,
    counts: Counts,
}

/// Sums since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All that were ever put there.
    pub made: u64,
    /// Those that were taken.
    pub ok: u64,
    /// Those that are lost.
    pub dropped: u64,
}

impl Queue {
    /// Empty.
    pub fn new(limits: Limits) -> Self {
        let (waiting, counts) = (VecDeque::new(), Counts::default());
        Self { limits, waiting, bytes: 0, in_transit: false, counts }
    }

    /// How many wait, the one in transit included.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Sums since the start.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Puts one behind all others. What gives way for it are the oldest; not the one that is being sent, which may have
    /// arrived already. What has no room beside that one, or not even alone, is lost itself.
    pub fn push(&mut self, parcel: Parcel) {
        self.counts.made += 1;
        let sent = if self.in_transit { self.waiting.front().map_or(0, Parcel::len) } else { 0 };
        if self.exceeds(usize::from(self.in_transit) + 1, sent + parcel.len()) {
            self.counts.dropped += 1;
            return;
        }
        self.bytes += parcel.len();
        self.waiting.push_back(parcel);
        self.make_room();
    }

    /// The oldest, to be sent; none if there is none, or one is being sent. What became of it is to be said by
    /// [`Queue::taken`], [`Queue::refused`] or [`Queue::give_back`].
    pub fn send(&mut self) -> Option<Parcel> {
        if self.in_transit {
            return None;
        }
        let parcel = self.waiting.front().cloned();
        self.in_transit = parcel.is_some();
        parcel
    }

    /// The one in transit has been taken.
    pub fn taken(&mut self) {
        self.counts.ok += u64::from(self.arrive());
    }

    /// The one in transit will never be taken.
    pub fn refused(&mut self) {
        self.counts.dropped += u64::from(self.arrive());
    }

    /// The one in transit has not been taken: it is the oldest that waits, and from now on in as little room as it can.
    pub fn give_back(&mut self) {
        self.in_transit = false;
        if let Some(oldest) = self.waiting.front_mut()
            && let Ok(packed) = oldest.pack()
            && packed.len() < oldest.len()
        {
            self.bytes = self.bytes - oldest.len() + packed.len();
            *oldest = packed;
        }
    }

    /// From now on so much may wait. Nothing is in transit any more.
    pub fn limit(&mut self, limits: Limits) {
        self.limits = limits;
        self.in_transit = false;
        self.make_room();
    }

    /// All that waits is lost.
    pub fn drop_all(&mut self) {
        self.counts.dropped += self.waiting.len() as u64;
        (self.waiting, self.bytes, self.in_transit) = (VecDeque::new(), 0, false);
    }

    fn exceeds(&self, batches: usize, bytes: usize) -> bool {
        batches > self.limits.batches || bytes > self.limits.bytes
    }

    fn make_room(&mut self) {
        while self.exceeds(self.waiting.len(), self.bytes)
            && let Some(oldest) = self.waiting.remove(usize::from(self.in_transit))
        {
            self.bytes -= oldest.len();
            self.counts.dropped += 1;
        }
    }

    /// Whether there was one in transit.
    fn arrive(&mut self) -> bool {
        let arrived = if std::mem::take(&mut self.in_transit) { self.waiting.pop_front() } else { None };
        self.bytes -= arrived.as_ref().map_or(0, Parcel::len);
        arrived.is_some()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ROOMY: Limits = Limits { batches: 100, bytes: 1 << 20 };

    fn parcel(number: usize, length: usize) -> Parcel {
        Parcel::plain(format!("{number:0length$}").into())
    }

    /// The numbers of all that wait, as somebody finds them who takes one after the other.
    fn emptied(queue: &mut Queue) -> Vec<usize> {
        queue.give_back();
        let mut numbers = Vec::new();
        while let Some(parcel) = queue.send() {
            numbers.push(String::from_utf8(parcel.bytes().to_vec()).unwrap().parse().unwrap());
            queue.taken();
        }
        numbers
    }

    fn filled(limits: Limits, count: usize) -> Queue {
        let mut queue = Queue::new(limits);
        (0..count).for_each(|number| queue.push(parcel(number, 10)));
        queue
    }

    #[test]
    fn the_oldest_gives_way_where_there_are_too_many() {
        let mut queue = filled(Limits { batches: 3, ..ROOMY }, 5);
        assert_eq!(queue.counts(), Counts { made: 5, ok: 0, dropped: 2 });
        assert_eq!(emptied(&mut queue), [2, 3, 4]);
    }

    #[test]
    fn the_oldest_give_way_where_there_are_too_many_bytes() {
        let mut queue = filled(Limits { bytes: 35, ..ROOMY }, 3);
        queue.push(parcel(3, 20));
        assert_eq!(queue.counts().dropped, 2);
        assert_eq!(emptied(&mut queue), [2, 3]);
    }

    #[test]
    fn what_is_larger_than_all_that_may_wait_is_lost_and_nothing_with_it() {
        let mut queue = filled(Limits { bytes: 35, ..ROOMY }, 3);
        queue.push(parcel(3, 36));
        assert_eq!(queue.counts(), Counts { made: 4, ok: 0, dropped: 1 });
        assert_eq!(emptied(&mut queue), [0, 1, 2]);
    }

    #[test]
    fn what_is_being_sent_waits_and_keeps_its_place() {
        let mut queue = filled(Limits { batches: 3, ..ROOMY }, 2);
        assert_eq!(queue.send(), Some(parcel(0, 10)));
        assert_eq!(queue.send(), None, "never two at once");
        assert_eq!(queue.len(), 2);
        queue.push(parcel(2, 10));
        queue.push(parcel(3, 10));
        queue.give_back();
        assert_eq!(queue.counts().dropped, 1);
        assert_eq!(emptied(&mut queue), [0, 2, 3], "the next one gave way");
    }

    #[test]
    fn what_came_back_is_the_oldest_and_gives_way_first() {
        let mut queue = filled(Limits { batches: 2, ..ROOMY }, 2);
        queue.send();
        queue.give_back();
        queue.push(parcel(2, 10));
        assert_eq!(emptied(&mut queue), [1, 2]);
    }

    #[test]
    fn where_one_may_wait_a_new_one_has_no_room_beside_the_one_that_is_sent() {
        let mut queue = filled(Limits { batches: 1, ..ROOMY }, 1);
        queue.send();
        queue.push(parcel(1, 10));
        assert_eq!(queue.counts().dropped, 1);
        assert_eq!(emptied(&mut queue), [0]);
    }

    #[test]
    fn a_tighter_limit_holds_at_once() {
        let mut queue = filled(ROOMY, 5);
        queue.limit(Limits { batches: 2, ..ROOMY });
        assert_eq!(queue.counts(), Counts { made: 5, ok: 0, dropped: 3 });
        assert_eq!(emptied(&mut queue), [3, 4]);
    }

    #[derive(Clone, Debug)]
    enum Deed {
        Push(usize),
        Send,
        Taken,
        Refused,
        GiveBack,
        Limit(Limits),
        DropAll,
    }

    fn deed() -> impl Strategy<Value = Deed> {
        let limits = (1usize..8, 20usize..200).prop_map(|(batches, bytes)| Limits { batches, bytes });
        prop_oneof![
            8 => (5usize..80).prop_map(Deed::Push),
            4 => Just(Deed::Send),
            2 => Just(Deed::Taken),
            1 => Just(Deed::Refused),
            2 => Just(Deed::GiveBack),
            1 => limits.prop_map(Deed::Limit),
            1 => Just(Deed::DropAll),
        ]
    }

    proptest! {
        #[test]
        fn whatever_happens_it_is_bounded_in_order_and_counted(deeds in prop::collection::vec(deed(), 0..200)) {
            let mut limits = Limits { batches: 5, bytes: 100 };
            let mut queue = Queue::new(limits);
            let (mut made, mut in_transit, mut last) = (0, None, None);
            let mut taken = 0;
            for deed in deeds {
                match deed {
                    Deed::Push(length) => {
                        queue.push(parcel(made, length));
                        made += 1;
                    }
                    Deed::Send => if let Some(sent) = queue.send() {
                        prop_assert!(in_transit.is_none(), "two at once");
                        let number: usize = String::from_utf8(sent.unpack().unwrap().to_vec()).unwrap().parse().unwrap();
                        prop_assert!(last.is_none_or(|last| number >= last), "{number} after {last:?}");
                        (in_transit, last) = (Some(number), Some(number));
                    },
                    Deed::Taken => {
                        queue.taken();
                        if let Some(number) = in_transit.take() {
                            (taken, last) = (taken + 1, Some(number + 1));
                        }
                    }
                    Deed::Refused => {
                        queue.refused();
                        if let Some(number) = in_transit.take() {
                            last = Some(number + 1);
                        }
                    }
                    Deed::GiveBack => {
                        queue.give_back();
                        in_transit = None;
                    }
                    Deed::Limit(other) => {
                        queue.limit(other);
                        (limits, in_transit) = (other, None);
                    }
                    Deed::DropAll => {
                        queue.drop_all();
                        prop_assert_eq!(queue.len(), 0);
                        in_transit = None;
                    }
                }
                let Counts { made: counted, ok, dropped } = queue.counts();
                prop_assert_eq!((counted, ok), (made as u64, taken));
                prop_assert_eq!(counted, ok + dropped + queue.len() as u64);
                let bytes: usize = queue.waiting.iter().map(Parcel::len).sum();
                prop_assert_eq!(queue.bytes, bytes);
                prop_assert!(queue.len() <= limits.batches && bytes <= limits.bytes);
            }
        }
    }
}

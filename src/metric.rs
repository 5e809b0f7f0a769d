//! The one currency of the program: what a source learned, in our words, on its way to every output.
//!
//! Deliberately plain data. It knows no source, no encoding, no clock and no socket, and imports nothing of
//! ours, so that everything else may import it.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

mod outcome;
mod sighting;

pub use outcome::{Outcome, Reason, Tally, Visit};
pub use sighting::{Attachment, Began, Name, Origin, Sighting, Volume};

/// What kind of metric a family is. A state set is a gauge with a `state` label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only ever grows while we run; the name ends in `_total`.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Always 1; the labels are the message. The name ends in `_info`.
    Info,
}

/// What METRICS.md, HELP lines and encoders need to know of a family.
#[derive(Debug, PartialEq, Eq)]
pub struct Meta {
    /// The whole name, `_total` included.
    pub name: &'static str,
    /// One sentence: what is counted, in what unit, since when.
    pub help: &'static str,
    /// Counter, gauge or info.
    pub kind: Kind,
    /// What all of its values are, now and in every later version: some databases refuse a series that changes it.
    pub number: Number,
    /// Label names, in the order of the values given to [`Families::put`].
    pub labels: &'static [&'static str],
}

/// What the values of a family are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// Whole numbers, exact.
    Integer,
    /// Anything else.
    Float,
}

/// A family's description; only ever a static, made by [`metrics!`](crate::metrics). `V` is `u64` or `f64`.
#[derive(Debug)]
pub struct Desc<const LABELS: usize, V = u64>(pub Meta, PhantomData<V>);

impl<const LABELS: usize, V: Numeric> Desc<LABELS, V> {
    /// For [`metrics!`](crate::metrics) alone.
    #[doc(hidden)]
    pub const fn new(
        name: &'static str,
        help: &'static str,
        kind: Kind,
        labels: &'static [&'static str],
    ) -> Self {
        Self(Meta { name, help, kind, number: V::NUMBER, labels }, PhantomData)
    }
}

/// Declares the families of one module. The doc comment *is* the HELP text *is* the line in METRICS.md, and the
/// number of labels is checked by the compiler where samples are put. So is what the values are: whole numbers, or
/// after `<f64>` any.
///
/// ```
/// use lanlord::metric::Number;
///
/// lanlord::metrics! {
///     /// Frames received since lanlord started.
///     FRAMES = Counter "example_frames_total" { interface };
///     /// How warm it is.
///     TEMPERATURE = Gauge<f64> "example_temperature_celsius" {};
/// }
/// assert_eq!(CATALOGUE[0].help, "Frames received since lanlord started.");
/// assert_eq!(CATALOGUE.iter().map(|meta| meta.number).collect::<Vec<_>>(), [Number::Integer, Number::Float]);
/// ```
#[macro_export]
macro_rules! metrics {
    ($( $(#[doc = $help:literal])+ $id:ident = $kind:ident $(<$number:ident>)? $name:literal { $($label:ident),* };)*) => {
        $(
            $(#[doc = $help])+
            pub static $id: $crate::metric::Desc<{ <[&str]>::len(&[$(stringify!($label)),*]) } $(, $number)?> =
                $crate::metric::Desc::new(
                    $name,
                    concat!($($help),+).trim_ascii(),
                    $crate::metric::Kind::$kind,
                    &[$(stringify!($label)),*],
                );
        )*
        /// Every family of this module, for METRICS.md and the catalogue's tests.
        pub static CATALOGUE: &[&$crate::metric::Meta] = &[$(&$id.0),*];
    };
}

/// A sample's value. Integers stay integers until an encoder writes them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A count, exact.
    Int(u64),
    /// Anything else.
    Float(f64),
}

/// What the values of a family are, as a type: `u64` or `f64`.
pub trait Numeric: Into<Value> + 'static {
    /// The same, as a value.
    const NUMBER: Number;
}

impl Numeric for u64 {
    const NUMBER: Number = Number::Integer;
}

impl Numeric for f64 {
    const NUMBER: Number = Number::Float;
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Value::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Float(value)
    }
}

/// What can be put into a family whose values are `V`.
pub trait IntoNumber<V> {
    /// The value.
    fn into_number(self) -> V;
}

impl<V: Numeric> IntoNumber<V> for V {
    fn into_number(self) -> V {
        self
    }
}

impl IntoNumber<u64> for usize {
    fn into_number(self) -> u64 {
        self as u64
    }
}

impl IntoNumber<u64> for bool {
    fn into_number(self) -> u64 {
        u64::from(self)
    }
}

impl IntoNumber<f64> for u64 {
    /// A whole number of something that need not come whole.
    fn into_number(self) -> f64 {
        self as f64
    }
}

impl IntoNumber<f64> for Duration {
    /// Seconds, the base unit of time.
    fn into_number(self) -> f64 {
        self.as_secs_f64()
    }
}

/// Longest label value kept, in bytes; a DNS name has at most 255 (RFC 1035 §2.3.4). The rest is cut off.
pub const LABEL_VALUE_MAX: usize = 255;

/// One family with its samples: label values lie end to end in one string, so that a hundred thousand samples
/// are two allocations and not as many.
#[derive(Clone, Debug)]
pub struct Family {
    meta: &'static Meta,
    arena: String,
    /// Where each label value ends in the arena; `meta.labels.len()` of them per sample.
    ends: Vec<u32>,
    values: Vec<Value>,
}

impl Family {
    /// Its description.
    pub fn meta(&self) -> &'static Meta {
        self.meta
    }

    /// How many samples it has.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether it has no sample; such a family is never published.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// All label values, end to end: for whoever wants to know at once whether any of them has something in it.
    pub fn label_text(&self) -> &str {
        &self.arena
    }

    /// The samples, sorted by label values once published.
    pub fn samples(&self) -> impl ExactSizeIterator<Item = Sample<'_>> {
        (0..self.len()).map(|index| self.sample(index))
    }

    fn sample(&self, index: usize) -> Sample<'_> {
        let width = self.meta.labels.len();
        let first = index * width;
        let start = if first == 0 { 0 } else { self.ends[first - 1] as usize };
        Sample {
            arena: &self.arena,
            start,
            ends: &self.ends[first..first + width],
            value: self.values[index],
        }
    }

    /// Sorts by label values and keeps the last of equals; says how many it dropped.
    fn publish(&mut self) -> u64 {
        let ordered =
            (1..self.len()).all(|index| self.sample(index - 1).labels().lt(self.sample(index).labels()));
        if ordered {
            return 0;
        }
        let mut order: Vec<usize> = (0..self.len()).collect();
        // Stable, so that of equals the last one put stays last.
        order.sort_by(|&a, &b| self.sample(a).labels().cmp(self.sample(b).labels()));
        let mut sorted = Family::new(self.meta);
        for (position, &index) in order.iter().enumerate() {
            let sample = self.sample(index);
            let next = order.get(position + 1).map(|&next| self.sample(next));
            if next.is_some_and(|next| next.labels().eq(sample.labels())) {
                continue;
            }
            sorted.push(sample.labels(), sample.value);
        }
        let dropped = self.len() - sorted.len();
        *self = sorted;
        dropped as u64
    }

    fn new(meta: &'static Meta) -> Self {
        Self { meta, arena: String::new(), ends: Vec::new(), values: Vec::new() }
    }

    fn push<'a>(&mut self, labels: impl Iterator<Item = &'a str>, value: Value) {
        for label in labels {
            self.arena.push_str(&label[..label.floor_char_boundary(LABEL_VALUE_MAX)]);
            self.ends.push(u32::try_from(self.arena.len()).unwrap_or(u32::MAX));
        }
        self.values.push(value);
    }
}

/// One line of a family: label values in the order of [`Meta::labels`], and the value.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    arena: &'a str,
    start: usize,
    ends: &'a [u32],
    /// The number.
    pub value: Value,
}

impl<'a> Sample<'a> {
    /// The label values.
    pub fn labels(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let (arena, mut start) = (self.arena, self.start);
        self.ends.iter().map(move |&end| {
            let value = &arena[start..end as usize];
            start = end as usize;
            value
        })
    }
}

/// Families under construction: what a snapshot is measured into.
#[derive(Debug, Default)]
pub struct Families {
    families: Vec<Family>,
    folded: u64,
}

impl Families {
    /// Adds a sample. Label values are cut at [`LABEL_VALUE_MAX`] bytes.
    pub fn put<const N: usize, V: Numeric>(
        &mut self,
        desc: &'static Desc<N, V>,
        labels: [&str; N],
        value: impl IntoNumber<V>,
    ) {
        // Samples of a family mostly come together, so look at the latest family first.
        let found = self.families.iter().rposition(|family| std::ptr::eq(family.meta, &desc.0));
        let index = found.unwrap_or_else(|| {
            self.families.push(Family::new(&desc.0));
            self.families.len() - 1
        });
        self.families[index].push(labels.into_iter(), value.into_number().into());
    }

    /// Says that a cap folded `count` more things into an `other` row since the last visit.
    pub fn fold(&mut self, count: u64) {
        self.folded += count;
    }

    /// Sorts and de-duplicates, once; with what caps and duplicates took away.
    pub fn publish(mut self) -> (Vec<Family>, u64) {
        for family in &mut self.families {
            self.folded += family.publish();
        }
        (self.families, self.folded)
    }
}

/// A hardware address, as in IEEE 802; prints as `aa:bb:cc:dd:ee:ff`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mac(pub [u8; 6]);

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

/// `{0}` is not a hardware address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a hardware address such as `aa:bb:cc:dd:ee:ff`")]
pub struct NotAMac(String);

impl FromStr for Mac {
    type Err = NotAMac;

    /// Reads six pairs of hexadecimal digits between colons or hyphens.
    fn from_str(text: &str) -> Result<Self, NotAMac> {
        let mut octets = [0; 6];
        let mut pairs = text.split([':', '-']);
        for octet in &mut octets {
            let pair =
                pairs.next().filter(|pair| pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit()));
            let value = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
            *octet = value.ok_or_else(|| NotAMac(text.to_owned()))?;
        }
        if pairs.next().is_some() {
            return Err(NotAMac(text.to_owned()));
        }
        Ok(Mac(octets))
    }
}

/// Bytes and packets of a host, both ways, seen from the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Packets to the host.
    pub received_packets: u64,
    /// Bytes to the host.
    pub received_bytes: u64,
    /// Packets from the host.
    pub sent_packets: u64,
    /// Bytes from the host.
    pub sent_bytes: u64,
}

impl Traffic {
    /// Bytes in and out together.
    pub fn bytes(&self) -> u64 {
        self.received_bytes + self.sent_bytes
    }

    /// Whether anything was counted.
    pub fn is_zero(&self) -> bool {
        self.received_packets == 0 && self.sent_packets == 0
    }
}

impl std::ops::AddAssign for Traffic {
    fn add_assign(&mut self, other: Self) {
        self.received_packets += other.received_packets;
        self.received_bytes += other.received_bytes;
        self.sent_packets += other.sent_packets;
        self.sent_bytes += other.sent_bytes;
    }
}

impl std::ops::Sub for Traffic {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            received_packets: self.received_packets - other.received_packets,
            received_bytes: self.received_bytes - other.received_bytes,
            sent_packets: self.sent_packets - other.sent_packets,
            sent_bytes: self.sent_bytes - other.sent_bytes,
        }
    }
}

/// A moment: time since 1970-01-01 00:00 UTC. Only `clock` makes one of the present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub Duration);

/// Our name for a configured source, from the configuration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub Arc<str>);

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What lanlord says of itself at the moment, given what an output is about to say of the sources.
pub type Own = Arc<dyn Fn(&[Arc<Batch>]) -> Batch + Send + Sync>;

/// What one visit to one part brought: the unit that the store keeps and outputs read.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Who said it; none is lanlord speaking of itself, and then encoders add no `source` label.
    pub source: Option<SourceId>,
    /// Which part of the source.
    pub part: &'static str,
    /// The visit itself; none where lanlord speaks of itself.
    pub visit: Option<Visit>,
    /// The metrics.
    pub families: Vec<Family>,
    /// The hosts.
    pub sightings: Vec<Sighting>,
}

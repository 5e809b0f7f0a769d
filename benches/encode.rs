//! What a hundred thousand samples cost to encode: prints the milliseconds of each round, for every encoding. It
//! asserts nothing; machines differ. `make bench` reads what it prints.

use std::hint::black_box;
use std::sync::Arc;

use lanlord::clock::Stopwatch;
use lanlord::encode::exposition::{self, Format};
use lanlord::encode::graphite::{self, Escape, Form, Template};
use lanlord::encode::influx::{self, Precision};
use lanlord::metric::{Batch, Families, SourceId, Timestamp};

lanlord::metrics! {
    /// Bytes received by a host since the source began to count.
    BYTES = Counter "bench_host_receive_bytes_total" { host, ip, mac };
    /// Bytes sent by a host since the source began to count.
    SENT = Counter "bench_host_transmit_bytes_total" { host, ip, mac };
    /// Seconds since a host was last seen.
    IDLE = Gauge<f64> "bench_host_idle_seconds" { host, ip, mac };
    /// Seconds that a host has been there.
    THERE = Gauge<f64> "bench_host_present_seconds" { host, ip, mac };
}

const SAMPLES: usize = 100_000;
const ROUNDS: u32 = 21;

/// An encoding: how many bytes it made.
type Encode = fn(&[Arc<Batch>]) -> usize;

const ENCODINGS: [(&str, Encode); 6] = [
    ("Text", |batches| exposition::encode(batches, Format::Text).len()),
    ("OpenMetrics", |batches| exposition::encode(batches, Format::OpenMetrics).len()),
    ("Graphite paths", |batches| {
        graphite(batches, Form::Path { template: Template::default(), escape: Escape::Percent })
    }),
    ("Graphite tags", |batches| graphite(batches, Form::Tags)),
    ("InfluxDB by family", |batches| influx(batches, influx::Layout::Family)),
    ("InfluxDB by source", |batches| influx(batches, influx::Layout::Source)),
];

fn graphite(batches: &[Arc<Batch>], form: Form) -> usize {
    let layout = graphite::Layout { prefix: "lanlord".to_owned(), form };
    black_box(graphite::encode(batches, &|_| true, Timestamp::default(), &layout)).text.len()
}

fn influx(batches: &[Arc<Batch>], layout: influx::Layout) -> usize {
    let lines = influx::encode(batches, &|_| true, Timestamp::default(), layout, Precision::Milliseconds);
    black_box(lines).text.len()
}

fn main() {
    for (values, batch) in [("integers", integers()), ("floats", floats())] {
        for (encoding, encode) in ENCODINGS {
            let bytes = encode(&batch);
            let rounds = (0..ROUNDS).map(|_| {
                let watch = Stopwatch::start();
                black_box(encode(black_box(&batch)));
                format!("{:.3}", watch.elapsed().as_secs_f64() * 1e3)
            });
            let rounds: Vec<String> = rounds.collect();
            println!("{encoding}, {values}: {bytes} bytes: {} ms", rounds.join(" "));
        }
    }
}

/// Two families, as most figures have two directions, with the same labels.
fn integers() -> Vec<Arc<Batch>> {
    batch(|index, labels, out| {
        out.put(&BYTES, labels, index as u64 * 1_234_567);
        out.put(&SENT, labels, index as u64 * 7_654_321);
    })
}

fn floats() -> Vec<Arc<Batch>> {
    batch(|index, labels, out| {
        out.put(&IDLE, labels, index as f64 * 0.37);
        out.put(&THERE, labels, index as f64 * 0.73);
    })
}

fn batch(put: impl Fn(usize, [&str; 3], &mut Families)) -> Vec<Arc<Batch>> {
    let mut families = Families::default();
    for index in 0..SAMPLES / 2 {
        let (high, low) = (index / 256, index % 256);
        let labels = [
            format!("host-{index:06}.lan"),
            format!("10.{}.{}.{low}", high / 256, high % 256),
            format!("02:00:00:{:02x}:{:02x}:{low:02x}", high / 256, high % 256),
        ];
        put(index, labels.each_ref().map(String::as_str), &mut families);
    }
    let (families, _) = families.publish();
    let source = Some(SourceId(Arc::from("wire")));
    vec![Arc::new(Batch { source, part: "capture", visit: None, families, sightings: Vec::new() })]
}

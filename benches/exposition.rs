//! What a hundred thousand samples cost to encode: prints the milliseconds of each round, for both formats. It
//! asserts nothing; machines differ. `make bench` reads what it prints.

use std::hint::black_box;
use std::sync::Arc;

use lanlord::clock::Stopwatch;
use lanlord::encode::exposition::{Format, encode};
use lanlord::metric::{Batch, Families, SourceId};

lanlord::metrics! {
    /// Bytes received by a host since the source began to count.
    BYTES = Counter "bench_host_receive_bytes_total" { host, ip, mac };
    /// Seconds since a host was last seen.
    IDLE = Gauge<f64> "bench_host_idle_seconds" { host, ip, mac };
}

const SAMPLES: usize = 100_000;
const ROUNDS: u32 = 21;

fn main() {
    for (values, batch) in [("integers", integers()), ("floats", floats())] {
        for format in [Format::Text, Format::OpenMetrics] {
            let bytes = encode(&batch, format).len();
            let rounds = (0..ROUNDS).map(|_| {
                let watch = Stopwatch::start();
                black_box(encode(black_box(&batch), format));
                format!("{:.3}", watch.elapsed().as_secs_f64() * 1e3)
            });
            let rounds: Vec<String> = rounds.collect();
            println!("{format:?}, {values}: {bytes} bytes: {} ms", rounds.join(" "));
        }
    }
}

fn integers() -> Vec<Arc<Batch>> {
    batch(|index, [host, ip, mac], out| out.put(&BYTES, [host, ip, mac], index as u64 * 1_234_567))
}

fn floats() -> Vec<Arc<Batch>> {
    batch(|index, [host, ip, mac], out| out.put(&IDLE, [host, ip, mac], index as f64 * 0.37))
}

fn batch(put: impl Fn(usize, [&str; 3], &mut Families)) -> Vec<Arc<Batch>> {
    let mut families = Families::default();
    for index in 0..SAMPLES {
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

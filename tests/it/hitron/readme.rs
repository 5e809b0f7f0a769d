//! The series that the README of hitron-exporter shows, name by name, label by label, figure by figure: whoever has queries
//! for them must find them all, and no other under their names.

use super::bodies::{Samples, samples, snapshot};

/// Port, channel, frequency in hertz, level in dBmV, signal above noise in dB.
const DOWNSTREAM: [(u32, u32, u32, f64, f64); 24] = [
    (1, 9, 426_250_000, 16.7, 40.366),
    (2, 1, 362_250_000, 16.3, 40.366),
    (3, 2, 370_250_000, 16.2, 40.946),
    (4, 3, 378_250_000, 16.5, 40.366),
    (5, 4, 386_250_000, 16.3, 40.946),
    (6, 5, 394_250_000, 16.5, 40.946),
    (7, 6, 402_250_000, 16.3, 40.946),
    (8, 7, 410_250_000, 16.6, 40.366),
    (9, 8, 418_250_000, 16.4, 40.946),
    (10, 10, 434_250_000, 16.6, 40.366),
    (11, 11, 442_250_000, 16.7, 40.946),
    (12, 12, 450_250_000, 16.8, 40.946),
    (13, 13, 458_250_000, 16.7, 40.946),
    (14, 14, 466_250_000, 16.7, 40.366),
    (15, 15, 474_250_000, 16.6, 40.366),
    (16, 16, 482_250_000, 16.4, 40.366),
    (17, 17, 490_250_000, 16.2, 40.366),
    (18, 18, 498_250_000, 16.1, 40.946),
    (19, 19, 506_250_000, 16.0, 40.366),
    (20, 20, 514_250_000, 16.2, 40.946),
    (21, 21, 522_250_000, 16.2, 40.946),
    (22, 22, 530_250_000, 16.4, 40.946),
    (23, 23, 538_250_000, 16.3, 40.946),
    (24, 24, 546_250_000, 16.5, 40.366),
];

/// Port, channel, frequency and bandwidth in hertz, level in dBmV.
const UPSTREAM: [(u32, u32, u32, f64, f64); 4] = [
    (1, 2, 39_400_000, 6_400_000.0, 35.75),
    (2, 1, 46_200_000, 6_400_000.0, 35.75),
    (3, 3, 32_600_000, 6_400_000.0, 35.5),
    (4, 4, 25_800_000, 6_400_000.0, 37.0),
];

/// Those without a channel.
const OTHERS: [(&str, &[&str], f64); 11] = [
    ("hitron_system_uptime_seconds_total", &[], 284_820.0),
    ("hitron_traffic_lan_sent_bytes_total", &[], 3_383_300_000.0),
    ("hitron_traffic_lan_recv_bytes_total", &[], 869_900_000.0),
    ("hitron_traffic_wan_sent_bytes_total", &[], 1_102_100_000.0),
    ("hitron_traffic_wan_recv_bytes_total", &[], 4_907_300_000.0),
    // The same under the names of its later code.
    ("hitron_network_transmit_bytes_total", &["device=\"lan\""], 3_383_300_000.0),
    ("hitron_network_receive_bytes_total", &["device=\"lan\""], 869_900_000.0),
    ("hitron_network_transmit_bytes_total", &["device=\"wan\""], 1_102_100_000.0),
    ("hitron_network_receive_bytes_total", &["device=\"wan\""], 4_907_300_000.0),
    (
        "hitron_system_info",
        &[
            "hardware_version=\"2D\"",
            "model_name=\"CGNV4-FX4\"",
            "serial_number=\"ABC123\"",
            "software_version=\"4.5.10.201-CD-UPC\"",
        ],
        1.0,
    ),
    ("hitron_cm_bpi_info", &["auth=\"authorized\"", "tek=\"operational\""], 1.0),
];

fn expected() -> Samples {
    let mut expected = Samples::new();
    let labels = |port: u32, channel: u32, frequency: u32| {
        vec![
            format!("channel=\"{channel}\""),
            format!("frequency=\"{frequency}\""),
            format!("port=\"{port}\""),
        ]
    };
    for (port, channel, frequency, level, snr) in DOWNSTREAM {
        let labels = labels(port, channel, frequency);
        expected.insert(("hitron_channel_downstream_signal_strength_dbmv", labels.clone()), level);
        expected.insert(("hitron_channel_downstream_snr", labels), snr);
    }
    for (port, channel, frequency, bandwidth, level) in UPSTREAM {
        let labels = labels(port, channel, frequency);
        expected.insert(("hitron_channel_upstream_signal_strength_dbmv", labels.clone()), level);
        expected.insert(("hitron_channel_upstream_bandwidth", labels), bandwidth);
    }
    for (name, labels, value) in OTHERS {
        expected.insert((name, labels.iter().map(|&label| label.to_owned()).collect()), value);
    }
    expected
}

#[test]
fn every_series_of_the_old_readme_is_there_and_none_besides_under_its_names() {
    let expected = expected();
    let mut found = samples(&snapshot("cgnv4"));
    found.retain(|(name, _), _| expected.keys().any(|(expected, _)| expected == name));
    assert_eq!(found, expected);
}

#[test]
fn the_clock_of_the_later_code_is_there() {
    // Fri Jun 17 17:09:10 UTC 2022.
    let clock = ("hitron_system_clock_timestamp_seconds", vec![]);
    assert_eq!(samples(&snapshot("cgnv4")).get(&clock), Some(&1_655_485_750.0));
}

//! What modems say, as metrics and sightings: whole, and what was worked out by hand.

use std::fmt::Write;
use std::sync::Arc;

use lanlord::encode::exposition::{Format, encode};
use lanlord::metric::{Batch, Families, SourceId};
use lanlord::sources::Measure;

use super::bodies::{MODEMS, Samples, bodies, read, samples, snapshot};
use crate::golden::{self, check_samples as check};

#[test]
fn each_modem_is_metrics_as_written_down() {
    for modem in MODEMS {
        let mut families = Families::default();
        snapshot(modem).measure(&mut families);
        let (families, _) = families.publish();
        let source = Some(SourceId(Arc::from("modem")));
        let batch = Batch { source, part: "modem", visit: None, families, sightings: Vec::new() };
        let text = String::from_utf8(encode(&[Arc::new(batch)], Format::Text)).unwrap();
        golden::check(&format!("hitron-{modem}.prom"), &text);
    }
}

#[test]
fn what_makes_no_sense_and_who_is_there_is_as_written_down() {
    let mut text = String::new();
    for modem in MODEMS {
        let (snapshot, complaints) = read(&bodies(modem));
        writeln!(text, "{modem}").unwrap();
        for complaint in complaints {
            writeln!(text, "  complaint {complaint}").unwrap();
        }
        let mut sightings = Vec::new();
        snapshot.sightings(&mut sightings);
        for sighting in sightings {
            writeln!(text, "  {sighting:?}").unwrap();
        }
    }
    golden::check("hitron-complaints-and-sightings.txt", &text);
}

#[track_caller]
fn absent(samples: &Samples, expected: &[(&str, &str)]) {
    for (name, label) in expected {
        let is_it = |labels: &Vec<String>| label.is_empty() || labels.iter().any(|found| found == label);
        let found: Vec<_> =
            samples.keys().filter(|(found, labels)| found.starts_with(name) && is_it(labels)).collect();
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn a_coda_counts_errors_and_has_channels_of_many_carriers() {
    let snapshot = snapshot("coda-56");
    assert!(!snapshot.proves_1024(), "it is known already");
    let samples = samples(&snapshot);
    let first: &[&str] = &["channel=\"9\"", "frequency=\"591000000\"", "port=\"1\""];
    let receiver: &[&str] = &["receiver=\"0\""];
    let channel: &[&str] = &["channel=\"0\""];
    check(
        &samples,
        &[
            // 10 × 4294967296 + 3651454275.
            ("hitron_channel_downstream_bytes_total", first, 46_601_127_235.0),
            ("hitron_channel_downstream_corrected_codewords_total", first, 1204.0),
            ("hitron_channel_downstream_uncorrectable_codewords_total", first, 17.0),
            ("hitron_channels", &["direction=\"downstream\"", "type=\"scqam\""], 3.0),
            ("hitron_channels", &["direction=\"upstream\"", "type=\"scqam\""], 2.0),
            ("hitron_channels", &["direction=\"downstream\"", "type=\"ofdm\""], 1.0),
            ("hitron_channels", &["direction=\"upstream\"", "type=\"ofdm\""], 1.0),
            ("hitron_ofdm_downstream_locked", &["receiver=\"0\"", "stage=\"mdc1\""], 1.0),
            ("hitron_ofdm_downstream_locked", &["receiver=\"1\"", "stage=\"plc\""], 0.0),
            ("hitron_ofdm_downstream_plc_power_dbmv", receiver, -3.2),
            ("hitron_ofdm_downstream_snr_db", receiver, 38.0),
            ("hitron_ofdm_downstream_subcarrier0_frequency_hertz", receiver, 275_600_000.0),
            // 3 × 4294967296 + 12.
            ("hitron_ofdm_downstream_bytes_total", receiver, 12_884_901_900.0),
            ("hitron_ofdma_upstream_enabled", &["channel=\"1\""], 0.0),
            ("hitron_ofdma_upstream_bandwidth_hertz", channel, 44_800_000.0),
            ("hitron_ofdma_upstream_power_dbmv", channel, 51.6),
            ("hitron_ofdma_upstream_power_1_6mhz_dbmv", channel, 38.7),
            ("hitron_ofdma_upstream_digital_attenuation_backoff_db", channel, 1.25),
            ("hitron_lan_port_up", &["port=\"2\""], 0.0),
            // 2500 Mbit/s.
            ("hitron_lan_port_speed_bytes_per_second", &["port=\"1\""], 312_500_000.0),
            ("hitron_tune_frequency_hertz", &[], 591_000_000.0),
            ("hitron_cm_dhcp_lease_seconds", &[], 552_355.0),
            // 1296576725, and an hour behind UTC.
            ("hitron_system_clock_timestamp_seconds", &[], 1_296_580_325.0),
            // 1.61 GiB: 1728724336.64.
            ("hitron_network_receive_bytes_total", &["device=\"wan\""], 1_728_724_337.0),
            // Nothing is a number of bytes too.
            ("hitron_network_receive_bytes_total", &["device=\"lan\""], 0.0),
            ("lanlord_line_bytes_total", &["direction=\"down\""], 1_728_724_337.0),
            ("lanlord_line_errors_total", &["direction=\"down\""], 19.0),
            // The weakest has -12.6 dBmV.
            ("lanlord_line_receive_power_dbm", &[], -61.35),
            ("lanlord_line_up", &[], 1.0),
            (
                "hitron_address_info",
                &["lan_ip=\"192.168.100.1/24\"", "wan_ip=\"\"", "rf_mac=\"02:00:5E:10:00:02\""],
                1.0,
            ),
        ],
    );
    absent(
        &samples,
        &[
            ("hitron_login", ""),
            ("hitron_ofdm_downstream_snr", "receiver=\"1\""),
            ("hitron_ofdma_upstream_power", "channel=\"1\""),
            ("hitron_lan_port_speed", "port=\"2\""),
            ("hitron_cm_stage_ok", "stage=\"eae\""),
        ],
    );
}

#[test]
fn a_modem_that_writes_a_thousand_of_something_counts_in_1024() {
    let of = |modem: &str| read(&bodies(modem)).0;
    assert!(of("coda-56").proves_1024());
    assert!(!of("cgnv4").proves_1024());
}

#[test]
fn nonsense_and_what_is_hidden_are_absent() {
    let samples = samples(&snapshot("oddities"));
    check(
        &samples,
        &[
            ("hitron_cm_stage_ok", &["stage=\"find_downstream\""], 0.0),
            ("hitron_cm_stage_ok", &["stage=\"dhcp\""], 0.0),
            ("hitron_cm_stage_ok", &["stage=\"network_access\""], 0.0),
            ("hitron_cm_stage_state", &["stage=\"dhcp\"", "state=\"failed\""], 1.0),
            ("hitron_cm_stage_state", &["stage=\"traffic\"", "state=\"disabled\""], 1.0),
            ("hitron_cm_stage_state", &["stage=\"registration\"", "state=\"success\""], 0.0),
            ("hitron_cm_bpi_auth_state", &["state=\"authWait\""], 1.0),
            ("hitron_cm_bpi_info", &["auth=\"authwait\"", "tek=\"dreaming\""], 1.0),
            ("hitron_cm_bpi_tek_state", &["state=\"start\""], 0.0),
            ("hitron_system_uptime_seconds_total", &[], 265_202.0),
            // It says how far it is from UTC.
            ("hitron_system_clock_timestamp_seconds", &[], 1_559_179_492.0),
            ("hitron_network_receive_bytes_total", &["device=\"wan\""], 12_345.0),
            // Of two rows that are the same channel the last.
            (
                "hitron_channel_downstream_signal_strength_dbmv",
                &["channel=\"2\"", "frequency=\"597000000\"", "port=\"2\""],
                -4.0,
            ),
            (
                "hitron_channel_downstream_modulation_info",
                &["channel=\"1\"", "modulation=\"unknown(9)\"", "port=\"1\""],
                1.0,
            ),
            // Half locked: what it shows is shown.
            ("hitron_ofdm_downstream_bytes_total", &["receiver=\"1\""], 7.0),
            ("hitron_unreadable_values", &["dataset=\"dsofdminfo\""], 2.0),
            ("hitron_dataset_ok", &["dataset=\"dsinfo\""], 1.0),
            ("hitron_lan_devices", &["interface=\"Ethernet\"", "online=\"false\""], 1.0),
            ("hitron_lan_devices", &["interface=\"2.4G\"", "online=\"unknown\""], 1.0),
            ("hitron_event_log_entries", &["priority=\"critical\""], 1.0),
            ("hitron_event_log_entries", &["priority=\"other\""], 2.0),
            ("hitron_gre_configured", &[], 0.0),
            ("hitron_gre_up", &[], 0.0),
            ("lanlord_line_up", &[], 0.0),
        ],
    );
    absent(
        &samples,
        &[
            ("hitron_network_transmit", ""),
            ("hitron_network_receive", "device=\"lan\""),
            ("hitron_channel_downstream_bytes", ""),
            ("hitron_channel_downstream_s", "port=\"1\""),
            ("hitron_channel_downstream_s", "port=\"3\""),
            ("hitron_channel_downstream", "port=\"4\""),
            ("hitron_channel_upstream_bandwidth", ""),
            ("hitron_channel_upstream_signal", ""),
            ("hitron_ofdm_downstream_bytes", "receiver=\"0\""),
            ("hitron_ofdm_downstream_locked", "receiver=\"2\""),
            ("hitron_ofdma_upstream_p", ""),
            ("hitron_lan_port_up", "port=\"2\""),
            ("hitron_lan_port_speed", "port=\"1\""),
            ("hitron_cm_stage", "stage=\"time_of_day\""),
            ("hitron_cm_stage", "stage=\"download_config\""),
            ("hitron_cm_stage_ok", "stage=\"traffic\""),
            ("hitron_cm_stage_ok", "stage=\"registration\""),
            ("hitron_cm_dhcp_lease", ""),
            ("hitron_tune", ""),
            ("hitron_address_info", ""),
            ("lanlord_line_errors", ""),
        ],
    );
}

#[test]
fn personal_data_is_shown_only_where_it_is_wanted() {
    let (mut snapshot, _) = read(&bodies("cgnv4"));
    snapshot.pages.hosts = None;
    let text = format!("{:?}", samples(&snapshot));
    for secret in ["203.0.113", "192.0.2", "02:00:5E", "somebody", "nas"] {
        assert!(!text.contains(secret), "{secret}");
    }
    snapshot.show_addresses = true;
    assert!(format!("{:?}", samples(&snapshot)).contains("203.0.113.1/24"));
}

#[test]
fn parts_of_one_source_say_no_series_twice() {
    let mut other = snapshot("cgnv4");
    other.secondary = true;
    let shared = ["hitron_login_success_bool", "hitron_tls_pinned", "lanlord_line_info", "lanlord_line_up"];
    let (first, second) = (samples(&snapshot("cgnv4")), samples(&other));
    for name in shared {
        assert!(first.keys().any(|(found, _)| *found == name), "{name}");
        absent(&second, &[(name, "")]);
    }
    let components: Vec<_> = second
        .keys()
        .filter(|(name, _)| *name == "hitron_scrape_duration_seconds")
        .map(|(_, labels)| &labels[0])
        .collect();
    assert_eq!(components, ["component=\"getSysInfo\""]);
}

//! What boxes say of their line and of themselves, as metrics: whole, and what was worked out by hand.

use std::sync::Arc;

use lanlord::encode::exposition::{Format, encode};
use lanlord::metric::{Batch, SourceId};
use lanlord::sources::freebox::api::lenient::List;
use lanlord::sources::freebox::api::logs::Entry;
use lanlord::sources::freebox::parts::outages::Log;

use super::line_bodies::{BOXES, Bodies, NOW, Samples};
use crate::golden::{self, check_samples as check};

#[test]
fn each_box_is_metrics_as_written_down() {
    for name in BOXES {
        let (families, _) = Bodies::of(name).families().publish();
        let source = Some(SourceId(Arc::from("box")));
        let batch = Batch { source, part: "line", visit: None, families, sightings: Vec::new() };
        let text = String::from_utf8(encode(&[Arc::new(batch)], Format::Text)).unwrap();
        golden::check(&format!("freebox-line-{name}.prom"), &text);
    }
}

#[track_caller]
fn absent(samples: &Samples, names: &[&str]) {
    for name in names {
        let found: Vec<_> = samples.keys().filter(|(found, _)| found.starts_with(name)).collect();
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn fibre_has_bytes_per_second_and_dbm() {
    let samples = Bodies::of("ultra").samples();
    check(
        &samples,
        &[
            ("freebox_connection_state", &["up"], 1.0),
            ("freebox_connection_state", &["down"], 0.0),
            ("freebox_connection_rate_bytes_per_second", &["down"], 1_284_311.0),
            ("freebox_connection_rate_bytes_per_second", &["up"], 92_210.0),
            // 8 000 000 000 bit/s.
            ("freebox_connection_capacity_bytes_per_second", &["down"], 1e9),
            ("freebox_connection_capacity_bytes_per_second", &["up"], 1e9),
            ("freebox_connection_bytes_total", &["down"], 918_273_645_546.0),
            ("freebox_connection_bytes_total", &["up"], 120_394_857_261.0),
            // 16384 to 32767.
            ("freebox_connection_ipv4_ports", &[], 16_384.0),
            ("freebox_connection_info", &["ftth", "ethernet", "203.0.113.57", "2001:db8:1f3a:77c0::1"], 1.0),
            ("freebox_connection_outages_total", &["link"], 0.0),
            ("freebox_connection_last_outage_timestamp_seconds", &["link"], 1_759_990_000.0),
            // -1712 and 478 hundredths.
            ("freebox_ftth_optical_power_dbm", &["down"], -17.12),
            ("freebox_ftth_optical_power_dbm", &["up"], 4.78),
            ("freebox_ftth_info", &["ACME OPTICS", "F-10GEPON-X1", "pon"], 1.0),
            ("freebox_ftth_link_up", &[], 1.0),
            ("lanlord_line_up", &[], 1.0),
            ("lanlord_line_info", &["fibre"], 1.0),
            ("lanlord_line_receive_power_dbm", &[], -17.12),
            ("lanlord_line_capacity_bytes_per_second", &["down"], 1e9),
            ("lanlord_line_bytes_total", &["up"], 120_394_857_261.0),
        ],
    );
    absent(&samples, &["freebox_xdsl", "lanlord_line_noise", "lanlord_line_errors"]);
    // The log has no `conn` that went down.
    let conn = ("freebox_connection_last_outage_timestamp_seconds", vec!["conn".to_owned()]);
    assert!(!samples.contains_key(&conn));
}

#[test]
fn vdsl_has_its_rates_in_bytes_and_its_decibels_in_decibels() {
    check(
        &Bodies::of("revolution-vdsl").samples(),
        &[
            // 54012, 61234, 10994 and 12011 kbit/s.
            ("freebox_xdsl_rate_bytes_per_second", &["down"], 6_751_500.0),
            ("freebox_xdsl_attainable_rate_bytes_per_second", &["down"], 7_654_250.0),
            ("freebox_xdsl_rate_bytes_per_second", &["up"], 1_374_250.0),
            ("freebox_xdsl_attainable_rate_bytes_per_second", &["up"], 1_501_375.0),
            ("freebox_xdsl_noise_margin_decibels", &["down"], 9.4),
            ("freebox_xdsl_noise_margin_decibels", &["up"], 8.1),
            ("freebox_xdsl_attenuation_decibels", &["down"], 17.2),
            ("freebox_xdsl_attenuation_decibels", &["up"], 20.1),
            ("freebox_xdsl_errors_total", &["down", "fec"], 10_342.0),
            ("freebox_xdsl_errors_total", &["down", "crc"], 27.0),
            ("freebox_xdsl_errors_total", &["down", "hec"], 3.0),
            ("freebox_xdsl_errored_seconds_total", &["down"], 19.0),
            ("freebox_xdsl_severely_errored_seconds_total", &["down"], 2.0),
            ("freebox_xdsl_retransmissions_total", &["down", "ginp", "sent"], 51_022.0),
            ("freebox_xdsl_retransmissions_total", &["down", "ginp", "corrected"], 50_110.0),
            ("freebox_xdsl_retransmissions_total", &["down", "ginp", "uncorrected"], 12.0),
            ("freebox_xdsl_feature_enabled", &["up", "ginp"], 0.0),
            ("freebox_xdsl_state", &["showtime"], 1.0),
            ("freebox_xdsl_state", &["training"], 0.0),
            ("freebox_xdsl_info", &["vdsl2_17a", "vdsl"], 1.0),
            ("freebox_xdsl_uptime_seconds", &[], 734_512.0),
            // 54012000 bit/s.
            ("lanlord_line_capacity_bytes_per_second", &["down"], 6_751_500.0),
            ("lanlord_line_noise_margin_decibels", &["down"], 9.4),
            ("lanlord_line_errors_total", &["down"], 27.0),
            ("lanlord_line_errors_total", &["up"], 4.0),
            ("lanlord_line_info", &["dsl"], 1.0),
            ("freebox_system_temperature_celsius", &["temp_cpum"], 60.0),
        ],
    );
}

#[test]
fn an_old_interface_has_sensors_for_keys_and_whole_decibels() {
    let samples = Bodies::of("revolution-adsl").samples();
    check(
        &samples,
        &[
            ("freebox_system_temperature_celsius", &["temp_cpum"], 60.0),
            ("freebox_system_temperature_celsius", &["temp_cpub"], 56.0),
            ("freebox_system_temperature_celsius", &["temp_sw"], 50.0),
            ("freebox_system_temperature_celsius", &["temp_hdd"], 41.0),
            ("freebox_system_fan_rpm", &["fan_rpm"], 2130.0),
            ("freebox_system_uptime_seconds", &[], 86_400.0),
            ("freebox_system_info", &["4.2.7", "fbxgw2r", "", "full"], 1.0),
            ("freebox_xdsl_noise_margin_decibels", &["down"], 7.0),
            ("freebox_xdsl_attenuation_decibels", &["up"], 23.0),
            // 28031 kbit/s.
            ("freebox_xdsl_rate_bytes_per_second", &["down"], 3_503_875.0),
            ("freebox_xdsl_retransmissions_total", &["down", "phyr", "sent"], 0.0),
            ("freebox_setting_enabled", &["api_remote_access"], 1.0),
        ],
    );
    // No ports are said, there is no IPv6, no log and no 4G.
    absent(&samples, &["freebox_connection_ipv4_ports", "freebox_connection_outages", "freebox_lte"]);
}

#[test]
fn what_a_module_or_a_sensor_does_not_measure_is_absent() {
    let samples = Bodies::of("revolution-ftth").samples();
    absent(&samples, &["freebox_ftth_optical_power", "lanlord_line_receive_power", "freebox_xdsl"]);
    let sensors: Vec<_> =
        samples.keys().filter(|(name, _)| *name == "freebox_system_temperature_celsius").collect();
    assert_eq!(sensors.len(), 2, "no disk in its bay, and one without a value: {sensors:?}");
    check(
        &samples,
        &[
            ("freebox_ftth_info", &["FREEBOX", "F-MDCONU3A", ""], 1.0),
            ("freebox_system_fan_rpm", &["fan0_speed"], 0.0),
            ("freebox_system_disk_state", &["not_detected"], 1.0),
            ("freebox_connection_outages_total", &["conn"], 0.0),
        ],
    );
}

#[test]
fn a_line_that_synchronises_or_is_down_says_so_and_has_no_addresses() {
    let samples = Bodies::of("revolution-vdsl-training").samples();
    check(
        &samples,
        &[
            ("freebox_connection_state", &["going_up"], 1.0),
            ("lanlord_line_up", &[], 0.0),
            ("freebox_xdsl_state", &["training"], 1.0),
            ("freebox_xdsl_noise_margin_decibels", &["down"], 0.0),
            ("freebox_connection_info", &["xdsl", "ethernet", "", ""], 1.0),
            ("freebox_connection_last_outage_timestamp_seconds", &["conn"], 1_760_000_000.0),
            ("freebox_connection_last_outage_timestamp_seconds", &["link"], 1_760_000_001.0),
        ],
    );
    absent(&samples, &["freebox_xdsl_errors", "freebox_xdsl_rate", "lanlord_line_errors"]);
    let samples = Bodies::of("ultra-down").samples();
    check(
        &samples,
        &[
            ("freebox_connection_state", &["down"], 1.0),
            ("freebox_ftth_module_present", &[], 0.0),
            ("freebox_ftth_link_up", &[], 0.0),
            ("lanlord_line_up", &[], 0.0),
        ],
    );
    absent(&samples, &["freebox_ftth_optical_power", "freebox_ftth_info"]);
}

#[test]
fn the_4g_of_old_and_new_versions_has_one_name() {
    let check_4g = |samples: &Samples, of: &str| {
        check(
            samples,
            &[
                ("freebox_lte_state", &[of, "connected"], 1.0),
                ("freebox_lte_signal_bars", &[of], 4.0),
                ("freebox_lte_reference_signal_dbm", &[of, "7"], -97.0),
                ("freebox_lte_reference_signal_quality_decibels", &[of, "7"], -11.0),
                ("freebox_lte_received_power_dbm", &[of, "7"], -66.0),
                // 20 MHz.
                ("freebox_lte_band_width_hertz", &[of, "7"], 2e7),
                ("freebox_lte_sim_locked", &[of, "pin"], 0.0),
                ("freebox_lte_network_up", &[of], 1.0),
            ],
        );
    };
    let new = Bodies::of("delta-lte").samples();
    let old = Bodies::of("delta-lte-old").samples();
    for samples in [&new, &old] {
        check_4g(samples, "aggregation");
        check(samples, &[("freebox_aggregation_tunnel_up", &["lte"], 1.0)]);
        // 0 dB, and the line in use.
        let margins: Vec<_> =
            samples.iter().filter(|((name, _), _)| *name == "freebox_xdsl_noise_margin_decibels").collect();
        assert_eq!(margins, [(&("freebox_xdsl_noise_margin_decibels", vec!["up".to_owned()]), &6.4)]);
    }
    let backup = Bodies::of("ultra-backup").samples();
    check_4g(&backup, "backup");
    check(&backup, &[("lanlord_line_info", &["mobile"], 1.0), ("lanlord_line_up", &[], 1.0)]);
}

#[test]
fn what_changes_rarely_is_told_of_the_device() {
    let samples = Bodies::of("ultra").samples();
    let uid = "5e0c9a71b2d84f6693a7d15c08be42f1";
    let info = [uid, "fbxgw9-r1", "Freebox v9 (r1)", "Freebox Server", "16.0", "4.9.6"];
    check(
        &samples,
        &[
            ("freebox_device_info", &info, 1.0),
            ("freebox_setting_enabled", &["allow_token_request"], 1.0),
            ("freebox_setting_enabled", &["remote_access"], 0.0),
            ("freebox_setting_enabled", &["ipv6_prefix_firewall"], 0.0),
            ("freebox_setting_enabled", &["use_planning"], 1.0),
            ("freebox_lan_mode_state", &["router"], 1.0),
            ("freebox_lan_mode_state", &["bridge"], 0.0),
            // A word that only the documentation's example has.
            ("freebox_update_state", &["auto_up_to_date"], 1.0),
            ("freebox_update_state", &["up_to_date"], 0.0),
            ("freebox_standby_mode_state", &["standby"], 1.0),
            // In milliseconds: 1760003600000.
            ("freebox_standby_next_change_timestamp_seconds", &[], 1_760_003_600.0),
            ("freebox_permission_granted", &["calls"], 1.0),
            ("freebox_permission_granted", &["settings"], 0.0),
            ("freebox_certificate_expiry_timestamp_seconds", &[], 1_783_296_000.0),
            ("freebox_logins_total", &[], 3.0),
        ],
    );
    let samples = Bodies::of("delta-lte").samples();
    check(
        &samples,
        &[
            ("freebox_lan_mode_state", &["bridge"], 1.0),
            ("freebox_update_download_ratio", &[], 0.37),
            ("freebox_update_info", &["4.9.5", "4.9.6"], 1.0),
            ("freebox_system_expansion_present", &["1", "dsl_lte"], 1.0),
            ("freebox_system_expansion_present", &["2", "unknown"], 0.0),
        ],
    );
    absent(&samples, &["freebox_standby"]);
}

#[test]
fn an_outage_is_counted_when_it_enters_the_log() {
    let entries = |name: &str| {
        let body = Bodies::of(name).0.remove("connection-logs").unwrap();
        lanlord::sources::freebox::api::envelope::read::<List<Entry>>(body.as_bytes()).unwrap().0
    };
    let mut log = Log::default();
    log.read(&entries("revolution-vdsl"), NOW);
    for _ in 0..2 {
        let outages = log.read(&entries("revolution-vdsl-training"), NOW + 60);
        assert_eq!((outages.link.count, outages.conn.count), (1, 1));
        assert_eq!(outages.link.last, Some(1_760_000_001));
    }
}

#[test]
fn nothing_personal_is_in_any_metric() {
    for name in BOXES {
        let text = format!("{:?}", Bodies::of(name).samples());
        for secret in
            ["8933150000000000001", "208150000000001", "A1B2C3", "FBX2231047719", "918200R123456789", "8C:97"]
        {
            assert!(!text.contains(secret), "{name}: {secret}");
        }
    }
}

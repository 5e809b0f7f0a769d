//! Who and what hangs on a box, as metrics and sightings: whole, and what was worked out by hand.

use std::fmt::Write;
use std::sync::Arc;

use lanlord::encode::exposition::{Format, encode};
use lanlord::metric::{Attachment, Batch, Origin, Sighting, SourceId};

use super::host_bodies::{Bodies, MODELS, Samples};
use crate::golden::{self, check_samples as check};

fn exposition(bodies: &Bodies) -> String {
    let (families, _) = bodies.families(100);
    let source = Some(SourceId(Arc::from("box")));
    let batch = Batch { source, part: "lan", visit: None, families, sightings: Vec::new() };
    String::from_utf8(encode(&[Arc::new(batch)], Format::Text)).unwrap()
}

#[test]
fn each_model_is_metrics_as_written_down() {
    for model in MODELS {
        golden::check(&format!("freebox-hosts-{model}.prom"), &exposition(&Bodies::of(model)));
    }
}

#[test]
fn each_model_is_sightings_as_written_down() {
    let mut text = String::new();
    for model in MODELS {
        writeln!(text, "{model}").unwrap();
        for sighting in Bodies::of(model).sightings() {
            writeln!(text, "  {sighting:?}").unwrap();
        }
    }
    golden::check("freebox-sightings.txt", &text);
}

#[track_caller]
fn absent(samples: &Samples, expected: &[(&str, &[&str])]) {
    for (name, labels) in expected {
        let found: Vec<_> =
            samples.keys().filter(|(found, of)| found == name && of.iter().eq(labels.iter())).collect();
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn a_port_receives_what_the_device_behind_it_sends() {
    let samples = Bodies::of("ultra").samples();
    check(
        &samples,
        &[
            ("freebox_switch_port_up", &["1"], 1.0),
            ("freebox_switch_port_up", &["2"], 0.0),
            ("freebox_switch_port_up", &["9999"], 0.0),
            // 2500 Mbit/s.
            ("freebox_switch_port_speed_bytes_per_second", &["1"], 312_500_000.0),
            ("freebox_switch_port_hosts", &["1"], 1.0),
            // `{}` is an empty list.
            ("freebox_switch_port_hosts", &["3"], 0.0),
            ("freebox_switch_port_received_bytes_total", &["1"], 88_123_456_789.0),
            ("freebox_switch_port_sent_bytes_total", &["1"], 55_123_456_789.0),
            ("freebox_switch_port_received_bytes_per_second", &["1"], 1_048_211.0),
            ("freebox_switch_port_received_addressed_packets_total", &["1", "multicast"], 1_010_101.0),
            ("freebox_switch_port_received_bytes_total", &["2"], 0.0),
            ("freebox_switch_port_info", &["1", "Ethernet 1", "2500BaseT-FD", "full"], 1.0),
            // What a link that is down would say means nothing.
            ("freebox_switch_port_info", &["2", "Ethernet 2", "", ""], 1.0),
            ("freebox_lan_sfp_info", &["p2p_10g", "ACME", "DAC-10G-1M", "B", "AC0042"], 1.0),
            ("freebox_lan_sfp_up", &[], 0.0),
        ],
    );
    absent(
        &samples,
        &[
            ("freebox_switch_port_speed_bytes_per_second", &["2"]),
            ("freebox_switch_port_speed_bytes_per_second", &["9999"]),
            // Without a list nobody knows how many there are.
            ("freebox_switch_port_hosts", &["2"]),
            // -1 is no rate.
            ("freebox_switch_port_received_bytes_per_second", &["2"]),
            // `bad_port` takes its own counters, and nobody else's.
            ("freebox_switch_port_received_bytes_total", &["9999"]),
        ],
    );
    let samples = Bodies::of("delta").samples();
    check(&samples, &[("freebox_switch_port_speed_bytes_per_second", &["5"], 125_000_000.0)]);
}

#[test]
fn a_station_has_sent_what_the_radio_received() {
    let samples = Bodies::of("ultra").samples();
    let pixel: &[&str] = &["1", "02:aa:bb:cc:dd:01"];
    check(
        &samples,
        &[
            ("freebox_wifi_enabled", &[], 1.0),
            ("freebox_wifi_state", &["enabled"], 1.0),
            ("freebox_wifi_state", &["disabled_planning"], 0.0),
            ("freebox_wifi_ap_state", &["1", "dfs"], 1.0),
            ("freebox_wifi_ap_state", &["1", "active"], 0.0),
            ("freebox_wifi_ap_channel_width_hertz", &["1"], 160e6),
            ("freebox_wifi_ap_channel", &["1", "primary"], 100.0),
            ("freebox_wifi_ap_channel", &["1", "secondary"], 104.0),
            ("freebox_wifi_ap_radar_wait_seconds", &["1"], 41.0),
            // An answer without `result` is an empty list.
            ("freebox_wifi_ap_stations", &["0"], 0.0),
            ("freebox_wifi_ap_stations", &["1"], 2.0),
            ("freebox_wifi_bss_info", &["8c:97:ea:00:12:38", "1", "Maison", "wpa23_psk_ccmp"], 1.0),
            ("freebox_wifi_bss_authorized_stations", &["8c:97:ea:00:12:38"], 4.0),
            ("freebox_wifi_station_received_bytes_total", pixel, 812_345.0),
            ("freebox_wifi_station_sent_bytes_total", pixel, 99_123.0),
            ("freebox_wifi_station_received_bytes_per_second", pixel, 4_096.0),
            ("freebox_wifi_station_sent_bytes_per_second", pixel, 120.0),
            // 1200.9 and 864.8 Mbit/s.
            ("freebox_wifi_station_received_speed_bytes_per_second", pixel, 150_112_500.0),
            ("freebox_wifi_station_sent_speed_bytes_per_second", pixel, 108_100_000.0),
            ("freebox_wifi_station_signal_dbm", pixel, -54.0),
            // It has just come, and its name is its hardware address, which is none.
            ("freebox_wifi_station_info", &["1", "02:aa:bb:cc:dd:02", "", "", "8c:97:ea:00:12:38"], 1.0),
            ("freebox_wifi_station_state", &["1", "02:aa:bb:cc:dd:02", "associated"], 1.0),
        ],
    );
    absent(
        &samples,
        &[
            ("freebox_wifi_ap_channel", &["0", "secondary"]),
            ("freebox_wifi_station_signal_dbm", &["1", "02:aa:bb:cc:dd:02"]),
            ("freebox_wifi_station_sent_bytes_per_second", &["1", "02:aa:bb:cc:dd:02"]),
            ("freebox_wifi_station_sent_speed_bytes_per_second", &["1", "02:aa:bb:cc:dd:02"]),
        ],
    );
}

#[test]
fn a_state_that_nobody_documented_is_shown_and_an_empty_list_of_radios_hides_none() {
    let samples = Bodies::of("delta").samples();
    check(
        &samples,
        &[
            ("freebox_wifi_state", &["disabled_moonlight"], 1.0),
            ("freebox_wifi_state", &["enabled"], 0.0),
            ("freebox_wifi_radio_present", &["2", "60g"], 0.0),
            ("freebox_wifi_ap_info", &["0", "2.4G", "2d4g"], 1.0),
            ("freebox_wifi_ap_stations", &["0"], 0.0),
        ],
    );
}

#[test]
fn counts_are_of_all_hosts_and_rows_of_those_seen_lately() {
    let samples = Bodies::of("ultra").samples();
    let [phone, printer] = ["02:aa:bb:cc:dd:01", "02:11:22:33:44:66"];
    check(
        &samples,
        &[
            ("freebox_lan_interface_hosts", &["pub"], 5.0),
            ("freebox_lan_hosts", &["pub", "active"], 3.0),
            ("freebox_lan_hosts", &["pub", "inactive"], 3.0),
            (
                "freebox_lan_host_info",
                &[
                    "02:11:22:33:44:55",
                    "nas",
                    "192.168.1.20",
                    "Synology Incorporated",
                    "networking_device",
                    "pub",
                ],
                1.0,
            ),
            ("freebox_lan_host_active", &[phone], 1.0),
            ("freebox_lan_host_last_active_timestamp_seconds", &[phone], 1_760_000_129.0),
            ("freebox_lan_host_active", &[printer], 0.0),
        ],
    );
    absent(
        &samples,
        &[
            // 0 is never.
            ("freebox_lan_host_last_reached_timestamp_seconds", &[printer]),
            // Not seen for a year.
            ("freebox_lan_host_active", &["02:11:22:33:44:77"]),
            // A guest network that is switched off.
            ("freebox_lan_hosts", &["wifiguest", "active"]),
        ],
    );
    let infos = samples.keys().filter(|(name, _)| *name == "freebox_lan_host_info");
    assert_eq!(infos.count(), 3, "the nas, the phone and the printer, each once");
}

#[test]
fn a_bridge_has_no_hosts_and_no_leases_and_that_is_not_zero() {
    let bodies = Bodies::of("bridge");
    let samples = bodies.samples();
    check(&samples, &[("freebox_dhcp_enabled", &[], 0.0), ("freebox_wifi_enabled", &[], 0.0)]);
    for name in ["freebox_lan_", "freebox_dhcp_leases", "freebox_dhcp_pool", "freebox_vpn", "freebox_disk"] {
        assert!(!samples.keys().any(|(found, _)| found.starts_with(name)), "{name}");
    }
    assert!(bodies.sightings().is_empty());
}

#[test]
fn the_pool_is_counted_and_what_is_reserved_elsewhere_is_not_in_it() {
    let samples = Bodies::of("ultra").samples();
    check(
        &samples,
        &[
            // 192.168.1.2 to 192.168.1.60.
            ("freebox_dhcp_pool_addresses", &[], 59.0),
            // .20 is both leased and reserved, .21 leased, and .200 is not in the pool.
            ("freebox_dhcp_pool_used_addresses", &[], 2.0),
            ("freebox_dhcp_leases", &["dynamic"], 1.0),
            ("freebox_dhcp_leases", &["static"], 1.0),
            ("freebox_dhcp_reserved_addresses", &[], 2.0),
            ("freebox_dhcp_lease_remaining_seconds", &["192.168.1.20", "02:11:22:33:44:55"], 36_211.0),
            ("freebox_dhcpv6_enabled", &[], 0.0),
        ],
    );
    // Nobody has any, and the box says so.
    let samples = Bodies::of("revolution").samples();
    check(
        &samples,
        &[("freebox_dhcp_pool_used_addresses", &[], 0.0), ("freebox_dhcp_pool_addresses", &[], 50.0)],
    );
}

#[test]
fn disks_arrays_and_tunnels() {
    let samples = Bodies::of("revolution").samples();
    check(
        &samples,
        &[
            ("freebox_disk_size_bytes", &["1"], 250_059_350_016.0),
            ("freebox_disk_temperature_celsius", &["1"], 41.0),
            ("freebox_disk_write_error_requests_total", &["1"], 2.0),
            ("freebox_disk_partition_used_bytes", &["1", "1"], 164_520_534_016.0),
            ("freebox_disk_partition_info", &["1", "1", "Disque dur", "ext4"], 1.0),
            ("freebox_disk_partition_state", &["1", "1", "mounted"], 1.0),
        ],
    );
    let samples = Bodies::of("delta").samples();
    check(
        &samples,
        &[
            ("freebox_disk_temperature_celsius", &["2000"], 47.0),
            ("freebox_raid_degraded", &["0"], 1.0),
            ("freebox_raid_sync_state", &["0", "recover"], 1.0),
            ("freebox_raid_synced_bytes", &["0"], 250e9),
            ("freebox_raid_sync_size_bytes", &["0"], 1e12),
            ("freebox_raid_disks", &["0", "missing"], 1.0),
            ("freebox_vpn_client_received_bytes_total", &[], 94.0),
            ("freebox_vpn_client_sent_bytes_per_second", &[], 10.0),
            ("freebox_vpn_client_state", &["up"], 1.0),
        ],
    );
    // 0 °C is unknown.
    absent(&samples, &[("freebox_disk_temperature_celsius", &["1000"])]);
    let samples = Bodies::of("ultra").samples();
    let lea = "openvpn_routed-192.168.27.65-2";
    check(
        &samples,
        &[
            ("freebox_vpn_connection_received_bytes_total", &[lea], 1_234.0),
            (
                "freebox_vpn_connection_info",
                &[lea, "openvpn_routed", "lea", "198.51.100.4", "192.168.27.65"],
                1.0,
            ),
            ("freebox_vpn_server_connections", &["wireguard"], 0.0),
        ],
    );
}

#[test]
fn a_sighting_says_what_the_box_knows() {
    let sightings = Bodies::of("ultra").sightings();
    let of = |last: u8, says: fn(&Sighting) -> bool| {
        sightings
            .iter()
            .find(|sighting| sighting.mac.is_some_and(|mac| mac.0[5] == last) && says(sighting))
            .unwrap()
    };
    let nas = of(0x55, |sighting| sighting.addresses.len() == 2);
    let addresses: Vec<String> = nas.addresses.iter().map(ToString::to_string).collect();
    assert_eq!(addresses, ["192.168.1.20", "fe80::11:22ff:fe33:4455"]);
    let names: Vec<_> = nas.names.iter().map(|name| (&*name.text, name.origin)).collect();
    assert_eq!(names, [("nas", Origin::Box), ("NAS", Origin::Netbios)]);
    assert_eq!(nas.connected, Some(true));
    let port = of(0x55, |sighting| sighting.attachment.is_some());
    assert_eq!(port.attachment, Some(Attachment::Port(Arc::from("Ethernet 1"))));
    let station = of(0x01, |sighting| sighting.volume.is_some());
    let volume = station.volume.unwrap();
    assert_eq!((volume.received_bytes, volume.sent_bytes), (812_345, 99_123));
    let radio = Attachment::Radio { radio: Arc::from("5G"), signal_dbm: Some(-54.0) };
    assert_eq!(station.attachment, Some(radio));
    let phone = of(0x01, |sighting| sighting.names.first().is_some_and(|name| name.origin == Origin::Person));
    let origins: Vec<_> = phone.names.iter().map(|name| name.origin).collect();
    // The last is the name of its twin.
    assert_eq!(origins, [Origin::Person, Origin::Dhcp, Origin::Mdns, Origin::Other]);
}

#[test]
fn secrets_are_in_no_snapshot_and_no_sample() {
    for model in MODELS {
        let bodies = Bodies::of(model);
        let debug = format!("{:?} {:?}", bodies.snapshots(100), bodies.sightings());
        for text in [debug, exposition(&bodies)] {
            assert!(!text.contains("SECRET"), "{model}: {}", &text[text.find("SECRET").unwrap()..][..40]);
        }
    }
    // They are there to be found.
    let bodies = Bodies::of("ultra").0;
    let secrets: usize =
        bodies.values().map(|body| String::from_utf8_lossy(body).matches("SECRET-").count()).sum();
    assert_eq!(secrets, 9);
}

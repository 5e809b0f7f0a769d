//! The words of the bodies, firmware by firmware.

use super::*;

fn has(value: &Value, words: &str) {
    assert_eq!(keys(value), sorted(words), "{value}");
}

#[test]
fn the_connection_is_said_in_the_published_words() {
    const UP: &str = "state type media ipv4 ipv6 ipv4_port_range rate_down rate_up bandwidth_down bandwidth_up \
                      bytes_down bytes_up";
    const DOWN: &str = "state type media rate_down rate_up bandwidth_down bandwidth_up bytes_down bytes_up";
    for profile in World::profiles() {
        let mut world = world(profile);
        has(&ask(&world, 8, "connection"), UP);
        world.event("wan-down").unwrap();
        let body = ask(&world, 8, "connection");
        has(&body, DOWN);
        let zero = ["rate_down", "rate_up", "bandwidth_down", "bandwidth_up", "bytes_down", "bytes_up"];
        assert!(zero.iter().all(|key| body[key] == 0), "{body}");
    }
    assert_eq!(ask(&world("revolution-ftth"), 8, "connection")["ipv4_port_range"][0], 16_384);
    assert_eq!(ask(&world("revolution-adsl"), 8, "connection")["type"], "pppoatm");
    assert_eq!(ask(&world("ultra"), 8, "connection")["bandwidth_down"], 8_000_000_000_u64);
    assert_eq!(ask(&world("revolution-vdsl"), 8, "connection")["bandwidth_down"], 54_012_000);
    let full = ask(&world("ultra"), 8, "connection/full");
    assert!(full["ftth"]["link"] == true && full["state"] == "up", "{full}");
    assert_eq!(ask(&world("revolution-adsl"), 8, "connection/full")["xdsl"]["status"]["status"], "showtime");
}

#[test]
fn the_configuration_of_the_connection_is_said_in_the_published_words() {
    let world = world("ultra");
    has(
        &ask(&world, 16, "connection/config"),
        "ping is_secure_pass remote_access remote_access_port remote_access_min_port remote_access_max_port \
         remote_access_ip api_remote_access wol adblock adblock_not_set allow_token_request sip_alg disable_guest \
         api_domain https_available https_port",
    );
    let ipv6 = ask(&world, 16, "connection/ipv6/config");
    has(&ipv6, "ipv6_enabled ipv6_firewall ipv6_prefix_firewall ipv6ll delegations");
    assert_eq!(list(&ipv6["delegations"]).len(), 8);
    assert_eq!(ipv6["delegations"][0]["next_hop"], "");
    for entry in list(&ask(&world, 16, "connection/logs")) {
        let link = entry["type"] == "link";
        has(entry, if link { "id type state date link bw_up bw_down" } else { "id type state date conn" });
    }
}

#[test]
fn glass_says_its_power_only_where_its_module_can() {
    const ALWAYS: &str = "sfp_present sfp_alim_ok sfp_has_power_report sfp_has_signal link ";
    const MODULE: &str = " sfp_serial sfp_model sfp_vendor ";
    let ask = |profile: &str, event: &str| {
        let mut world = world(profile);
        if !event.is_empty() {
            world.event(event).unwrap();
        }
        ask(&world, 8, "connection/ftth")
    };
    let young = |more: &str| format!("{ALWAYS} has_sfp link_type {more}");
    let body = ask("ultra", "");
    has(&body, &young(&format!("{MODULE} sfp_pwr_tx sfp_pwr_rx")));
    assert!((-1_730..=-1_690).contains(&body["sfp_pwr_rx"].as_i64().unwrap()), "{body}");
    has(&ask("ultra", "no-power-report"), &young(MODULE));
    has(&ask("ultra", "fibre-unplugged"), &young(""));
    has(&ask("revolution-ftth", ""), &format!("{ALWAYS} {MODULE}"));
    assert_eq!(ask("revolution-ftth", "fibre-unplugged")["sfp_serial"], "");
    assert_eq!(ask("mini-light", "")["sfp_pwr_rx"], 0);
    assert!(ask("pop-ftth", "")["sfp_model"].as_str().unwrap().ends_with("  "));
}

#[test]
fn copper_says_retransmissions_where_it_has_them_and_tenths_from_version_4_on() {
    const COMMON: &str = "maxrate rate snr attn fec crc hec es ses phyr ginp nitro ";
    let vdsl = ask(&world("revolution-vdsl"), 8, "connection/xdsl");
    has(&vdsl, "status down up");
    has(&vdsl["status"], "status protocol modulation uptime");
    has(&vdsl["down"], &format!("{COMMON} snr_10 attn_10 rtx_tx rtx_c rtx_uc"));
    has(&vdsl["up"], &format!("{COMMON} snr_10 attn_10"));
    has(&ask(&world("revolution-vdsl"), 3, "connection/xdsl")["up"], COMMON);
    let adsl = ask(&world("revolution-adsl"), 8, "connection/xdsl");
    has(&adsl["down"], &format!("{COMMON} snr_10 attn_10 rxmt rxmt_corr rxmt_uncorr"));
    let mut lost = world("revolution-vdsl");
    lost.event("resync").unwrap();
    has(&ask(&lost, 8, "connection/xdsl")["up"], "maxrate rate snr snr_10 attn attn_10 phyr ginp nitro");
    let mut bogus = world("revolution-adsl");
    bogus.event("bogus-snr").unwrap();
    assert_eq!(ask(&bogus, 8, "connection/xdsl")["down"]["snr"], 0);
}

#[test]
fn the_cellular_module_is_said_in_the_published_words() {
    const MODULE: &str = "enabled state fsm_state antenna has_external_antennas sim network radio";
    let world = world("delta-4g");
    let body = ask(&world, 12, "connection/lte/backup");
    has(&body, MODULE);
    has(&body["sim"], "present pin_locked puk_locked pin_remaining puk_remaining iccid imsi");
    has(&body["network"], "pdn_up has_ipv4 has_ipv6 ipv4 ipv6");
    has(&body["radio"], "associated ue_active attach_status plmn signal_level gcid bands");
    has(&body["radio"]["bands"][0], "enabled band bandwidth rsrp rsrq rssi pci");
    has(&ask(&world, 9, "connection/lte/config"), &format!("{MODULE} tunnel"));
    let both = ask(&world, 12, "connection/aggregation");
    has(&both, "enabled tunnel");
    for way in ["lte", "xdsl"] {
        let words = "connected last_error tx_flows_rate rx_flows_rate tx_max_rate rx_max_rate tx_used_rate rx_used_rate";
        has(&both["tunnel"][way], words);
    }
}

#[test]
fn temperatures_are_keys_until_version_5_and_a_list_from_version_6_on() {
    let old = ask(&world("revolution-adsl"), 5, "system");
    has(
        &old,
        "mac firmware_version serial uptime uptime_val board_name box_flavor temp_cpum temp_cpub temp_sw temp_hdd \
         fan_rpm box_authenticated disk_status user_main_storage",
    );
    let young = ask(&world("ultra"), 6, "system");
    has(
        &young,
        "mac serial firmware_version uptime uptime_val board_name box_authenticated disk_status user_main_storage \
         usb3_enable user_storage_powered model_info sensors fans expansions",
    );
    has(
        &young["model_info"],
        "name pretty_name has_wifi has_ext_telephony has_lan_sfp has_wan_sfp has_dsl has_vm has_standby wifi_type \
         wifi_country customer_hdd_slots internal_hdd_size net_operator",
    );
    has(&young["sensors"][0], "id name value");
    let silent = list(&young["sensors"]).iter().find(|sensor| sensor["id"] == "temp_t1").unwrap();
    has(silent, "id name");
    has(&young["expansions"][0], "slot type present probe_done supported bundle");
    assert!(ask(&world("ultra"), 4, "system").get("temp_t1").is_none());
    let delta = ask(&world("delta-4g"), 8, "system");
    let empty = list(&delta["sensors"]).iter().find(|sensor| sensor["id"] == "temp_hdd2").unwrap();
    assert_eq!(empty["value"], 0);
    let mut odd = world("pop-ftth");
    odd.event("sensor-without-value").unwrap();
    assert!(list(&ask(&odd, 8, "system")["sensors"]).iter().all(|sensor| sensor.get("value").is_none()));
    assert!(list(&ask(&odd, 8, "system")["fans"]).is_empty());
}

#[test]
fn updates_and_standby_are_said_in_the_published_words() {
    let mut world = world("ultra");
    assert_eq!(ask(&world, 16, "update").to_string(), r#"{"state":"up_to_date"}"#);
    world.event("update-available").unwrap();
    world.advance(seconds(111));
    let body = ask(&world, 16, "update");
    has(&body, "state upgrade_state");
    has(&body["upgrade_state"], "state old_version new_version percent error_string");
    assert_eq!(body["upgrade_state"]["percent"], 37);
    world.event("reboot").unwrap();
    assert_eq!(ask(&world, 16, "system")["firmware_version"], "4.12.2");
    assert_eq!(ask(&world, 16, "update")["state"], "up_to_date");
    let standby = ask(&world, 16, "standby/status");
    has(&standby, "use_planning planning_mode next_change available_planning_modes");
    let change = standby["next_change"].as_u64().unwrap();
    assert!(change > 1_000_000_000_000 && change / 1_000 > world.now(), "{change}");
}

#[test]
fn ports_are_not_sorted_and_speed_is_a_text() {
    let young = ask(&world("delta-4g"), 12, "switch/status");
    let ids: Vec<_> = list(&young).iter().map(|port| port["id"].as_u64().unwrap()).collect();
    assert!(!ids.is_sorted() && ids.contains(&9_999) && ids.contains(&5), "{ids:?}");
    assert!(list(&young).iter().all(|port| port["speed"].is_string()), "{young}");
    let port = |id: u64| list(&young).iter().find(|port| port["id"] == id).unwrap();
    has(port(1), "id name rrd_id link duplex speed mode mac_list");
    has(port(2), "id name rrd_id link duplex speed mode");
    assert_eq!(port(2)["mode"], "10BaseT-HD");
    assert_eq!(port(3)["mac_list"].to_string(), "{}");
    assert_eq!(port(3)["mode"], "100BaseTX-FD");
    assert_eq!(port(9_999)["speed"], "10000");
    has(&port(1)["mac_list"][0], "mac hostname");
    let old = ask(&world("revolution-adsl"), 8, "switch/status");
    has(list(&old).iter().find(|port| port["id"] == 2).unwrap(), "id link duplex speed mode");
    assert_eq!(list(&ask(&world("ultra"), 16, "switch/status"))[0]["mode"], "2500BaseT-FD");
}

#[test]
fn a_port_has_thirty_counters_and_a_cage_no_rate() {
    let world = world("delta-4g");
    let words = "rx_packets_rate rx_bytes_rate rx_good_bytes rx_good_packets rx_unicast_packets rx_multicast_packets \
                 rx_broadcast_packets rx_bad_bytes rx_err_packets rx_fcs_packets rx_fragments_packets \
                 rx_jabber_packets rx_oversize_packets rx_undersize_packets rx_pause tx_packets_rate tx_bytes_rate \
                 tx_bytes tx_packets tx_unicast_packets tx_multicast_packets tx_broadcast_packets tx_collisions \
                 tx_deferred tx_excessive tx_fcs tx_late tx_multiple tx_single tx_pause";
    assert_eq!(sorted(words).len(), 30);
    for id in [1, 2, 3, 4, 5, 9_999] {
        has(&ask(&world, 12, &format!("switch/port/{id}/stats")), words);
    }
    assert_eq!(ask(&world, 12, "switch/port/9999/stats")["rx_bytes_rate"], -1);
    assert_eq!(ask(&world, 12, "switch/port/2/stats")["tx_bytes_rate"], -1);
}

#[test]
fn hosts_are_said_in_the_published_words_and_in_all_the_bad_ways() {
    const COMMON: &str = "id primary_name default_name primary_name_manual host_type active reachable persistent \
                          interface first_activity last_activity last_time_reachable names l3connectivities \
                          network_control ";
    let world = world("ultra");
    let hosts = ask(&world, 16, "lan/browser/pub");
    let find = |name: &str| list(&hosts).iter().find(|host| host["primary_name"] == name).unwrap();
    let nas = find("nas");
    has(nas, &format!("{COMMON} vendor_name l2ident domain_name access_point"));
    has(&nas["l2ident"], "id type");
    has(&nas["names"][0], "name source");
    has(&nas["l3connectivities"][0], "addr af active reachable last_activity last_time_reachable");
    has(&nas["network_control"], "profile_id name current_mode");
    const POINT: &str = "type connectivity_type mac uid rx_bytes tx_bytes rx_rate tx_rate ";
    has(&nas["access_point"], &format!("{POINT} ethernet_information"));
    has(&nas["access_point"]["ethernet_information"], "speed duplex max_port_speed link");
    let alexa = find("alexa-kitchen");
    has(&alexa["access_point"], &format!("{POINT} wifi_information"));
    let words = "band ssid bssid standard signal phy_rx_rate phy_tx_rate sess_duration";
    has(&alexa["access_point"]["wifi_information"], words);
    assert!(find("printer").get("vendor_name").is_none());
    assert_eq!(find("plug-washer")["primary_name_manual"], "");
    assert!(find("weather-station").get("l2ident").is_none());
    assert!(find("solar-inverter")["l2ident"].is_null());
    assert_eq!(find("plug-lamp")["host_type"], "smart_plug");
    let nameless = find("");
    assert_eq!(nameless["names"].to_string(), "{}");
    let (now, before) = (find("anna-laptop"), find("old-anna-laptop"));
    assert_eq!(now["l2ident"], before["l2ident"]);
    assert_eq!(before["active"], false);
    assert!(list(&hosts).iter().any(|host| host["primary_name"].as_str().unwrap().contains("\"'\\\n<img")));
    let away = list(&hosts).iter().filter(|host| host["active"] == false);
    assert!(away.clone().count() > 1 && away.clone().all(|host| host.get("access_point").is_none()));
    // Old firmwares know no access points.
    let old = ask(&super::world("revolution-adsl"), 8, "lan/browser/pub");
    assert!(list(&old).iter().all(|host| host.get("access_point").is_none()));
    let interfaces = ask(&world, 16, "lan/browser/interfaces");
    has(&interfaces[0], "name host_count");
    has(&ask(&world, 16, "lan/config"), "ip name name_dns name_mdns name_netbios mode");
}

#[test]
fn leases_are_said_in_the_published_words() {
    let world = world("pop-ftth");
    let leases = ask(&world, 12, "dhcp/dynamic_lease");
    for lease in list(&leases) {
        has(lease, "mac hostname ip lease_remaining assign_time refresh_time is_static");
        let (remaining, refreshed) = (lease["lease_remaining"].as_i64(), lease["refresh_time"].as_i64());
        if lease["is_static"] == true {
            assert_eq!((remaining, refreshed, lease["assign_time"].as_i64()), (Some(-1), Some(-1), Some(0)));
        } else {
            assert!((1..=43_200).contains(&remaining.unwrap()), "{lease}");
            assert!(lease["assign_time"].as_i64() <= refreshed, "{lease}");
        }
    }
    has(&ask(&world, 12, "dhcp/static_lease")[0], "id mac comment hostname ip");
    has(
        &ask(&world, 12, "dhcp/config"),
        "enabled gateway netmask ip_range_start ip_range_end sticky_assign always_broadcast dns",
    );
}

#[test]
fn wifi_is_said_in_the_published_words() {
    let world = world("ultra");
    has(&ask(&world, 16, "wifi/config"), "enabled power_saving mac_filter_state");
    let state = ask(&world, 16, "wifi/state");
    has(&state, "state expected_phys power_saving_capability");
    has(&state["expected_phys"][0], "band phy_id detected");
    let aps = ask(&world, 16, "wifi/ap");
    assert_eq!(list(&aps).iter().map(|ap| ap["id"].as_u64().unwrap()).collect::<Vec<_>>(), [0, 1, 10, 11]);
    for ap in list(&aps) {
        has(ap, "id name status capabilities config");
        has(
            &ap["status"],
            "state channel_width primary_channel secondary_channel dfs_cac_remaining_time dfs_disabled \
             temp_disable_remaining_time",
        );
        has(&ap["config"], "band channel_width primary_channel secondary_channel dfs_enabled ht he enabled");
        assert!(ap["status"]["channel_width"].is_string() && ap["config"]["band"].is_string());
        assert_eq!(*ap, ask(&world, 16, &format!("wifi/ap/{}", ap["id"])));
    }
    let station = &ask(&world, 16, "wifi/ap/0/stations")[0];
    let words = "id mac bssid hostname state inactive conn_duration rx_bytes tx_bytes rx_rate tx_rate signal flags \
                 wpa_alg pairwise_cipher host last_rx last_tx";
    assert!(keys(station).iter().all(|key| words.contains(key)), "{station}");
    has(&station["flags"], "legacy ht vht he authorized");
    let bss = ask(&super::world("pop-ftth"), 12, "wifi/bss");
    has(&bss[0], "id phy_id use_shared_params status config");
    has(&bss[0]["status"], "state sta_count authorized_sta_count is_main_bss band");
    has(&bss[0]["config"], "enabled ssid hide_ssid encryption eapol_version key");
    let neighbours = ask(&world, 16, "wifi/ap/1/neighbors");
    let words = "bssid ssid band channel channel_width secondary_channel signal capabilities";
    has(&neighbours[0], words);
    has(&neighbours[0]["capabilities"], "legacy ht vht he eht");
    has(&ask(&world, 16, "wifi/ap/1/channel_usage")[0], "channel band noise_level rx_busy_percent");
}

#[test]
fn stations_are_said_in_all_the_bad_ways() {
    let mut world = world("ultra");
    let stations = |world: &World| -> Vec<Value> {
        let ids = [0, 1, 10, 11];
        ids.iter().flat_map(|id| list(&ask(world, 16, &format!("wifi/ap/{id}/stations"))).clone()).collect()
    };
    let all = stations(&world);
    assert!(all.iter().any(|station| station["hostname"] == ""));
    assert!(all.iter().any(|station| station["hostname"] == station["mac"]));
    assert!(all.iter().any(|station| station.get("last_rx").is_none()));
    assert!(all.iter().any(|station| station["last_rx"]["mcs"] == -1));
    world.event("station-without-host").unwrap();
    for id in [0, 1] {
        assert!(ask(&world, 16, &format!("wifi/ap/{id}/stations"))[0].get("host").is_none());
    }
    world.event("station-with-host").unwrap();
    let with = stations(&world).iter().filter(|station| station.get("host").is_some()).count();
    assert!(with + 1 >= all.len(), "{with} of {}", all.len());
    world.event("ap-list-empty").unwrap();
    assert_eq!(world.answer(16, "wifi/ap", &none()), Reply::EmptyList);
    assert_eq!(ask(&world, 16, "wifi/ap/10")["id"], 10);
}

#[test]
fn storage_vpn_and_plugs_are_said_in_the_published_words() {
    const DISK: &str = "id type state connector table_type total_bytes model serial firmware temp spinning idle \
                        idle_duration active_duration time_before_spindown read_requests write_requests \
                        read_error_requests write_error_requests partitions";
    let world = world("delta-4g");
    let disks = ask(&world, 12, "storage/disk");
    assert_eq!(
        list(&disks).iter().map(|disk| disk["id"].as_u64().unwrap()).collect::<Vec<_>>(),
        [1_000, 2_000, 3_000]
    );
    list(&disks).iter().for_each(|disk| has(disk, DISK));
    assert_eq!(disks[2]["temp"], 0);
    let words = "id disk_id label fstype state total_bytes used_bytes free_bytes fsck_result path internal";
    let partition = &ask(&world, 12, "storage/partition")[0];
    has(partition, words);
    assert_eq!(*partition, disks[2]["partitions"][0]);
    let sum = partition["used_bytes"].as_u64().unwrap() + partition["free_bytes"].as_u64().unwrap();
    assert!(sum < partition["total_bytes"].as_u64().unwrap());
    has(
        &ask(&world, 12, "storage/raid")[0],
        "id name state level degraded sync_action sync_completed_pos array_size members",
    );
    has(&ask(&world, 12, "vpn")[0], "name type state connection_count auth_connection_count");
    has(
        &ask(&world, 12, "vpn/connection")[0],
        "id vpn user authenticated auth_time src_ip src_port local_ip rx_bytes tx_bytes",
    );
    let client = ask(&world, 12, "vpn_client/status");
    has(&client, "enabled active_vpn type state last_error last_up next_try stats");
    has(&client["stats"], "rate_up rate_down bytes_up bytes_down");
    has(
        &ask(&world, 12, "sfp/status"),
        "present eeprom_valid supported type power_good link vendor_name part_number hardware_rev serial_number",
    );
    let plugs = ask(&world, 12, "freeplug");
    has(&plugs[0], "id members");
    assert_eq!(plugs[0]["members"][0]["rx_rate"], -1);
}

//! A CGNV4-FX4 as its owners show it, figure by figure.
//!
//! Deliberately without the pages that only change something.

use serde_json::{Value, json};

use super::{First, Traffic, World, text};

/// Three days, seven hours and seven minutes after it started.
pub const FIRST: First = First {
    uptime: 284_820,
    traffic: Traffic {
        lan_received: 869_900_000,
        lan_sent: 3_383_300_000,
        wan_received: 4_907_300_000,
        wan_sent: 1_102_100_000,
    },
};

/// What a lease lasts, and after how much of it the modem asks for another: half of it (RFC 2131, 4.4.5).
const LEASE: u64 = 604_800;
/// What was left of it when we began to look: `04 Days,09 Hours,47 Minutes,10 Seconds`.
const LEASE_LEFT: u64 = 380_830;

/// Port, channel, frequency in Hz, level in dBmV, signal to noise in dB; all of 256QAM.
const DOWNSTREAM: [(u32, u32, u32, &str, &str); 24] = [
    (1, 9, 426250000, "16.700", "40.366"),
    (2, 1, 362250000, "16.300", "40.366"),
    (3, 2, 370250000, "16.200", "40.946"),
    (4, 3, 378250000, "16.500", "40.366"),
    (5, 4, 386250000, "16.300", "40.946"),
    (6, 5, 394250000, "16.500", "40.946"),
    (7, 6, 402250000, "16.300", "40.946"),
    (8, 7, 410250000, "16.600", "40.366"),
    (9, 8, 418250000, "16.400", "40.946"),
    (10, 10, 434250000, "16.600", "40.366"),
    (11, 11, 442250000, "16.700", "40.946"),
    (12, 12, 450250000, "16.800", "40.946"),
    (13, 13, 458250000, "16.700", "40.946"),
    (14, 14, 466250000, "16.700", "40.366"),
    (15, 15, 474250000, "16.600", "40.366"),
    (16, 16, 482250000, "16.400", "40.366"),
    (17, 17, 490250000, "16.200", "40.366"),
    (18, 18, 498250000, "16.100", "40.946"),
    (19, 19, 506250000, "16.000", "40.366"),
    (20, 20, 514250000, "16.200", "40.946"),
    (21, 21, 522250000, "16.200", "40.946"),
    (22, 22, 530250000, "16.400", "40.946"),
    (23, 23, 538250000, "16.300", "40.946"),
    (24, 24, 546250000, "16.500", "40.366"),
];

/// Port, channel, frequency in Hz, level in dBmV.
const UPSTREAM: [(u32, u32, u32, &str); 4] = [
    (1, 2, 39_400_000, "35.750"),
    (2, 1, 46_200_000, "35.750"),
    (3, 3, 32_600_000, "35.500"),
    (4, 4, 25_800_000, "37.000"),
];

/// A name that no table and no exposition is ready for; control characters are escaped in JSON.
const HOSTILE: &str = "tv\"} 1\n# <b>$(x)\\\u{1b}[31m\u{202e}";

/// What a page says, if there is such a page.
pub fn page(world: &World, name: &str) -> Option<String> {
    Some(match name {
        "user_type" => json!({"UserType": "1"}).to_string(),
        "system_model" => json!({"modelName": "CGNV4-FX4", "skipWizard": "1"}).to_string(),
        "getSysInfo" => system(world).to_string(),
        "getCMInit" => provisioning().to_string(),
        "getCmDocsisWan" => wan(world).to_string(),
        "dsinfo" => downstream().to_string(),
        "usinfo" => upstream().to_string(),
        "getTuneFreq" => json!([{"tunefreq": "426.250"}]).to_string(),
        "getConnectInfo" => connected().to_string(),
        "status_log" => events(world).to_string(),
        "getVMBAccountInfo" => json!([{"Username": "gre-user@example.net"}]).to_string(),
        "vmb_service_info" => json!([{"Radius": "Authentication Success", "GRETunnel": "PING Success",
            "WanIp": "203.0.113.8/29"}])
        .to_string(),
        _ => return None,
    })
}

fn system(world: &World) -> Value {
    let traffic = world.traffic();
    json!([{
        "hwVersion": "2D",
        "swVersion": "4.5.10.201-CD-UPC",
        "serialNumber": "ABC123",
        "rfMac": "84:0B:7C:01:02:03",
        "wanIp": "203.0.113.1/24",
        "aftrName": "",
        "aftrAddr": "",
        "delegatedPrefix": "",
        "lanIPv6Addr": "",
        "systemUptime": text::days(world.uptime()),
        "systemTime": text::american(world.now()),
        "timezone": "1",
        "lanIp": "192.168.0.1/24",
        "LRecPkt": text::bytes(traffic.lan_received),
        "LSendPkt": text::bytes(traffic.lan_sent),
        "WRecPkt": text::bytes(traffic.wan_received),
        "WSendPkt": text::bytes(traffic.wan_sent),
    }])
}

/// What the operator hides is `Secret`.
pub fn provisioning() -> Value {
    json!([{"hwInit": "Success", "findDownstream": "Success", "ranging": "Success", "dhcp": "Success",
        "timeOfday": "Secret", "downloadCfg": "Success", "registration": "Success", "eaeStatus": "Secret",
        "bpiStatus": "AUTH:authorized, TEK:operational", "networkAccess": "Permitted", "trafficStatus": "Enable"}])
}

fn wan(world: &World) -> Value {
    let used = (LEASE - LEASE_LEFT + world.elapsed.as_secs()) % (LEASE / 2);
    json!([{"Configname": "Secret", "NetworkAccess": "Permitted", "CmIpAddress": "198.51.100.125",
        "CmNetMask": "255.255.255.0", "CmGateway": "198.51.100.1",
        "CmIpLeaseDuration": text::days(LEASE - used)}])
}

fn downstream() -> Value {
    let row = |(port, channel, frequency, level, noise): (u32, u32, u32, &str, &str)| {
        json!({"portId": port.to_string(), "frequency": frequency.to_string(), "modulation": "2",
            "signalStrength": level, "snr": noise, "channelId": channel.to_string()})
    };
    DOWNSTREAM.into_iter().map(row).collect()
}

fn upstream() -> Value {
    let row = |(port, channel, frequency, level): (u32, u32, u32, &str)| {
        json!({"portId": port.to_string(), "frequency": frequency.to_string(), "bandwidth": "6400000",
            "scdmaMode": "ATDMA", "signalStrength": level, "channelId": channel.to_string()})
    };
    UPSTREAM.into_iter().map(row).collect()
}

/// Here numbers are numbers.
fn connected() -> Value {
    let hosts = [
        ("Unknown", "192.168.0.16", "02:00:5e:00:53:01", "Self-assigned", "active"),
        ("laptop", "192.168.0.17", "02:00:5e:00:53:02", "DHCP-IP", "active"),
        ("Büro-Drucker", "192.168.0.18", "02:00:5e:00:53:03", "DHCP-IP", "inactive"),
        (HOSTILE, "192.168.0.19", "02:00:5e:00:53:04", "DHCP-IP", "active"),
        ("", "192.168.0.20", "02:00:5e:00:53:05", "DHCP-IP", "inactive"),
    ];
    let row = |(index, (name, ip, mac, kind, online)): (usize, (&str, &str, &str, &str, &str))| {
        json!({"id": index + 1, "hostName": name, "ipAddr": ip, "ipType": "IPv4", "macAddr": mac,
            "connectType": kind, "interface": "Ethernet", "comnum": 1, "online": online})
    };
    hosts.into_iter().enumerate().map(row).collect()
}

/// The newest first. Before it was told the time, the modem lived in 1970.
pub fn events(world: &World) -> Value {
    let started = world.now().saturating_sub(world.uptime());
    let rows = [
        (started + 7300, "84020200", "warning", "Lost MDD Timeout;CM-MAC=84:0b:7c:01:02:03;"),
        (started + 3600, "82000200", "critical", "No Ranging Response received - T3 time-out"),
        (started + 90, "68010300", "error", "DHCP RENEW WARNING - Field invalid in response v4 option"),
        (started + 60, "73040100", "notice", "TLV-11 - unrecognized OID"),
        (72, "84000500", "critical", "SYNC Timing Synchronization failure - Loss of Sync"),
    ];
    let seen = rows.into_iter().filter(|(time, ..)| *time <= world.now());
    let row = |(index, (time, kind, priority, event)): (usize, (u64, &str, &str, &str))| json!({"index": index + 1, "time": text::slashes(time), "type": kind, "priority": priority, "event": event});
    seen.enumerate().map(row).collect()
}

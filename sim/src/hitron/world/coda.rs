//! A CODA-56 behind a router of its owner's: no log-in, no LAN, DOCSIS 3.1.
//!
//! Deliberately not any owner's modem: the shapes are published, most figures are made up.

use serde_json::{Value, json};

use super::{First, Traffic, World, cgnv4, text};

/// Its own words for what it does not count are `TODO`.
pub const FIRST: First = First {
    uptime: 509_624,
    traffic: Traffic { lan_received: 0, lan_sent: 0, wan_received: 0, wan_sent: 0 },
};

/// The octets of the first downstream channel when we began to look: `10 * 2e32 + 3651454275`.
const OCTETS: u64 = 46_601_127_235;
/// What was left of the lease when we began to look: `D: 6 H: 09 M: 25 S: 55`.
const LEASE_LEFT: u64 = 552_355;
/// A lease of a week, renewed after half of it.
const LEASE: u64 = 604_800;

/// What a page says, if there is such a page.
pub fn page(world: &World, name: &str) -> Option<String> {
    Some(match name {
        // With these blanks.
        "system_model" => r#"{"modelName" : "CODA","vendorname" : "HITRON"}"#.to_owned(),
        "getSysInfo" => system(world).to_string(),
        "getCMInit" => provisioning().to_string(),
        "getCmDocsisWan" => wan(world).to_string(),
        "dsinfo" => downstream(world).to_string(),
        "usinfo" => upstream().to_string(),
        "dsofdminfo" => receivers(world).to_string(),
        "usofdminfo" => transmitters().to_string(),
        "getLinkStatus" => links().to_string(),
        "getTuneFreq" => json!([{"tunefreq": "591.000"}]).to_string(),
        "status_log" => cgnv4::events(world).to_string(),
        _ => return None,
    })
}

fn system(world: &World) -> Value {
    json!([{"hwVersion": "1A", "swVersion": "7.3.5.0.1b8", "serialNumber": "SIM0056", "rfMac": "02:00:5E:00:53:56",
        "wanIp": "TODO", "lanIp": "TODO", "aftrName": "", "aftrAddr": "", "delegatedPrefix": "", "lanIPv6Addr": "",
        "systemUptime": text::hours(world.uptime()), "systemTime": text::mail(world.now()), "timezone": "--",
        "LRecPkt": "TODO", "LSendPkt": "TODO", "WRecPkt": "TODO", "WSendPkt": "TODO"}])
}

fn provisioning() -> Value {
    json!([{"hwInit": "Success", "findDownstream": "Success", "ranging": "Success", "dhcp": "Success",
        "timeOfday": "Success", "downloadCfg": "Success", "registration": "Success", "eaeStatus": "Disable",
        "bpiStatus": "AUTH:authorized, TEK:operational", "networkAccess": "Permitted", "trafficStatus": "Enable"}])
}

fn wan(world: &World) -> Value {
    let used = (LEASE - LEASE_LEFT + world.elapsed.as_secs()) % (LEASE / 2);
    json!([{"Configname": "bac102000106", "ConfignameDisplay": "", "NetworkAccess": "Permitted",
        "CmIpAddress": "198.51.100.56", "CmNetMask": "255.255.255.0", "CmGateway": "198.51.100.1",
        "CmIpLeaseDuration": text::letters(LEASE - used)}])
}

/// 32 channels of 6 MHz with counters; the third is of 64QAM, and has seen trouble.
fn downstream(world: &World) -> Value {
    let row = |index: u64| {
        let octets = world.counted(OCTETS - index * 1_500_000_000, 1_000_000 - index * 1000);
        let troubled = index == 2;
        let corrected = world.counted(if troubled { 98_765 } else { 40 + index }, u64::from(troubled));
        let lost = if troubled { world.counted(432, 0) } else { 0 };
        json!({"portId": (index + 1).to_string(), "frequency": (591_000_000 + index * 6_000_000).to_string(),
            "modulation": if troubled { "1" } else { "2" },
            "signalStrength": format!("{:.3}", 3.9 - index as f64 * 0.1),
            "snr": if troubled { "31.225" } else { "40.366" },
            "dsoctets": text::octets(octets), "correcteds": text::octets(corrected),
            "uncorrect": text::octets(lost), "channelId": (index + 13).to_string()})
    };
    (0..32).map(row).collect()
}

/// Four channels, and four ports that nobody uses.
fn upstream() -> Value {
    let used = |index: u64| {
        json!({"portId": (index + 1).to_string(), "frequency": (22_800_000 + index * 6_400_000).to_string(),
            "bandwidth": if index == 0 { "3200000" } else { "6400000" }, "modtype": "64QAM", "scdmaMode": "ATDMA",
            "signalStrength": format!("{:.3}", 41.0 + index as f64 * 0.25), "channelId": (index + 5).to_string()})
    };
    let unused = |index: u64| {
        json!({"portId": (index + 1).to_string(), "frequency": "0", "bandwidth": "0", "modtype": "QAM_NONE",
            "scdmaMode": "", "signalStrength": "-", "channelId": "0"})
    };
    (0..4).map(used).chain((4..8).map(unused)).collect()
}

/// One receiver with a signal and one without.
fn receivers(world: &World) -> Value {
    let counter = |first, rate| match world.zeros() {
        true => "0".to_owned(),
        false => text::octets(world.counted(first, rate)),
    };
    json!([
        {"receive": "0", "ffttype": "4K", "Subcarr0freqFreq": " 275600000", "plclock": "YES", "ncplock": "YES",
            "mdc1lock": "YES", "plcpower": "  4.099998", "SNR": "41", "dsoctets": counter(33_651_454_275, 9_000_000),
            "correcteds": counter(12_345_678, 4000), "uncorrect": counter(17, 0)},
        {"receive": "1", "ffttype": "NA", "Subcarr0freqFreq": "NA", "plclock": "NO", "ncplock": "NO",
            "mdc1lock": "NO", "plcpower": "NA", "SNR": "NA", "dsoctets": "NA", "correcteds": "NA",
            "uncorrect": "NA"},
    ])
}

/// One channel in use and one that is not.
fn transmitters() -> Value {
    json!([
        {"uschindex": "0", "state": "  DISABLED", "frequency": "0", "digAtten": "    0.0000",
            "digAttenBo": "    0.0000", "channelBw": "    0.0000", "repPower": "    0.0000",
            "repPower1_6": "    0.0000", "fftVal": "2K"},
        {"uschindex": "1", "state": "   OPERATE", "frequency": "36200000", "digAtten": "    7.5000",
            "digAttenBo": "    6.2500", "channelBw": "   44.8000", "repPower": "   51.6000",
            "repPower1_6": "   38.7000", "fftVal": "2K"},
    ])
}

fn links() -> Value {
    json!([
        {"LinkStatus": "Up", "LinkSpeed": "2500Mbps", "LinkDuplex": "Full"},
        {"LinkStatus": "Up", "LinkSpeed": "1000Mbps", "LinkDuplex": "Full"},
        {"LinkStatus": "Down", "LinkSpeed": "-", "LinkDuplex": "-"},
    ])
}

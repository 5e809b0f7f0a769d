//! The modem itself: what it is, how long it runs, what its clock shows, and what went through it.
//!
//! Traffic has two names, since hitron-exporter had the one first and the other later, and both are in use.

use crate::metric::{Desc, Families};
use crate::sources::hitron::api::sys_info::SysInfo;
use crate::sources::hitron::snapshot::Snapshot;

crate::metrics! {
    /// The modem, its firmware and its serial number; always 1.
    INFO = Info "hitron_system_info" { hardware_version, model_name, serial_number, software_version };

    /// Seconds since the modem started.
    UPTIME = Counter "hitron_system_uptime_seconds_total" {};

    /// What the modem's clock shows, in seconds since 1970, taken for UTC where the configuration does not say otherwise.
    CLOCK = Gauge<f64> "hitron_system_clock_timestamp_seconds" {};

    /// Bytes that the modem sent to its network (`lan` or `wan`) since it started, in two to four digits behind the point
    /// of kilo-, mega- or gigabytes, so that at gigabytes it may grow in steps of 10 MB; for each network the same figure as
    /// `hitron_traffic_lan_sent_bytes_total` and `hitron_traffic_wan_sent_bytes_total`.
    TRANSMIT = Counter "hitron_network_transmit_bytes_total" { device };

    /// Bytes that the modem received from its network (`lan` or `wan`) since it started, in two to four digits behind the
    /// point of kilo-, mega- or gigabytes, so that at gigabytes it may grow in steps of 10 MB; for each network the same
    /// figure as `hitron_traffic_lan_recv_bytes_total` and `hitron_traffic_wan_recv_bytes_total`.
    RECEIVE = Counter "hitron_network_receive_bytes_total" { device };

    /// Bytes that the modem sent to the house since it started, in steps of up to 10 MB; another name of
    /// `hitron_network_transmit_bytes_total` of the device `lan`, and the same figure.
    LAN_SENT = Counter "hitron_traffic_lan_sent_bytes_total" {};

    /// Bytes that the modem received from the house since it started, in steps of up to 10 MB; another name of
    /// `hitron_network_receive_bytes_total` of the device `lan`, and the same figure.
    LAN_RECV = Counter "hitron_traffic_lan_recv_bytes_total" {};

    /// Bytes that the modem sent to the internet since it started, in steps of up to 10 MB; another name of
    /// `hitron_network_transmit_bytes_total` of the device `wan`, and the same figure.
    WAN_SENT = Counter "hitron_traffic_wan_sent_bytes_total" {};

    /// Bytes that the modem received from the internet since it started, in steps of up to 10 MB; another name of
    /// `hitron_network_receive_bytes_total` of the device `wan`, and the same figure.
    WAN_RECV = Counter "hitron_traffic_wan_recv_bytes_total" {};

    /// The modem's addresses, only where the configuration wants them shown; always 1.
    ADDRESS = Info "hitron_address_info" { lan_ip, wan_ip, rf_mac };
}

/// Writes the metrics.
pub(super) fn measure(snapshot: &Snapshot, out: &mut Families) {
    let pages = &snapshot.pages;
    let system = pages.sys_info.as_ref();
    let model = pages.model.as_ref().and_then(|model| model.name.as_ref());
    let of = |field: fn(&SysInfo) -> &Option<String>| system.and_then(|system| field(system).as_ref());
    info(
        &INFO,
        [
            of(|system| &system.hardware_version),
            model,
            of(|system| &system.serial_number),
            of(|system| &system.software_version),
        ],
        out,
    );
    let Some(system) = system else { return };
    if let Some(uptime) = system.uptime {
        out.put(&UPTIME, [], uptime);
    }
    if let Some(clock) = system.clock {
        out.put(&CLOCK, [], clock.seconds(snapshot.clock_offset_seconds) as f64);
    }
    for (both, device, alone, bytes) in [
        (&TRANSMIT, "lan", &LAN_SENT, system.lan_sent),
        (&RECEIVE, "lan", &LAN_RECV, system.lan_received),
        (&TRANSMIT, "wan", &WAN_SENT, system.wan_sent),
        (&RECEIVE, "wan", &WAN_RECV, system.wan_received),
    ] {
        if let Some(bytes) = bytes.map(|bytes| bytes.count(snapshot.base())) {
            out.put(both, [device], bytes);
            out.put(alone, [], bytes);
        }
    }
    if snapshot.show_addresses {
        let addresses = [&system.lan_ip, &system.wan_ip, &system.rf_mac];
        info(&ADDRESS, addresses.map(Option::as_ref), out);
    }
}

/// An info of which at least something is known.
pub(super) fn info<const N: usize>(desc: &'static Desc<N>, labels: [Option<&String>; N], out: &mut Families) {
    if labels.iter().any(Option::is_some) {
        out.put(desc, labels.map(|label| label.map(String::as_str).unwrap_or_default()), true);
    }
}

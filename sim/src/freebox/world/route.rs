//! Which path is which topic. Deliberately without version, login and faults: who serves has dealt with them.

use super::World;
use super::reply::{Permissions, Reply};

impl World {
    /// What a GET of that path below the version answers, asked in that major version of the interface.
    ///
    /// The path has no slash in front; one at its end, doubled ones and a query are ignored.
    pub fn answer(&self, major: u32, path: &str, permissions: &Permissions) -> Reply {
        let path = path.split('?').next().unwrap_or_default();
        let steps: Vec<&str> = path.split('/').filter(|step| !step.is_empty()).collect();
        match steps.as_slice() {
            ["connection"] => self.connection(),
            ["connection", "full"] => self.connection_full(major),
            ["connection", "config"] => self.connection_config(),
            ["connection", "ipv6", "config"] => self.ipv6_config(),
            ["connection", "xdsl"] => self.xdsl(major),
            ["connection", "ftth"] => self.ftth(),
            ["connection", "lte", "config"] => self.lte_config(major),
            ["connection", "lte", "aggregation"] => self.lte_aggregation(major),
            ["connection", "lte", "backup"] => self.lte_backup(major),
            ["connection", "aggregation"] => self.aggregation(major),
            ["connection", "logs"] => self.connection_logs(),
            ["system"] => self.system(major),
            ["update"] => self.update(major),
            ["standby", "status"] => self.standby(major),
            ["lan", "config"] => self.lan_config(),
            ["lan", "browser", "interfaces"] => self.lan_interfaces(),
            ["lan", "browser", interface] => self.lan_hosts(interface),
            ["dhcp", "config"] => self.dhcp_config(),
            ["dhcp", "dynamic_lease"] => self.dynamic_leases(),
            ["dhcp", "static_lease"] => self.static_leases(),
            ["dhcpv6", "config"] => self.dhcpv6_config(),
            ["switch", "status"] => self.switch_status(),
            ["switch", "port", id, "stats"] => self.port_stats(id),
            ["sfp", "status"] => self.lan_sfp(major),
            ["wifi", rest @ ..] => self.wifi(major, rest, permissions),
            ["storage", "disk"] => self.storage_disks(),
            ["storage", "disk", id] => self.storage_disk(id),
            ["storage", "partition"] => self.storage_partitions(),
            ["storage", "raid"] => self.storage_raid(),
            ["vpn"] => self.vpn_servers(),
            ["vpn", "connection"] => self.vpn_connections(),
            ["vpn", "user"] => self.vpn_users(permissions),
            ["vpn_client", "status"] => self.vpn_client(),
            ["vpn_client", "config"] => self.vpn_client_configs(permissions),
            ["freeplug"] => self.freeplugs(),
            ["call", "log"] if permissions.calls => self.calls(),
            _ => refused(&steps, permissions),
        }
    }

    fn wifi(&self, major: u32, steps: &[&str], permissions: &Permissions) -> Reply {
        let radio = match steps {
            ["ap", id, ..] => self.radio(id),
            _ => None,
        };
        match (steps, radio) {
            (["config"], _) => self.wifi_config(),
            (["state"], _) => self.wifi_state(major),
            (["ap"], _) => self.wifi_aps(),
            (["bss"], _) => self.wifi_bss(permissions),
            (["ap", _], Some(radio)) => Reply::Result(self.ap(radio)),
            (["ap", _, "stations"], Some(radio)) => self.wifi_stations(radio),
            (["ap", _, "neighbors"], Some(radio)) => self.wifi_neighbors(radio),
            (["ap", _, "channel_usage"], Some(radio)) => self.wifi_channel_usage(radio),
            (["ap", _] | ["ap", _, "stations" | "neighbors" | "channel_usage"], None) => Reply::no_entry(),
            _ => Reply::unknown_path(),
        }
    }
}

/// What is said of paths that this world does not have: whoever may not see them learns what would be needed, except
/// that the paths of the house's devices and cameras do not exist then.
fn refused(steps: &[&str], permissions: &Permissions) -> Reply {
    let needed = match steps {
        ["call", ..] => (permissions.calls, "calls"),
        ["contact", ..] => (permissions.contacts, "contacts"),
        ["fs", ..] => (permissions.explorer, "explorer"),
        ["downloads", ..] => (permissions.downloader, "downloader"),
        ["player", ..] => (permissions.player, "player"),
        ["vm", ..] => (permissions.vm, "vm"),
        _ => return Reply::unknown_path(),
    };
    if needed.0 { Reply::unknown_path() } else { Reply::missing(needed.1) }
}

//! The table of boxes. Deliberately only values.

use super::{
    Cellular, Disk, Dsl, DslSide, Fibre, Freeplug, Guest, Line, Port, Profile, Radio, Reads, Report, Role,
    Sensor,
};

/// Each box once, as a router.
pub const BOXES: [&Profile; 7] =
    [&REVOLUTION_ADSL, &REVOLUTION_VDSL, &REVOLUTION_FTTH, &DELTA, &POP, &ULTRA, &MINI];

const fn warm(id: &'static str, name: &'static str, base: f64) -> Sensor {
    Sensor { id, name, base, reads: Reads::Well }
}

const fn bay(id: &'static str, name: &'static str, reads: Reads) -> Sensor {
    Sensor { id, name, base: 0.0, reads }
}

const fn port(id: u32, name: &'static str, rrd_id: &'static str, speed: u32, role: Role) -> Port {
    Port { id, name, rrd_id, speed, role }
}

const GIGA: u64 = 1_000_000_000;

const REVOLUTION: Profile = Profile {
    name: "",
    device_name: "Freebox Server",
    device_type: "FreeboxServer1,2",
    box_model: "fbxgw-r2/full",
    box_model_name: "Freebox Server (r2)",
    board_name: "fbxgw2r",
    flavor: "full",
    firmware: "4.8.15",
    next_firmware: "4.8.16",
    api: (8, 5),
    recent: false,
    hosts: 60,
    line: Line::Dsl(ADSL),
    ipv4_port_range: (0, 65_535),
    cellular: Cellular::None,
    sensors: &[
        warm("temp_cpum", "Température CPU M", 60.0),
        warm("temp_cpub", "Température CPU B", 56.0),
        warm("temp_sw", "Température Switch", 50.0),
        bay("temp_hdd", "Disque dur", Reads::Disk(1)),
    ],
    fans: &[warm("fan0_speed", "Ventilateur 1", 2_130.0)],
    ports: &[
        port(4, "Ethernet 4", "4", 1_000, Role::Rest),
        port(1, "Ethernet 1", "1", 1_000, Role::Storage),
        port(3, "Ethernet 3", "3", 100, Role::Silent),
        port(2, "Ethernet 2", "2", 10, Role::Unplugged),
    ],
    radios: &[RADIO_2, Radio { channel: 44, secondary: 48, ..RADIO_5 }],
    guest: Guest::Off,
    wifi_type: "2d4_5",
    disks: &[Disk {
        id: 1,
        kind: "internal",
        model: "Hitachi HTS545025",
        serial: "ABC123",
        firmware: "PB2O",
        total: 250_059_350_016,
        temp: 41.0,
        label: "Disque dur",
        path: "L0Rpc3F1ZSBkdXI=",
        partition: true,
    }],
    raid: false,
    bays: 0,
    lan_sfp: false,
    standby: false,
    vm: false,
    vpn_server: true,
    vpn_client: false,
    freeplug: Freeplug::None,
};

const REVOLUTION_ADSL: Profile = Profile { name: "revolution-adsl", freeplug: Freeplug::Pair, ..REVOLUTION };
const REVOLUTION_VDSL: Profile = Profile { name: "revolution-vdsl", line: Line::Dsl(VDSL), ..REVOLUTION };
const REVOLUTION_FTTH: Profile = Profile {
    name: "revolution-ftth",
    line: Line::Fibre(Fibre {
        down: GIGA,
        up: 600_000_000,
        model: "F-MDCONU3A      ",
        vendor: "ACME OPTICS     ",
        report: Report::Absent,
    }),
    ipv4_port_range: (16_384, 32_767),
    ..REVOLUTION
};

/// A light box: no disk, no server for VPNs, fewer people.
const MINI: Profile = Profile {
    name: "mini-light",
    device_name: "Freebox Mini",
    device_type: "FreeboxServer1,3",
    box_model: "fbxgw-r2/mini",
    box_model_name: "Freebox Mini 4K (r2)",
    flavor: "light",
    hosts: 24,
    line: Line::Fibre(Fibre {
        down: GIGA,
        up: 200_000_000,
        model: "F-MDCONU3A",
        vendor: "ACME OPTICS",
        report: Report::Zero,
    }),
    ipv4_port_range: (32_768, 49_151),
    sensors: &[
        warm("temp_cpum", "Température CPU M", 58.0),
        warm("temp_cpub", "Température CPU B", 55.0),
        warm("temp_sw", "Température Switch", 47.0),
    ],
    disks: &[],
    vpn_server: false,
    ..REVOLUTION
};

const DELTA: Profile = Profile {
    name: "delta-4g",
    device_type: "FreeboxServer7,1",
    box_model: "fbxgw7-r1/full",
    box_model_name: "Freebox v7 (r1)",
    board_name: "fbxgw7r",
    firmware: "4.9.5",
    next_firmware: "4.9.6",
    api: (12, 2),
    recent: true,
    line: Line::Fibre(Fibre {
        down: 8 * GIGA,
        up: 700_000_000,
        model: "F-10GEPON-X1",
        vendor: "ACME OPTICS",
        report: Report::Given,
    }),
    cellular: Cellular::Aggregation,
    sensors: &[
        warm("temp_t1", "Température 1", 44.0),
        warm("temp_t2", "Température 2", 46.0),
        warm("temp_t3", "Température 3", 43.0),
        warm("temp_cpu_ap", "Température CPU AP", 61.0),
        warm("temp_cpu_cp_master", "Température CPU CP Master", 60.0),
        warm("temp_cpu_cp_slave", "Température CPU CP Slave", 59.0),
        bay("temp_hdd0", "Disque dur 1", Reads::Disk(1_000)),
        bay("temp_hdd1", "Disque dur 2", Reads::Disk(2_000)),
        bay("temp_hdd2", "Disque dur 3", Reads::Zero),
        bay("temp_hdd3", "Disque dur 4", Reads::Zero),
    ],
    fans: &[warm("fan0_speed", "Ventilateur 1", 1_417.0), warm("fan1_speed", "Ventilateur 2", 1_388.0)],
    ports: &[
        port(3, "Ethernet 3", "3", 100, Role::Silent),
        port(1, "Ethernet 1", "1", 1_000, Role::Storage),
        port(9_999, "Sfp lan", "sfp_lan", 10_000, Role::Odd),
        port(2, "Ethernet 2", "2", 10, Role::Unplugged),
        port(5, "Freeplug", "freeplug", 1_000, Role::Unplugged),
        port(4, "Ethernet 4", "4", 1_000, Role::Rest),
    ],
    radios: &[
        RADIO_2,
        RADIO_5,
        Radio { id: 2, name: "5G (2)", channel: 100, secondary: 104, radar: true, ..RADIO_5 },
    ],
    guest: Guest::Used,
    wifi_type: "2d4_5_5",
    disks: &[
        Disk {
            id: 1_000,
            kind: "sata",
            model: "ACME NAS 4T",
            serial: "SA0001",
            label: "",
            partition: false,
            ..SATA
        },
        Disk {
            id: 2_000,
            kind: "sata",
            model: "ACME NAS 4T",
            serial: "SA0002",
            label: "",
            partition: false,
            ..SATA
        },
        Disk { id: 3_000, kind: "raid", model: "", serial: "", firmware: "", temp: 0.0, ..SATA },
    ],
    raid: true,
    bays: 4,
    lan_sfp: true,
    vm: true,
    vpn_client: true,
    freeplug: Freeplug::Pair,
    ..REVOLUTION
};

const POP: Profile = Profile {
    name: "pop-ftth",
    device_type: "FreeboxServer8,1",
    box_model: "fbxgw8-r1",
    box_model_name: "Freebox v8 (r1)",
    board_name: "fbxgw8r",
    firmware: "4.9.5",
    next_firmware: "4.9.6",
    api: (12, 2),
    recent: true,
    line: Line::Fibre(Fibre {
        down: 5 * GIGA,
        up: 900_000_000,
        model: "F-10GEPON-X1    ",
        vendor: "ACME OPTICS     ",
        report: Report::Given,
    }),
    sensors: &[
        warm("temp_cpu0", "Température CPU 0", 63.0),
        warm("temp_cpu1", "Température CPU 1", 62.0),
        warm("temp_t1", "Température 1", 48.0),
    ],
    fans: &[],
    ports: &[
        port(2, "Ethernet 2", "2", 1_000, Role::Rest),
        port(1, "Ethernet 1", "1", 2_500, Role::Storage),
        port(3, "Ethernet 3", "3", 10, Role::Unplugged),
    ],
    radios: &[RADIO_2, Radio { channel: 100, secondary: 104, radar: true, ..RADIO_5 }],
    guest: Guest::Empty,
    disks: &[],
    ..REVOLUTION
};

const ULTRA: Profile = Profile {
    name: "ultra",
    device_name: "Freebox de Léa",
    device_type: "FreeboxServer9,1",
    box_model: "fbxgw9-r1",
    box_model_name: "Freebox v9 (r1)",
    board_name: "fbxgw9r",
    firmware: "4.9.6",
    next_firmware: "4.12.2",
    api: (16, 0),
    recent: true,
    line: Line::Fibre(Fibre {
        down: 8 * GIGA,
        up: 8 * GIGA,
        model: "F-10GEPON-X1",
        vendor: "ACME OPTICS",
        report: Report::Given,
    }),
    cellular: Cellular::Backup,
    sensors: &[
        warm("temp_cpu0", "Température CPU 0", 62.0),
        warm("temp_cpu1", "Température CPU 1", 61.0),
        warm("temp_cpu2", "Température CPU 2", 61.0),
        warm("temp_cpu3", "Température CPU 3", 60.0),
        bay("temp_t1", "Température 1", Reads::Nothing),
    ],
    fans: &[warm("fan0_speed", "Ventilateur 1", 1_417.0)],
    ports: &[
        port(1, "Ethernet 1", "1", 2_500, Role::Storage),
        port(2, "Ethernet 2", "2", 10, Role::Unplugged),
        port(3, "Ethernet 3", "3", 100, Role::Silent),
        port(9_999, "Sfp lan", "sfp_lan", 10_000, Role::Bare),
        port(4, "Ethernet 4", "4", 2_500, Role::Rest),
    ],
    radios: &[
        RADIO_2,
        Radio { channel: 100, secondary: 104, width: "160", radar: true, ..RADIO_5 },
        Radio { id: 10, name: "5G (2)", ..RADIO_5 },
        Radio {
            id: 11,
            name: "6G",
            band: "6g",
            width: "160",
            channel: 37,
            secondary: 41,
            standard: "be",
            ..RADIO_5
        },
    ],
    guest: Guest::Empty,
    wifi_type: "2d4_5_5_6g",
    disks: &[Disk {
        id: 1_000,
        kind: "nvme",
        total: 1_000_204_886_016,
        model: "ACME SSD 1T",
        serial: "NV0001",
        ..SATA
    }],
    bays: 1,
    lan_sfp: true,
    standby: true,
    vm: true,
    freeplug: Freeplug::Unknown,
    ..REVOLUTION
};

const RADIO_2: Radio = Radio {
    id: 0,
    name: "2.4G",
    band: "2d4g",
    width: "20",
    channel: 6,
    secondary: 0,
    radar: false,
    standard: "n",
};
const RADIO_5: Radio = Radio {
    id: 1,
    name: "5G",
    band: "5g",
    width: "80",
    channel: 36,
    secondary: 40,
    radar: false,
    standard: "ax",
};

const SATA: Disk = Disk {
    id: 0,
    kind: "sata",
    model: "",
    serial: "",
    firmware: "0001",
    total: 4_000_787_030_016,
    temp: 38.0,
    label: "Freebox",
    path: "L0ZyZWVib3g=",
    partition: true,
};

const ADSL: Dsl = Dsl {
    connection_type: "pppoatm",
    protocol: "adsl2plus_a",
    modulation: "adsl",
    down: DslSide {
        maxrate: 17_320,
        rate: 16_012,
        snr_10: 71,
        attn_10: 285,
        phyr: true,
        ginp: false,
        nitro: false,
        hourly: [360, 12, 3, 9, 1, 250],
    },
    up: DslSide {
        maxrate: 1_170,
        rate: 1_022,
        snr_10: 66,
        attn_10: 143,
        phyr: false,
        ginp: false,
        nitro: false,
        hourly: [30, 4, 0, 4, 0, 0],
    },
    silent_when_down: false,
};

const VDSL: Dsl = Dsl {
    connection_type: "rfc2684",
    protocol: "vdsl2_17a",
    modulation: "vdsl",
    down: DslSide {
        maxrate: 61_234,
        rate: 54_012,
        snr_10: 94,
        attn_10: 172,
        phyr: false,
        ginp: true,
        nitro: true,
        hourly: [50, 6, 1, 5, 1, 250],
    },
    up: DslSide {
        maxrate: 12_011,
        rate: 10_994,
        snr_10: 81,
        attn_10: 201,
        phyr: false,
        ginp: false,
        nitro: true,
        hourly: [0, 4, 0, 4, 0, 0],
    },
    silent_when_down: true,
};

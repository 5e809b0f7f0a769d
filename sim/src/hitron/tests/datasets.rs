//! What datasets say.

use super::*;

/// What owners' notes show of each downstream channel: port, channel, frequency, level, signal to noise.
const DOWNSTREAM: &str = include_str!("downstream.txt");

fn figure(value: &Value) -> f64 {
    value.as_str().unwrap().trim().parse().unwrap()
}

#[test]
fn a_cgnv4_shows_the_figures_of_the_published_sample() {
    let running = start();
    let mut browser = Browser::logged_in(&running);
    let mut data = |name: &str| browser.data(name).json();
    let downstream = data("dsinfo");
    let expected: Vec<Vec<f64>> = DOWNSTREAM
        .lines()
        .map(|line| line.split(' ').map(|figure| figure.parse().unwrap()).collect())
        .collect();
    let found: Vec<Vec<f64>> = downstream
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let fields = ["portId", "channelId", "frequency", "signalStrength", "snr"];
            fields.iter().map(|field| figure(&row[field])).collect()
        })
        .collect();
    assert_eq!(found, expected);
    assert!(downstream.as_array().unwrap().iter().all(|row| row["modulation"] == "2"));
    let upstream = data("usinfo");
    let found: Vec<[f64; 5]> = upstream
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            ["portId", "channelId", "frequency", "bandwidth", "signalStrength"]
                .map(|field| figure(&row[field]))
        })
        .collect();
    assert_eq!(
        found,
        [
            [1.0, 2.0, 39_400_000.0, 6_400_000.0, 35.75],
            [2.0, 1.0, 46_200_000.0, 6_400_000.0, 35.75],
            [3.0, 3.0, 32_600_000.0, 6_400_000.0, 35.5],
            [4.0, 4.0, 25_800_000.0, 6_400_000.0, 37.0],
        ]
    );
    let system = &data("getSysInfo")[0];
    for (field, expected) in [
        ("hwVersion", "2D"),
        ("swVersion", "4.5.10.201-CD-UPC"),
        ("serialNumber", "ABC123"),
        // 284820 seconds.
        ("systemUptime", "03 Days,07 Hours,07 Minutes,00 Seconds"),
        ("systemTime", "Fri Jun 17, 2022, 17:09:10"),
        ("LSendPkt", "3.3833G Bytes"),
        ("LRecPkt", "869.9M Bytes"),
        ("WSendPkt", "1.1021G Bytes"),
        ("WRecPkt", "4.9073G Bytes"),
    ] {
        assert_eq!(system[field], expected, "{field}");
    }
    let stages = &data("getCMInit")[0];
    assert_eq!(stages["bpiStatus"], "AUTH:authorized, TEK:operational");
    assert_eq!((&stages["timeOfday"], &stages["eaeStatus"]), (&"Secret".into(), &"Secret".into()));
    assert_eq!(data("system_model")["modelName"], "CGNV4-FX4");
    assert_eq!(data("user_type")["UserType"], "1");
    assert_eq!(data("getTuneFreq")[0]["tunefreq"], "426.250");
    assert_eq!(data("getCmDocsisWan")[0]["CmIpLeaseDuration"], "04 Days,09 Hours,47 Minutes,10 Seconds");
    assert_eq!(data("vmb_service_info")[0]["GRETunnel"], "PING Success");
    assert!(!data("getVMBAccountInfo")[0]["Username"].as_str().unwrap().is_empty());
    assert_eq!(browser.data("dsofdminfo").status, 404);
}

#[test]
fn devices_have_numbers_and_one_has_a_hostile_name() {
    let running = start();
    let hosts = Browser::logged_in(&running).data("getConnectInfo");
    let json = hosts.json();
    let hosts_of = json.as_array().unwrap();
    assert!(hosts_of.iter().all(|host| host["id"].is_u64() && host["comnum"].is_u64()));
    assert!(hosts_of.iter().any(|host| host["online"] == "active"));
    assert!(hosts_of.iter().any(|host| host["online"] == "inactive"));
    let hostile = |host: &&Value| {
        let name = host["hostName"].as_str().unwrap();
        name.contains('"') && name.contains('\n') && name.contains('\u{1b}')
    };
    assert_eq!(hosts_of.iter().filter(hostile).count(), 1);
    // As JSON has it, escaped.
    assert!(hosts.text().contains(r#"tv\"} 1\n#"#), "{}", hosts.text());
}

#[test]
fn everything_that_moves_moves_with_the_clock() {
    let running = start();
    let mut browser = Browser::logged_in(&running);
    running.control.advance(Duration::from_secs(100));
    let system = browser.data("getSysInfo").json()[0].take();
    assert_eq!(system["systemUptime"], "03 Days,07 Hours,08 Minutes,40 Seconds");
    assert_eq!(system["systemTime"], "Fri Jun 17, 2022, 17:10:50");
    // 251 and 61 kB in a second.
    assert_eq!((&system["LSendPkt"], &system["LRecPkt"]), (&"3.4084G Bytes".into(), &"876M Bytes".into()));
    let lease = browser.data("getCmDocsisWan").json()[0]["CmIpLeaseDuration"].take();
    assert_eq!(lease, "04 Days,09 Hours,45 Minutes,30 Seconds");
    running.control.speed(1e6);
    let slow = |browser: &mut Browser| browser.data("getSysInfo").json()[0]["systemTime"].take();
    running.control.rules(|rules| rules.idle = Duration::MAX);
    assert_ne!(slow(&mut browser), slow(&mut browser));
}

#[test]
fn a_restart_begins_at_zero() {
    let running = start();
    running.control.reboot(PATIENCE);
    running.control.open();
    let mut browser = Browser::logged_in(&running);
    let system = browser.data("getSysInfo").json()[0].take();
    assert_eq!(system["systemUptime"], "00 Days,00 Hours,00 Minutes,00 Seconds");
    assert_eq!(system["WRecPkt"], "0 Bytes");
    let events = browser.data("status_log").json();
    assert!(events.as_array().unwrap().iter().all(|event| event["index"].is_u64()));
    assert_eq!(events.as_array().unwrap().last().unwrap()["time"], "01/01/70 00:01:12");
    running.control.advance(Duration::from_secs(2));
    assert_eq!(browser.data("getSysInfo").json()[0]["LSendPkt"], "502K Bytes");
    assert_eq!(running.control.stats().reboots, 1);
}

#[test]
fn a_coda_answers_anybody_with_more_and_odder_figures() {
    let running = start_coda();
    let mut browser = Browser::at(&running);
    assert_eq!(browser.get("/").status, 200);
    assert_eq!(browser.post("/goform/login", "usr=admin&pwd=hunter2").status, 404);
    let mut data = |name: &str| browser.data(name).json();
    let downstream = data("dsinfo");
    assert_eq!(downstream.as_array().unwrap().len(), 32);
    assert_eq!(downstream[0]["dsoctets"], "10 * 2e32 + 3651454275");
    assert!(downstream[31]["dsoctets"].as_str().unwrap().parse::<u32>().is_ok());
    assert!(downstream.as_array().unwrap().iter().all(|row| row["correcteds"].is_string()));
    let upstream = data("usinfo");
    assert_eq!((&upstream[4]["frequency"], &upstream[4]["signalStrength"]), (&"0".into(), &"-".into()));
    assert_eq!(upstream[4]["modtype"], "QAM_NONE");
    let receivers = data("dsofdminfo");
    assert_eq!(receivers[0]["Subcarr0freqFreq"], " 275600000");
    assert_eq!((&receivers[1]["plclock"], &receivers[1]["SNR"]), (&"NO".into(), &"NA".into()));
    let transmitters = data("usofdminfo");
    assert_eq!(transmitters[0]["state"], "  DISABLED");
    assert_eq!(
        (&transmitters[1]["state"], figure(&transmitters[1]["repPower1_6"])),
        (&"   OPERATE".into(), 38.7)
    );
    assert_eq!(data("getLinkStatus")[0]["LinkStatus"], "Up");
    assert_eq!(data("getCmDocsisWan")[0]["CmIpLeaseDuration"], "D: 6 H: 09 M: 25 S: 55");
    let system = &data("getSysInfo")[0];
    assert_eq!((&system["systemUptime"], &system["LRecPkt"]), (&"141h:33m:44s".into(), &"TODO".into()));
    let model = browser.data("system_model").text();
    assert_eq!(model, r#"{"modelName" : "CODA","vendorname" : "HITRON"}"#);
    assert_eq!(running.control.stats().unauthorised, 0);
}

#[test]
fn a_coda_wears_out() {
    let wear = Wear { zeros_after: 2, reboots_at: 4, reboot: PATIENCE };
    let profile = "coda-asp".to_owned();
    let running = Modem::start(Options { profile, https: false, wear, ..Options::default() }).unwrap();
    let mut browser = Browser::at(&running);
    let mut octets = || browser.data("dsofdminfo").json()[0]["dsoctets"].as_str().unwrap().to_owned();
    let seen = [octets(), octets(), octets()];
    assert_eq!(seen.map(|octets| octets == "0"), [false, false, true]);
    browser.send("GET", "/data/dsofdminfo.asp", "", "");
    assert_eq!(browser.rest().0, b"");
    running.control.open();
    let mut browser = Browser::at(&running);
    assert_eq!(browser.data("getSysInfo").json()[0]["systemUptime"], "00h:00m:00s");
    running.control.advance(Duration::from_secs(1));
    assert_eq!(browser.data("dsofdminfo").json()[0]["dsoctets"], "9000000");
    assert_eq!(running.control.stats().reboots, 1);
}

//! The walls between the rooms of the house, checked over the source as text: who may import whom, what is pure, where
//! threads start and time is read. ARCHITECTURE.md says why each stands where it stands.
//!
//! It looks at text and not at meaning, so it can be tricked by whoever wants to; it is for those who forget. To move a
//! wall, change its line here in a commit of its own, with the reason in ARCHITECTURE.md.

use std::fs;
use std::path::Path;

use lanlord::catalogue;

mod code;
mod paths;

use code::{Code, is_word};

/// What a part of `src/` may import, besides itself; everything else of ours is behind a wall.
struct Room {
    /// A file, or a folder with its `/`. Of several that fit, the longest holds.
    place: &'static str,
    /// Modules; `sources::*` is what `sources/mod.rs` itself declares, and none of its folders.
    may_import: &'static [&'static str],
    /// What is printed.
    says: &'static str,
}

const ROOMS: &[Room] = &[
    room("lib.rs", &[], "lib.rs is a map and imports nothing"),
    room("metric.rs", &[], "R1: metric imports nothing of ours, so that everything may import it"),
    room("metric/", &["metric"], "R1: metric imports nothing of ours, so that everything may import it"),
    room("clock.rs", &["metric"], "clock tells the time and knows nobody"),
    room("names.rs", &["metric"], "names is a table that everybody may read; it knows nobody"),
    room("names/", &["metric", "names"], "what names are kept in knows nobody, and asks nobody"),
    room(
        "names/dns.rs",
        &["clock", "names", "text"],
        "dns asks a resolver for names; it knows neither hosts nor sources",
    ),
    room("text.rs", &["metric"], "text writes words for page, log and terminal alike; it knows none of them"),
    room("store.rs", &["metric"], "store keeps batches and knows neither who makes them nor who reads them"),
    room("backoff.rs", &[], "backoff counts failures and knows nobody"),
    room("encode/", &["metric"], "R4: an encoding imports only metric"),
    room("hosts.rs", &["metric"], "hosts joins what one source says; it knows neither sources nor outputs"),
    room(
        "sources/mod.rs",
        &["metric", "names", "pulse"],
        "R2: a source never imports store, outputs, config or app",
    ),
    room("sources/device.rs", &[], "what a device wants to be left alone about is data"),
    room("sources/journal.rs", &["clock", "text"], "a journal keeps lines, whatever they are about"),
    room(
        "sources/wire/",
        &["metric", "clock", "names", "sources::*"],
        "R2, R3: a source knows metric, clock, names and the contract in sources/mod.rs, and no other source",
    ),
    room("sources/wire/packet/", &["metric"], "reading a frame depends on nothing but the frame"),
    room(
        "sources/wire/accounts/",
        &["metric", "sources::wire::packet"],
        "the books know what a packet is, and not where it came from or what it is called",
    ),
    room(
        "sources/wire/files/",
        &["sources::wire::accounts", "sources::wire::packet"],
        "files bring records to the books; they know no interface and no clock",
    ),
    room(
        "sources/wire/capture/",
        &["clock", "pulse", "sources::wire::accounts", "sources::wire::packet", "sources::wire::files"],
        "capture brings frames to the books; it knows neither names nor metrics",
    ),
    room("sources/wire/devices.rs", &[], "devices sums bytes by name and knows nothing else"),
    room(
        "sources/wire/snapshot.rs",
        &["metric", "names", "sources::wire"],
        "a snapshot is data: the books, with names",
    ),
    room(
        "sources/wire/metrics.rs",
        &["metric", "sources::*", "sources::wire"],
        "metrics says in our words what is in the snapshot: names and choices are already made",
    ),
    room("sources/line.rs", &["metric"], "R3: line is a table for every kind of uplink, and knows none"),
    room(
        "sources/freebox/",
        &["clock", "metric", "net", "secrets", "sources::*", "sources::line"],
        "R2, R3: a source knows metric, clock, net, secrets and the contract in sources/mod.rs, and no other source",
    ),
    room("sources/freebox/api/", &[], "the box's words depend on nothing but the box's words"),
    room(
        "sources/hitron/",
        &["clock", "metric", "net", "secrets", "sources::*", "sources::line", "text"],
        "R2, R3: a source knows metric, clock, net, secrets and the contract in sources/mod.rs, and no other source",
    ),
    room(
        "sources/hitron/api/",
        &["sources::hitron::quantity"],
        "the modem's words depend on nothing but the modem's words",
    ),
    room("sources/hitron/quantity.rs", &[], "a quantity follows from its text"),
    room(
        "sources/hitron/metrics/",
        &["metric", "sources::*", "sources::hitron", "sources::line"],
        "metrics says in our words what is in the snapshot: choices are already made",
    ),
    room(
        "sources/freebox/metrics/",
        &["metric", "sources::*", "sources::freebox", "sources::line"],
        "metrics says in our words what is in the snapshot: choices are already made",
    ),
    room(
        "sources/hitron/",
        &["clock", "metric", "net", "secrets", "sources::*", "sources::line", "text"],
        "R2, R3: a source knows metric, clock, net, secrets and the contract in sources/mod.rs, and no other source",
    ),
    room("sources/hitron/quantity.rs", &[], "what a text amounts to depends on nothing but the text"),
    room(
        "sources/hitron/quantity/",
        &["sources::hitron::quantity"],
        "what a text amounts to depends on nothing but the text",
    ),
    room(
        "sources/hitron/api/",
        &["sources::hitron::quantity"],
        "the modem's words depend on nothing but what its texts amount to",
    ),
    room(
        "sources/hitron/snapshot.rs",
        &["metric", "sources::hitron::api"],
        "a snapshot is data: what the modem said, and how the visit went",
    ),
    room(
        "sources/hitron/metrics/",
        &["metric", "sources::*", "sources::hitron", "sources::line"],
        "metrics says in our words what is in the snapshot: choices are already made",
    ),
    room("net/", &["clock", "metric", "text"], "net brings bytes, and knows no box and no source"),
    room("secrets/", &["text"], "secrets reads them, and knows nobody who needs them"),
    room(
        "visit.rs",
        &["clock", "metric", "net", "sources", "text", "visit"],
        "visit asks a part once; it does not know when, or where the answer goes",
    ),
    room("visit/told.rs", &["metric", "text"], "what the log was told is data"),
    room("visit/turns.rs", &["clock", "metric", "sources"], "turns are taken at devices, by whomever"),
    room(
        "probe.rs",
        &["metric", "net", "probe", "sources"],
        "what a probe needs is data; who answers it is behind the desk",
    ),
    room(
        "probe/",
        &["metric", "probe", "text"],
        "the second door: what is asked, planned and said; it knows neither the store nor the listener",
    ),
    room("probe/allow.rs", &["net", "text"], "who may be visited follows from lists and an address"),
    room(
        "probe/answer.rs",
        &["encode", "metric", "probe", "text"],
        "what is said of a visit follows from the visit",
    ),
    room("probe/board.rs", &["metric", "probe", "visit"], "what is remembered of probes is counts and names"),
    room(
        "probe/desk.rs",
        &["clock", "metric", "probe", "sources", "text", "visit"],
        "the desk puts a question and a visit together; it knows neither the store nor the listener",
    ),
    room(
        "probe/flight.rs",
        &["metric", "net", "probe", "visit"],
        "a flight is a visit that goes on to its end, whoever waits",
    ),
    room("probe/identity.rs", &["net", "sources"], "which probes are the same follows from what they need"),
    room(
        "probe/plan.rs",
        &["net", "probe", "sources"],
        "what a visit takes follows from the module, the question and an address",
    ),
    room("probe/query.rs", &["net", "probe", "text"], "what is asked for follows from the query"),
    room("probe/reply.rs", &["metric"], "what is asked and answered at the door is data"),
    room(
        "schedule.rs",
        &["backoff", "clock", "metric", "pulse", "store", "visit"],
        "schedule knows when, and nothing of what a visit is about",
    ),
    room(
        "push/",
        &["backoff", "clock", "encode", "metric", "net", "pulse", "secrets", "store", "text"],
        "R4: a push brings what is in the store; it never imports a source, the listener, the configuration or the app",
    ),
    room("push/selection.rs", &["metric"], "which families are wanted follows from their names"),
    room("push/parcel.rs", &[], "a parcel is bytes, and knows nobody who sends it"),
    room(
        "push/kept.rs",
        &["encode", "metric", "push", "store"],
        "what a push leaves behind is data for the next one with its name",
    ),
    room(
        "push/told.rs",
        &["metric"],
        "what there is to tell the log follows from what happened, and nothing else",
    ),
    room(
        "push/harvest.rs",
        &["encode", "metric", "push"],
        "writing parcels takes batches; it knows neither the store nor who sends them",
    ),
    room("push/queue.rs", &["push"], "a queue keeps parcels and knows nobody who sends them"),
    room("push/state.rs", &["metric", "push"], "how a push fares is data for whoever shows it"),
    room(
        "minute.rs",
        &["clock", "store"],
        "the minute page reads the store at its own pace; it visits nobody and knows no configuration",
    ),
    room(
        "minute/",
        &["metric", "text"],
        "what is on a minute page follows from two readings and nothing else",
    ),
    room(
        "top.rs",
        &["clock"],
        "top asks a running lanlord like anybody else; it knows no store and no configuration",
    ),
    room(
        "top/",
        &["clock", "metric", "process", "sources::wire::metrics", "text", "visit"],
        "top asks a running lanlord like anybody else; of the rest it knows only what families are called",
    ),
    room(
        "web/",
        // Of the pushes only how they fare, and of probes only what is asked and answered.
        &[
            "clock",
            "encode",
            "hosts",
            "metric",
            "probe::reply",
            "push::PushId",
            "push::state",
            "store",
            "text",
        ],
        "R4: the listener shows what is in the store; it never imports a source, the configuration or the app",
    ),
    room(
        "report/",
        &["encode", "metric", "names", "sources", "text"],
        "reports write what captures hold; they know no listener, no daemon and no command line",
    ),
    room("process.rs", &["metric"], "process measures this process and nothing of the network"),
    room("log/", &["clock", "metric", "text"], "the log writes what it is told, and asks nobody"),
    room("activation.rs", &[], "activation takes sockets over and knows nobody who will use them"),
    room("pulse.rs", &["clock"], "pulse knows loops by name and nothing of what they do"),
    room(
        "notify.rs",
        &["pulse", "text"],
        "notify passes words on to the service manager, whatever they are about",
    ),
    room("sandbox/", &["text"], "the sandbox gives things up; it knows none of those who must do without"),
    room(
        "catalogue.rs",
        &[
            "loaded",
            "log",
            "metric",
            "names",
            "probe",
            "process",
            "push",
            "sources",
            "visit",
            "web::counters",
        ],
        "the catalogue lists families and asks nobody",
    ),
    room(
        "config/",
        // `text` since problems and migrated files show on a terminal what somebody else has written.
        &[
            "catalogue",
            "encode",
            "log",
            "metric",
            "names",
            "net",
            "probe",
            "push",
            "secrets",
            "sources",
            "text",
        ],
        "config makes settings; it opens nothing and runs nothing",
    ),
    room(
        "cli.rs",
        // `top::table` has the one list of orders that `top` sorts by.
        &["config", "log", "top::table"],
        "the command line says what may be said, and decides nothing",
    ),
    room(
        "cli/freebox.rs",
        &["config", "net::tls", "sources::freebox::endpoint"],
        "the command line says what may be said, and decides nothing",
    ),
    room("cli/old_flags.rs", &[], "a hint reads words and knows nobody"),
    room("cli/old_script.rs", &["cli::old_flags"], "a hint reads words and knows nobody"),
    room(
        "commands/",
        &[
            "activation",
            "app",
            "catalogue",
            "cli",
            "clock",
            "config",
            "encode",
            "log",
            "metric",
            "names",
            "net",
            "notify",
            "probe",
            "push",
            "report",
            "sandbox",
            "secrets",
            "sources",
            "text",
            "top",
            "visit",
        ],
        "a command runs the daemon through app, and does not take it apart",
    ),
    room(
        "app.rs",
        &[
            "clock", "config", "loaded", "log", "metric", "minute", "names", "notify", "probe", "process",
            "pulse", "push", "sandbox", "sources", "store", "visit", "web",
        ],
        "app puts the daemon together; commands and reports are not part of it",
    ),
    room("app/listen.rs", &[], "binding a listener needs an address and nothing else"),
    room(
        "app/fleet.rs",
        &["app::outcome", "config", "metric", "schedule", "sources", "store", "visit"],
        "the fleet knows sources and who asks them, and neither files nor listeners",
    ),
    room("app/outcome.rs", &[], "what became of a reload is data and its words"),
    room(
        "app/pushes.rs",
        &["app::outcome", "config", "metric", "pulse", "push", "store"],
        "the pushes of a configuration, and neither files nor listeners",
    ),
    room(
        "app/reload.rs",
        &["app", "clock", "config", "loaded", "log", "metric", "names", "probe", "push", "text", "web"],
        "a reload takes up a configuration; how it is read is the caller's matter",
    ),
    room("loaded.rs", &["metric"], "loaded is two figures, and knows nobody who writes or reads them"),
    room("main.rs", &["catalogue", "cli", "commands", "log"], "main parses, calls and exits"),
];

const fn room(place: &'static str, may_import: &'static [&'static str], says: &'static str) -> Room {
    Room { place, may_import, says }
}

const NO_ROOM: &str =
    "this file is in no room: give it a line in ROOMS of tests/it/tidy.rs and one in ARCHITECTURE.md";

/// What may not be in some files.
struct Wall {
    /// Files, or folders with their `/`; an empty one is everywhere.
    places: &'static [&'static str],
    except: &'static [&'static str],
    /// Whether tests may.
    part: Part,
    forbidden: &'static [Forbidden],
    says: &'static str,
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Production,
    Everything,
}

#[derive(Clone, Copy)]
enum Forbidden {
    /// This path and all below it.
    Path(&'static str),
    /// These characters in the code, not as part of a longer word.
    Text(&'static str),
}

use Forbidden::{Path as P, Text as T};

/// What reads a frame, counts it, or puts it in other words.
const PURE: &[&str] = &[
    "src/metric.rs",
    "src/metric/",
    "src/text.rs",
    "src/names.rs",
    "src/names/cache.rs",
    "src/names/hosts_file.rs",
    "src/names/label.rs",
    "src/names/metrics.rs",
    "src/names/pace.rs",
    "src/catalogue.rs",
    "src/encode/",
    "src/hosts.rs",
    "src/net/http/form.rs",
    "src/net/legacy_tls/pin.rs",
    "src/net/legacy_tls/refusal.rs",
    "src/net/place.rs",
    "src/backoff.rs",
    "src/probe/allow.rs",
    "src/probe/answer.rs",
    "src/probe/identity.rs",
    "src/probe/plan.rs",
    "src/probe/query.rs",
    "src/probe/reply.rs",
    "src/push/graphite/trouble.rs",
    "src/push/influxdb/answer.rs",
    "src/push/influxdb/url.rs",
    "src/push/kept.rs",
    "src/push/parcel.rs",
    "src/push/queue.rs",
    "src/push/selection.rs",
    "src/push/state.rs",
    "src/push/told.rs",
    "src/push/words.rs",
    "src/report/",
    "src/minute/",
    "src/top/parse.rs",
    "src/top/table.rs",
    "src/top/view.rs",
    "src/sources/line.rs",
    "src/sources/freebox/api/",
    "src/sources/freebox/endpoint.rs",
    "src/sources/freebox/lines.rs",
    "src/sources/freebox/metrics/",
    "src/sources/freebox/parts/absent.rs",
    "src/sources/freebox/parts/outages.rs",
    "src/sources/freebox/token.rs",
    "src/sources/freebox/parts/choice.rs",
    "src/sources/hitron/api/",
    "src/sources/hitron/metrics/",
    "src/sources/hitron/quantity.rs",
    "src/sources/hitron/quantity/",
    "src/sources/hitron/snapshot.rs",
    "src/sources/hitron/parts.rs",
    "src/sources/hitron/session/answer.rs",
    "src/sources/hitron/session/jar.rs",
    "src/sources/hitron/session/trouble.rs",
    "src/sources/wire/packet/",
    "src/sources/wire/accounts/",
    "src/sources/wire/files/pcap.rs",
    "src/sources/wire/files/pcapng.rs",
    "src/sources/wire/files/record.rs",
    "src/sources/wire/capture/filter.rs",
    "src/sources/wire/capture/record.rs",
    "src/sources/wire/devices.rs",
    "src/sources/wire/naming.rs",
    "src/sources/wire/snapshot.rs",
    "src/sources/wire/metrics.rs",
];

const WALLS: &[Wall] = &[
    Wall {
        places: PURE,
        except: &[],
        part: Part::Production,
        forbidden: &[
            P("tokio"),
            P("nix"),
            P("libc"),
            P("tracing"),
            P("crate::clock"),
            P("std::env"),
            P("std::fs"),
            P("std::io::stderr"),
            P("std::io::stdin"),
            P("std::io::stdout"),
            P("std::net::TcpListener"),
            P("std::net::TcpStream"),
            P("std::net::ToSocketAddrs"),
            P("std::net::UdpSocket"),
            P("std::os"),
            P("std::process"),
            P("std::thread"),
            P("std::time::Instant"),
            P("std::time::SystemTime"),
            T("println!"),
            T("print!"),
            T("eprintln!"),
            T("eprint!"),
        ],
        says: "R5: this is pure: no runtime, sockets, files, clocks, environment or logging",
    },
    Wall {
        places: &[""],
        except: &["src/sources/wire/capture/ring.rs"],
        part: Part::Everything,
        forbidden: &[T("unsafe"), T("unsafe_code")],
        says: "R6: unsafe is for the kernel's ring alone",
    },
    Wall {
        places: &["sim/"],
        except: &[],
        part: Part::Everything,
        forbidden: &[P("crate::lanlord"), T("lanlord::")],
        says: "R7: the simulated house shares no code with lanlord, not one constant",
    },
    Wall {
        places: &["src/"],
        except: &["src/demo.rs"],
        part: Part::Production,
        forbidden: &[T("lanlord_sim")],
        says: "R7: only the demonstration and tests know the simulated house",
    },
    Wall {
        places: &["src/"],
        except: &["src/visit.rs"],
        part: Part::Production,
        forbidden: &[T(".ask("), T("Part::ask")],
        says: "R8: only visit asks a part, so that deadline, outcome and reason mean the same for all",
    },
    Wall {
        places: &["src/"],
        except: &[
            "src/app.rs",
            "src/app/",
            "src/web/listener.rs",
            "src/web/scrape.rs",
            "src/push/harvest.rs",
            // A visit must go on to its log-out when whoever asked for it has gone.
            "src/probe/flight.rs",
            "src/sources/wire/capture/mod.rs",
            "src/log/queue.rs",
        ],
        part: Part::Production,
        forbidden: &[
            T(".spawn("),
            T(".spawn_blocking("),
            T(".spawn_local("),
            P("std::thread::spawn"),
            P("std::thread::scope"),
            P("std::thread::Builder"),
            P("tokio::spawn"),
            P("tokio::task::spawn"),
            P("tokio::task::spawn_blocking"),
            P("tokio::task::spawn_local"),
        ],
        says: "R8: tasks and threads start in app, in the listener, for large bodies, for probes, for capture, and to write the log, so that stopping knows them all",
    },
    Wall {
        places: &["src/", "sim/src/"],
        except: &["src/clock.rs", "sim/src/pace.rs"],
        part: Part::Production,
        forbidden: &[T("Instant::now"), T("SystemTime::now"), T("UNIX_EPOCH")],
        says: "R8: only the clock asks the machine what time it is; take time as an argument",
    },
    Wall {
        places: &["src/"],
        except: &["src/net/legacy_tls/handshake.rs"],
        part: Part::Production,
        forbidden: &[P("openssl"), P("openssl_sys"), P("tokio_openssl")],
        says: "R10: OpenSSL is for boxes that are too old for rustls, so that what is wrong with it is wrong in one place",
    },
    Wall {
        places: &["src/", "sim/src/", "tests/", "sim/tests/"],
        except: &["sim/src/pace.rs"],
        part: Part::Everything,
        forbidden: &[P("std::thread::sleep"), P("std::thread::sleep_ms")],
        says: "wait for an event with a deadline instead of sleeping",
    },
    Wall {
        places: &["src/", "sim/src/"],
        except: &[],
        part: Part::Production,
        forbidden: &[T(".unwrap()"), T(".unwrap_err()")],
        says: "an unwrap cannot say why it holds; match, or expect below a comment that proves it",
    },
    Wall {
        places: &[""],
        except: &[],
        part: Part::Everything,
        forbidden: &[T("#[ignore"), T("todo!"), T("unimplemented!"), T("dbg!")],
        says: "nothing half done and no test put aside: assert what happens and say why it is wrong",
    },
];

const HEAD: &str =
    "a file opens with what it is for and what it deliberately does not do (`//!`, or `#!` for a script)";
const LENGTH: &str = "450 lines before the tests are too many for one thing; find the second thing in it";
const EXPECT: &str = "an expect needs a comment above it that proves it";
const METRIC_NAME: &str = "R9: a metric's name is spelt only where `metrics!` declares it";
const DEPENDENCY: &str = "a dependency needs a comment above it that says what it is for";
const LONGEST: usize = 450;

/// Where a wall is broken.
#[derive(Debug)]
struct Breach {
    line: usize,
    found: String,
    says: &'static str,
}

/// Every wall that a file breaks. Pure; `path` is from the top of the project.
fn breaches(path: &str, text: &str) -> Vec<Breach> {
    if path.ends_with("Cargo.toml") {
        return dependencies(text);
    }
    let everything = code::everything(text);
    let production = if is_test(path) { code::everything("") } else { code::production(text) };
    let mut found: Vec<Breach> = head(text).into_iter().collect();
    found.extend(imports(path, &production));
    for wall in WALLS.iter().filter(|wall| holds(wall, path)) {
        let code = if wall.part == Part::Everything { &everything } else { &production };
        let module = module(path);
        let paths = paths::paths(&module, &code.bare);
        found.extend(wall.forbidden.iter().flat_map(|forbidden| hits(*forbidden, wall.says, code, &paths)));
    }
    if production.production_lines > LONGEST {
        let found_lines = format!("{} lines", production.production_lines);
        found.push(Breach { line: LONGEST, found: found_lines, says: LENGTH });
    }
    if path.starts_with("src/") {
        found.extend(metric_names(&production));
    }
    if path.starts_with("src/") || path.starts_with("sim/src/") {
        found.extend(expects(text, &production));
    }
    found
}

fn is_test(path: &str) -> bool {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let in_tests = folder.split('/').any(|folder| matches!(folder, "tests" | "benches"));
    in_tests || file == "tests.rs" || file.ends_with("_tests.rs")
}

fn fits(place: &str, path: &str) -> bool {
    path == place || (place.is_empty() || place.ends_with('/')) && path.starts_with(place)
}

fn holds(wall: &Wall, path: &str) -> bool {
    wall.places.iter().any(|place| fits(place, path)) && !wall.except.iter().any(|place| fits(place, path))
}

/// Where in the crate a file stands.
fn module(path: &str) -> Vec<&str> {
    let path = path.trim_start_matches("sim/").trim_start_matches("src/").trim_end_matches(".rs");
    let path = path.strip_suffix("mod").unwrap_or(path);
    path.split('/').filter(|part| !part.is_empty() && !matches!(*part, "lib" | "main")).collect()
}

fn imports(path: &str, code: &Code) -> Vec<Breach> {
    let Some(inside) = path.strip_prefix("src/").filter(|_| !is_test(path)) else { return Vec::new() };
    let fitting = ROOMS.iter().filter(|room| fits(room.place, inside));
    let Some(room) = fitting.max_by_key(|room| room.place.len()) else {
        return vec![Breach { line: 1, found: path.to_owned(), says: NO_ROOM }];
    };
    let module = module(path);
    let own = own_module(room.place);
    paths::paths(&module, &code.bare)
        .into_iter()
        .filter_map(|(line, path)| Some((line, path.strip_prefix("crate::")?.to_owned())))
        .filter(|(_, path)| !below(&own, path))
        .filter(|(_, path)| !room.may_import.iter().any(|module| may(module, path)))
        .map(|(line, found)| Breach { line, found: format!("crate::{found}"), says: room.says })
        .collect()
}

/// The module of a room: `sources::wire` of `sources/wire/` and of `sources/wire/mod.rs`.
fn own_module(place: &str) -> String {
    module(place).join("::")
}

fn may(module: &str, path: &str) -> bool {
    match module.strip_suffix("::*") {
        Some(parent) => path
            .strip_prefix(parent)
            .and_then(|rest| rest.strip_prefix("::"))
            .is_some_and(|item| item.starts_with(char::is_uppercase)),
        // The macro of `metric` stands at the top of the crate.
        None => below(module, path) || module == "metric" && path == "metrics!",
    }
}

/// Whether a path is a module or something in it.
fn below(module: &str, path: &str) -> bool {
    !module.is_empty()
        && path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn hits(forbidden: Forbidden, says: &'static str, code: &Code, paths: &[paths::Path]) -> Vec<Breach> {
    let breach = |line, found: &str| Breach { line, found: found.to_owned(), says };
    match forbidden {
        P(path) => paths
            .iter()
            .filter(|(_, found)| below(path, found))
            .map(|(line, found)| breach(*line, found))
            .collect(),
        T(text) => lines_with(&code.bare, text).map(|line| breach(line, text)).collect(),
    }
}

/// The lines that have this text, not as part of a longer word.
fn lines_with<'a>(code: &'a str, text: &'a str) -> impl Iterator<Item = usize> + 'a {
    let whole = move |line: &str| {
        line.match_indices(text).any(|(at, _)| {
            let glued = |edge: Option<char>, inside: Option<char>| {
                edge.is_some_and(is_word) && inside.is_some_and(is_word)
            };
            !glued(line[..at].chars().next_back(), text.chars().next())
                && !glued(line[at + text.len()..].chars().next(), text.chars().next_back())
        })
    };
    code.lines().enumerate().filter(move |(_, line)| whole(line)).map(|(at, _)| at + 1)
}

fn head(text: &str) -> Option<Breach> {
    let first = text.lines().next().unwrap_or_default();
    let opens = first.starts_with("//! ") || first.starts_with("#!/") || first.starts_with("#![");
    (!opens).then(|| Breach { line: 1, found: first.to_owned(), says: HEAD })
}

fn expects<'a>(text: &'a str, code: &'a Code) -> impl Iterator<Item = Breach> + 'a {
    let lines: Vec<&str> = text.lines().collect();
    // What stands above the line, or above the one that its chain of calls begins with.
    let proven = move |line: usize| {
        let begins = (0..line).rev().find(|&at| !lines[at].trim_start().starts_with('.')).unwrap_or(0);
        begins.checked_sub(1).is_some_and(|above| lines[above].trim_start().starts_with("// "))
    };
    lines_with(&code.bare, ".expect(").filter(move |&line| !proven(line)).map(|line| Breach {
        line,
        found: ".expect(".to_owned(),
        says: EXPECT,
    })
}

/// Names of families in strings, outside the tables that declare them.
fn metric_names(code: &Code) -> Vec<Breach> {
    let lines: Vec<&str> = code.bare.lines().collect();
    let declares = |line: usize| {
        let words: Vec<&str> =
            lines.get(line - 1).map(|line| line.split_whitespace().collect()).unwrap_or_default();
        matches!(words.get(1..3), Some(["=", "Counter" | "Counter<f64>" | "Gauge" | "Gauge<f64>" | "Info"]))
    };
    let names: Vec<&str> = catalogue::all().into_iter().map(|meta| meta.name).collect();
    let strings = code.strings.iter().filter(|(line, _)| !declares(*line));
    strings
        .flat_map(|(line, text)| {
            let spelt = names.iter().filter(|name| lines_with(text, name).next().is_some());
            spelt.map(|name| Breach { line: *line, found: (*name).to_owned(), says: METRIC_NAME })
        })
        .collect()
}

fn dependencies(text: &str) -> Vec<Breach> {
    let (mut inside, mut commented) = (false, false);
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(table) = line.strip_prefix('[') {
            inside = table.trim_end_matches(']').ends_with("dependencies");
        } else if inside && !line.is_empty() && !line.starts_with('#') && !commented {
            found.push(Breach { line: at + 1, found: line.to_owned(), says: DEPENDENCY });
        }
        commented = line.starts_with("# ");
    }
    found
}

/// Every Rust file and every Cargo.toml of the project, by its path from the top.
fn files() -> Vec<(String, String)> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut folders, mut files) = (vec![top.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                let ours = !name.starts_with('.') && !name.starts_with("target") && name != "out";
                folders.extend(ours.then_some(path));
            } else if name.ends_with(".rs") || name == "Cargo.toml" {
                let inside = path.strip_prefix(top).unwrap().to_str().unwrap().to_owned();
                files.push((inside, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn the_house_keeps_its_walls() {
    let files = files();
    assert!(files.iter().any(|(path, _)| path == "src/lib.rs"), "found no source: {files:?}");
    let mut told = String::new();
    for (path, text) in &files {
        for Breach { line, found, says } in breaches(path, text) {
            told += &format!("{path}:{line}: {found}\n    {says}\n");
        }
    }
    assert!(told.is_empty(), "\n{told}");
}

#[test]
fn every_room_is_there_and_every_exception_is_needed() {
    let files = files();
    for room in ROOMS {
        let place = format!("src/{}", room.place);
        assert!(files.iter().any(|(path, _)| fits(&place, path)), "there is no {place}");
    }
    for wall in WALLS {
        for place in wall.except {
            // A file that is not there breaks nothing; when it comes, it must need what it was promised.
            let Some((_, text)) = files.iter().find(|(path, _)| path == place) else { continue };
            let code = code::everything(text);
            let paths = paths::paths(&module(place), &code.bare);
            let used = wall.forbidden.iter().any(|&forbidden| !hits(forbidden, "", &code, &paths).is_empty());
            assert!(used, "{place} does not need its exception from: {}", wall.says);
        }
    }
}

/// A snippet that breaks just one wall, and what that says.
const BREAKS: &[(&str, &str, &str)] = &[
    ("src/new/mod.rs", "//! New.", "in no room"),
    ("src/metric.rs", "//! X.\nuse std::time::Instant;", "R5"),
    (
        "src/encode/graphite.rs",
        "//! X.\nuse std::{fmt, io::{self, Write}};\nfn f() { io::stdout().lock(); }",
        "R5",
    ),
    ("src/sources/wire/packet/ip.rs", "//! X.\nfn f() { tracing::warn!(\"x\") }", "R5"),
    ("src/sources/wire/accounts/mod.rs", "//! X.\nfn f() { let x = std::fs::read(\"y\"); }", "R5"),
    ("src/report/table.rs", "//! X.\nfn f() { println!(\"x\") }", "R5"),
    ("src/store.rs", "//! X.\nfn f() { unsafe { g() } }", "R6"),
    ("tests/it/web.rs", "//! X.\n#![allow(unsafe_code)]", "R6"),
    ("sim/src/house.rs", "//! X.\nuse lanlord::metric::Mac;", "R7: the simulated"),
    ("src/app.rs", "//! X.\nuse lanlord_sim::house::House;", "R7: only the demonstration"),
    ("src/schedule.rs", "//! X.\nasync fn f(part: &mut Part) { part.ask(now).await; }", "R8: only visit"),
    ("src/schedule.rs", "//! X.\nfn f() { tokio::spawn(async {}); }", "R8: tasks"),
    ("src/names.rs", "//! X.\nfn f(set: &mut JoinSet<()>) { set.spawn(async {}); }", "R8: tasks"),
    ("src/web/mod.rs", "//! X.\nuse tokio::task;\nfn f() { task::spawn_blocking(g); }", "R8: tasks"),
    ("src/schedule.rs", "//! X.\nfn f() -> Instant { Instant::now() }", "R8: only the clock"),
    ("sim/src/truth.rs", "//! X.\nfn f() { std::time::SystemTime::now(); }", "R8: only the clock"),
    ("tests/it/web.rs", "//! X.\nuse std::thread;\nfn f() { thread::sleep(d); }", "instead of sleeping"),
    ("src/web/mod.rs", "//! X.\nfn f() { g().unwrap(); }", "unwrap cannot say"),
    ("src/web/mod.rs", "//! X.\nfn f() { todo!() }", "half done"),
    (
        "src/store.rs",
        "//! X.\n#[cfg(test)]\nmod tests {\n    #[test]\n    #[ignore = \"x\"]\n    fn f() {}\n}",
        "half done",
    ),
    ("src/web/mod.rs", "use std::fmt;\n//! X.", "opens with"),
    ("tests/it/web.rs", "", "opens with"),
    (
        "src/web/mod.rs",
        "//! X.\nfn f() {\n    let x = 1;\n    g().expect(\"y\");\n}",
        "comment above it that proves",
    ),
    (
        "src/web/mod.rs",
        "//! X.\n// Why.\n\nfn f() {\n    g\n        .h()\n        .expect(\"y\");\n}",
        "comment above it that proves",
    ),
    ("src/web/mod.rs", "//! X.\nconst X: &str = \"lanlord_visits_total\";", "R9"),
    ("src/net/http.rs", "//! X.\nuse openssl::ssl::SslContext;", "R10"),
    ("src/net/http/connection.rs", "//! X.\ntype X = tokio_openssl::SslStream<TcpStream>;", "R10"),
    ("src/net/legacy_tls.rs", "//! X.\nfn f() -> u64 { openssl_sys::SSL_OP_ALL }", "R10"),
    ("src/visit.rs", "//! X.\nfn f() { warn(\"look at process_threads {}\") }", "R9"),
    ("Cargo.toml", "[dependencies]\n# Why.\na = \"1\"\nb = \"2\"\n", "a dependency needs"),
    ("sim/Cargo.toml", "[dev-dependencies]\n\nb = { version = \"2\" }\n", "a dependency needs"),
];

/// What looks like a breach and is none.
const KEEPS: &[(&str, &str)] = &[
    ("src/encode/exposition.rs", "//! X: crate::app, unsafe.\n/// `crate::web`\nuse super::escape;\n"),
    ("src/encode/exposition.rs", "//! X.\n/* std::fs */ const X: &str = \"tokio::spawn(todo!)\";"),
    (
        "src/encode/exposition.rs",
        "//! X.\n#[cfg(test)]\nmod tests {\n    use crate::app::App;\n    fn f() { x.unwrap() }\n}\n",
    ),
    ("src/web/page/hosts.rs", "//! X.\nuse super::View;\nuse crate::web::Site;\nuse crate::metric::Mac;"),
    (
        "src/sources/wire/mod.rs",
        "//! X.\npub mod packet;\nuse packet::Link;\nuse crate::sources::{Error, Fault};",
    ),
    (
        "src/visit.rs",
        "//! X.\ncrate::metrics! {\n    /// X.\n    X = Counter \"lanlord_visits_total\" { source };\n}",
    ),
    (
        "src/web/mod.rs",
        "//! X.\nfn f() {\n    // It is always there.\n    g().expect(\"x\");\n    // So is this.\n    g()\n        .h()\n        .expect(\"y\");\n}",
    ),
    ("src/web/mod.rs", "//! X.\nfn unsafely() { spawn_at(dawn); instant_now(); }"),
    ("Cargo.toml", "[package]\nname = \"x\"\n[dependencies]\n# Why.\na = \"1\"\n\n[features]\nb = []\n"),
];

#[test]
fn a_breach_of_each_wall_is_caught() {
    for (path, text, expected) in BREAKS {
        let found = breaches(path, text);
        let says: Vec<&str> = found.iter().map(|breach| breach.says).collect();
        assert!(
            !says.is_empty() && says.iter().all(|says| says.contains(expected)),
            "{path}: {text}\n{found:?}"
        );
    }
    let long = format!("//! X.\n{}#[cfg(test)]\nmod tests {{\n}}\n", "// x\n".repeat(LONGEST));
    assert!(breaches("src/store.rs", &long).iter().all(|breach| breach.says == LENGTH));
    assert_eq!(breaches("src/store.rs", &long).len(), 1);
    let sentences = WALLS.iter().map(|wall| wall.says);
    for says in sentences.chain([NO_ROOM, HEAD, EXPECT, METRIC_NAME, DEPENDENCY]) {
        assert!(BREAKS.iter().any(|(_, _, expected)| says.contains(expected)), "nothing tries: {says}");
    }
}

#[test]
fn what_only_looks_like_a_breach_is_none() {
    for (path, text) in KEEPS {
        let found = breaches(path, text);
        assert!(found.is_empty(), "{path}: {text}\n{found:?}");
    }
    let full = format!("//! X.\n{}#[cfg(test)]\nmod tests {{\n}}\n", "// x\n".repeat(LONGEST - 1));
    assert!(breaches("src/store.rs", &full).is_empty());
}

#[test]
fn no_room_lets_in_what_its_line_does_not_name() {
    let modules: Vec<String> = ROOMS.iter().map(|room| own_module(room.place)).collect();
    for room in ROOMS {
        let file =
            if room.place.ends_with('/') { format!("{}any.rs", room.place) } else { room.place.to_owned() };
        let own = own_module(room.place);
        for module in modules.iter().filter(|module| !module.is_empty()) {
            let text = format!("//! X.\nuse crate::{module}::Thing;\n");
            let code = code::production(&text);
            let caught = !imports(&format!("src/{file}"), &code).is_empty();
            let thing = format!("{module}::Thing");
            let allowed =
                below(&own, module) || room.may_import.iter().any(|may_import| may(may_import, &thing));
            assert_eq!(caught, !allowed, "{module} in {file}");
        }
    }
}

//! `lanlord man`: one page for all commands, since each is a few options. What clap knows (names, options, their help)
//! is taken from it; what it cannot know (files, signals, exit codes) stands here, where METRICS.md and README.md are
//! only named.

use anyhow::Context;
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::cli::Cli;
use crate::commands::print;

/// When the words here changed last; man pages state it, and the day of the build would make each build different.
const DATE: &str = "2026-11-21";

/// Prints the manual page, as roff.
///
/// # Errors
/// When it cannot be written.
pub fn run() -> anyhow::Result<()> {
    print(&page().context("cannot make the manual page")?)
}

/// The page.
fn page() -> std::io::Result<Vec<u8>> {
    // `help` repeats what is here; `--help` is said once.
    let mut whole = Cli::command().disable_help_subcommand(true);
    whole.build();
    let usages: Vec<String> = commands(&whole).into_iter().map(|command| usage(command.clone())).collect();
    let title = Man::new(whole.clone().override_usage(usages.join("\n")))
        .title("LANLORD")
        .date(DATE)
        .manual("User Commands");
    let mut out = Vec::new();
    title.render_title(&mut out)?;
    title.render_name_section(&mut out)?;
    title.render_synopsis_section(&mut out)?;
    title.render_description_section(&mut out)?;
    title.render_options_section(&mut out)?;

    section(&mut out, "COMMANDS", &[])?;
    for command in commands(&whole) {
        let mut head = Roff::new();
        head.control("SS", [usage(command.clone()).as_str()]);
        head.to_writer(&mut out)?;
        // `--help` is the same everywhere, and is said above.
        let man = Man::new(command.clone().mut_args(|argument| {
            let is_help = argument.get_id() == "help";
            argument.hide(is_help)
        }));
        inside(&mut out, |part| man.render_description_section(part))?;
        inside(&mut out, |part| man.render_options_section(part))?;
    }
    for (title, entries) in SECTIONS {
        section(&mut out, title, entries)?;
    }
    Ok(tidied(&out))
}

/// Every command that does something: of one that only holds others, those.
fn commands(whole: &Command) -> Vec<&Command> {
    let shown = |command: &&Command| !command.is_hide_set() && command.get_name() != "help";
    let below = |command| match commands(command) {
        none if none.is_empty() => vec![command],
        several => several,
    };
    whole.get_subcommands().filter(shown).flat_map(below).collect()
}

/// `lanlord check [OPTIONS]`.
fn usage(mut command: Command) -> String {
    let usage = command.render_usage().to_string();
    usage.trim_start_matches("Usage: ").trim_end().to_owned()
}

/// What clap_mangen makes a section of, as part of one: without its heading.
fn inside(
    out: &mut Vec<u8>,
    render: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let mut part = Vec::new();
    render(&mut part)?;
    let lines = part.split_inclusive(|&byte| byte == b'\n').filter(|line| !line.starts_with(b".SH "));
    out.extend(lines.flatten());
    Ok(())
}

/// A section of entries: what it is about in bold, and what there is to say; or a paragraph, where it is about nothing.
fn section(out: &mut Vec<u8>, title: &str, entries: &[(&str, &str)]) -> std::io::Result<()> {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for (index, (about, text)) in entries.iter().enumerate() {
        match *about {
            "" if index == 0 => roff.text([roman(*text)]),
            "" => roff.control("PP", []).text([roman(*text)]),
            about => roff.control("TP", []).text([bold(about)]).text([roman(*text)]),
        };
    }
    roff.to_writer(out)
}

/// Each part brings along the definition of an apostrophe, where one does; and some breaks and lines are for nothing.
fn tidied(page: &[u8]) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = Vec::new();
    for line in page.split_inclusive(|&byte| byte == b'\n') {
        let again = match line {
            b"\n" => true,
            b".br\n" => lines.last() == Some(&line),
            _ => (line.starts_with(b".ie ") || line.starts_with(b".el ")) && lines.contains(&line),
        };
        lines.extend((!again).then_some(line));
    }
    lines.concat()
}

#[rustfmt::skip]
const SECTIONS: [(&str, &[(&str, &str)]); 8] = [
    (
        "ENDPOINTS",
        &[
            (
                "",
                "What lanlord run answers, by default on http://127.0.0.1:9938. There is no log-in: whoever reaches the address sees who is on the network.",
            ),
            ("/", "The page: who uses how much, for people."),
            (
                "/metrics",
                "Every figure, for Prometheus: the text format or OpenMetrics, as it asks, gzipped if it can.",
            ),
            (
                "/probe",
                "Visits a device that target= names, and answers with its metrics, for Prometheus's multi-target pattern: GET /probe?module=cable&target=192.0.2.1. Only for targets that the configuration allows; debug=true shows what happened.",
            ),
            ("/-/healthy", "Answers 200 as long as lanlord answers at all."),
            ("/-/ready", "Answers 200 once everything listens."),
            (
                "/-/reload",
                "POST reads the configuration again, as SIGHUP does, and answers with what is wrong with it.",
            ),
        ],
    ),
    (
        "FILES",
        &[
            (
                "/etc/lanlord/lanlord.toml",
                "The configuration of the service. Every key, with what holds without it, is explained in share/doc/lanlord/example.toml. Run lanlord check after a change.",
            ),
            (
                "lanlord.service",
                "The unit of systemd. It gives lanlord the right to open packet sockets (CAP_NET_RAW) and takes everything else. Its log: journalctl -u lanlord.",
            ),
            ("lanlord.socket", "Optional: systemd listens on behalf of lanlord."),
            (
                "/etc/lanlord/freebox.token, ~/.config/lanlord/freebox.token",
                "What a Freebox knows lanlord by, as lanlord freebox register keeps it, for root and for others. It is a secret: only its owner may read it, and it is never overwritten by another one.",
            ),
            (
                "/run/lanlord-freebox, /tmp/lanlord-UID",
                "Where lanlord freebox lines keeps its session for the next run, for root and for others, unless RUNTIME_DIRECTORY or XDG_RUNTIME_DIR names a place.",
            ),
            (
                "share/doc/lanlord/telegraf-freebox.conf",
                "How telegraf runs lanlord freebox lines.",
            ),
        ],
    ),
    (
        "SIGNALS",
        &[
            (
                "SIGHUP",
                "Reads the configuration again. If something is wrong with it, lanlord says what and goes on with the one it has.",
            ),
            ("SIGTERM, SIGINT", "Ends lanlord run within two seconds, with exit code 0."),
        ],
    ),
    (
        "EXIT STATUS",
        &[
            ("0", "It did what it was asked to do; lanlord run was told to end."),
            (
                "1",
                "It did not; one line on standard error says why, or one for each mistake in a configuration.",
            ),
            ("2", "The command line was not understood."),
        ],
    ),
    (
        "ENVIRONMENT",
        &[
            (
                "NOTIFY_SOCKET, WATCHDOG_USEC",
                "From systemd: where lanlord run says that it is ready, reloads, stops and is alive.",
            ),
            (
                "LISTEN_FDS, LISTEN_PID",
                "From systemd: sockets to answer on, instead of those of the configuration.",
            ),
            (
                "RUNTIME_DIRECTORY, XDG_RUNTIME_DIR",
                "Where lanlord freebox lines keeps its session: in the first that is set, in the latter below lanlord/.",
            ),
            (
                "XDG_CONFIG_HOME, HOME",
                "Where the token of a Freebox is, unless --token-file says it or root asks: lanlord/freebox.token in the former, .config/lanlord/freebox.token in the latter.",
            ),
        ],
    ),
    (
        "EXAMPLES",
        &[
            (
                "lanlord run --interface eth1 --cidr 192.168.1.0/24",
                "Counts the hosts of a network that a switch mirrors to eth1.",
            ),
            (
                "lanlord check --config.file /etc/lanlord/lanlord.toml && systemctl reload lanlord",
                "Puts a changed configuration into force if it is good.",
            ),
            (
                "curl -s http://127.0.0.1:9938/metrics | grep lan_host_received",
                "What each host has received.",
            ),
            ("lanlord read --format csv house.pcap.gz", "Who used how much in a capture, for a spreadsheet."),
            (
                "ssh router tcpdump -U -w - not port 22 | lanlord run --pcap -",
                "Counts here what passes through a router.",
            ),
            (
                "lanlord migrate /etc/gonetmon.toml > lanlord.toml",
                "Takes over what gonetmon was told to watch.",
            ),
            (
                "lanlord freebox register --endpoint mafreebox.freebox.fr",
                "Asks a Freebox for permission, and waits for somebody to say yes at its display.",
            ),
            (
                "curl 'http://127.0.0.1:9938/probe?module=cable&target=192.0.2.1&debug=true'",
                "Visits a modem, and shows step by step what happened.",
            ),
            (
                "lanlord freebox lines -S -H -f influxdb -e 192.168.1.254",
                "What a Freebox says, in the words of freebox-revolution-monitoring.",
            ),
        ],
    ),
    (
        "NOTES",
        &[(
            "",
            "lanlord listens: it sends no packet to the hosts that it counts and writes to no device. All it asks for are their names, of your own resolver, and with --dns.enabled false not even that. A configuration may have boxes that it asks ([[source]], or [probe] for those that somebody names) and receivers to whom it brings what it knows ([[push]]: Graphite, InfluxDB); their secrets are in files that only their owner may read, in the environment, or in credentials of systemd. To capture it needs CAP_NET_RAW; reading captures needs no right at all.",
        )],
    ),
    (
        "SEE ALSO",
        &[
            ("", "systemctl(1), journalctl(1), tcpdump(8), capabilities(7), packet(7)"),
            (
                "",
                "share/doc/lanlord/README.md explains what is counted and what a host is, share/doc/lanlord/METRICS.md lists every metric, as lanlord metrics does.",
            ),
        ],
    ),
];

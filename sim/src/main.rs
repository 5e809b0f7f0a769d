//! `lanlord-sim`: the simulated house from the command line.
//!
//! Deliberately thin: reads arguments, writes files, and turns an error into one line. What is written and answered is
//! the library's business.

mod modem;
mod receive;
mod serve;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use lanlord_sim::frames::{Plan, Traffic};
use lanlord_sim::house::House;
use lanlord_sim::pace::Pace;
use lanlord_sim::pcap_out::{Capture, Format, Order, Resolution, Style};
use lanlord_sim::prefix::{LOCAL, Prefix};
use lanlord_sim::truth::{write_rows, write_totals};

/// A simulated house for tests and demonstrations of lanlord.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write a capture of the house's traffic, and the truth about it.
    Frames(Frames),
    /// Simulate a Freebox.
    Freebox(serve::Freebox),
    /// Simulate a Hitron cable modem.
    Hitron(modem::Hitron),
    /// Take what is pushed in Graphite's plaintext protocol, and print it.
    Carbon(receive::Carbon),
    /// Take what is pushed in InfluxDB's line protocol, and print it.
    Influxdb(receive::Influxdb),
}

#[derive(Args)]
struct Frames {
    /// What the house and all its traffic follow from.
    #[arg(long)]
    seed: u64,
    /// How many frames to write.
    #[arg(long)]
    packets: u64,
    /// At most so many bytes of each frame.
    #[arg(long, default_value_t = 262_144, value_parser = clap::value_parser!(u32).range(1..))]
    snaplen: u32,
    /// Hosts on the segment; ten more are behind its second router.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u16).range(8..=240))]
    hosts: u16,
    /// Simulated seconds over which the frames are spread.
    #[arg(long, default_value_t = 900, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    duration: u64,
    /// Format of the capture.
    #[arg(long, default_value = "pcap")]
    format: FormatName,
    /// Write timestamps in nanoseconds.
    #[arg(long)]
    nanoseconds: bool,
    /// Write the capture's numbers with the big end first.
    #[arg(long)]
    big_endian: bool,
    /// Tell the truth about addresses within this prefix; may be repeated [default: private, unique local and
    /// link-local addresses].
    #[arg(long, value_name = "PREFIX")]
    cidr: Vec<Prefix>,
    /// Write totals of the whole run to this file.
    #[arg(long, value_name = "FILE")]
    totals: Option<PathBuf>,
    /// Write so many frames per second of real time [default: as fast as possible].
    #[arg(long, value_name = "PPS", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// The capture; `-` is standard output.
    #[arg(value_name = "OUT")]
    out: PathBuf,
    /// The truth, a CSV file.
    #[arg(value_name = "TRUTH")]
    truth: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormatName {
    Pcap,
    Pcapng,
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Help and version are no errors, and clap knows where they go.
        Err(error) if !error.use_stderr() => error.exit(),
        Err(error) => return fail(&first_paragraph(&error.to_string())),
    };
    let done = match cli.command {
        Command::Frames(frames) => run(&frames),
        Command::Freebox(freebox) => serve::run(freebox),
        Command::Hitron(hitron) => modem::run(hitron),
        Command::Carbon(carbon) => receive::carbon(&carbon),
        Command::Influxdb(influxdb) => receive::influxdb(influxdb),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => fail(&message),
    }
}

fn fail(message: &str) -> ExitCode {
    eprintln!("lanlord-sim: {message}");
    ExitCode::FAILURE
}

/// What is wrong, without the usage that clap puts below it.
fn first_paragraph(text: &str) -> String {
    let lines = text.lines().take_while(|line| !line.trim().is_empty()).map(str::trim);
    lines.collect::<Vec<_>>().join(" ").trim_start_matches("error: ").to_owned()
}

fn run(frames: &Frames) -> Result<(), String> {
    // Files first: who gave a folder that does not exist wants to know before a million frames.
    let truth_file = create(&frames.truth)?;
    let totals_file = frames.totals.as_deref().map(create).transpose()?;
    let out: Box<dyn Write> = match frames.out.to_str() {
        Some("-") => Box::new(io::stdout()),
        _ => Box::new(create(&frames.out)?),
    };
    let house = House::new(frames.seed, usize::from(frames.hosts));
    let plan = Plan { packets: frames.packets, duration: Duration::from_secs(frames.duration) };
    let mut traffic = Traffic::new(&house, plan);
    write_frames(&mut traffic, out, style(frames), frames.rate)
        .map_err(|error| cannot_write(&frames.out, &error))?;
    let prefixes: &[Prefix] = if frames.cidr.is_empty() { &LOCAL } else { &frames.cidr };
    let truth = traffic.truth();
    write_rows(&truth.rows(&house, prefixes), truth_file)
        .map_err(|error| cannot_write(&frames.truth, &error))?;
    if let (Some(path), Some(file)) = (&frames.totals, totals_file) {
        write_totals(&truth.totals, file).map_err(|error| cannot_write(path, &error))?;
    }
    Ok(())
}

fn write_frames(traffic: &mut Traffic, out: impl Write, style: Style, rate: Option<u32>) -> io::Result<()> {
    let mut capture = Capture::begin(BufWriter::with_capacity(256 * 1024, out), style)?;
    let mut pace = rate.map(Pace::new);
    while let Some(frame) = traffic.next_frame() {
        if let Some(pace) = &mut pace {
            pace.next(|| capture.flush())?;
        }
        capture.frame(frame.at, frame.bytes)?;
    }
    capture.finish()?;
    Ok(())
}

fn style(frames: &Frames) -> Style {
    Style {
        format: match frames.format {
            FormatName::Pcap => Format::Pcap,
            FormatName::Pcapng => Format::PcapNg,
        },
        resolution: if frames.nanoseconds { Resolution::Nano } else { Resolution::Micro },
        order: if frames.big_endian { Order::Big } else { Order::Little },
        snaplen: frames.snaplen,
    }
}

fn create(path: &Path) -> Result<File, String> {
    File::create(path).map_err(|error| cannot_write(path, &error))
}

fn cannot_write(path: &Path, error: &io::Error) -> String {
    format!("writing `{}`: {error}", path.display())
}

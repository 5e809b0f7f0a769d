//! Lines that wait to be written, and the thread that writes them. Who logs never waits for who reads: where there is no
//! room, a line is lost and counted. It knows nothing of what is in a line.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// Enough for every source to say all that it has to say at once; with lines as long as they can be, a few MiB.
const MOST: usize = 1_024;

#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    lost: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    lines: VecDeque<String>,
    /// The thread has begun.
    begun: bool,
    /// A line was taken out and is not yet written.
    writing: bool,
    /// Lines that were lost, and that the log has not mentioned.
    untold: u64,
}

impl Queue {
    /// Never waits for a reader.
    pub(super) fn push(&self, line: String) {
        let mut state = self.state();
        if state.lines.len() >= MOST {
            state.untold += 1;
            self.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        state.lines.push_back(line);
        self.changed.notify_all();
    }

    /// Lines lost so far.
    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Waits until all is written, but not for longer; before there is a thread, it writes by itself.
    pub(super) fn flush(&self, output: &File, patience: Duration) {
        let mut state = self.state();
        if state.begun {
            // Whether all was written or not, the program ends.
            let _ = self
                .changed
                .wait_timeout_while(state, patience, |state| state.writing || !state.lines.is_empty());
            return;
        }
        while let Some(line) = state.lines.pop_front() {
            if !write_if_room(output, line.as_bytes(), patience) {
                return;
            }
        }
    }

    /// Writes what comes, for ever.
    fn write(&self, mut output: File, notice: impl Fn(u64) -> String) {
        let mut state = self.state();
        loop {
            let Some(line) = state.lines.pop_front() else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            state.writing = true;
            drop(state);
            let written = write_patiently(&mut output, line.as_bytes());
            state = self.state();
            state.writing = false;
            if written.is_err() {
                // Its reader has gone: there is nobody to be told, either.
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
            // Once, when it flows again, and not for every line that finds room.
            if state.untold > 0 && state.lines.len() <= MOST / 2 {
                let lost = std::mem::take(&mut state.untold);
                state.lines.push_back(notice(lost));
            }
            self.changed.notify_all();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nobody who holds it can panic halfway through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn waiting(&self) -> Vec<String> {
        self.state().lines.iter().cloned().collect()
    }
}

/// Starts the thread that writes, to `output`; `notice` makes the line about lines that were lost.
///
/// # Errors
/// When there can be no thread.
pub(super) fn begin(
    queue: &Arc<Queue>,
    output: File,
    notice: impl Fn(u64) -> String + Send + 'static,
) -> io::Result<()> {
    let writer = Arc::clone(queue);
    queue.state().begun = true;
    // Nobody waits for it: where its reader hangs, it hangs with it until the program ends.
    Builder::new().name("log".to_owned()).spawn(move || writer.write(output, notice)).map(drop)
}

/// Writes everything, however long that takes. Whoever started us may have left the file in a mode in which it does
/// not wait by itself.
fn write_patiently(output: &mut File, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match output.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                poll(&mut [PollFd::new(output.as_fd(), PollFlags::POLLOUT)], PollTimeout::NONE)?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes a line if there is room for it within a time; says whether there was. A pipe that is ready takes 4 KiB
/// without waiting (pipe(7), `PIPE_BUF`).
pub(super) fn write_if_room(mut output: &File, line: &[u8], patience: Duration) -> bool {
    let patience = PollTimeout::try_from(patience).unwrap_or(PollTimeout::ZERO);
    let mut ready = [PollFd::new(output.as_fd(), PollFlags::POLLOUT)];
    match poll(&mut ready, patience) {
        Ok(1..) => output.write_all(line).is_ok(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};

    use super::*;

    /// A queue that is written into a pipe, and the end that nobody reads yet.
    fn pipe() -> (Arc<Queue>, File, BufReader<io::PipeReader>) {
        let (reader, writer) = io::pipe().unwrap();
        (Arc::default(), File::from(std::os::fd::OwnedFd::from(writer)), BufReader::new(reader))
    }

    fn notice(lost: u64) -> String {
        format!("{lost} lost\n")
    }

    #[test]
    fn lines_wait_for_the_thread_and_keep_their_order() {
        let (queue, output, reader) = pipe();
        queue.push("one\n".to_owned());
        queue.push("two\n".to_owned());
        begin(&queue, output.try_clone().unwrap(), notice).unwrap();
        queue.push("three\n".to_owned());
        queue.flush(&output, Duration::from_secs(20));
        let lines: Vec<_> = reader.lines().take(3).map(Result::unwrap).collect();
        assert_eq!(lines, ["one", "two", "three"]);
        assert_eq!(queue.lost(), 0);
    }

    #[test]
    fn without_a_thread_the_end_writes_what_waits() {
        let (queue, output, reader) = pipe();
        queue.push("one\n".to_owned());
        queue.flush(&output, Duration::from_secs(20));
        assert_eq!(reader.lines().next().unwrap().unwrap(), "one");
    }

    #[test]
    fn a_reader_that_stops_costs_lines_and_is_told_how_many_when_it_goes_on() {
        let (queue, output, reader) = pipe();
        begin(&queue, output.try_clone().unwrap(), notice).unwrap();
        // A pipe holds 64 KiB (pipe(7)): far less than this.
        let long = "x".repeat(1_000);
        let pushed = 3_000;
        for number in 0..pushed {
            queue.push(format!("{number} {long}\n"));
        }
        // Nothing waits for ever.
        queue.flush(&output, Duration::from_millis(10));
        write_if_room(&output, b"never\n", Duration::from_millis(10));
        let lost = queue.lost();
        assert!(lost > 1_000, "{lost}");
        let lines: Vec<_> = reader.lines().take(pushed - lost as usize + 1).map(Result::unwrap).collect();
        let (told, kept): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line.ends_with("lost"));
        assert_eq!(told, [format!("{lost} lost")]);
        // The first ones, in their order.
        let numbers: Vec<i32> =
            kept.iter().map(|line| line.split_once(' ').unwrap().0.parse().unwrap()).collect();
        assert!(numbers.is_sorted() && numbers[..1_024].iter().copied().eq(0..1_024), "{numbers:?}");
    }

    #[test]
    fn a_reader_that_has_gone_stops_nothing() {
        let (queue, output, reader) = pipe();
        drop(reader);
        begin(&queue, output.try_clone().unwrap(), notice).unwrap();
        for _ in 0..10 {
            queue.push("x\n".to_owned());
        }
        queue.flush(&output, Duration::from_secs(20));
        assert_eq!(queue.lost(), 10);
    }
}

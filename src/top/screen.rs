//! The terminal: takes it, paints on it, hears its keys, and gives it back as it was.
//!
//! What is painted and what a key means is decided in `view`. Keys are asked for many times a second and never waited
//! for, so nothing here needs a task or a thread of its own, and a slow answer makes no key wait.

use std::io::{self, stdout};
use std::time::Duration;

use anyhow::Context;
use ratatui::crossterm::event::{self, Event};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{DisableLineWrap, EnableLineWrap};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Span;
use ratatui::{DefaultTerminal, Frame};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::clock::Stopwatch;
use crate::top::fetch::{self, Error, Target};
use crate::top::parse::Reading;
use crate::top::table::Order;
use crate::top::view::{Picture, View, Wish};

/// Sooner than a finger notices.
const KEYS: Duration = Duration::from_millis(50);

/// Shows what happens until a key or a signal ends it.
///
/// # Errors
/// When there is no lanlord to begin with, or the terminal cannot be used.
pub async fn run(target: &Target, every: Duration, order: Order) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    let mut hangup = signal(SignalKind::hangup()).context("cannot wait for SIGHUP")?;
    let mut view = View::new(&target.shown, order, fetch::reading(target).await?);
    let mut since = Stopwatch::start();
    let mut screen = Screen::take().context("cannot use the terminal; try `--once`")?;
    let mut keys = interval(KEYS);
    keys.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut seconds = interval(Duration::from_secs(1));
    let mut asking = Box::pin(later(target, every));
    loop {
        tokio::select! {
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
            _ = hangup.recv() => return Ok(()),
            _ = keys.tick() => match pressed(&mut view).context("cannot read from the terminal")? {
                None => continue,
                Some(Wish::Quit) => return Ok(()),
                Some(Wish::Stay) => {}
            },
            answer = &mut asking => {
                match answer {
                    Ok(reading) => {
                        view.take(reading, since.elapsed());
                        since = Stopwatch::start();
                    }
                    Err(error) => view.miss(&error.to_string()),
                }
                asking.set(later(target, every));
            }
            _ = seconds.tick() => {}
        }
        screen.paint(&mut view, since.elapsed()).context("cannot write to the terminal")?;
    }
}

async fn later(target: &Target, delay: Duration) -> Result<Reading, Error> {
    sleep(delay).await;
    fetch::reading(target).await
}

/// Hands on every key that has been pressed; none if nothing happened.
fn pressed(view: &mut View) -> io::Result<Option<Wish>> {
    let mut wish = None;
    while event::poll(Duration::ZERO)? {
        // There is one, so this does not wait. Anything else is another size, which painting looks at.
        wish = Some(match event::read()? {
            Event::Key(key) => view.key(key),
            _ => Wish::Stay,
        });
        if wish == Some(Wish::Quit) {
            break;
        }
    }
    Ok(wish)
}

/// The terminal while it is ours. It is given back when this goes, also in a panic.
struct Screen(DefaultTerminal);

impl Screen {
    fn take() -> io::Result<Self> {
        let screen = Self(ratatui::try_init()?);
        // A character that the terminal draws wider than Unicode says must not break the lines below.
        execute!(stdout(), DisableLineWrap)?;
        Ok(screen)
    }

    fn paint(&mut self, view: &mut View, age: Duration) -> io::Result<()> {
        self.0.draw(|frame| {
            let area = frame.area();
            paint(frame, area, &view.picture(area.width.into(), area.height.into(), age));
        })?;
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Whoever took the terminal away does not need it back.
        let _ = execute!(stdout(), EnableLineWrap);
        let _ = ratatui::try_restore();
    }
}

fn paint(frame: &mut Frame<'_>, area: Rect, picture: &Picture) {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let heading = Style::new().add_modifier(Modifier::REVERSED);
    let foot =
        if picture.trouble { Style::new().fg(Color::Red) } else { Style::new().add_modifier(Modifier::DIM) };
    let mut lines = vec![(picture.title.as_str(), bold)];
    lines.extend(picture.sources.as_deref().map(|sources| (sources, Style::new())));
    lines.push((&picture.head, heading));
    lines.extend(picture.rows.iter().map(|row| (row.as_str(), Style::new())));
    for (y, (text, style)) in (area.y..area.bottom()).zip(&lines) {
        let line = Rect { y, height: 1, ..area };
        frame.buffer_mut().set_style(line, *style);
        frame.render_widget(Span::raw(*text), line);
    }
    if usize::from(area.height) > lines.len() {
        let line = Rect { y: area.bottom() - 1, height: 1, ..area };
        frame.render_widget(Span::styled(picture.foot.as_str(), foot), line);
    }
}

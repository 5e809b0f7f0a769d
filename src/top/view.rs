//! What is on the screen and what a key changes of it. Pure: whoever has the terminal paints the lines.

use std::time::Duration;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::text::{cut, plain};
use crate::top::parse::Reading;
use crate::top::table::{self, Longest, Looks, Order, Row, Unit};

/// Everything that is shown.
#[derive(Debug)]
pub struct View {
    url: String,
    order: Order,
    reversed: bool,
    unit: Unit,
    paused: bool,
    /// The first row shown.
    top: usize,
    /// How many there was room for.
    page: usize,
    latest: Reading,
    rows: Vec<Row>,
    longest: Longest,
    sources: Vec<(String, String)>,
    trouble: Option<String>,
}

/// A screen, line by line; none is wider than it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Whom, how many, how old.
    pub title: String,
    /// How the sources are, if there are several or one is down.
    pub sources: Option<String>,
    /// The heading of the table.
    pub head: String,
    /// Those rows that there is room for.
    pub rows: Vec<String>,
    /// Keys, or what is wrong.
    pub foot: String,
    /// Whether something is wrong.
    pub trouble: bool,
}

/// What a key wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To see.
    Stay,
    /// To end.
    Quit,
}

const KEYS: &str = "q quit  s sort  r reverse  b bits  space pause  arrows PgUp PgDn scroll";

impl View {
    /// Nothing is known but the first reading.
    pub fn new(url: &str, order: Order, reading: Reading) -> Self {
        let mut view = Self {
            url: url.to_owned(),
            order,
            reversed: false,
            unit: Unit::Bytes,
            paused: false,
            top: 0,
            page: 1,
            latest: Reading::default(),
            rows: Vec::new(),
            longest: Longest::default(),
            sources: Vec::new(),
            trouble: None,
        };
        view.show(table::rows(None, &reading), &reading);
        view.latest = reading;
        view
    }

    /// A reading, and how long after the last one it came.
    pub fn take(&mut self, reading: Reading, elapsed: Duration) {
        self.trouble = None;
        if !self.paused {
            self.show(table::rows(Some((&self.latest, elapsed)), &reading), &reading);
        }
        self.latest = reading;
    }

    /// No reading. What was there before stays, and says how old it is.
    pub fn miss(&mut self, trouble: &str) {
        self.trouble = Some(format!("trying again: {}", plain(trouble)));
    }

    fn show(&mut self, rows: Vec<Row>, reading: &Reading) {
        self.longest = Longest::of(&rows);
        self.rows = rows;
        self.sources.clear();
        for (source, hosts) in reading.sources() {
            let how = match reading.up.get(source) {
                Some(false) => "down".to_owned(),
                _ if hosts == 1 => "1 host".to_owned(),
                _ => format!("{hosts} hosts"),
            };
            self.sources.push((plain(source), how));
        }
        self.sort();
    }

    fn sort(&mut self) {
        table::sort(&mut self.rows, self.order);
        if self.reversed {
            self.rows.reverse();
        }
    }

    /// A key was pressed.
    pub fn key(&mut self, key: KeyEvent) -> Wish {
        if key.kind == KeyEventKind::Release {
            return Wish::Stay;
        }
        let last = self.rows.len().saturating_sub(1);
        match key.code {
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => return Wish::Quit,
            KeyCode::Char('q') | KeyCode::Esc => return Wish::Quit,
            KeyCode::Char('s') | KeyCode::Right => self.order_by(1),
            KeyCode::Char('S') | KeyCode::Left => self.order_by(-1),
            KeyCode::Char('r') => {
                self.reversed = !self.reversed;
                self.rows.reverse();
            }
            KeyCode::Char('b') => {
                self.unit = if self.unit == Unit::Bytes { Unit::Bits } else { Unit::Bytes };
            }
            KeyCode::Char(' ') => self.paused = !self.paused,
            KeyCode::Down => self.top = (self.top + 1).min(last),
            KeyCode::Up => self.top = self.top.saturating_sub(1),
            KeyCode::PageDown => self.top = (self.top + self.page).min(last),
            KeyCode::PageUp => self.top = self.top.saturating_sub(self.page),
            KeyCode::Home => self.top = 0,
            KeyCode::End => self.top = last,
            _ => {}
        }
        Wish::Stay
    }

    fn order_by(&mut self, steps: isize) {
        self.order = self.order.after(steps);
        self.sort();
    }

    /// What to paint in so many columns and lines, when what is known is so old.
    pub fn picture(&mut self, width: usize, height: usize, age: Duration) -> Picture {
        let down = self.sources.iter().any(|(_, how)| how == "down");
        let several = self.sources.len() > 1;
        let sources = (several || down).then(|| {
            let each: Vec<String> =
                self.sources.iter().map(|(source, how)| format!("{source}: {how}")).collect();
            cut(&each.join("   "), width)
        });
        self.page = height.saturating_sub(3 + usize::from(sources.is_some())).max(1);
        // The last page is full, if there are as many.
        self.top = self.top.min(self.rows.len().saturating_sub(self.page));
        let looks = Looks { width, unit: self.unit, sources: several };
        let shown = &self.rows[self.top..self.rows.len().min(self.top + self.page)];
        let mut rows: Vec<String> = table::lines(looks, self.longest, shown).collect();
        if rows.is_empty() {
            rows.push(cut("no host has been seen yet", width));
        }
        Picture {
            title: cut(&self.title(age), width),
            sources,
            head: table::head(looks, self.longest),
            rows,
            foot: cut(self.trouble.as_deref().unwrap_or(KEYS), width),
            trouble: self.trouble.is_some(),
        }
    }

    fn title(&self, age: Duration) -> String {
        let hosts = self.rows.len();
        let rows = if hosts == 1 { "1 row".to_owned() } else { format!("{hosts} rows") };
        let (order, reversed) = (self.order.as_str(), if self.reversed { " reversed" } else { "" });
        let paused = if self.paused { ", paused" } else { "" };
        format!("lanlord top: {rows} by {order}{reversed}, {} s old{paused}  {}", age.as_secs(), self.url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::columns;
    use crate::top::parse::parse;

    fn answer(hosts: u32, received: u32) -> Reading {
        let mut text =
            "lanlord_build_info 1\nlanlord_source_up{source=\"wire\",kind=\"wire\"} 1\n".to_owned();
        for host in 1..=hosts {
            let line = format!("source=\"wire\",host=\"host-{host:02}\",ip=\"10.0.0.{host}\"");
            text += &format!("lan_host_received_bytes_total{{{line}}} {}\n", received * host);
            text += &format!("lan_host_sent_bytes_total{{{line}}} {}\n", 1_000 - host);
        }
        parse(text.as_bytes()).unwrap()
    }

    fn view(hosts: u32) -> View {
        let mut view = View::new("http://127.0.0.1:9938", Order::Rate, answer(hosts, 1));
        view.take(answer(hosts, 101), Duration::from_secs(1));
        view
    }

    fn press(view: &mut View, keys: &[KeyCode]) {
        for &key in keys {
            assert_eq!(view.key(KeyEvent::new(key, KeyModifiers::NONE)), Wish::Stay);
        }
    }

    /// The names in the first and the last row shown.
    fn ends(view: &mut View) -> (String, String) {
        let rows = view.picture(80, 24, Duration::ZERO).rows;
        let name = |row: &String| row.split_whitespace().next().unwrap().to_owned();
        (name(&rows[0]), name(&rows[rows.len() - 1]))
    }

    #[track_caller]
    fn check_ends(view: &mut View, keys: &[KeyCode], first: &str, last: &str) {
        press(view, keys);
        assert_eq!(ends(view), (first.to_owned(), last.to_owned()), "{keys:?}");
    }

    #[test]
    fn keys_scroll_within_what_is_there() {
        use KeyCode::{Down, End, Home, PageDown, PageUp, Up};
        let mut view = view(50);
        // 24 lines less title, heading and keys.
        check_ends(&mut view, &[], "host-50", "host-30");
        check_ends(&mut view, &[Down], "host-49", "host-29");
        check_ends(&mut view, &[Up, Up], "host-50", "host-30");
        check_ends(&mut view, &[PageDown], "host-29", "host-09");
        check_ends(&mut view, &[PageDown], "host-21", "host-01");
        check_ends(&mut view, &[Down], "host-21", "host-01");
        check_ends(&mut view, &[PageUp], "host-42", "host-22");
        check_ends(&mut view, &[End], "host-21", "host-01");
        check_ends(&mut view, &[Home], "host-50", "host-30");
        // Those who are left when most have gone.
        press(&mut view, &[End]);
        view.take(answer(3, 102), Duration::from_secs(1));
        check_ends(&mut view, &[], "host-03", "host-01");
        view.take(answer(0, 0), Duration::from_secs(1));
        assert_eq!(view.picture(80, 24, Duration::ZERO).rows, ["no host has been seen yet"]);
    }

    #[test]
    fn keys_sort_reverse_and_change_the_unit() {
        let mut view = view(5);
        let title = |view: &mut View| view.picture(80, 24, Duration::from_secs(7)).title;
        assert_eq!(title(&mut view), "lanlord top: 5 rows by rate, 7 s old  http://127.0.0.1:9938");
        let key = KeyCode::Char;
        check_ends(&mut view, &[key('s'), key('s')], "host-05", "host-01");
        assert!(title(&mut view).contains(" by sent, "));
        check_ends(&mut view, &[key('s'), key('s')], "host-01", "host-05");
        assert!(title(&mut view).contains(" by name, "));
        check_ends(&mut view, &[key('r')], "host-05", "host-01");
        assert!(title(&mut view).contains(" by name reversed, "));
        press(&mut view, &[KeyCode::Left, key('S'), KeyCode::Right]);
        assert!(title(&mut view).contains(" by total reversed, "));
        check_ends(&mut view, &[], "host-01", "host-05");
        // 100 bytes a second for each number are 800 bits.
        assert!(view.picture(80, 24, Duration::ZERO).rows[0].contains(" 100 B "));
        press(&mut view, &[key('b')]);
        assert!(view.picture(80, 24, Duration::ZERO).rows[0].contains(" 800 bit "));
    }

    #[test]
    fn a_pause_holds_the_figures_and_what_comes_after_is_right() {
        let mut view = view(1);
        let rate = |view: &mut View| view.picture(80, 24, Duration::ZERO).rows[0].clone();
        press(&mut view, &[KeyCode::Char(' ')]);
        view.take(answer(1, 901), Duration::from_secs(1));
        assert!(rate(&mut view).contains(" 100 B "), "{}", rate(&mut view));
        press(&mut view, &[KeyCode::Char(' ')]);
        view.take(answer(1, 931), Duration::from_secs(1));
        assert!(rate(&mut view).contains(" 30 B "), "{}", rate(&mut view));
    }

    #[test]
    fn three_keys_end_it() {
        let mut view = view(1);
        let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        let plain = [KeyCode::Char('q'), KeyCode::Esc].map(|code| KeyEvent::new(code, KeyModifiers::NONE));
        for key in [control_c, plain[0], plain[1]] {
            assert_eq!(view.key(key), Wish::Quit);
        }
        press(&mut view, &[KeyCode::Char('c'), KeyCode::Char('x'), KeyCode::Tab]);
    }

    #[test]
    fn sources_are_shown_where_there_is_more_to_say_than_a_name() {
        let mut view = view(2);
        assert_eq!(view.picture(80, 24, Duration::ZERO).sources, None);
        let down = "lanlord_build_info 1\nlanlord_source_up{source=\"wire\"} 0\n";
        view.take(parse(down.as_bytes()).unwrap(), Duration::from_secs(1));
        assert_eq!(view.picture(80, 24, Duration::ZERO).sources.as_deref(), Some("wire: down"));
        let two = format!("{down}lan_host_sent_bytes_total{{source=\"b\\n\",ip=\"10.0.0.1\"}} 1\n");
        view.take(parse(two.as_bytes()).unwrap(), Duration::from_secs(1));
        let picture = view.picture(80, 24, Duration::ZERO);
        assert_eq!(picture.sources.as_deref(), Some("b[U+000A]: 1 host   wire: down"));
        assert!(picture.head.contains("source") && picture.rows[0].contains("b[U+000A]"), "{picture:?}");
    }

    #[test]
    fn trouble_is_shown_until_it_is_over() {
        let mut view = view(2);
        view.miss("nobody listens\u{1b}[2J");
        let picture = view.picture(30, 5, Duration::from_secs(9));
        assert_eq!(picture.foot, "trying again: nobody listens[\u{2026}");
        assert!(picture.trouble && picture.rows.len() == 2);
        view.take(answer(2, 3), Duration::from_secs(1));
        assert_eq!(view.picture(80, 5, Duration::ZERO).foot, KEYS);
    }

    proptest::proptest! {
        #[test]
        fn no_line_is_wider_than_the_screen(width in 0usize..130, height in 0usize..30) {
            let mut view = view(40);
            view.miss("a trouble that takes a few more words than there is room for in most terminals that are narrow");
            let picture = view.picture(width, height, Duration::ZERO);
            proptest::prop_assert!(picture.rows.len() <= height.max(4) - 3);
            for line in picture.rows.iter().chain([&picture.title, &picture.head, &picture.foot]) {
                proptest::prop_assert!(columns(line) <= width, "{}", line);
            }
        }
    }
}

//! Asking for pages, strictly one after the other: the modem has one hand. What does not come is missing, and nothing
//! else is, unless nothing more can come.

use super::line::{Line, Question};
use super::visit::Visit;
use super::{Open, login, parts, trouble};
use crate::clock::Stopwatch;
use crate::net::http::Answer;
use crate::sources::hitron::api::{Page, looks_logged_out};
use crate::sources::{Error, Fault};

/// Why a page is missing.
enum Missed {
    /// Others need not be.
    This(Error),
    /// So is everything that was not asked for before.
    Everything(Error),
    /// The same, since the session is somebody else's.
    Session(Error),
}

impl Visit<'_> {
    /// Asks for these pages. A session that turns out to be no longer ours is forgotten, so that nobody logs out who is
    /// not logged in.
    ///
    /// # Errors
    /// When nothing came, or not what everything else depends on.
    pub async fn fetch(&mut self, line: &Line, open: &mut Option<Open>, pages: &[Page]) -> Result<(), Error> {
        let essential = parts::essential(self.parts);
        let mut first = None;
        for (index, &page) in pages.iter().enumerate() {
            let missed = match self.page(line, open, page).await {
                Ok(()) => {
                    self.snapshot.datasets.push((page, true));
                    continue;
                }
                Err(missed) => missed,
            };
            self.snapshot.datasets.push((page, false));
            let (error, is_over) = match missed {
                Missed::This(error) => (error, false),
                Missed::Everything(error) => (error, true),
                Missed::Session(error) => {
                    *open = None;
                    (error, true)
                }
            };
            if essential == Some(page) {
                return Err(error);
            }
            self.faults.push(Fault(error.to_string()));
            first = first.or(Some(error));
            if is_over {
                self.give_up(&pages[index + 1..]);
                break;
            }
        }
        let had = |page: Page| self.snapshot.datasets.contains(&(page, true));
        let is_answer = match essential {
            Some(page) => had(page),
            None => pages.iter().any(|page| had(*page)),
        };
        match first {
            Some(error) if !is_answer => Err(error),
            _ => Ok(()),
        }
    }

    /// Whoever reads the journal is told as well: of what is no failure of the connection, nobody has so far.
    fn noted(&mut self, error: Error) -> Error {
        self.journal.note(error.to_string());
        error
    }

    /// Says which pages were not even asked for.
    fn give_up(&mut self, pages: &[Page]) {
        self.snapshot.datasets.extend(pages.iter().map(|page| (*page, false)));
        if !pages.is_empty() {
            let names: Vec<String> = pages.iter().map(|page| format!("`{}`", page.name())).collect();
            self.faults.push(Fault(format!("so {} could not be asked for", names.join(", "))));
        }
    }

    /// Asks for one page, and reads it.
    async fn page(&mut self, line: &Line, open: &mut Option<Open>, page: Page) -> Result<(), Missed> {
        if self.hours.to_ask().is_zero() {
            return Err(Missed::Everything(
                self.noted(trouble::late(line.place(), &format!("`{}`", page.name()))),
            ));
        }
        self.hold(page);
        let watch = Stopwatch::start();
        let answer = self.get(line, open.as_mut(), page).await;
        self.snapshot.took.push((page.name(), watch.elapsed()));
        let answer = answer?;
        if looks_logged_out(answer.status, answer.content_type.as_deref(), &answer.body) {
            return Err(self.sent_away(line, open, page).await);
        }
        if answer.status != 200 {
            return Err(Missed::This(self.noted(trouble::status(page.name(), answer.status))));
        }
        match self.snapshot.pages.read(page, &answer.body) {
            Ok(complaints) => self.faults.extend(complaints.into_iter().map(Fault)),
            Err(what) => return Err(Missed::This(self.noted(trouble::nonsense(what)))),
        }
        if page == Page::ConnectInfo
            && let Some(hosts) = &mut self.snapshot.pages.hosts
        {
            let more = hosts.rows.len().saturating_sub(self.settings.max_hosts);
            hosts.rows.truncate(self.settings.max_hosts);
            hosts.folded += more as u64;
        }
        Ok(())
    }

    /// The answer, whatever is in it.
    async fn get(&mut self, line: &Line, mut open: Option<&mut Open>, page: Page) -> Result<Answer, Missed> {
        let cookies = open.as_ref().and_then(|open| open.jar.header());
        let question =
            Question { path: page.path(), form: None, cookies: cookies.as_ref(), repeatable: true };
        match line.exchange(question, self.hours.limits(), self.journal).await {
            Ok(answer) => {
                if let Some(open) = &mut open {
                    login::take(&mut open.jar, &answer, self.now);
                }
                Ok(answer)
            }
            Err(failure) => {
                if failure.is_unreachable() {
                    return Err(Missed::Everything(trouble::of_failure(failure)));
                }
                Err(Missed::This(trouble::of_page(page.name(), &failure)))
            }
        }
    }

    /// What it means that a page leads to the log-in.
    async fn sent_away(&mut self, line: &Line, open: &mut Option<Open>, page: Page) -> Missed {
        if open.is_none() {
            let what =
                format!("wants a log-in for `{}`, or does not have it; is `profile` right", page.name());
            return Missed::This(self.noted(trouble::protocol(line.place(), &what)));
        }
        if page != Page::SysInfo {
            // It may be that only others may see it, or that this firmware has it not. If we took the session for lost,
            // nobody would log out.
            self.journal.note(format!("`{}` leads to the log-in; is the session still ours", page.name()));
            let asked = self.get(line, open.as_mut(), Page::SysInfo).await;
            let is_lost = asked.is_ok_and(|answer| {
                looks_logged_out(answer.status, answer.content_type.as_deref(), &answer.body)
            });
            if !is_lost {
                return Missed::This(self.noted(trouble::not_for_us(page.name())));
            }
        }
        Missed::Session(self.noted(trouble::session_lost(line.place())))
    }
}

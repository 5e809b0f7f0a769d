//! All that a visit may bring, each dataset in its place.

use std::collections::BTreeMap;

use super::body::{ROWS, Table, one, table};
use super::cm_init::CmInit;
use super::connect_info::{HOSTS, Host};
use super::docsis_wan::DocsisWan;
use super::events::Events;
use super::field::Complaints;
use super::gre::{Account, Service};
use super::link_status::Port;
use super::model::Model;
use super::ofdm::{Receiver, Transmitter};
use super::page::Page;
use super::sys_info::SysInfo;
use super::tune::Tune;
use super::{downstream, upstream};

/// The datasets of one visit. One that was not asked for, or not had, is none.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "each is what its type is, and `Page` says what that is about")]
pub struct Pages {
    pub model: Option<Model>,
    pub sys_info: Option<SysInfo>,
    pub cm_init: Option<CmInit>,
    pub docsis_wan: Option<DocsisWan>,
    pub downstream: Option<Table<downstream::Channel>>,
    pub upstream: Option<Table<upstream::Channel>>,
    pub tune: Option<Tune>,
    pub ports: Option<Table<Port>>,
    pub ofdm_downstream: Option<Table<Receiver>>,
    pub ofdma_upstream: Option<Table<Transmitter>>,
    pub hosts: Option<Table<Host>>,
    pub events: Option<Events>,
    pub gre_account: Option<Account>,
    pub gre_service: Option<Service>,
    /// Single values of each page that was read that made no sense.
    pub unreadable: BTreeMap<Page, u64>,
}

impl Pages {
    /// Puts a body in its place, and says what in it makes no sense: a few sentences, with some characters of the values
    /// in them, which are hostile.
    ///
    /// # Errors
    /// A sentence, if the body is no such dataset; then nothing of it is kept, and nothing of an earlier one is lost.
    pub fn read(&mut self, page: Page, body: &[u8]) -> Result<Vec<String>, String> {
        let mut complaints = Complaints::of(page.name());
        let found = &mut complaints;
        match page {
            Page::SystemModel => self.model = Some(one(body, found)?),
            Page::SysInfo => self.sys_info = Some(one(body, found)?),
            Page::CmInit => self.cm_init = Some(one(body, found)?),
            Page::CmDocsisWan => self.docsis_wan = Some(one(body, found)?),
            Page::DsInfo => self.downstream = Some(table(body, ROWS, found)?),
            Page::UsInfo => self.upstream = Some(table(body, ROWS, found)?),
            Page::TuneFreq => self.tune = Some(one(body, found)?),
            Page::LinkStatus => self.ports = Some(table(body, ROWS, found)?),
            Page::DsOfdmInfo => self.ofdm_downstream = Some(table(body, ROWS, found)?),
            Page::UsOfdmInfo => self.ofdma_upstream = Some(table(body, ROWS, found)?),
            Page::ConnectInfo => self.hosts = Some(table(body, HOSTS, found)?),
            Page::StatusLog => self.events = Some(Events::read(body, found)?),
            Page::GreAccount => self.gre_account = Some(one(body, found)?),
            Page::GreService => self.gre_service = Some(one(body, found)?),
        }
        self.unreadable.insert(page, complaints.count());
        Ok(complaints.into_said())
    }

    /// Rows of all tables for which there was no room.
    pub fn folded(&self) -> u64 {
        fn of<T>(table: &Option<Table<T>>) -> u64 {
            table.as_ref().map_or(0, |table| table.folded)
        }
        of(&self.downstream)
            + of(&self.upstream)
            + of(&self.ports)
            + of(&self.ofdm_downstream)
            + of(&self.ofdma_upstream)
            + of(&self.hosts)
            + self.events.as_ref().map_or(0, |events| events.folded)
    }
}

//! `connection/`: the state of the line, its rates and totals, copper and glass, and the diary of outages.
//! Deliberately not the cellular network.

use super::json::{Object, list};
use super::profiles::{DslSide, Fibre, Line, Report};
use super::reply::Reply;
use super::wan::{Entry, Glass, STAGES, State, Sync};
use super::{Millis, World};

/// What copper says of itself at a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side {
    pub maxrate: u64,
    pub rate: u64,
    pub snr_10: i64,
    pub attn_10: i64,
    /// `fec`, `crc`, `hec`, `es`, `ses`, retransmissions.
    pub counts: [u64; 6],
}

impl World {
    pub(super) fn connection(&self) -> Reply {
        Reply::Result(self.connection_keys().end())
    }

    /// The same with what copper or glass says inside, as the boxes' own pages ask for it.
    pub(super) fn connection_full(&self, major: u32) -> Reply {
        let keys = self.connection_keys();
        Reply::Result(match &self.profile.line {
            Line::Dsl(_) => keys.json("xdsl", self.xdsl_body(major)).end(),
            Line::Fibre(fibre) => keys.json("ftth", self.ftth_body(fibre)).end(),
        })
    }

    fn connection_keys(&self) -> Object {
        let up = matches!(self.wan.state, State::Up(_));
        let state = match self.wan.state {
            State::Down => "down",
            State::GoingUp(_) => "going_up",
            State::Up(_) => "up",
            State::GoingDown(_) => "going_down",
        };
        let line = &self.profile.line;
        let kind = match line {
            Line::Dsl(dsl) if !self.wan.on_backup => dsl.connection_type,
            _ => "ethernet",
        };
        let (first, last) = self.profile.ipv4_port_range;
        let rates = self.line_rates();
        let capacity = self.capacity_now();
        Object::new()
            .text("state", state)
            .text("type", kind)
            .text("media", self.media())
            .only(up, |body| {
                let body = body.text("ipv4", &self.public_ipv4()).text("ipv6", PUBLIC_IPV6);
                body.json("ipv4_port_range", format_args!("[{first},{last}]"))
            })
            .number("rate_down", rates.0.round() as u64)
            .number("rate_up", rates.1.round() as u64)
            .number("bandwidth_down", capacity.0)
            .number("bandwidth_up", capacity.1)
            .number("bytes_down", self.counted(self.wan.down))
            .number("bytes_up", self.counted(self.wan.up))
    }

    pub(super) fn media(&self) -> &'static str {
        match self.profile.line {
            _ if self.wan.on_backup => "backup_4g",
            Line::Dsl(_) => "xdsl",
            Line::Fibre(_) => "ftth",
        }
    }

    /// Bits per second down and up; 0 while there is no connection.
    pub(super) fn capacity_now(&self) -> (u64, u64) {
        match self.wan.state {
            State::Up(_) if self.wan.on_backup => (150_000_000, 50_000_000),
            State::Up(_) => Self::capacity(self.profile),
            _ => (0, 0),
        }
    }

    fn public_ipv4(&self) -> String {
        format!("203.0.113.{}", 1 + self.fixed(5) % 254)
    }

    pub(super) fn connection_config(&self) -> Reply {
        let up = matches!(self.wan.state, State::Up(_));
        let about = self.about();
        Reply::Result(
            Object::new()
                .flag("ping", true)
                .flag("is_secure_pass", true)
                .flag("remote_access", false)
                .number("remote_access_port", 47_310)
                .number("remote_access_min_port", 1)
                .number("remote_access_max_port", 65_535)
                .only(up, |body| body.text("remote_access_ip", &self.public_ipv4()))
                .flag("api_remote_access", false)
                .flag("wol", false)
                .flag("adblock", false)
                .flag("adblock_not_set", false)
                .flag("allow_token_request", true)
                .only(self.profile.recent, |body| {
                    body.text("sip_alg", "disabled").flag("disable_guest", false)
                })
                .text("api_domain", &about.api_domain)
                .flag("https_available", true)
                .number("https_port", self.https_port)
                .end(),
        )
    }

    /// Eight delegations, always; the first is the network of the house, the second may be handed on.
    pub(super) fn ipv6_config(&self) -> Reply {
        let delegation = |nth: u32| {
            let next_hop = if nth == 1 { "fe80::1" } else { "" };
            let prefix = format!("2001:db8:1:{nth:x}::/64");
            Object::new().text("prefix", &prefix).text("next_hop", next_hop).end()
        };
        Reply::Result(
            Object::new()
                .flag("ipv6_enabled", true)
                .flag("ipv6_firewall", true)
                .flag("ipv6_prefix_firewall", false)
                .text("ipv6ll", "fe80::8e97:eaff:fe00:1234")
                .json("delegations", list((0..8).map(delegation)))
                .end(),
        )
    }

    pub(super) fn ftth(&self) -> Reply {
        match &self.profile.line {
            Line::Fibre(fibre) => Reply::Result(self.ftth_body(fibre)),
            // Nobody has said which of the two a box does, so one of our two does each.
            Line::Dsl(dsl) if dsl.modulation == "adsl" => Reply::service_down(),
            Line::Dsl(_) => {
                let keys = ["sfp_present", "sfp_alim_ok", "sfp_has_power_report", "sfp_has_signal", "link"];
                Reply::Result(keys.iter().fold(Object::new(), |body, key| body.flag(key, false)).end())
            }
        }
    }

    fn ftth_body(&self, fibre: &Fibre) -> String {
        let there = self.wan.glass != Glass::Unplugged;
        let lit = self.wan.glass == Glass::Lit;
        let report = if self.oddities.no_power_report { Report::Absent } else { fibre.report };
        let power = self.optical_power();
        Object::new()
            .flag("sfp_present", there)
            .flag("sfp_alim_ok", there)
            .flag("sfp_has_power_report", there && report == Report::Given)
            .flag("sfp_has_signal", lit)
            .flag("link", lit)
            .only(self.profile.recent, |body| body.flag("has_sfp", true).text("link_type", "pon"))
            .only(there, |body| {
                let serial = format!("FBX{:010}", self.fixed(6) % 10_000_000_000);
                let body = body.text("sfp_serial", &serial).text("sfp_model", fibre.model);
                body.text("sfp_vendor", fibre.vendor)
            })
            // Younger firmwares leave the words out when there is no module, older ones leave them empty.
            .only(!there && !self.profile.recent, |body| {
                body.text("sfp_serial", "").text("sfp_model", "").text("sfp_vendor", "")
            })
            .only(there && report == Report::Given, |body| {
                body.number("sfp_pwr_tx", power.1).number("sfp_pwr_rx", power.0)
            })
            .only(there && report == Report::Zero, |body| {
                body.number("sfp_pwr_tx", 0).number("sfp_pwr_rx", 0)
            })
            .end()
    }

    /// Received and sent power, in hundredths of a dBm.
    pub(super) fn optical_power(&self) -> (i64, i64) {
        let received = -1_712.0 + 12.0 * self.drift(7, 5_400.0);
        let received = if self.wan.glass == Glass::Lit { received } else { -4_000.0 };
        (received.round() as i64, (478.0 + 6.0 * self.drift(8, 3_600.0)).round() as i64)
    }

    pub(super) fn xdsl(&self, major: u32) -> Reply {
        match self.profile.line {
            Line::Dsl(_) => Reply::Result(self.xdsl_body(major)),
            Line::Fibre(_) => Reply::service_down(),
        }
    }

    /// The stage and, in use, since when.
    pub(super) fn xdsl_status(&self) -> (&'static str, Option<Millis>) {
        match self.wan.sync {
            Sync::Showtime(since) => ("showtime", Some(since)),
            Sync::Stage(stage, _) => (STAGES.get(stage).map_or("down", |(name, _)| name), None),
        }
    }

    fn xdsl_body(&self, major: u32) -> String {
        let Line::Dsl(dsl) = &self.profile.line else { return Object::new().end() };
        let (status, since) = self.xdsl_status();
        let status = Object::new()
            .text("status", status)
            .text("protocol", dsl.protocol)
            .text("modulation", dsl.modulation)
            .number("uptime", since.map_or(0, |since| self.seconds_since(since)))
            .end();
        let side = |facts: &DslSide, purpose| {
            let said = self.xdsl_side(facts, purpose, since);
            let bogus = self.oddities.bogus_snr && since.is_some();
            let snr_10 = if bogus { 0 } else { said.snr_10 };
            let [fec, crc, hec, es, ses, again] = said.counts;
            let body = Object::new()
                .number("maxrate", said.maxrate)
                .number("rate", said.rate)
                .number("snr", snr_10 / 10)
                .only(major >= 4, |body| body.number("snr_10", snr_10))
                .number("attn", said.attn_10 / 10)
                .only(major >= 4, |body| body.number("attn_10", said.attn_10));
            let silent = since.is_none() && dsl.silent_when_down;
            body.only(!silent, |body| {
                let body = body.number("fec", fec).number("crc", crc).number("hec", hec);
                body.number("es", es).number("ses", ses)
            })
            .flag("phyr", facts.phyr)
            .flag("ginp", facts.ginp)
            .flag("nitro", facts.nitro)
            .only(facts.phyr && !silent, |body| {
                let body = body.number("rxmt", again).number("rxmt_corr", again - again / 50);
                body.number("rxmt_uncorr", again / 50)
            })
            .only(facts.ginp && !silent, |body| {
                let body = body.number("rtx_tx", again).number("rtx_c", again - again / 50);
                body.number("rtx_uc", again / 50)
            })
            .end()
        };
        Object::new()
            .json("status", status)
            .json("down", side(&dsl.down, 20))
            .json("up", side(&dsl.up, 30))
            .end()
    }

    /// One direction of the copper; all 0 while it is not in use.
    pub(super) fn xdsl_side(&self, facts: &DslSide, purpose: u64, since: Option<Millis>) -> Side {
        let Some(since) = since else {
            return Side { maxrate: 0, rate: 0, snr_10: 0, attn_10: 0, counts: [0; 6] };
        };
        let seconds = self.seconds_since(since);
        let margin = (8.0 * self.drift(purpose, 2_400.0)).round() as i64;
        Side {
            maxrate: facts.maxrate.saturating_add_signed(margin * 20),
            rate: facts.rate,
            snr_10: facts.snr_10 + margin,
            attn_10: facts.attn_10,
            counts: facts.hourly.map(|hourly| seconds * hourly / 3_600),
        }
    }

    pub(super) fn connection_logs(&self) -> Reply {
        let (capacity, link) = (Self::capacity(self.profile), self.link_name());
        let entry = |entry: &Entry| {
            let body = Object::new()
                .number("id", entry.id)
                .text("type", if entry.of_link { "link" } else { "conn" })
                .text("state", if entry.up { "up" } else { "down" })
                .number("date", self.calendar(entry.at));
            if entry.of_link {
                let (down, up) = if entry.up { capacity } else { (0, 0) };
                body.text("link", link).number("bw_up", up).number("bw_down", down).end()
            } else {
                body.text("conn", "main").end()
            }
        };
        Reply::items(self.wan.diary.iter().map(entry).collect())
    }

    fn link_name(&self) -> &'static str {
        match self.profile.line {
            Line::Dsl(_) => "xdsl",
            Line::Fibre(_) => "ftth",
        }
    }
}

/// The box's own address in the first network of the house.
const PUBLIC_IPV6: &str = "2001:db8:1::1";

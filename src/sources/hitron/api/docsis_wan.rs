//! `getCmDocsisWan`: the modem's own address on the cable network. It is not the house's.

use super::super::quantity;
use super::body::FromRow;
use super::field::{Complaints, Row};

/// Its address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocsisWan {
    /// Its address, as it writes it; of either version of IP.
    pub ip: Option<String>,
    /// The network's mask.
    pub netmask: Option<String>,
    /// The network's router.
    pub gateway: Option<String>,
    /// Seconds for which it has the address.
    pub lease: Option<u64>,
}

impl FromRow for DocsisWan {
    fn from_row(row: &Row, complaints: &mut Complaints) -> Option<Self> {
        Some(Self {
            ip: row.text("CmIpAddress", complaints),
            netmask: row.text("CmNetMask", complaints),
            gateway: row.text("CmGateway", complaints),
            lease: row.read("CmIpLeaseDuration", complaints, quantity::duration),
        })
    }
}

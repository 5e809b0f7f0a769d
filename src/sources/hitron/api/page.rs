//! Which questions there are. In which visit one is asked is decided elsewhere.

/// A question to a modem, which it answers with a set of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Page {
    /// What model it is; answered without a log-in.
    SystemModel,
    /// Version, uptime, clock and traffic.
    SysInfo,
    /// How far it came in joining the cable network.
    CmInit,
    /// Its address on the cable network.
    CmDocsisWan,
    /// Downstream channels.
    DsInfo,
    /// Upstream channels.
    UsInfo,
    /// The frequency on which it found the cable network.
    TuneFreq,
    /// Ethernet ports.
    LinkStatus,
    /// OFDM downstream; a firmware bears only some hundred of these questions.
    DsOfdmInfo,
    /// OFDMA upstream.
    UsOfdmInfo,
    /// Hosts; slow.
    ConnectInfo,
    /// The log of events.
    StatusLog,
    /// Whether a tunnel over GRE is configured.
    GreAccount,
    /// How the tunnel fares.
    GreService,
}

impl Page {
    /// All of them.
    pub const ALL: [Page; 14] = [
        Page::SystemModel,
        Page::SysInfo,
        Page::CmInit,
        Page::CmDocsisWan,
        Page::DsInfo,
        Page::UsInfo,
        Page::TuneFreq,
        Page::LinkStatus,
        Page::DsOfdmInfo,
        Page::UsOfdmInfo,
        Page::ConnectInfo,
        Page::StatusLog,
        Page::GreAccount,
        Page::GreService,
    ];

    /// As the modem calls it: `getSysInfo`.
    pub fn name(self) -> &'static str {
        self.path().trim_start_matches("/data/").trim_end_matches(".asp")
    }

    /// Where it is: `/data/getSysInfo.asp`.
    pub fn path(self) -> &'static str {
        match self {
            Page::SystemModel => "/data/system_model.asp",
            Page::SysInfo => "/data/getSysInfo.asp",
            Page::CmInit => "/data/getCMInit.asp",
            Page::CmDocsisWan => "/data/getCmDocsisWan.asp",
            Page::DsInfo => "/data/dsinfo.asp",
            Page::UsInfo => "/data/usinfo.asp",
            Page::TuneFreq => "/data/getTuneFreq.asp",
            Page::LinkStatus => "/data/getLinkStatus.asp",
            Page::DsOfdmInfo => "/data/dsofdminfo.asp",
            Page::UsOfdmInfo => "/data/usofdminfo.asp",
            Page::ConnectInfo => "/data/getConnectInfo.asp",
            Page::StatusLog => "/data/status_log.asp",
            Page::GreAccount => "/data/getVMBAccountInfo.asp",
            Page::GreService => "/data/vmb_service_info.asp",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_where_its_name_says() {
        for page in Page::ALL {
            assert_eq!(page.path(), format!("/data/{}.asp", page.name()));
        }
        assert_eq!(Page::SysInfo.name(), "getSysInfo");
        assert_eq!(Page::ALL.map(|page| page as usize), std::array::from_fn(|index| index));
    }
}

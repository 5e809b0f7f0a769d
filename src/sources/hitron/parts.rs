//! What is asked on a visit, and in which order: the pages of each part. Pure.
//!
//! It does not know when a part is visited, or which page is to be left alone for a while.

use super::api::Page;
use super::{PartName, Profile};

/// What is visited unless somebody says otherwise: what tells how the line does, and costs the modem little.
pub fn usual(profile: Profile) -> &'static [PartName] {
    match profile {
        Profile::Cgnv4 => &[PartName::Modem],
        Profile::CodaAsp => &[PartName::Modem, PartName::Ofdm],
    }
}

/// Whether modems of this kind have a part: OFDM came with DOCSIS 3.1, and the CGNV4 has 3.0.
pub fn has(profile: Profile, part: PartName) -> bool {
    profile == Profile::CodaAsp || part != PartName::Ofdm
}

/// How many times longer than the source's interval to wait between visits to a part: the list of hosts takes a modem
/// almost two seconds, and an account is set once.
pub fn slowness(part: PartName) -> u32 {
    match part {
        PartName::Modem | PartName::Ofdm | PartName::Gre => 1,
        PartName::Lan | PartName::Events => 5,
    }
}

/// The pages of these parts, in the order in which they are asked for, each once.
pub fn pages(profile: Profile, parts: &[PartName]) -> Vec<Page> {
    let mut pages = Vec::new();
    for page in parts.iter().flat_map(|part| of(profile, *part)) {
        if !pages.contains(page) {
            pages.push(*page);
        }
    }
    pages
}

const MODEM_WITH_PORTS: &[Page] = &[
    Page::SystemModel,
    Page::SysInfo,
    Page::CmInit,
    Page::CmDocsisWan,
    Page::DsInfo,
    Page::UsInfo,
    Page::TuneFreq,
    Page::LinkStatus,
];

/// Without its last one.
const MODEM: &[Page] = MODEM_WITH_PORTS.split_at(MODEM_WITH_PORTS.len() - 1).0;

fn of(profile: Profile, part: PartName) -> &'static [Page] {
    match (part, profile) {
        (PartName::Modem, Profile::Cgnv4) => MODEM,
        (PartName::Modem, Profile::CodaAsp) => MODEM_WITH_PORTS,
        (PartName::Ofdm, Profile::Cgnv4) => &[],
        (PartName::Ofdm, Profile::CodaAsp) => &[Page::DsOfdmInfo, Page::UsOfdmInfo],
        (PartName::Lan, _) => &[Page::ConnectInfo],
        (PartName::Events, _) => &[Page::StatusLog],
        (PartName::Gre, _) => &[Page::GreAccount, Page::GreService],
    }
}

/// The page without which nothing else of these parts is worth anything.
pub fn essential(parts: &[PartName]) -> Option<Page> {
    parts.contains(&PartName::Modem).then_some(Page::SysInfo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_belongs_to_a_part_that_some_modem_has() {
        let all = pages(Profile::CodaAsp, &PartName::ALL);
        let mut sorted = all.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, Page::ALL);
    }

    #[test]
    fn a_page_that_is_asked_for_twice_is_asked_once() {
        let once = pages(Profile::Cgnv4, &[PartName::Modem, PartName::Lan]);
        assert_eq!(pages(Profile::Cgnv4, &[PartName::Modem, PartName::Lan, PartName::Modem]), once);
        assert_eq!(once.last(), Some(&Page::ConnectInfo));
    }

    #[test]
    fn what_is_visited_without_a_word_is_there() {
        for profile in Profile::ALL {
            let parts = usual(profile);
            assert!(parts.iter().all(|part| has(profile, *part) && !of(profile, *part).is_empty()));
        }
        assert!(!has(Profile::Cgnv4, PartName::Ofdm));
    }
}

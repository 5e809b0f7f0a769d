//! `connection/`: whether the box is connected, over what, how fast and how much (dev.freebox.fr/sdk/os/connection).

use serde::Deserialize;

use super::lenient::{Int, List, Text};

/// The connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Connection {
    /// `going_up`, `up`, `going_down`, `down`.
    pub state: Text,
    /// `ethernet`, `rfc2684`, `pppoatm`.
    #[serde(rename = "type")]
    pub kind: Text,
    /// `ftth`, `xdsl`, `ethernet`, `backup_4g`, and what may come.
    pub media: Text,
    /// The public address; missing while there is none.
    pub ipv4: Text,
    /// The box's address; missing while there is none.
    pub ipv6: Text,
    /// First and last port of the public address that are this house's: four houses may share one.
    pub ipv4_port_range: List<Int>,
    /// Bytes per second, now.
    pub rate_down: Int,
    /// Bytes per second, now.
    pub rate_up: Int,
    /// What the line can carry, in **bits** per second.
    pub bandwidth_down: Int,
    /// What the line can carry, in **bits** per second.
    pub bandwidth_up: Int,
    /// Bytes since the box connected.
    pub bytes_down: Int,
    /// Bytes since the box connected.
    pub bytes_up: Int,
}

/// What the line is made of, as far as there is more to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// Fibre: `connection/ftth/`.
    Ftth,
    /// DSL: `connection/xdsl/`.
    Xdsl,
    /// Nothing more to ask for.
    Other,
}

impl Connection {
    /// What the line is made of. On another line than its own an answer is a refusal (`service_down`, as seen on
    /// fibre) and not worth asking for.
    pub fn media(&self) -> Media {
        match self.media.as_deref() {
            Some("ftth") => Media::Ftth,
            Some("xdsl") => Media::Xdsl,
            _ => Media::Other,
        }
    }

    /// Whether the box is connected; none where it uses a word that is not documented.
    pub fn is_up(&self) -> Option<bool> {
        match self.state.as_deref()? {
            "up" => Some(true),
            "down" | "going_up" | "going_down" => Some(false),
            _ => None,
        }
    }

    /// How many ports of the public IPv4 address are this house's.
    pub fn ports(&self) -> Option<u64> {
        let [first, last] = self.ipv4_port_range.0[..] else { return None };
        let (first, last) = (u16::try_from(first.0?).ok()?, u16::try_from(last.0?).ok()?);
        last.checked_sub(first).map(|more| u64::from(more) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Connection {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_quarter_of_an_address_is_16384_ports_and_a_range_that_makes_no_sense_is_none() {
        // A shared address has four users; a whole one is 0 to 65535 (dev.freebox.fr/sdk/os/connection).
        assert_eq!(read(r#"{"ipv4_port_range":[16384,32767]}"#).ports(), Some(16_384));
        assert_eq!(read(r#"{"ipv4_port_range":[0,65535]}"#).ports(), Some(65_536));
        for range in ["[]", "[5]", "[9,3]", "[0,65536]", "[-1,5]", "{}", "null", "[null,5]", "[1,2,3]"] {
            assert_eq!(read(&format!(r#"{{"ipv4_port_range":{range}}}"#)).ports(), None, "{range}");
        }
    }

    #[test]
    fn fibre_is_asked_for_fibre_and_dsl_for_dsl_and_nothing_else_for_either() {
        let media = |word: &str| read(&format!(r#"{{"media":"{word}"}}"#)).media();
        assert_eq!(media("ftth"), Media::Ftth);
        assert_eq!(media("xdsl"), Media::Xdsl);
        for word in ["ffth", "backup_4g", "ethernet", "", "FTTH"] {
            assert_eq!(media(word), Media::Other, "{word}");
        }
    }

    #[test]
    fn only_documented_states_say_whether_it_is_up() {
        let state = |word: &str| read(&format!(r#"{{"state":"{word}"}}"#)).is_up();
        assert_eq!(state("up"), Some(true));
        assert_eq!(["down", "going_up", "going_down"].map(state), [Some(false); 3]);
        assert_eq!(["", "sideways"].map(state), [None; 2]);
    }
}

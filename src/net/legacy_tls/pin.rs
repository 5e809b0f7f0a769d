//! A fingerprint that somebody wrote down to know a modem's certificate by: SHA-256, SHA-1 or MD5 over the whole
//! certificate in DER, told apart by their lengths. Pure.
//!
//! It is read in every spelling that people copy: as `openssl x509 -fingerprint` prints it, as browsers show it, with or
//! without the name of the algorithm. Nothing is compared in here: who hashes a certificate does.

use std::fmt;
use std::str::FromStr;

use crate::net::tls::Fingerprint;
use crate::text;

/// A fingerprint; prints as `sha256:`, `sha1:` or `md5:` and hexadecimal digits in lower case.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pin {
    /// SHA-256: the one to write.
    Sha256([u8; 32]),
    /// SHA-1, for which two certificates with the same one can be made (see [`Pin::is_weak`]).
    Sha1([u8; 20]),
    /// MD5, likewise.
    Md5([u8; 16]),
}

/// Why a text is none. What it quotes is cleaned and cut.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPin {
    /// Too many digits, or too few.
    #[error("`{text}` is not a fingerprint: it has {digits} hexadecimal digits, and {WANTED}")]
    Length {
        /// What was written.
        text: String,
        /// How many digits that has.
        digits: usize,
    },
    /// Something in it is no digit.
    #[error("`{text}` is not a fingerprint: `{found}` is no hexadecimal digit; {WANTED}")]
    Digit {
        /// What was written.
        text: String,
        /// The first that is none.
        found: String,
    },
    /// It says that it is of an algorithm that nobody here knows.
    #[error("`{text}` is not a fingerprint: `{algorithm}` is none of `sha256`, `sha1` and `md5`")]
    Algorithm {
        /// What was written.
        text: String,
        /// What it says.
        algorithm: String,
    },
    /// It says one algorithm, and has the length of another.
    #[error(
        "`{text}` is not a fingerprint: it says `{said}`, and has {digits} hexadecimal digits as `{fits}` does"
    )]
    Mismatch {
        /// What was written.
        text: String,
        /// What it says.
        said: &'static str,
        /// How many digits that has.
        digits: usize,
        /// What that would be.
        fits: &'static str,
    },
}

const WANTED: &str = "64 (SHA-256), 40 (SHA-1) or 32 (MD5) would be right, with or without colons";

/// The most of what somebody wrote that a message shows: it may be a key, or a whole file.
const QUOTED_MAX: usize = 80;

/// An algorithm's name, and how many hexadecimal digits a fingerprint of it has.
const ALGORITHMS: [(&str, usize); 3] = [("sha256", 64), ("sha1", 40), ("md5", 32)];

impl Pin {
    /// The name of the algorithm: `sha256`, `sha1` or `md5`.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Pin::Sha256(_) => "sha256",
            Pin::Sha1(_) => "sha1",
            Pin::Md5(_) => "md5",
        }
    }

    /// What the digest is: 32, 20 or 16 octets.
    pub fn octets(&self) -> &[u8] {
        match self {
            Pin::Sha256(octets) => octets,
            Pin::Sha1(octets) => octets,
            Pin::Md5(octets) => octets,
        }
    }

    /// Whether somebody who makes certificates can make two that it fits: then it should be replaced by a SHA-256.
    pub fn is_weak(&self) -> bool {
        !matches!(self, Pin::Sha256(_))
    }

    /// The digits with a colon between each pair, in lower case and without the name of the algorithm.
    pub fn colons(&self) -> String {
        let pairs: Vec<String> = self.octets().iter().map(|octet| format!("{octet:02x}")).collect();
        pairs.join(":")
    }
}

impl From<Fingerprint> for Pin {
    fn from(fingerprint: Fingerprint) -> Self {
        Self::Sha256(fingerprint.0)
    }
}

impl FromStr for Pin {
    type Err = NotAPin;

    /// Reads hexadecimal digits in upper or lower case, with or without colons, hyphens and blanks anywhere, after
    /// nothing, `sha256:` or `sha256 Fingerprint=`, and the same of `sha1` and `md5`.
    fn from_str(written: &str) -> Result<Self, NotAPin> {
        let text = || clean(written);
        let (said, rest) = split(written);
        let said = match said {
            None => None,
            Some(name) => match ALGORITHMS.iter().find(|(known, _)| is_name(name, known)) {
                Some(&(known, _)) => Some(known),
                None => return Err(NotAPin::Algorithm { text: text(), algorithm: clean(name) }),
            },
        };
        let digits: Vec<char> =
            rest.chars().filter(|&char| !matches!(char, ':' | '-') && !char.is_whitespace()).collect();
        if let Some(other) = digits.iter().find(|char| !char.is_ascii_hexdigit()) {
            return Err(NotAPin::Digit { text: text(), found: clean(&other.to_string()) });
        }
        let length = digits.len();
        let fits = ALGORITHMS.iter().find(|(_, digits)| *digits == length).map(|&(name, _)| name);
        let pin = match length {
            64 => octets(&digits).map(Self::Sha256),
            40 => octets(&digits).map(Self::Sha1),
            32 => octets(&digits).map(Self::Md5),
            _ => None,
        };
        match (pin, said, fits) {
            (Some(_), Some(said), Some(fits)) if said != fits => {
                Err(NotAPin::Mismatch { text: text(), said, digits: length, fits })
            }
            (Some(pin), _, _) => Ok(pin),
            (None, _, _) => Err(NotAPin::Length { text: text(), digits: length }),
        }
    }
}

/// The name of an algorithm, where one stands before the digits, and what follows it.
fn split(written: &str) -> (Option<&str>, &str) {
    if let Some((before, after)) = written.split_once('=') {
        // `openssl x509 -fingerprint` of every version: `SHA1 Fingerprint=`, `sha256 Fingerprint=`.
        let before = before.trim();
        let at = before.len().saturating_sub("fingerprint".len());
        return match before.get(at..).is_some_and(|end| end.eq_ignore_ascii_case("fingerprint")) {
            true => (Some(before[..at].trim()), after),
            false => (Some(before), after),
        };
    }
    match written.split_once(':') {
        // What is longer than a pair and has more than digits is a name, or wants to be one.
        Some((before, after)) if is_word(before.trim()) => (Some(before.trim()), after),
        _ => (None, written),
    }
}

fn is_word(text: &str) -> bool {
    text.len() > 2
        && !text.chars().all(|char| char.is_ascii_hexdigit() || char == '-' || char.is_whitespace())
}

/// `SHA-256` is a way to write `sha256`.
fn is_name(written: &str, known: &str) -> bool {
    written.chars().filter(|&char| char != '-').map(|char| char.to_ascii_lowercase()).eq(known.chars())
}

fn octets<const N: usize>(digits: &[char]) -> Option<[u8; N]> {
    let octet =
        |pair: &[char]| Some(u8::try_from(pair[0].to_digit(16)? * 16 + pair[1].to_digit(16)?).unwrap_or(0));
    let octets: Option<Vec<u8>> = digits.chunks_exact(2).map(octet).collect();
    octets?.try_into().ok()
}

fn clean(text: &str) -> String {
    text::cut(&text::plain(text), QUOTED_MAX)
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.algorithm())?;
        self.octets().iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As published at dev.freebox.fr/sdk/os for the first of its authorities; SHA-1 and MD5 of the same by `openssl x509
    /// -fingerprint`.
    const SHA256: &str =
        "23:CF:B7:26:36:BE:66:5D:BB:F2:FE:3E:05:27:90:47:71:A8:DF:F1:BA:CE:46:1D:8B:D6:9F:34:81:2C:24:44";
    const SHA1: &str = "93:E8:79:27:B9:46:A7:7D:00:2E:C9:6F:B9:F8:AC:30:FD:F0:35:0A";
    const MD5: &str = "AB:FD:8E:7E:E2:77:B7:36:A4:D6:88:C3:15:02:1E:DE";

    #[track_caller]
    fn check(written: &str, expected: &str) {
        assert_eq!(written.parse::<Pin>().map(|pin| pin.to_string()), Ok(expected.to_owned()), "{written}");
    }

    #[test]
    fn every_spelling_that_people_copy_is_read() {
        for (name, colons, openssl) in [
            ("sha256", SHA256, "sha256 Fingerprint"),
            ("sha1", SHA1, "SHA1 Fingerprint"),
            ("md5", MD5, "md5 fingerprint"),
        ] {
            let bare = colons.replace(':', "").to_lowercase();
            let expected = format!("{name}:{bare}");
            for digits in [
                colons.to_owned(),
                colons.to_lowercase(),
                bare.clone(),
                bare.to_uppercase(),
                colons.replace(':', "-"),
                colons.replace(':', " "),
                format!("  {colons}\n"),
                format!("{}\n{}", &colons[..30], &colons[30..]),
            ] {
                for prefix in [
                    String::new(),
                    format!("{name}:"),
                    format!("{}:", name.to_uppercase()),
                    format!(" {name} : "),
                    format!("{openssl}="),
                    format!("{}=", openssl.to_uppercase()),
                    format!("{name}="),
                ] {
                    check(&format!("{prefix}{digits}"), &expected);
                }
            }
        }
        check(&format!("SHA-256:{SHA256}"), &format!("sha256:{}", SHA256.replace(':', "").to_lowercase()));
    }

    #[test]
    fn only_a_sha256_is_as_good_as_it_should_be() {
        for (written, weak) in [(SHA256, false), (SHA1, true), (MD5, true)] {
            let pin: Pin = written.parse().unwrap();
            assert_eq!((pin.is_weak(), pin.colons()), (weak, written.to_lowercase()));
            assert_eq!(format!("{pin:?}"), pin.to_string());
        }
        assert_eq!(Pin::from(Fingerprint([0xab; 32])).to_string(), format!("sha256:{}", "ab".repeat(32)));
    }

    #[track_caller]
    fn check_bad(written: &str, expected: &str) {
        let problem = written.parse::<Pin>().unwrap_err().to_string();
        assert_eq!(problem, format!("`{}` is not a fingerprint: {expected}", clean(written)));
    }

    #[test]
    fn what_is_none_says_what_would_be_right() {
        let wanted = "64 (SHA-256), 40 (SHA-1) or 32 (MD5) would be right, with or without colons";
        for (written, digits) in
            [("", 0), ("sha256:", 0), ("ab:cd", 4), (&MD5[1..], 31), (&SHA1.repeat(2), 80)]
        {
            check_bad(written, &format!("it has {digits} hexadecimal digits, and {wanted}"));
        }
        for (written, found) in [
            ("zz".repeat(16), "z"),
            (MD5.replace(':', "/"), "/"),
            (format!("sha256:sha256:{SHA256}"), "s"),
            (format!("+{}", &MD5[1..]), "+"),
            ("\u{ff11}".repeat(32), "\u{ff11}"),
            ("\u{1b}[31m".to_owned(), "[U+001B]"),
        ] {
            check_bad(&written, &format!("`{found}` is no hexadecimal digit; {wanted}"));
        }
        for (written, algorithm) in
            [(format!("sha512:{SHA256}"), "sha512"), (format!("MD5 Finger={MD5}"), "MD5 Finger")]
        {
            check_bad(&written, &format!("`{algorithm}` is none of `sha256`, `sha1` and `md5`"));
        }
        check_bad(&format!("=:{MD5}"), "`` is none of `sha256`, `sha1` and `md5`");
        check_bad(&format!("sha256:{MD5}"), "it says `sha256`, and has 32 hexadecimal digits as `md5` does");
        check_bad(
            &format!("SHA1 Fingerprint={SHA256}"),
            "it says `sha1`, and has 64 hexadecimal digits as `sha256` does",
        );
    }

    #[test]
    fn a_whole_file_is_not_quoted() {
        for written in ["x".repeat(100_000), "ab".repeat(50_000), format!("{}:ab", "k".repeat(100_000))] {
            let problem = written.parse::<Pin>().unwrap_err().to_string();
            assert!(problem.chars().count() < 400, "{}", problem.len());
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_pin_or_a_problem_that_can_be_printed(written: String) {
            if let Err(problem) = written.parse::<Pin>() {
                prop_assert!(!problem.to_string().contains(char::is_control));
            }
        }

        #[test]
        fn what_is_printed_is_read_again(octets: [u8; 32]) {
            let mut short = [0; 20];
            short.copy_from_slice(&octets[..20]);
            for pin in [Pin::Sha256(octets), Pin::Sha1(short)] {
                prop_assert_eq!(pin.to_string().parse(), Ok(pin));
                prop_assert_eq!(pin.colons().parse(), Ok(pin));
            }
        }
    }
}

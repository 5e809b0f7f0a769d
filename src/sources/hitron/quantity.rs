//! What the modem's texts amount to: numbers, bytes, counts, words; durations and clocks are in `time`. Pure.
//!
//! A text is a quantity, or one of the words for "I do not know", or something that nobody expected. None of these is
//! ever taken for another, and neither of the latter two for zero.

pub mod time;

pub use time::{Clock, clock, duration, event_time};

/// A text that is neither a quantity nor a word for nothing; says what it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable(pub &'static str);

/// What a text amounts to; none where it stands for nothing.
pub type Read<T> = Result<Option<T>, Unreadable>;

/// Words for what a modem does not know, does not have or must not tell.
const PLACEHOLDERS: [&str; 7] = ["", "-", "--", "na", "n/a", "todo", "secret"];

/// Whether this stands for nothing.
pub fn is_placeholder(text: &str) -> bool {
    PLACEHOLDERS.iter().any(|placeholder| text.trim().eq_ignore_ascii_case(placeholder))
}

/// What `parse` makes of a trimmed text that does not stand for nothing.
fn unless_placeholder<T>(text: &str, what: &'static str, parse: impl FnOnce(&str) -> Option<T>) -> Read<T> {
    if is_placeholder(text) {
        return Ok(None);
    }
    parse(text.trim()).map(Some).ok_or(Unreadable(what))
}

/// A finite number.
///
/// # Errors
/// For anything else.
pub fn number(text: &str) -> Read<f64> {
    unless_placeholder(text, "not a number", float)
}

/// What Rust takes for a number, without its words for what is none.
fn float(text: &str) -> Option<f64> {
    let is_number = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    let number: f64 = text.bytes().all(is_number).then(|| text.parse().ok()).flatten()?;
    // Zero is what is written with zeros, and not what is too small.
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let is_zero = mantissa.bytes().all(|byte| !matches!(byte, b'1'..=b'9'));
    (number.is_finite() && (number != 0.0 || is_zero)).then_some(number)
}

/// A whole number, also one with a fraction of nothing but zeros.
///
/// # Errors
/// For anything else, and for what is less than zero.
pub fn whole(text: &str) -> Read<u64> {
    unless_placeholder(text, "not a whole number", |text| {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_whole = !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0');
        if is_whole { digits(whole) } else { None }
    })
}

/// Digits, at least one, and nothing else.
fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    // `parse` would take a sign.
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// How the CODA spells 2³² in its counters.
const TWO_TO_THE_32: &str = "2e32";

/// A count of a CODA: a whole number, or an expression such as `10 * 2e32 + 3651454275`. Its counters have 32 bits, so
/// that it writes how often each went round, and by `2e32` it means 2³². Evaluated from left to right.
///
/// # Errors
/// For anything else, and for what does not fit.
pub fn count(text: &str) -> Read<u64> {
    unless_placeholder(text, "not a count", |text| {
        let mut total: Option<u64> = None;
        let mut add = true;
        for (index, piece) in text.split_inclusive(['+', '*']).enumerate() {
            let operator = piece.chars().next_back().filter(|end| matches!(end, '+' | '*'));
            let operand = operand(piece.trim_end_matches(['+', '*']).trim())?;
            total = match total {
                None if index == 0 => Some(operand),
                Some(total) if add => total.checked_add(operand),
                Some(total) => total.checked_mul(operand),
                None => None,
            };
            total?;
            add = operator == Some('+');
        }
        let ends_open = text.ends_with(['+', '*']);
        total.filter(|_| !ends_open)
    })
}

fn operand(text: &str) -> Option<u64> {
    if text.eq_ignore_ascii_case(TWO_TO_THE_32) { Some(1 << 32) } else { digits(text) }
}

/// A number of bytes as the modem rounds it: `12.12M Bytes`. What `M` stands for is not known before it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes {
    /// 1212 of `12.12M Bytes`.
    digits: u64,
    /// How many of them stand behind the point.
    decimals: u32,
    /// 2 of `12.12M Bytes`: the power of 1000 or 1024.
    power: u32,
}

/// Digits of a number of bytes, more than any modem writes.
const MANTISSA: usize = 18;

/// In the order of their powers.
const PREFIXES: &str = "KMGTPE";

/// A number of bytes, with or without the word.
///
/// # Errors
/// For anything else, and for more than there can be.
pub fn bytes(text: &str) -> Read<Bytes> {
    unless_placeholder(text, "not a number of bytes", |text| {
        let bytes = amount(text)?;
        // So that it fits whatever `M` stands for.
        bytes.scaled(1024).is_some().then_some(bytes)
    })
}

fn amount(text: &str) -> Option<Bytes> {
    let (mantissa, unit) = split_number(text);
    if unit.is_empty() {
        return Some(Bytes { digits: digits(mantissa)?, decimals: 0, power: 0 });
    }
    let unit = unit.strip_suffix('s').unwrap_or(unit).strip_suffix("Byte")?.trim_end();
    let prefix = unit.strip_suffix('i').unwrap_or(unit);
    let mut letters = prefix.chars();
    let power = match (letters.next(), letters.next()) {
        (None, _) if unit.is_empty() => 0,
        (Some(letter), None) => u32::try_from(PREFIXES.find(letter)?).ok()? + 1,
        _ => return None,
    };
    let (whole, fraction) =
        mantissa.split_once('.').map_or((mantissa, None), |(whole, rest)| (whole, Some(rest)));
    if whole.is_empty() || fraction.is_some_and(str::is_empty) || mantissa.len() > MANTISSA {
        return None;
    }
    let fraction = fraction.unwrap_or_default();
    Some(Bytes {
        digits: digits(&[whole, fraction].concat())?,
        decimals: u32::try_from(fraction.len()).ok()?,
        power,
    })
}

/// Digits and points, and what comes after them.
fn split_number(text: &str) -> (&str, &str) {
    let end =
        text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

impl Bytes {
    /// How many, where `K` stands for `base`, 1000 or 1024; rounded to whole ones.
    pub fn count(self, base: u16) -> u64 {
        // It fits, since `bytes` has tried with the larger base.
        self.scaled(base.min(1024)).unwrap_or(u64::MAX)
    }

    /// Whether the modem counts in 1024: nobody who counts in 1000 writes `1012K` for a mega.
    pub fn proves_1024(self) -> bool {
        let one = 10_u64.pow(self.decimals);
        self.power > 0 && (1000 * one..1024 * one).contains(&self.digits)
    }

    fn scaled(self, base: u16) -> Option<u64> {
        let unit = u128::from(base).pow(self.power);
        let one = 10_u128.pow(self.decimals);
        let total = u128::from(self.digits).checked_mul(unit)? + one / 2;
        u64::try_from(total / one).ok()
    }
}

/// Speed of a port in bits per second: `1000Mbps`, `2.5Gbps`.
///
/// # Errors
/// For anything else.
pub fn speed(text: &str) -> Read<f64> {
    unless_placeholder(text, "not a speed", |text| {
        let (mantissa, unit) = split_number(text);
        let factor = match unit.to_ascii_lowercase().as_str() {
            "bps" => 1.0,
            "kbps" => 1e3,
            "mbps" => 1e6,
            "gbps" => 1e9,
            _ => return None,
        };
        Some(float(mantissa)? * factor)
    })
}

/// Megahertz as hertz, to the hertz.
///
/// # Errors
/// For what is not a number.
pub fn megahertz(text: &str) -> Read<f64> {
    Ok(number(text)?.map(|mhz| (mhz * 1e6).round()))
}

/// A word or some, in lower case; nothing that could not be one.
///
/// # Errors
/// For what nobody would call a word.
pub fn word(text: &str) -> Read<String> {
    let of_a_word = |byte: u8| byte.is_ascii_alphanumeric() || b" .-_/".contains(&byte);
    unless_placeholder(text, "not a word", |text| {
        let is_word =
            text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(of_a_word);
        is_word.then(|| text.to_ascii_lowercase())
    })
}

/// One of two words in any case: whether it is the first.
///
/// # Errors
/// For any other.
pub fn either(text: &str, words: [&str; 2]) -> Read<bool> {
    unless_placeholder(text, "neither of its two words", |text| {
        words.iter().position(|word| text.eq_ignore_ascii_case(word)).map(|index| index == 0)
    })
}

/// How the modem and its network agreed on keys (BPI+): how far with the authorization, and with the traffic key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bpi {
    /// `authorized`; in lower case.
    pub auth: String,
    /// `operational`; in lower case.
    pub tek: String,
}

/// `AUTH:authorized, TEK:operational`.
///
/// # Errors
/// For what does not have both.
pub fn bpi(text: &str) -> Read<Bpi> {
    unless_placeholder(text, "not a state of AUTH and TEK", |text| {
        let of = |wanted: &str| {
            let pairs = text.split(',').filter_map(|pair| pair.split_once(':'));
            let mut found = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
            found.next().map(|(_, state)| state.trim().to_ascii_lowercase()).filter(|state| !state.is_empty())
        };
        Some(Bpi { auth: of("auth")?, tek: of("tek")? })
    })
}

#[cfg(test)]
#[path = "quantity/tests.rs"]
mod tests;

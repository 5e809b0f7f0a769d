//! What follows the question mark, and the headers that say who asks.
//!
//! Deliberately refuses what could be read in two ways.

use std::collections::BTreeMap;

/// The parameters; none when it is not `application/x-www-form-urlencoded`, or one is there twice.
pub fn parameters(query: &str) -> Option<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=')?;
        if all.insert(decode(name)?, decode(value)?).is_some() {
            return None;
        }
    }
    Some(all)
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next()?, rest.next()?].map(|digit| char::from(digit).to_digit(16));
                u8::try_from(digits[0]? * 16 + digits[1]?).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// RFC 7617, with base64 by RFC 4648, 4.
pub fn basic(user: &str, password: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = "Basic ".to_owned();
    for three in format!("{user}:{password}").into_bytes().chunks(3) {
        let bits =
            three.iter().fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let sextet = bits >> (18 - 6 * place) & 63;
            text.push(if place <= three.len() { char::from(ALPHABET[sextet as usize]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded() {
        let all = parameters("db=my%20db&rp=a+b&precision=ms&q=%C3%A9").unwrap();
        let pairs: Vec<_> = all.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(pairs, ["db=my db", "precision=ms", "q=é", "rp=a b"]);
        for wrong in ["db", "db=a&db=b", "db=%2", "db=%zz", "db=%ff"] {
            assert_eq!(parameters(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_examples_of_the_standards_are_written() {
        // RFC 7617, 2.
        assert_eq!(basic("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(basic("test", "123£"), "Basic dGVzdDoxMjPCow==");
        // RFC 4648, 10: "f" to "foobar", here of what follows a colon.
        for (password, text) in [("", "Og=="), ("f", "OmY="), ("fo", "OmZv"), ("foo", "OmZvbw==")] {
            assert_eq!(basic("", password), format!("Basic {text}"));
        }
    }
}

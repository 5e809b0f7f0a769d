//! The fields of a form, as a body: `application/x-www-form-urlencoded`. Pure.
//!
//! It writes no form with files in it, and reads none.

use hyper::body::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};

/// All but what is unreserved (RFC 3986 §2.3): of that, everybody who reads forms thinks alike; a blank may be a `+` or
/// not, and everybody reads `%20`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Writes names and values, in this order.
pub fn write(fields: &[(&str, &str)]) -> Bytes {
    let pieces = || {
        fields.iter().enumerate().flat_map(|(at, (name, value))| {
            let begin = if at == 0 { "" } else { "&" };
            let name = utf8_percent_encode(name, RESERVED);
            [begin].into_iter().chain(name).chain(["="]).chain(utf8_percent_encode(value, RESERVED))
        })
    };
    // As long as it will be: a text that grows leaves copies behind.
    let mut text = String::with_capacity(pieces().map(str::len).sum());
    text.extend(pieces());
    Bytes::from_owner(Wiped(SecretString::from(text)))
}

/// A text that is wiped when the last who has it lets it go.
struct Wiped(SecretString);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(fields: &[(&str, &str)], expected: &str) {
        assert_eq!(write(fields), expected);
    }

    /// The other side's way to read it.
    fn read(body: &[u8]) -> Vec<(String, String)> {
        form_urlencoded::parse(body).into_owned().collect()
    }

    #[test]
    fn fields_stand_in_their_order() {
        check(&[], "");
        check(&[("data", "byebye")], "data=byebye");
        check(
            &[("usr", "admin"), ("pwd", ""), ("forcelogoff", "0"), ("preSession", "0x1f")],
            "usr=admin&pwd=&forcelogoff=0&preSession=0x1f",
        );
        check(&[("a", "1"), ("a", "2")], "a=1&a=2");
    }

    /// As `jq -rn --arg x … '$x|@uri'` writes them.
    #[test]
    fn all_but_the_unreserved_is_written_in_percent() {
        check(&[("p", "AZaz09-._~")], "p=AZaz09-._~");
        check(
            &[("p", " !\"#$%&'()*+,/:;<=>?@[\\]^`{|}")],
            "p=%20%21%22%23%24%25%26%27%28%29%2A%2B%2C%2F%3A%3B%3C%3D%3E%3F%40%5B%5C%5D%5E%60%7B%7C%7D",
        );
        check(&[("p", "pässwörd \u{1f980}\r\n\0")], "p=p%C3%A4ssw%C3%B6rd%20%F0%9F%A6%80%0D%0A%00");
        check(&[("a b", "c"), ("&", "=")], "a%20b=c&%26=%3D");
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read_as_it_was(fields: Vec<(String, String)>) {
            let pairs: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            // A pair of nothing and nothing is written, and read as one.
            let written = write(&pairs);
            proptest::prop_assert!(written.iter().all(|byte| byte.is_ascii_graphic()));
            proptest::prop_assert_eq!(read(&written), fields);
        }
    }
}

//! Forms as browsers post them: urlencoded, and in parts.
//!
//! Deliberately strict: what no browser would send is no form. Knows no files and no encodings but UTF-8.

use crate::http::request::Request;

/// Names and values in the order they came in.
pub type Fields = Vec<(String, String)>;

/// The fields of a request's body.
///
/// # Errors
/// What is wrong with it.
pub fn fields(request: &Request) -> Result<Fields, String> {
    let kind = request.header("content-type").unwrap_or_default();
    let (name, parameters) = kind.split_once(';').unwrap_or((kind, ""));
    match name.trim().to_ascii_lowercase().as_str() {
        "application/x-www-form-urlencoded" => urlencoded(&request.body),
        "multipart/form-data" => {
            let boundary =
                parameters.trim().strip_prefix("boundary=").map(|boundary| boundary.trim_matches('"'));
            match boundary.filter(|boundary| (1..=70).contains(&boundary.len())) {
                Some(boundary) => parts(&request.body, boundary),
                None => Err("a form in parts without a boundary".to_owned()),
            }
        }
        _ => Err(format!("`{kind}` is no form")),
    }
}

/// `a=b&c=d`, as <https://url.spec.whatwg.org/#urlencoded-parsing> reads it, but with nothing forgiven.
///
/// # Errors
/// What is wrong with it.
pub fn urlencoded(body: &[u8]) -> Result<Fields, String> {
    let text =
        std::str::from_utf8(body).ok().filter(|text| text.is_ascii()).ok_or("a form that is not ASCII")?;
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let field = |field: &str| {
        let (name, value) = field.split_once('=').ok_or_else(|| "a field without a value".to_owned())?;
        Ok((decoded(name)?, decoded(value)?))
    };
    text.split('&').map(field).collect()
}

fn decoded(text: &str) -> Result<String, String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
                let (Some(high), Some(low)) = (digit(), digit()) else {
                    return Err("a percent sign without two digits".to_owned());
                };
                bytes.push((high * 16 + low) as u8);
            }
            byte if byte.is_ascii_alphanumeric() || b"-._~*".contains(&byte) => bytes.push(byte),
            byte => return Err(format!("`{}` should be encoded", char::from(byte))),
        }
    }
    String::from_utf8(bytes).map_err(|_| "a field that is not UTF-8".to_owned())
}

/// RFC 7578.
fn parts(body: &[u8], boundary: &str) -> Result<Fields, String> {
    let text = std::str::from_utf8(body).map_err(|_| "a form that is not UTF-8")?;
    let opening = format!("--{boundary}\r\n");
    let mut rest =
        text.strip_prefix(opening.as_str()).ok_or("a form that does not begin with its boundary")?;
    let between = format!("\r\n--{boundary}");
    let mut fields = Vec::new();
    loop {
        let (part, after) = rest.split_once(between.as_str()).ok_or("a part without an end")?;
        fields.push(part_of(part)?);
        match after {
            "--\r\n" | "--" => return Ok(fields),
            after => rest = after.strip_prefix("\r\n").ok_or("a boundary that goes on")?,
        }
    }
}

fn part_of(part: &str) -> Result<(String, String), String> {
    let (head, value) = part.split_once("\r\n\r\n").ok_or("a part without a head")?;
    let disposition = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-disposition").then(|| value.trim())
    });
    let name = disposition.and_then(|disposition| disposition.strip_prefix("form-data; name=\""));
    let name = name.and_then(|name| name.strip_suffix('"')).ok_or("a part without a name")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(fields: &[(&str, &str)]) -> Fields {
        fields.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn urlencoded_forms_are_decoded() {
        let body = b"usr=a%20b+c&pwd=%C3%A9%26%3D%2B&empty=";
        assert_eq!(urlencoded(body), Ok(own(&[("usr", "a b c"), ("pwd", "\u{e9}&=+"), ("empty", "")])));
        assert_eq!(urlencoded(b""), Ok(Vec::new()));
    }

    #[test]
    fn what_no_browser_sends_is_no_form() {
        for body in ["usr", "usr=%2", "usr=%zz", "usr=a b", "usr=\u{e9}", "usr=%ff", "a=b&", "{\"usr\":1}"] {
            assert!(urlencoded(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn forms_in_parts_are_taken_apart() {
        // As urllib3 1.26.14 writes them.
        let body = "--4f\r\nContent-Disposition: form-data; name=\"usr\"\r\n\r\nadmin\r\n--4f\r\n\
            Content-Disposition: form-data; name=\"pwd\"\r\n\r\na\r\n&=\u{e9}\r\n--4f--\r\n";
        assert_eq!(parts(body.as_bytes(), "4f"), Ok(own(&[("usr", "admin"), ("pwd", "a\r\n&=\u{e9}")])));
        for end in 1..body.len() - 4 {
            if body.is_char_boundary(end) {
                assert!(parts(&body.as_bytes()[..end], "4f").is_err(), "{end}");
            }
        }
    }
}

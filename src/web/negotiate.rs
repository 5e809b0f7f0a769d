//! Which format and which compression a client would like, from headers that anybody can send.
//!
//! Nothing here refuses: whoever cannot be pleased gets the text format 0.0.4, uncompressed, because a scraper
//! that sends nonsense is still better served than not.

use crate::encode::exposition::Format;

/// How a body travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// As it is.
    Identity,
    /// The only compression that Prometheus asks for.
    Gzip,
}

/// The format by the lines of `Accept`. Equal wishes get the text format: everybody reads it.
pub fn format(accept: &[&str]) -> Format {
    let text = wish(accept, "text", "plain", "0.0.4");
    let openmetrics = wish(accept, "application", "openmetrics-text", "1.0.0");
    if openmetrics > text { Format::OpenMetrics } else { Format::Text }
}

/// The quality that the most specific matching range gives to a media type (RFC 9110 §12.5.1); 0 if none does.
fn wish(accept: &[&str], kind: &str, subtype: &str, version: &str) -> f32 {
    let mut best = (0, 0.0);
    for range in accept.iter().flat_map(|line| line.split(',')) {
        let (name, parameters) = range.split_once(';').unwrap_or((range, ""));
        let Some((range_kind, range_subtype)) = name.trim().split_once('/') else { continue };
        let is_kind = range_kind.eq_ignore_ascii_case(kind);
        let specificity = match (range_kind, range_subtype) {
            ("*", "*") => 1,
            (_, "*") if is_kind => 2,
            (_, other) if is_kind && other.eq_ignore_ascii_case(subtype) => {
                match parameter(parameters, "version") {
                    None => 3,
                    Some(wanted) if wanted == version => 4,
                    // Another version is another format.
                    Some(_) => continue,
                }
            }
            _ => continue,
        };
        let candidate = (specificity, quality(parameters));
        if candidate > best {
            best = candidate;
        }
    }
    best.1
}

/// The compression by the lines of `Accept-Encoding`.
pub fn coding(accept_encoding: &[&str]) -> Coding {
    let (mut gzip, mut any, mut identity) = (None, None, None);
    for wish in accept_encoding.iter().flat_map(|line| line.split(',')) {
        let (name, parameters) = wish.split_once(';').unwrap_or((wish, ""));
        let slot = match name.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => &mut gzip,
            "*" => &mut any,
            "identity" => &mut identity,
            _ => continue,
        };
        *slot = Some(quality(parameters));
    }
    let gzip: f32 = gzip.or(any).unwrap_or(0.0);
    if gzip > 0.0 && gzip >= identity.unwrap_or(0.0) { Coding::Gzip } else { Coding::Identity }
}

/// The parameter `q`: 1 if there is none, and 0 if it is no number from 0 to 1.
fn quality(parameters: &str) -> f32 {
    let Some(text) = parameter(parameters, "q") else { return 1.0 };
    text.parse().ok().filter(|quality| (0.0..=1.0).contains(quality)).unwrap_or(0.0)
}

fn parameter<'a>(parameters: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = parameters.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| key.trim().eq_ignore_ascii_case(name))?;
    Some(value.trim().trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Prometheus 3.5.3 sends it.
    const PROMETHEUS: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
        application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
        text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

    /// As vmagent 1.145 sends it.
    const VMAGENT: &str = "text/plain;version=0.0.4;q=1,*/*;q=0.1";

    #[track_caller]
    fn check_format(accept: &str, expected: Format) {
        assert_eq!(format(&accept.split('\n').collect::<Vec<_>>()), expected, "{accept}");
    }

    #[test]
    fn scrapers_get_what_they_like_best() {
        check_format(PROMETHEUS, Format::OpenMetrics);
        check_format(VMAGENT, Format::Text);
        check_format("application/openmetrics-text; version=1.0.0", Format::OpenMetrics);
        check_format("application/openmetrics-text", Format::OpenMetrics);
        check_format(
            "Application/OpenMetrics-Text; Version=\"1.0.0\"; Q=0.5, text/plain;q=0.4",
            Format::OpenMetrics,
        );
        check_format("text/plain;q=0.4\napplication/openmetrics-text", Format::OpenMetrics);
        check_format("application/*, text/*;q=0.5", Format::OpenMetrics);
        check_format("text/plain;q=0, */*", Format::OpenMetrics);
    }

    #[test]
    fn everybody_else_gets_the_text_format() {
        check_format("", Format::Text);
        check_format("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Format::Text);
        check_format("application/openmetrics-text;version=0.0.1", Format::Text);
        check_format(
            "application/openmetrics-text;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.3",
            Format::Text,
        );
        check_format("application/openmetrics-text;q=0", Format::Text);
        check_format("application/json", Format::Text);
    }

    #[test]
    fn nonsense_is_no_wish() {
        for accept in [
            "application/openmetrics-text;q=NaN",
            "application/openmetrics-text;q=7",
            ";;,,/,=",
            "*",
            "é/ü;q=",
        ] {
            check_format(accept, Format::Text);
        }
        check_format("application/openmetrics-text;q=-1, text/plain;q=inf", Format::Text);
    }

    #[track_caller]
    fn check_coding(accept_encoding: &str, expected: Coding) {
        assert_eq!(coding(&accept_encoding.split('\n').collect::<Vec<_>>()), expected, "{accept_encoding}");
    }

    #[test]
    fn gzip_is_for_those_who_take_it() {
        check_coding("gzip", Coding::Gzip);
        check_coding("deflate, GZIP;q=0.5, br", Coding::Gzip);
        check_coding("*", Coding::Gzip);
        check_coding("br\nx-gzip", Coding::Gzip);
        check_coding("gzip, identity", Coding::Gzip);
        check_coding("", Coding::Identity);
        check_coding("gzip;q=0", Coding::Identity);
        check_coding("gzip; q=0.000, *", Coding::Identity);
        check_coding("*;q=0", Coding::Identity);
        check_coding("gzip;q=0.5, identity;q=1", Coding::Identity);
        check_coding("deflate, br, zstd", Coding::Identity);
    }
}

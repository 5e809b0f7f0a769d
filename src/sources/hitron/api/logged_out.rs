//! Whether an answer is that of a modem that does not know us any more. It has no status of its own for that, and each
//! firmware has its own way.

/// Whether this is what a modem answers to somebody without a session: it sends him to its log-in page, or answers with
/// that page at once. `status` is that of HTTP, `content_type` the header as it came.
pub fn looks_logged_out(status: u16, content_type: Option<&str>, body: &[u8]) -> bool {
    match status {
        301 | 302 | 303 | 307 | 308 => true,
        // Some call everything a page for people, whatever it is: `Unknown error.` for one.
        200..=299 => match body.trim_ascii_start().first() {
            Some(first) => *first == b'<',
            None => is_html(content_type),
        },
        _ => false,
    }
}

fn is_html(content_type: Option<&str>) -> bool {
    let kind = content_type.and_then(|header| header.split(';').next()).unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("text/html")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirection_or_a_page_for_people_means_that_nobody_is_logged_in() {
        let json = Some("application/json");
        assert!(looks_logged_out(302, None, b""));
        assert!(looks_logged_out(200, Some("Text/HTML; charset=utf-8"), b""));
        assert!(!looks_logged_out(200, Some("text/html"), b" [{}]"));
        assert!(!looks_logged_out(200, Some("text/html"), b"Unknown error."));
        assert!(looks_logged_out(200, json, b"\r\n <!DOCTYPE html>"));
        assert!(!looks_logged_out(200, json, b"[{\"a\":\"<\"}]"));
        assert!(!looks_logged_out(200, None, b""));
        // A page that is not there, and one that fails, are no log-in pages.
        assert!(!looks_logged_out(404, Some("text/html"), b"<html>"));
        assert!(!looks_logged_out(500, Some("text/html"), b"<html>"));
    }
}

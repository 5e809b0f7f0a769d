//! Answers of InfluxDB 1.x and 2.x as their documentation and their sources have them, and answers of others.

use std::path::PathBuf;

use super::*;
use crate::secrets::Place;

/// 2025-11-24 16:00:00 UTC, by `date -u -d '2025-11-24 16:00:00' +%s`.
const NOW: Timestamp = Timestamp(Duration::from_secs(1_764_000_000));

fn v1(user: Option<&str>) -> Bucket {
    let place = || Place::File(PathBuf::from("/etc/lanlord/influx.password"));
    Bucket::V1 {
        database: "home".to_owned(),
        retention_policy: None,
        user: user.map(|user| (user.to_owned(), place())),
    }
}

fn v2(token: bool) -> Bucket {
    Bucket::V2 {
        org: Some("house".to_owned()),
        bucket: "lan".to_owned(),
        token: token.then(|| Place::Environment("INFLUX_TOKEN".to_owned())),
    }
}

fn asked(bucket: &Bucket) -> Asked<'_> {
    Asked { at: "nas:8086", path: "/write", tls: false, bucket, is_secret: &|text| text.contains("hunter2") }
}

fn answer(status: u16, body: &str) -> Answer {
    let body = body.as_bytes().to_vec();
    Answer { status, location: None, retry_after: None, content_type: None, set_cookie: Vec::new(), body }
}

#[track_caller]
fn check(bucket: &Bucket, answer: &Answer, reason: Reason, code: &str, again: Again, message: &str) {
    let refusal = judge(answer, &asked(bucket), NOW).unwrap_err();
    assert_eq!((refusal.reason, refusal.code, refusal.again), (reason, code, again), "{refusal:?}");
    assert_eq!(refusal.message, message);
}

#[test]
fn only_an_empty_answer_that_says_yes_means_that_the_lines_are_stored() {
    for status in [200, 202, 204] {
        assert!(judge(&answer(status, ""), &asked(&v1(None)), NOW).is_ok(), "{status}");
    }
    let advice = "InfluxDB says nothing to what it takes, so this is none; is this its port, and is the path of \
                  `endpoint` right";
    let message = format!("nas:8086 answers 200 to `/write` with a page of HTML; {advice}");
    let page = answer(200, "\n<!DOCTYPE html><title>Router</title>");
    check(&v1(None), &page, Reason::Misbehaved, "not_influxdb", Again::Later, &message);
    let message = format!("nas:8086 answers 200 to `/write` and says: ok; {advice}");
    check(&v1(None), &answer(200, "ok"), Reason::Misbehaved, "not_influxdb", Again::Later, &message);
}

/// "Handling Partial Writes": 201 with the same body as for 400.
#[test]
fn lines_that_were_taken_in_part_are_not_sent_again() {
    let body = r#"{"code":"invalid","message":"partial write has occurred, errors encountered on line(s): line 2: no"}"#;
    let message = "nas:8086 answers 201 to `/write` and says: partial write has occurred, errors encountered on line(s): \
                   line 2: no; it has taken the lines that it does not name";
    check(&v1(None), &answer(201, body), Reason::Refused, "partial_write", Again::Never, message);
}

#[test]
fn who_must_not_write_is_told_what_to_change() {
    let refused = |bucket: &Bucket, status, body, code, message: &str| {
        check(bucket, &answer(status, body), Reason::Refused, code, Again::Barred, message);
    };
    refused(
        &v1(Some("lanlord")),
        401,
        r#"{"error":"authorization failed"}"#,
        "unauthorized",
        "nas:8086 answers 401 to `/write` and says: authorization failed; does it know the user `lanlord`, and is his \
         password in the file `/etc/lanlord/influx.password` right",
    );
    refused(
        &v1(None),
        401,
        r#"{"error":"unable to parse authentication credentials"}"#,
        "unauthorized",
        "nas:8086 answers 401 to `/write` and says: unable to parse authentication credentials; it wants a user; write \
         `user` and `password_file`",
    );
    refused(
        &v2(true),
        401,
        r#"{"code":"unauthorized","message":"unauthorized access"}"#,
        "unauthorized",
        "nas:8086 answers 401 to `/write` and says: unauthorized access; is the token in the environment variable \
         `INFLUX_TOKEN` right",
    );
    refused(
        &v2(false),
        401,
        "",
        "unauthorized",
        "nas:8086 answers 401 to `/write`; it wants a token; write `token_file`",
    );
    refused(
        &v1(Some("lanlord")),
        403,
        r#"{"error":"\"lanlord\" user is not authorized to write to database \"home\""}"#,
        "forbidden",
        "nas:8086 answers 403 to `/write` and says: \"lanlord\" user is not authorized to write to database \"home\"; may \
         the user `lanlord` write to the database `home`",
    );
    refused(
        &v2(true),
        403,
        r#"{"code":"forbidden","message":"insufficient permissions for write"}"#,
        "forbidden",
        "nas:8086 answers 403 to `/write` and says: insufficient permissions for write; may the token in the environment \
         variable `INFLUX_TOKEN` write to the bucket `lan`",
    );
}

#[test]
fn what_is_not_there_is_named() {
    let place = "is this its port, and is the path of `endpoint` right";
    let message = format!(
        "nas:8086 answers 404 to `/write` and says: database not found: \"home\"; is there a database `home`, and {place}"
    );
    let body = r#"{"error":"database not found: \"home\""}"#;
    check(&v1(None), &answer(404, body), Reason::Refused, "not_found", Again::Barred, &message);
    let message = format!(
        "nas:8086 answers 404 to `/write` and says: bucket \"lan\" not found; is there a bucket `lan` of an organization \
         `house`, and {place}"
    );
    let body = r#"{"code":"not found","message":"bucket \"lan\" not found"}"#;
    check(&v2(true), &answer(404, body), Reason::Refused, "not_found", Again::Barred, &message);
    let with_policy =
        Bucket::V1 { database: "home".to_owned(), retention_policy: Some("a year".to_owned()), user: None };
    let message = format!(
        "nas:8086 answers 404 to `/write` and says: 404 page not found; is there a database `home` with a retention \
         policy `a year`, and {place}"
    );
    let body = answer(404, "404 page not found\n");
    check(&with_policy, &body, Reason::Refused, "not_found", Again::Barred, &message);
    let without_org = Bucket::V2 { org: None, bucket: "lan".to_owned(), token: None };
    let body = r#"{"code":"invalid","message":"Please provide either orgID or org"}"#;
    let refusal = judge_nothing(&answer(400, body), &asked(&without_org), NOW).unwrap_err();
    assert_eq!((refusal.code, refusal.again), ("no_org", Again::Never));
}

#[test]
fn lines_that_it_does_not_take_are_lost_and_say_why() {
    for (status, words, code) in [
        (
            400,
            r#"{"error":"partial write: field type conflict: input field \"value\" on measurement \"lanlord_line_up\" is type integer, already exists as type float dropped=1"}"#,
            "field_type",
        ),
        (
            422,
            r#"{"code":"unprocessable entity","message":"failure writing points to database: partial write: field type conflict: input field"}"#,
            "field_type",
        ),
        (400, r#"{"error":"partial write: points beyond retention policy dropped=3"}"#, "too_old"),
        (400, r#"{"error":"unable to parse 'x': missing fields"}"#, "bad_request"),
        (413, r#"{"error":"Request Entity Too Large"}"#, "too_large"),
        (405, "", "refused"),
        (408, "", "refused"),
        (418, "", "refused"),
        (499, "", "refused"),
    ] {
        let refusal = judge(&answer(status, words), &asked(&v1(None)), NOW).unwrap_err();
        let expected = (Reason::Refused, code, Again::Never);
        assert_eq!((refusal.reason, refusal.code, refusal.again), expected, "{refusal:?}");
    }
}

#[test]
fn what_may_pass_is_tried_again() {
    let later = |status, reason, code| {
        let refusal = judge(&answer(status, "no"), &asked(&v1(None)), NOW).unwrap_err();
        assert_eq!(
            (refusal.reason, refusal.code, refusal.again),
            (reason, code, Again::Later),
            "{refusal:?}"
        );
    };
    later(429, Reason::Refused, "too_many_requests");
    for status in [500, 501, 502, 504, 599] {
        later(status, Reason::Misbehaved, "server_error");
    }
    later(503, Reason::Misbehaved, "unavailable");
    for status in [300, 301, 302, 304, 307, 308] {
        later(status, Reason::Misbehaved, "redirect");
    }
    for status in [101, 199, 600, 999] {
        later(status, Reason::Misbehaved, "status");
    }
}

#[test]
fn where_a_redirect_leads_is_shown_and_is_plain() {
    let there = Answer { location: Some("https://nas/\u{1b}[2J".to_owned()), ..answer(301, "") };
    let message = "nas:8086 answers 301 to `/write` and leads to `https://nas/[U+001B][2J`; lanlord goes nowhere else; \
                   write where it leads into `endpoint`";
    check(&v1(None), &there, Reason::Misbehaved, "redirect", Again::Later, message);
    let long = Answer { location: Some("x".repeat(20_000)), ..answer(301, "") };
    assert!(judge(&long, &asked(&v1(None)), NOW).unwrap_err().message.len() < 400);
}

/// What Go's net/http and nginx say; also InfluxDB with `https-enabled = true` that is asked in plain HTTP.
#[test]
fn a_receiver_that_speaks_only_tls_is_no_reason_to_lose_lines() {
    for body in [
        "Client sent an HTTP request to an HTTPS server.\n",
        "{\"error\":\"The plain HTTP request was sent to HTTPS port\"}",
    ] {
        let answer = answer(400, body);
        for judge in [judge, judge_nothing] {
            let refusal = judge(&answer, &asked(&v1(None)), NOW).unwrap_err();
            assert_eq!(
                (refusal.reason, refusal.code, refusal.again),
                (Reason::Unsupported, "tls_only", Again::Later)
            );
            assert!(refusal.message.ends_with("; it speaks TLS; write `endpoint` with `https://`"));
        }
    }
}

#[test]
fn nginx_says_so_with_a_page() {
    let page =
        "<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>\r\n</html>";
    let refusal = judge(&answer(400, page), &asked(&v1(None)), NOW).unwrap_err();
    assert_eq!((refusal.code, refusal.again), ("tls_only", Again::Later));
}

#[test]
fn when_to_ask_again_is_told() {
    let seconds = |seconds| Again::After(Duration::from_secs(seconds));
    for (said, expected) in [
        ("30", seconds(30)),
        (" 120 ", seconds(120)),
        ("0", Again::Later),
        ("86400", seconds(86_400)),
        ("99999999999999999999999", seconds(u64::MAX)),
        // RFC 9110 §5.6.7: as it is written now, and the two old forms.
        ("Mon, 24 Nov 2025 16:02:00 GMT", seconds(120)),
        ("Monday, 24-Nov-25 16:02:00 GMT", seconds(120)),
        ("Mon Nov 24 16:02:00 2025", seconds(120)),
        ("Tue, 24 Nov 2026 16:02:00 GMT", seconds(365 * 86_400 + 120)),
        ("Mon, 24 Nov 2025 15:59:59 GMT", Again::Later),
        ("", Again::Later),
        ("-5", Again::Later),
        ("1.5", Again::Later),
        ("soon", Again::Later),
        ("Mon, 99 Nov 2025 16:02:00 GMT", Again::Later),
    ] {
        for status in [429, 503, 500] {
            let answer = Answer { retry_after: Some(said.to_owned()), ..answer(status, "") };
            let refusal = judge(&answer, &asked(&v1(None)), NOW).unwrap_err();
            assert_eq!(refusal.again, expected, "{said} {status}");
        }
        let answer = Answer { retry_after: Some(said.to_owned()), ..answer(400, "") };
        assert_eq!(judge(&answer, &asked(&v1(None)), NOW).unwrap_err().again, Again::Never);
    }
}

#[test]
fn words_are_short_and_plain_whatever_is_said() {
    let zero_width = "e\u{301}".repeat(5_000);
    for body in [
        "x".repeat(200_000),
        format!("{{\"error\":\"{}\"}}", "y".repeat(200_000)),
        format!("{{\"error\":\"{zero_width}\"}}"),
        format!("{{\"error\":\"{}\"}}", "\\u202e\\n".repeat(1_000)),
        "\u{1b}]0;title\u{7}".repeat(1_000),
        "{\"error\":{\"deep\":true}}".to_owned(),
        "[".repeat(100_000),
    ] {
        let refusal = judge(&answer(500, &body), &asked(&v1(None)), NOW).unwrap_err();
        let words = refusal.message.split_once(" and says: ").unwrap().1.rsplit_once("; its log").unwrap().0;
        assert!(words.chars().count() <= 300, "{words}");
        assert!(!words.chars().any(text::misleads), "{words:?}");
    }
    let bytes = Answer { body: vec![0xff; 1_000], ..answer(500, "") };
    assert!(judge(&bytes, &asked(&v1(None)), NOW).unwrap_err().message.chars().count() < 500);
}

#[test]
fn a_receiver_that_repeats_the_secret_is_not_quoted() {
    for body in [
        r#"{"error":"wrong password: hunter2"}"#,
        r#"{"error":"wrong password: hunt\u0065r2"}"#,
        "you said hunter2",
        "<p>hunter2</p>",
    ] {
        let answer = Answer { location: Some("/login?p=hunter2".to_owned()), ..answer(302, body) };
        let refusal = judge(&answer, &asked(&v1(Some("me"))), NOW).unwrap_err();
        assert!(!format!("{refusal:?}").contains("hunter2"), "{refusal:?}");
    }
}

#[test]
fn a_receiver_that_is_only_tried_out_may_want_a_line() {
    let nothing = |status, body: &str| judge_nothing(&answer(status, body), &asked(&v1(None)), NOW);
    for (status, body) in
        [(200, ""), (204, ""), (400, r#"{"code":"invalid","message":"writing requires points"}"#), (400, "")]
    {
        assert!(nothing(status, body).is_ok(), "{status} {body}");
    }
    for (status, body, code) in [
        (200, "<html>", "not_influxdb"),
        (400, "<html>", "refused"),
        // VictoriaMetrics 1.79, where the path is wrong.
        (400, "unsupported path requested: \"/insert/api/v2/write\"", "refused"),
        (401, "", "unauthorized"),
        (403, "", "forbidden"),
        (404, "", "not_found"),
        (429, "", "too_many_requests"),
        (500, "", "server_error"),
        (301, "", "redirect"),
    ] {
        assert_eq!(nothing(status, body).unwrap_err().code, code, "{status} {body}");
    }
}

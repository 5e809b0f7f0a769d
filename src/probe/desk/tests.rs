//! What the desk says to questions that need no visit, and to those about somebody who is not there.

use std::net::TcpListener;
use std::sync::atomic::AtomicUsize;

use super::*;
use crate::probe::reply::ErrorsAs;

#[test]
fn the_deadline_is_the_shorter_one_and_never_too_short() {
    let configured = Duration::from_secs(25);
    for (header, expected) in [
        (None, 25_000),
        (Some("10"), 9_500),
        (Some("10.000"), 9_500),
        (Some("1.5"), 1_000),
        (Some("60"), 25_000),
        (Some("0.7"), 500),
        (Some("0"), 500),
        (Some("999999999"), 25_000),
        // Nothing that a scraper would send.
        (Some(""), 25_000),
        (Some("-1"), 25_000),
        (Some("+5"), 25_000),
        (Some("1e1"), 25_000),
        (Some("NaN"), 25_000),
        (Some("inf"), 25_000),
        (Some("5s"), 25_000),
        (Some(" 5"), 25_000),
        (Some("5."), 25_000),
        (Some(".5"), 25_000),
        (Some("1.2.3"), 25_000),
        (Some("99999999999999999999"), 25_000),
    ] {
        assert_eq!(deadline(configured, header), Duration::from_millis(expected), "{header:?}");
    }
}

fn desk(allow: &[&str]) -> Desk {
    let desk = Desk::new(Turns::default()).unwrap();
    let allow = allow.iter().map(|allowed| allowed.parse().unwrap()).collect();
    desk.change(Settings { allow, deadline: Duration::from_secs(5), ..Settings::default() });
    desk
}

async fn refused(desk: &Desk, query: &str) -> Refusal {
    let question = Question { query: query.to_owned(), patience: None };
    match desk.knock(question).await {
        Reply::Refused(refusal) => refusal,
        other => panic!("{query}: {other:?}"),
    }
}

/// Counts who connects, on every address of this machine.
fn counting() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("[::]:0").or_else(|_| TcpListener::bind("0.0.0.0:0")).unwrap();
    let (port, count) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&count);
    let serve = move || {
        for _connection in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    };
    std::thread::Builder::new().spawn(serve).unwrap();
    (port, count)
}

#[tokio::test]
async fn nobody_who_is_not_allowed_is_connected_to_however_he_is_spelt() {
    let (port, connections) = counting();
    let targets = [
        "169.254.169.254",
        "[::ffff:169.254.169.254]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "0xa9fea9fe",
        "0x7f000001",
        "2130706433",
        "2852039166",
        "0177.0.0.1",
        "127.1",
        "127.0.0.1",
        "[::1]",
        "0.0.0.0",
        "[::]",
        "localhost",
        "LOCALHOST.",
    ];
    // A network that none of them is in, all there is, and a name that leads here.
    for allow in [&["192.168.0.0/16"][..], &["0.0.0.0/0", "::/0"], &["localhost", "*.localhost"], &[]] {
        let desk = desk(allow);
        for target in targets {
            let target = format!("{target}:{port}");
            let refusal = refused(&desk, &format!("target={target}&usr=admin&pwd=hunter2")).await;
            // Some resolvers do not take every spelling for an address.
            let is_refused = (refusal.status, refusal.code) == (403, "not_allowed")
                || (refusal.status, refusal.code) == (502, "resolve");
            assert!(is_refused, "{target}: {refusal:?}");
            assert!(!refusal.text.contains("hunter2"));
        }
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_is_wrong_with_a_question_is_said_before_anybody_is_looked_for() {
    let desk = desk(&["127.0.0.0/8"]);
    for (query, status, text) in [
        ("", 400, "Missing parameter: 'target'"),
        ("target=127.0.0.1", 400, "Missing parameters: 'usr', 'pwd' or 'ipa_vault_namespace'"),
        ("target=127.0.0.1&usr=a", 400, "Missing parameters: 'usr', 'pwd' or 'ipa_vault_namespace'"),
        ("target=127.0.0.1&module=x", 400, "Parameter 'module' names none of those there are: default."),
        (
            "target=127.0.0.1&ipa_vault_namespace=shared",
            502,
            "vault: no vault is configured; give 'usr' and 'pwd', or a 'module' with a stored password",
        ),
        (
            "target=192.0.2.1&usr=a&pwd=b",
            403,
            "192.0.2.1 may not be probed; to allow it, write `allow = [\"192.0.2.1\"]` under `[probe]`",
        ),
    ] {
        let refusal = refused(&desk, query).await;
        assert_eq!((refusal.status, refusal.text.as_str()), (status, text), "{query}");
    }
    let mut families = Families::default();
    desk.measure(&mut families);
    let (families, _) = families.publish();
    let rows: Vec<Vec<&str>> = families[0].samples().map(|sample| sample.labels().collect()).collect();
    assert_eq!(
        rows,
        [
            ["default", "bad_parameter"],
            ["default", "not_allowed"],
            ["default", "vault"],
            ["unknown", "bad_parameter"]
        ]
    );
    assert!(desk.view().last.is_empty(), "nobody was visited");
}

#[tokio::test]
async fn errors_as_metrics_are_for_what_happened_and_not_for_what_was_asked() {
    let desk = desk(&["127.0.0.0/8"]);
    let question = |query: &str| Question { query: query.to_owned(), patience: None };
    let vault = "target=127.0.0.1&ipa_vault_namespace=shared&errors=metrics";
    assert!(matches!(desk.knock(question(vault)).await, Reply::Metrics(_)));
    for query in ["target=127.0.0.1&errors=metrics", "target=192.0.2.1&usr=a&pwd=b&errors=metrics"] {
        assert!(matches!(desk.knock(question(query)).await, Reply::Refused(_)), "{query}");
    }
    desk.change(Settings { errors: ErrorsAs::Metrics, ..(*desk.settings()).clone() });
    assert!(matches!(
        desk.knock(question("target=127.0.0.1&ipa_vault_namespace=shared")).await,
        Reply::Metrics(_)
    ));
}

#[tokio::test]
async fn who_waits_for_a_visit_leaves_room_for_scrapes() {
    let desk = desk(&["127.0.0.1"]);
    let query = "target=127.0.0.1&_port=1&usr=a&pwd=b";
    let held = desk.0.places.acquire_many(MOST_WAITING as u32).await.unwrap();
    let refusal = refused(&desk, query).await;
    assert_eq!((refusal.status, refusal.code), (503, "busy"), "{}", refusal.text);
    drop(held);
    assert_eq!(refused(&desk, query).await.code, "connect");
}

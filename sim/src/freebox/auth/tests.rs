//! Conversations with the box about access.

use super::*;

const TOKEN: &str = "LqJ3x8QmTn2Vb6Zr0KfWcY5sHd9AoE7uPgI4iM1vXkR+wB/lN8tGyCzSaFjDhUe0";
const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

fn rules() -> Rules {
    Rules {
        session_ttl: at(1800),
        idle: true,
        most_sessions: 3,
        challenge_life: at(60),
        failures: 3,
        limited: at(60),
        prompt: at(180),
        grant_after: None,
        permissions: Permissions { calls: true, ..Permissions::default() },
    }
}

fn auth() -> Auth {
    let mut auth = Auth::new(rules(), 1);
    auth.preseed("test", TOKEN, at(0));
    auth
}

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn try_with(auth: &mut Auth, now: u64, token: &str, challenge: &str) -> Result<Value, Refusal> {
    let body = json!({"app_id": "test", "password": password(token, challenge)});
    auth.log_in(at(now), HERE, &body)
}

fn try_login(auth: &mut Auth, now: u64) -> Result<String, String> {
    let challenge = auth.state(at(now), None)["challenge"].as_str().unwrap().to_owned();
    let result = try_with(auth, now, TOKEN, &challenge).map_err(|refusal| refusal.code)?;
    Ok(result["session_token"].as_str().unwrap().to_owned())
}

fn permitted(auth: &mut Auth, now: u64, session: &str) -> bool {
    auth.permit(at(now), Some(session)).is_ok()
}

#[test]
fn passwords_are_the_published_ones() {
    // The second token is from the public gist mqu/5886096; all were computed with openssl and Python.
    let other = "89vtuOaDxJ/TDeBDPgWSk9083SbQgEMnHdIGoHg2qK2tpWcLuiRofIjuxZSG8yJn";
    for (token, challenge, expected) in [
        (TOKEN, "q7Rk2VwZ5mXyT0bH9sLd3PfNcGjA8uEo", "e23b78b55f74f7d32b446b552c0ee6d86ea52e63"),
        (TOKEN, "l/GD63XvKq+0mDbT7yPzWoJ9NeaUUs5c", "f7086c6b5856b907ff18e5d44b9e920384bf8683"),
        (other, "drMHV/Atq4ZTtFItdgqfklDdT75k92qE", "b4015852c9216f99f4ba20964b21c010bb779d99"),
    ] {
        assert_eq!(password(token, challenge), expected);
    }
}

#[test]
fn a_session_lives_as_long_as_it_is_used() {
    let mut auth = auth();
    let session = try_login(&mut auth, 0).unwrap();
    assert_eq!(session.len(), 64);
    assert!(permitted(&mut auth, 1799, &session));
    assert!(permitted(&mut auth, 3500, &session));
    assert!(!permitted(&mut auth, 5300, &session));
}

#[test]
fn a_session_may_have_an_absolute_end() {
    let mut auth = auth();
    auth.rules.idle = false;
    let session = try_login(&mut auth, 0).unwrap();
    assert!(permitted(&mut auth, 1799, &session));
    assert!(!permitted(&mut auth, 1800, &session));
}

#[test]
fn a_session_that_logged_out_is_dead_and_so_is_the_oldest_of_too_many() {
    let mut auth = auth();
    let sessions: Vec<String> = (0..4).map(|_| try_login(&mut auth, 0).unwrap()).collect();
    assert_eq!(sessions.iter().filter(|session| permitted(&mut auth, 0, session)).count(), 3);
    assert!(!permitted(&mut auth, 0, &sessions[0]));
    auth.log_out(at(0), Some(&sessions[2])).unwrap();
    assert!(!permitted(&mut auth, 0, &sessions[2]));
    assert!(permitted(&mut auth, 0, &sessions[3]));
    assert_eq!(auth.log_out(at(0), Some(&sessions[2])), Err(Refusal::new("auth_required")));
}

#[test]
fn a_challenge_is_good_once_and_for_a_minute() {
    let mut auth = auth();
    let first = auth.challenge().0.to_owned();
    assert!(try_with(&mut auth, 0, TOKEN, &first).is_ok());
    assert_eq!(try_with(&mut auth, 0, TOKEN, &first), Err(Refusal::new("invalid_token")));
    let second = auth.challenge().0.to_owned();
    assert_eq!(try_with(&mut auth, 60, TOKEN, &second), Err(Refusal::new("invalid_token")));
    let third = auth.challenge().0.to_owned();
    assert!(try_with(&mut auth, 119, TOKEN, &third).is_ok());
    assert!(first != second && second != third);
}

#[test]
fn a_password_is_for_its_own_application() {
    let mut auth = auth();
    auth.preseed("other", "another token", at(0));
    let challenge = auth.challenge().0.to_owned();
    assert_eq!(try_with(&mut auth, 0, "another token", &challenge), Err(Refusal::new("invalid_token")));
}

#[test]
fn too_many_wrong_passwords_make_the_box_deaf_for_a_while() {
    let mut auth = auth();
    for _ in 0..3 {
        assert_eq!(try_with(&mut auth, 0, "wrong", "wrong"), Err(Refusal::new("invalid_token")));
    }
    assert_eq!(try_login(&mut auth, 10), Err("ratelimited".to_owned()));
    let register = json!({"app_id": "a", "app_name": "b", "app_version": "c", "device_name": "d"});
    assert_eq!(auth.register(at(10), HERE, &register), Err(Refusal::new("ratelimited")));
    assert!(auth.register(at(10), [10, 0, 0, 1].into(), &register).is_ok());
    assert!(try_login(&mut auth, 60).is_ok());
}

#[test]
fn a_registration_is_pending_until_somebody_decides() {
    let mut auth = Auth::new(rules(), 1);
    let register = json!({"app_id": "test", "app_name": "b", "app_version": "c", "device_name": "d"});
    let ask = |auth: &mut Auth, now| {
        let answer = auth.register(at(now), HERE, &register).unwrap();
        assert_eq!(answer["app_token"].as_str().unwrap().len(), 64);
        answer["track_id"].as_u64().unwrap()
    };
    let status =
        |auth: &mut Auth, now, id| auth.registration(at(now), id)["status"].as_str().unwrap().to_owned();
    let (denied, granted, late) = (ask(&mut auth, 0), ask(&mut auth, 0), ask(&mut auth, 100));
    assert_eq!(status(&mut auth, 0, denied), "pending");
    assert!(auth.decide(Some(denied), Status::Denied));
    assert!(auth.decide(Some(granted), Status::Granted));
    assert_eq!(status(&mut auth, 179, denied), "denied");
    assert_eq!(status(&mut auth, 179, granted), "granted");
    assert_eq!(status(&mut auth, 279, late), "pending");
    assert_eq!(status(&mut auth, 280, late), "timeout");
    assert_eq!(status(&mut auth, 280, 7), "unknown");
    assert!(!auth.decide(None, Status::Granted));
    auth.rules.grant_after = Some(at(5));
    let soon = ask(&mut auth, 300);
    assert_eq!(status(&mut auth, 304, soon), "pending");
    assert_eq!(status(&mut auth, 305, soon), "granted");
}

#[test]
fn a_token_works_once_its_owner_has_seen_that_it_is_granted() {
    let mut auth = Auth::new(rules(), 1);
    let register = json!({"app_id": "test", "app_name": "b", "app_version": "c", "device_name": "d"});
    let answer = auth.register(at(0), HERE, &register).unwrap();
    let (token, id) = (answer["app_token"].as_str().unwrap(), answer["track_id"].as_u64().unwrap());
    let with = |auth: &mut Auth| {
        let challenge = auth.challenge().0.to_owned();
        try_with(auth, 0, token, &challenge).map(|_| ()).map_err(|refusal| refusal.code)
    };
    assert_eq!(with(&mut auth), Err("pending_token".to_owned()));
    auth.decide(None, Status::Granted);
    assert_eq!(with(&mut auth), Err("pending_token".to_owned()));
    auth.registration(at(0), id);
    assert_eq!(with(&mut auth), Ok(()));
    assert!(auth.revoke("test"));
    assert_eq!(with(&mut auth), Err("invalid_token".to_owned()));
}

#[test]
fn bodies_without_what_is_needed_are_refused() {
    let mut auth = auth();
    let refused = Err(Refusal::new("invalid_request"));
    for body in [json!({}), json!([]), json!({"app_id": "test"}), json!({"app_id": 1, "password": "x"})] {
        assert_eq!(auth.log_in(at(0), HERE, &body), refused);
    }
    assert_eq!(
        auth.register(at(0), HERE, &json!({"app_id": "a", "app_name": "b", "app_version": "c"})),
        refused
    );
}

#[test]
fn permissions_are_those_of_the_session_and_all_are_described() {
    let mut auth = auth();
    let session = try_login(&mut auth, 0).unwrap();
    let permissions = auth.permit(at(0), Some(&session)).unwrap();
    assert!(permissions.calls && !permissions.settings);
    let described = Auth::describe(&permissions);
    assert_eq!(described["calls"]["granted"], true);
    assert_eq!(described.as_object().unwrap().len(), 14);
    auth.permit_all(Permissions { settings: true, ..Permissions::default() });
    assert!(!permitted(&mut auth, 0, &session));
}

#[test]
fn another_box_knows_nobody() {
    let mut auth = auth();
    auth.forget(at(0));
    assert_eq!(try_login(&mut auth, 0), Err("invalid_token".to_owned()));
}

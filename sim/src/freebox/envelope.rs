//! What the box's answers look like: the envelope, the words of its errors, and the JSON of a box that is written in
//! Lua, which cannot tell an empty list from an empty object.
//!
//! Deliberately knows no endpoint.

use serde_json::{Value, json};

/// How empty lists look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Empty {
    /// `[]`, everywhere.
    Brackets,
    /// `{}`, everywhere.
    Braces,
    /// A list that is the whole result is missing; others are `{}`.
    Missing,
    /// A list that is the whole result is `null`; others are `{}`.
    Null,
}

/// An error of the box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// `error_code`; none if empty.
    pub code: String,
    /// `msg`, for people.
    pub message: String,
    /// `missing_right`.
    pub right: Option<String>,
}

/// Every code that is documented or has been seen, its usual status, and what the box says to people.
pub const CODES: [(&str, u16, &str); 25] = [
    ("auth_required", 403, "Vous devez vous connecter pour accéder à cette fonction"),
    ("invalid_session", 403, "La session n'est pas valide ou a expiré"),
    ("invalid_token", 403, "Erreur d'authentification de l'application"),
    ("pending_token", 403, "Cette application n'est pas encore autorisée à accéder"),
    ("insufficient_rights", 403, "Votre application n'est pas autorisée à accéder à cette fonction"),
    ("denied_from_external_ip", 403, "Cette fonction n'est pas accessible depuis une adresse extérieure"),
    ("invalid_request", 403, "Requête invalide"),
    ("ratelimited", 403, "Trop d'échecs de connexion depuis cette ip"),
    ("new_apps_denied", 403, "L'association de nouvelles applications est désactivée"),
    ("apps_denied", 403, "L'accès par des applications est désactivé"),
    ("apps_authorization_denied", 403, "L'autorisation a été refusée"),
    ("apps_authorization_timeout", 403, "L'autorisation n'a pas été donnée à temps"),
    ("internal_error", 500, "Erreur interne"),
    ("access_denied", 200, "Accès refusé"),
    ("service_down", 200, "Le service est arrêté"),
    ("noent", 200, "Entrée non trouvée"),
    ("nodev", 200, "Interface non trouvée : périphérique inexistant"),
    ("notsupp", 200, "Opération non supportée par cet équipement"),
    ("inval", 200, "Paramètre invalide : vérifiez la requête"),
    ("exist", 200, "L'entrée existe déjà"),
    ("busy", 200, "Périphérique occupé, veuillez réessayer"),
    ("bad_port", 200, "Numéro de port erroné, vérifiez la requête"),
    ("db_error", 200, "Erreur d'accès à la base de données"),
    ("invalid_db", 200, "Base de données inconnue, vérifiez la requête"),
    ("gone", 200, "Cette ressource a été supprimée"),
];

/// Codes whose answers carry a challenge.
const WITH_CHALLENGE: [&str; 5] =
    ["auth_required", "invalid_session", "invalid_token", "pending_token", "ratelimited"];

impl Refusal {
    /// As the box usually says it.
    pub fn new(code: &str) -> Self {
        let known = CODES.iter().find(|(known, _, _)| *known == code);
        let (status, message) =
            known.map_or((403, "Erreur inconnue : réessayez"), |known| (known.1, known.2));
        Self { status, code: code.to_owned(), message: message.to_owned(), right: None }
    }

    /// With another status.
    #[must_use]
    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// The envelope. `challenge` is the box's challenge and salt.
    pub fn envelope(&self, uid: &str, challenge: (&str, &str)) -> Value {
        let mut envelope = json!({"success": false, "uid": uid, "msg": self.message});
        if !self.code.is_empty() {
            envelope["error_code"] = json!(self.code);
        }
        if let Some(right) = &self.right {
            envelope["missing_right"] = json!(right);
        }
        if WITH_CHALLENGE.contains(&self.code.as_str()) {
            envelope["result"] = json!({"challenge": challenge.0, "password_salt": challenge.1});
        }
        envelope
    }
}

/// The envelope around a result, which is JSON already; none is an empty list.
pub fn success(result: Option<&str>, empty: Empty) -> String {
    match (result, empty) {
        (Some(result), _) => format!("{{\"success\":true,\"result\":{result}}}"),
        (None, Empty::Missing) => "{\"success\":true}".to_owned(),
        (None, Empty::Null) => "{\"success\":true,\"result\":null}".to_owned(),
        (None, Empty::Braces | Empty::Brackets) => "{\"success\":true,\"result\":[]}".to_owned(),
    }
}

/// Writes JSON as the box does: `\/` for `/`, and `{}` for `[]` unless lists may be empty.
pub fn encode(json: &str, empty: Empty) -> String {
    let mut out = String::with_capacity(json.len() + json.len() / 8);
    let mut inside = false;
    let mut characters = json.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => inside = !inside,
            '\\' if inside => {
                out.push('\\');
                out.extend(characters.next().map(|(_, escaped)| escaped));
                continue;
            }
            '/' if inside => out.push('\\'),
            '[' if !inside && empty != Empty::Brackets => {
                let rest = &json[at + 1..];
                let skipped = rest.len() - rest.trim_start().len();
                if rest[skipped..].starts_with(']') {
                    out.push_str("{}");
                    characters.nth(skipped);
                    continue;
                }
            }
            _ => {}
        }
        out.push(character);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_are_escaped_and_empty_lists_are_braces() {
        let json = r#"{"a":[],"b":"c/d[]\"/","e":[ ],"f":[[],1],"g\\":"\u00e9/é"}"#;
        let lua = r#"{"a":{},"b":"c\/d[]\"\/","e":{},"f":[{},1],"g\\":"\u00e9\/é"}"#;
        assert_eq!(encode(json, Empty::Missing), lua);
        let escaped = r#"{"a":[],"b":"c\/d[]\"\/","e":[ ],"f":[[],1],"g\\":"\u00e9\/é"}"#;
        assert_eq!(encode(json, Empty::Brackets), escaped);
        assert_eq!(encode(r#""already \/ so""#, Empty::Braces), r#""already \/ so""#);
    }

    #[test]
    fn an_empty_list_has_four_looks() {
        let look = |empty| encode(&success(None, empty), empty);
        assert_eq!(look(Empty::Brackets), r#"{"success":true,"result":[]}"#);
        assert_eq!(look(Empty::Braces), r#"{"success":true,"result":{}}"#);
        assert_eq!(look(Empty::Missing), r#"{"success":true}"#);
        assert_eq!(look(Empty::Null), r#"{"success":true,"result":null}"#);
    }

    #[test]
    fn errors_of_login_carry_a_challenge_and_speak_french() {
        let envelope = Refusal::new("auth_required").envelope("u", ("c", "s"));
        assert_eq!(envelope["result"], json!({"challenge": "c", "password_salt": "s"}));
        assert_eq!(envelope["msg"], "Vous devez vous connecter pour accéder à cette fonction");
        assert_eq!(Refusal::new("nodev").envelope("u", ("c", "s")).get("result"), None);
        let message = CODES.map(|(_, _, message)| message).join("");
        assert!(message.contains('é'));
    }
}

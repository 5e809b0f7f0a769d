//! What a box may answer, and the refusals it knows. Deliberately no envelope and no status line: who serves adds them.

/// What a program may see and do, as the user of the box has decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the box's own")]
pub struct Permissions {
    pub settings: bool,
    pub calls: bool,
    pub contacts: bool,
    pub explorer: bool,
    pub downloader: bool,
    pub parental: bool,
    pub pvr: bool,
    pub tv: bool,
    pub wdo: bool,
    pub camera: bool,
    pub profile: bool,
    pub player: bool,
    pub home: bool,
    pub vm: bool,
}

/// An answer without its envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The text of `result`.
    Result(String),
    /// A list with nothing in it, of which boxes have several spellings.
    EmptyList,
    /// A failure.
    Refused {
        /// Of HTTP; many failures are 200.
        status: u16,
        /// The box's `error_code`.
        code: &'static str,
        /// For people, in French.
        msg: &'static str,
        /// Which of [`Permissions`] it would take.
        missing_right: Option<&'static str>,
    },
}

impl Reply {
    pub(super) fn items(items: Vec<String>) -> Self {
        if items.is_empty() { Self::EmptyList } else { Self::Result(super::json::list(items)) }
    }

    pub(super) fn unknown_path() -> Self {
        Self::refused(404, "invalid_request", "Requête invalide : cette fonction n'existe pas")
    }

    pub(super) fn bridged() -> Self {
        let msg = "Erreur lors de la récupération de la liste des hôtes : Interface invalide";
        Self::refused(200, "nodev", msg)
    }

    pub(super) fn no_entry() -> Self {
        Self::refused(200, "noent", "Aucun élément ne porte ce nom")
    }

    pub(super) fn no_module() -> Self {
        Self::refused(200, "noent", "Aucun module 4G détecté")
    }

    pub(super) fn service_down() -> Self {
        Self::refused(200, "service_down", "Ce service n'est pas disponible actuellement")
    }

    pub(super) fn unsupported() -> Self {
        Self::refused(200, "notsupp", "Cette fonction n'est pas gérée par ce modèle")
    }

    pub(super) fn bad_port() -> Self {
        Self::refused(200, "bad_port", "Port invalide")
    }

    pub(super) fn missing(right: &'static str) -> Self {
        let msg = "Cette application n'a pas le droit d'accéder à cette fonction";
        Self::Refused { status: 403, code: "insufficient_rights", msg, missing_right: Some(right) }
    }

    fn refused(status: u16, code: &'static str, msg: &'static str) -> Self {
        Self::Refused { status, code, msg, missing_right: None }
    }
}

//! Whom the client believes.

//! What stands for TLS by OpenSSL in a lanlord that was built without it: nobody can have one.

use std::convert::Infallible;

use super::pin::Pin;
use super::{Allowed, Problem, Shown};

/// What cannot be had.
#[derive(Clone, Debug)]
pub struct LegacyTls(pub(in crate::net) Infallible);

/// There is nothing to prepare.
pub fn prepare() {}

impl LegacyTls {
    /// Says that this lanlord was built without it.
    ///
    /// # Errors
    /// Always.
    pub fn new(_: impl Into<Allowed>, _: Vec<Vec<Pin>>) -> Result<Self, Problem> {
        let problem = "this lanlord was built without the feature `legacy-tls`, and so cannot speak TLS with modems that \
                       are this old; take one that was built with it";
        Err(Problem(problem.to_owned()))
    }

    /// Nothing, since there is none.
    pub fn shown(&self) -> Option<Shown> {
        match self.0 {}
    }

    /// Nothing, since there is none.
    pub fn is_pinned(&self) -> bool {
        match self.0 {}
    }
}

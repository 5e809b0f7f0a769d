//! A lanlord that was built without OpenSSL.

use crate::net::legacy_tls::{self, LegacyTls, SecurityLevel};

#[test]
fn nobody_can_be_asked_over_legacy_tls_and_it_says_why() {
    legacy_tls::prepare();
    for level in [SecurityLevel::Zero, SecurityLevel::One, SecurityLevel::Two] {
        let problem = LegacyTls::new(level, Vec::new()).unwrap_err();
        let expected = "this lanlord was built without the feature `legacy-tls`, and so cannot speak TLS with modems \
                        that are this old; take one that was built with it";
        assert_eq!(problem.0, expected);
    }
}

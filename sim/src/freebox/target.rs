//! What a path means: discovery, a version of the interface and something below it, or nothing.
//!
//! Deliberately decodes nothing: no path of the box needs it.

use std::ops::RangeInclusive;

/// What a path means.
#[derive(Debug, PartialEq, Eq)]
pub enum Target {
    /// `/`, where browsers go.
    Root,
    /// `/api_version`.
    About,
    /// Something below a version that is served, without slashes at the ends.
    Api(u32, String),
    /// Something below a version that is not served.
    WrongVersion(String),
    /// Nothing of the interface.
    Nowhere,
}

impl Target {
    /// How faults name it.
    pub fn path(&self) -> &str {
        match self {
            Self::About => "api_version",
            Self::Api(_, path) | Self::WrongVersion(path) => path,
            Self::Root | Self::Nowhere => "",
        }
    }
}

/// What a path means to a box that serves these versions. Repeated slashes are one, and none is needed at the end.
pub fn of(path: &str, served: RangeInclusive<u32>) -> Target {
    let mut words = path.split('/').filter(|word| !word.is_empty());
    match words.next() {
        None => return Target::Root,
        Some("api_version") if words.next().is_none() => return Target::About,
        Some("api") => {}
        Some(_) => return Target::Nowhere,
    }
    let Some(version) = words.next() else { return Target::Nowhere };
    let below = words.collect::<Vec<_>>().join("/");
    if version == "latest" {
        return Target::Api(*served.end(), below);
    }
    let digits =
        version.strip_prefix('v').filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
    match digits.and_then(|digits| digits.parse().ok()) {
        Some(major) if served.contains(&major) => Target::Api(major, below),
        Some(_) => Target::WrongVersion(below),
        None => Target::Nowhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_mean_what_the_box_makes_of_them() {
        let api = |major, path: &str| Target::Api(major, path.to_owned());
        let check = |path, target| assert_eq!(of(path, 3..=8), target, "{path}");
        check("/", Target::Root);
        check("/api_version", Target::About);
        check("//api_version/", Target::About);
        check("/api/api_version", Target::Nowhere);
        check("/api/v3/login/", api(3, "login"));
        check("/api/v8//login//session", api(8, "login/session"));
        check("/api/latest/system/", api(8, "system"));
        check("/api/v8", api(8, ""));
        check("/api/v9/login/", Target::WrongVersion("login".to_owned()));
        check("/api/v2/login/", Target::WrongVersion("login".to_owned()));
        check("/api/8/login/", Target::Nowhere);
        check("/api/v+8/login/", Target::Nowhere);
        check("/favicon.ico", Target::Nowhere);
    }
}

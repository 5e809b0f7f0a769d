//! An answer that has to be an object.
//!
//! Serde makes a struct of a list as well, its fields in order: `["up"]` would be a connection that is up.

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error};
use serde_json::value::RawValue;

/// What is in an object; anything else is an error. What is missing in it is the type's business.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object<T>(pub T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        if !raw.starts_with('{') {
            return Err(D::Error::custom("it is no object"));
        }
        serde_json::from_str(raw).map(Self).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::super::connection::Connection;
    use super::*;

    #[test]
    fn only_an_object_is_one() {
        let read = |text: &str| serde_json::from_str::<Object<Connection>>(text);
        assert_eq!(read("{}").unwrap(), Object::default());
        assert_eq!(read(" {\"state\":\"up\"} ").unwrap().0.state.as_deref(), Some("up"));
        for text in ["[]", "[\"up\"]", "null", "\"up\"", "1", "true"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}

//! Types for answers that are not always what the documentation says: what makes no sense is nothing, never an error
//! and never zero.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

/// A whole number: also one written as text or with a fraction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Int(pub Option<i64>);

/// A number: also one written as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Num(pub Option<f64>);

/// Yes or no: also `0`, `1`, and either as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flag(pub Option<bool>);

/// Text, without the spaces around it; empty text is none. Hostile.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(pub Option<String>);

/// An object that may be missing, `null`, or something else altogether.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maybe<T>(pub Option<T>);

/// A list. `[]`, `{}`, `null` and nothing at all are empty; elements that make no sense are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List<T>(pub Vec<T>);

/// A list within an object, where one that is empty (`[]`, or `{}` from the box's Lua) differs from one that is not
/// there, is `null`, or is something else: none then. Elements that make no sense are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T>(pub Option<Vec<T>>);

impl<T> Default for Maybe<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Listed<T> {
    /// What is in it; nothing where it is not there.
    pub fn as_slice(&self) -> &[T] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl Int {
    /// A count; none where the box means "unknown" by a negative number.
    pub fn count(self) -> Option<u64> {
        self.0.and_then(|number| u64::try_from(number).ok())
    }
}

impl Text {
    /// The text.
    pub fn as_deref(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The text, or the empty one that labels have where there is none.
    pub fn or_empty(&self) -> &str {
        self.as_deref().unwrap_or_default()
    }
}

/// Anything that stands alone, or what cannot be that.
enum Scalar {
    None,
    Int(i64),
    Float(f64),
    Bool(bool),
    Text(String),
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::None)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Scalar, E> {
        Ok(i64::try_from(value).map_or(Scalar::Float(value as f64), Scalar::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::None)
    }
}

fn float(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// Floats beyond this are no whole numbers that anybody counted.
const LARGEST_WHOLE: f64 = 9.2e18;

fn whole(float: f64) -> Option<i64> {
    (float.abs() < LARGEST_WHOLE).then_some(float as i64)
}

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match deserializer.deserialize_any(ScalarVisitor)? {
            Scalar::Int(number) => Some(number),
            Scalar::Float(number) => whole(number),
            Scalar::Text(text) => text.trim().parse().ok().or_else(|| float(&text).and_then(whole)),
            Scalar::None | Scalar::Bool(_) => None,
        }))
    }
}

impl<'de> Deserialize<'de> for Num {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match deserializer.deserialize_any(ScalarVisitor)? {
            Scalar::Int(number) => Some(number as f64),
            Scalar::Float(number) => Some(number),
            Scalar::Text(text) => float(&text),
            Scalar::None | Scalar::Bool(_) => None,
        }))
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match deserializer.deserialize_any(ScalarVisitor)? {
            Scalar::Bool(flag) => Some(flag),
            Scalar::Int(0) => Some(false),
            Scalar::Int(1) => Some(true),
            Scalar::Text(text) => match text.trim() {
                "0" | "false" => Some(false),
                "1" | "true" => Some(true),
                _ => None,
            },
            _ => None,
        }))
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match deserializer.deserialize_any(ScalarVisitor)? {
            Scalar::Text(text) => Some(text),
            // An identity may be written as a number.
            Scalar::Int(number) => Some(number.to_string()),
            _ => None,
        };
        let text = text.map(|text| text.trim().to_owned());
        Ok(Self(text.filter(|text| !text.is_empty())))
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        // A struct would also be made of a list.
        Ok(Self(raw.starts_with('{').then(|| serde_json::from_str(raw).ok()).flatten()))
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Listed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let List(list) = match raw.starts_with(['[', '{']).then(|| serde_json::from_str(raw)) {
            Some(Ok(list)) => list,
            _ => return Ok(Self(None)),
        };
        // An object with something in it is no empty list, and nothing else that we know.
        let is_one = raw.starts_with('[') || raw[1..].trim_start().starts_with('}');
        Ok(Self(is_one.then_some(list)))
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<List<T>, E> {
        Ok(List::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<List<T>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(List::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(raw) = seq.next_element::<&RawValue>()? {
            list.extend(serde_json::from_str(raw.get()).ok());
        }
        Ok(List(list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn read<T: DeserializeOwned>(text: &str) -> T {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_number_is_one_however_it_is_written() {
        for (text, number) in
            [("12", 12), ("\"1000\"", 1000), ("12.0", 12), ("-1", -1), ("12500000000", 12_500_000_000)]
        {
            assert_eq!(read::<Int>(text), Int(Some(number)), "{text}");
        }
        for text in ["null", "\"\"", "\"abc\"", "[]", "{}", "true", "1e300"] {
            assert_eq!(read::<Int>(text), Int(None), "{text}");
        }
        assert_eq!(read::<Num>("\"-17.5\""), Num(Some(-17.5)));
        assert_eq!(read::<Num>("\"NaN\""), Num(None));
        assert_eq!(read::<Int>("-1").count(), None);
    }

    #[test]
    fn a_flag_and_a_text_are_none_where_they_make_no_sense() {
        assert_eq!(read::<Flag>("true"), Flag(Some(true)));
        assert_eq!(read::<Flag>("\"0\""), Flag(Some(false)));
        assert_eq!(read::<Flag>("\"\""), Flag(None));
        assert_eq!(read::<Text>("\" a b \""), Text(Some("a b".to_owned())));
        assert_eq!(read::<Text>("\"\""), Text(None));
        assert_eq!(read::<Text>("[1]"), Text(None));
    }

    #[test]
    fn an_empty_list_comes_in_four_ways_and_bad_elements_are_left_out() {
        #[derive(Debug, Default, Deserialize, PartialEq)]
        #[serde(default)]
        struct Outer {
            list: List<Int>,
            inner: Maybe<Inner>,
        }
        #[derive(Debug, Default, Deserialize, PartialEq)]
        #[serde(default)]
        struct Inner {
            a: Int,
        }
        for text in
            ["{}", "{\"list\":[]}", "{\"list\":{}}", "{\"list\":null,\"inner\":[]}", "{\"inner\":\"\"}"]
        {
            assert_eq!(read::<Outer>(text), Outer::default(), "{text}");
        }
        let outer = read::<Outer>("{\"list\":[1,\"2\"],\"inner\":{\"a\":3,\"b\":4}}");
        assert_eq!(outer.list.0, [Int(Some(1)), Int(Some(2))]);
        assert_eq!(outer.inner.0, Some(Inner { a: Int(Some(3)) }));
        assert_eq!(read::<List<Inner>>("[{\"a\":1},7,null,{\"a\":2}]").0.len(), 2);
    }

    #[test]
    fn a_list_within_an_object_is_empty_only_if_it_says_so() {
        #[derive(Debug, Default, Deserialize, PartialEq)]
        #[serde(default)]
        struct Outer {
            list: Listed<Int>,
        }
        let listed = |text: &str| read::<Outer>(text).list.0;
        for text in ["{\"list\":[]}", "{\"list\":{}}", "{\"list\":{ }}"] {
            assert_eq!(listed(text), Some(Vec::new()), "{text}");
        }
        for text in ["{}", "{\"list\":null}", "{\"list\":\"\"}", "{\"list\":7}", "{\"list\":{\"a\":1}}"] {
            assert_eq!(listed(text), None, "{text}");
        }
        assert_eq!(listed("{\"list\":[1,\"2\"]}"), Some(vec![Int(Some(1)), Int(Some(2))]));
    }
}

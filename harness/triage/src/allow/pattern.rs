//! What a signature must look like.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A text in which `*` stands for anything, `/` included; without one it means itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

/// A pattern that says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("covers everything: name a part of the signature")]
pub struct PatternError;

impl Pattern {
    /// Whether a text is what is meant.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let Some((head, rest)) = self.0.split_once('*') else { return self.0 == text };
        let Some(mut text) = text.strip_prefix(head) else { return false };
        let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
        // The first place where a part can stand is as good as any: more is left for what follows.
        for part in middle.split('*') {
            let Some((_, after)) = text.split_once(part) else { return false };
            text = after;
        }
        text.ends_with(tail)
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let says_something = text.chars().any(|letter| letter != '*' && letter != '/');
        says_something.then(|| Self(text.to_owned())).ok_or(PatternError)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, expected) in [
            ("events/new/fill.price", "events/new/fill.price", true),
            ("events/new/fill.price", "events/new/fill.prices", false),
            ("events/new/fill.price", "events/new/fill", false),
            ("*/fill", "extra-event/new/fill", true),
            ("*/fill", "extra-event/new/fill.price", false),
            ("extra-event/*", "extra-event/new/fill", true),
            ("extra-event/*", "extra-events", false),
            ("extra-event/*/fill", "extra-event/replace/fill", true),
            ("extra-event/*/fill", "extra-event/fill", false),
            ("*fill*", "events/new/fill.price", true),
            ("*fill*", "events/new/accepted", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("a**b", "ab", true),
            ("*ab*ba*", "aba", false),
            ("*ab*ba*", "abba", true),
            ("a*b*ab", "abab", true),
            ("a*b*ab", "aab", false),
        ] {
            let read: Pattern = pattern.parse().expect("it says something");
            assert_eq!(read.matches(text), expected, "{pattern} and {text}");
        }
        for nothing in ["", "*", "**", "*/*/*", "/"] {
            assert_eq!(nothing.parse::<Pattern>(), Err(PatternError));
        }
    }

    /// The plainest way to say what a pattern means.
    fn plainly(pattern: &[u8], text: &[u8]) -> bool {
        match pattern {
            [] => text.is_empty(),
            [b'*', rest @ ..] => (0..=text.len()).any(|from| plainly(rest, &text[from..])),
            [letter, rest @ ..] => text.first() == Some(letter) && plainly(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn it_means_what_it_says(pattern in "[ab*]{1,7}", text in "[ab]{0,9}") {
            let read = Pattern(pattern.clone());
            prop_assert_eq!(read.matches(&text), plainly(pattern.as_bytes(), text.as_bytes()));
        }
    }
}

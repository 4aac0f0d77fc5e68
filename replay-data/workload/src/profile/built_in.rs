//! The profiles that come with the crate.

use super::{Profile, ProfileError};

const TEXTS: [(&str, &str); 6] = [
    ("deep-book", include_str!("../../profiles/deep-book.toml")),
    ("recorded-like", include_str!("../../profiles/recorded-like.toml")),
    ("mixed", include_str!("../../profiles/mixed.toml")),
    ("surge", include_str!("../../profiles/surge.toml")),
    ("many-instruments", include_str!("../../profiles/many-instruments.toml")),
    ("whole-model", include_str!("../../profiles/whole-model.toml")),
];

impl Profile {
    /// The names of the built-in profiles.
    pub const NAMES: [&str; 6] = {
        let mut names = [""; 6];
        let mut index = 0;
        while index < TEXTS.len() {
            names[index] = TEXTS[index].0;
            index += 1;
        }
        names
    };

    /// A built-in profile.
    ///
    /// # Errors
    /// When none has this name; the error lists those that there are.
    ///
    /// # Panics
    /// Never: the texts are held to their form by a test.
    pub fn built_in(name: &str) -> Result<Self, ProfileError> {
        let (_, text) = TEXTS
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| ProfileError::UnknownName { name: name.to_owned() })?;
        Ok(Self::from_toml(text).expect("the built-in profiles are good ones"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_is_a_good_one_and_survives_its_text() {
        for (name, text) in TEXTS {
            let profile =
                Profile::from_toml(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(Profile::from_toml(&profile.to_toml()).unwrap(), profile, "{name}");
        }
    }

    #[test]
    fn an_unknown_name_is_told_which_there_are() {
        let error = Profile::built_in("deep").unwrap_err().to_string();
        assert_eq!(
            error,
            "unknown profile `deep`, expected one of: deep-book, recorded-like, mixed, surge, \
             many-instruments, whole-model"
        );
    }
}

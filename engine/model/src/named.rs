//! Enums whose variants have one fixed name in every text form.

use thiserror::Error;

/// A word that names none of the variants that were possible in its place.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown {what} `{found}`, expected one of: {expected}")]
pub struct UnknownName {
    /// What was to be named, for example `order type`.
    pub what: &'static str,
    /// The word that was read.
    pub found: String,
    /// The words that would have been right.
    pub expected: String,
}

/// Declares a field-less enum together with its names: `ALL`, `name`, `Display` and `FromStr`.
macro_rules! named_enum {
    (
        $(#[$meta:meta])*
        pub enum $type:ident: $what:literal {
            $( $(#[$variant_meta:meta])* $variant:ident = $name:literal, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $type { $( $(#[$variant_meta])* $variant, )+ }

        impl $type {
            /// Every variant, in the order of declaration (which is also the order of codes).
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// The name that text forms use.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $name, )+ }
            }

            /// The stable small number that binary forms use: the position in [`Self::ALL`].
            #[must_use]
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// The variant with this code, if there is one.
            #[must_use]
            pub fn from_code(code: u8) -> Option<Self> {
                Self::ALL.get(usize::from(code)).copied()
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $( $name => Ok(Self::$variant), )+
                    _ => Err($crate::UnknownName {
                        what: $what,
                        found: text.to_owned(),
                        expected: [$( $name ),+].join(", "),
                    }),
                }
            }
        }
    };
}

pub(crate) use named_enum;

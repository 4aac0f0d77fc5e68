//! Tests of the codec; those of the importer are in the folder `tests` of the crate.

mod codec;
mod layout;
mod random;

pub(super) use random::Random;

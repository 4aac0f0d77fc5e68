//! Checks that span crates live in `tests/`.

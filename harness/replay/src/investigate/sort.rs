//! placeholder
#[derive(Debug, Default)]
pub(super) struct Sorter;

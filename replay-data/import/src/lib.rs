//! Market-data feeds to captures.

pub mod derive;
pub mod feed;
pub mod itch50;
pub mod report;

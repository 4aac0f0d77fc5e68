//! Market-data feeds to captures.

pub mod derive;
pub mod feed;
pub mod input;
pub mod itch50;
pub mod lobster;
pub mod report;

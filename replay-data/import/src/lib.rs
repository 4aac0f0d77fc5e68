//! Market-data feeds to captures.

//! Nasdaq TotalView-ITCH 5.0.

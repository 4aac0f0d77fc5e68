//! The fast engine, written independently of the reference.

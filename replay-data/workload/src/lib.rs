//! Command streams from a seed and a profile.

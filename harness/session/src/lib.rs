//! One run of one engine, however it is reached.

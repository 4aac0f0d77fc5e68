//! What is derived from a root, and what is not.

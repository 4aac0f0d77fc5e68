//! The readable engine: the specification in code.

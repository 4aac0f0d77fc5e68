//! Events and books compared; pure.

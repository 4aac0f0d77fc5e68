//! ITCH files to feed messages, commands and recorded outcomes.

mod support;

mod feed;
mod real;

//! The binary `shadowbook`.

fn main() {}

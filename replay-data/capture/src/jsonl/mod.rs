//! The JSON-lines interchange: one object a line, decimals as strings.

mod answer;
mod read;
mod symbols;
mod write;

pub use answer::{Answer, BookLine, EventLine, parse_answer, parse_event};
pub use read::{CommandLine, Reader, parse_command};
pub use symbols::Symbols;
pub use write::{
    Writer, write_book_line, write_command, write_event, write_instrument, write_recorded,
};

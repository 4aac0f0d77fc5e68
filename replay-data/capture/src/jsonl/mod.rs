//! The JSON-lines interchange: one object a line, decimals as strings.
//!
//! First the instruments, then what their books hold where that is not nothing (a `state` line, then
//! its `order` lines), then commands in `seq` order; a `recorded` line follows the command that it is
//! about. Empty lines and lines that begin with `#` are skipped. Whatever is not exactly as
//! it should be is an error with its line and field.

mod answer;
mod command;
mod field;
mod line;
mod object;
mod parser;
mod read;
mod state;
mod symbols;
mod write;

pub use answer::{Answer, BookLine, EventLine, parse_answer, parse_event};
pub use command::{CommandLine, parse_command};
pub use read::Reader;
pub use state::write_snapshot;
pub use symbols::Symbols;
pub use write::{
    Writer, write_book_line, write_command, write_event, write_instrument, write_recorded,
};

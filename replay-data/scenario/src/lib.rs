//! The readable text form of commands and the events expected of them.
//!
//! One line a command, the expected events indented below it, comments with `#`. A scenario is
//! parsed ([`parse`]), run on any engine ([`run`]), rewritten from what an engine answers
//! ([`update`]), or made from commands ([`Scenario::from_commands`]); written with `Display` it is
//! canonical text, so that two people write the same thing the same way.
//!
//! ```
//! use shadowbook_model::{Action, Event};
//! use shadowbook_scenario::{Expected, StepKind, parse};
//!
//! let text = "\
//! ## M1 Price first, then time
//! instrument XBTUSD tick 0.1 lot 1
//!
//! new 1 sell 5 @ 100
//!   accepted 1
//! new 2 buy 3 @ 100.5 ioc account 7 # trades at the maker's price
//!   accepted 2
//!   fill 3 @ 100 maker 1 taker 2 open 2 / 0
//! book
//!   sell 100: 1 x 2
//! ";
//! let scenario = parse(text).expect("a valid scenario");
//! assert_eq!(scenario.commands().count(), 2);
//! assert_eq!(scenario.to_string(), text);
//!
//! let error = parse("instrument XBTUSD tick 0.1 lot 1\nnew 1 buy 5 @ 100.05\n");
//! let error = error.expect_err("no whole number of ticks").to_string();
//! assert!(error.starts_with("line 2, field `price`: read `100.05`, expected"), "{error}");
//! # let StepKind::Command { command, expected } = &scenario.steps[0].kind.value else { panic!() };
//! # assert!(matches!(command.action, Action::New(_)));
//! # assert!(matches!(expected, Expected::Events(e) if matches!(e[0].value, Event::Accepted { .. })));
//! ```

mod book;
mod fuzz;
mod numbering;
mod parse;
mod parse_command;
mod parse_expected;
mod run;
mod scenario;
mod update;
mod words;
mod write;

pub use book::{BookLine, Resting, Untriggered, book_of, book_of_orders};
pub use fuzz::fuzz;
pub use parse::{parse, parse_bytes};
pub use run::{Mismatch, Observed, Outcome, run};
pub use scenario::{Expected, Gap, Noted, Scenario, Step, StepKind};
pub use update::update;
pub use write::{command_line, event_line};

//! Market-data feeds to captures.
//!
//! ```
//! use shadowbook_capture::{Batch, Source};
//! use shadowbook_import::itch50::{Framing, Importer, Options};
//!
//! // An ITCH file of a day on which nothing happened.
//! let open = || Ok(std::io::empty());
//! let options = Options { framing: Some(Framing::LengthPrefixed), ..Options::default() };
//! let mut importer = Importer::new(open, &options)?;
//! assert!(!importer.read(&mut Batch::new())?);
//! assert_eq!(importer.report().total_messages(), 0);
//! # Ok::<(), shadowbook_capture::ReadError>(())
//! ```

pub mod begin;
pub mod derive;
pub mod feed;
pub mod input;
pub mod itch50;
pub mod lobster;
pub mod report;

//! What many divergences have in common.

use shadowbook_model::{InstrumentId, Seq};

use crate::rerun::Minimized;

/// One thing that is wrong with the candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bug {
    /// The signatures of the roots that are counted here, each once, the commonest first.
    pub signatures: Vec<String>,
    /// How many roots it explains.
    pub roots: u64,
    /// How many of them the allowlist covers.
    pub allowed: u64,
    /// The first of them.
    pub first: Seq,
    /// Its instrument, by its place in the table of the capture.
    pub instrument: InstrumentId,
    /// The smallest flow that shows it; `None` when it could not be shown again.
    pub example: Option<Minimized>,
    /// Why there is no example, or why it may not be the smallest.
    pub note: Option<String>,
    /// Whether it was looked into. What was not may be several bugs, or one of the others.
    pub is_examined: bool,
}

impl Bug {
    /// Adds a sentence to the note.
    pub fn say(&mut self, sentence: String) {
        let said = self.note.take();
        self.note = Some(said.map_or(sentence.clone(), |said| format!("{said}; {sentence}")));
    }
}

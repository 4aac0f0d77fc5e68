//! Finds instruments by their names.

use std::collections::HashMap;

use shadowbook_model::{Instrument, InstrumentId};

/// The instruments of a stream, to be found by position and by name.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    instruments: Vec<Instrument>,
    by_name: HashMap<String, InstrumentId>,
}

impl Symbols {
    /// A table of these instruments. Of several with one name the first is found.
    #[must_use]
    pub fn new(instruments: &[Instrument]) -> Self {
        let mut symbols = Self::default();
        for instrument in instruments {
            symbols.push(instrument.clone());
        }
        symbols
    }

    /// The instruments by position.
    #[must_use]
    pub fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }

    /// The instrument with this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<(InstrumentId, &Instrument)> {
        let id = *self.by_name.get(name)?;
        Some((id, self.instruments.get(id.index())?))
    }

    /// Appends an instrument; `false` when there is one of this name already.
    pub(super) fn push(&mut self, instrument: Instrument) -> bool {
        let next = u32::try_from(self.instruments.len()).unwrap_or(u32::MAX);
        let is_new = !self.by_name.contains_key(&instrument.symbol);
        if is_new {
            self.by_name.insert(instrument.symbol.clone(), InstrumentId(next));
        }
        self.instruments.push(instrument);
        is_new
    }
}

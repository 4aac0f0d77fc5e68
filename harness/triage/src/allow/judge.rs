//! An allowlist that knows the instruments.

use shadowbook_compare::{Divergence, Expected};
use shadowbook_model::{Instrument, OrderType};

use super::{AllowContext, Allowlist};

/// An allowlist with the symbols of the instruments that divergences name by position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowJudge {
    allowlist: Allowlist,
    symbols: Vec<String>,
}

impl AllowJudge {
    pub(super) fn new(allowlist: Allowlist, instruments: &[Instrument]) -> Self {
        let symbols = instruments.iter().map(|instrument| instrument.symbol.clone()).collect();
        Self { allowlist, symbols }
    }

    /// The position of the first entry that covers this divergence. `order_type` is that of the
    /// order that its command names; of a `new` command nobody needs to say it.
    #[must_use]
    pub fn judge(&self, divergence: &Divergence, order_type: Option<OrderType>) -> Option<usize> {
        let instrument = self.symbols.get(divergence.instrument.index())?;
        self.allowlist.judge(divergence, &AllowContext { instrument, order_type })
    }
}

impl Expected for AllowJudge {
    fn covers(&self, divergence: &Divergence, order_type: Option<OrderType>) -> Option<usize> {
        self.judge(divergence, order_type)
    }

    fn entries(&self) -> usize {
        self.allowlist.entries.len()
    }

    fn asks_for_order_types(&self) -> bool {
        self.allowlist.entries.iter().any(|entry| entry.predicate.order_type.is_some())
    }
}

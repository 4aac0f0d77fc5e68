//! What is known of one instrument while two runs are compared.

use shadowbook_model::Event;

use crate::recorded::fills;
use crate::recording::Doubt;
use crate::taint::{Difference, Taint};

/// What is known of one instrument.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    /// After how many commands its state was last found equal.
    pub(crate) equal_after: u64,
    /// What touches a root; `None` where everything after one is derived.
    pub(crate) taint: Option<Box<Taint>>,
    /// There is a root where the candidate is wrong.
    has_undisputed: bool,
    /// There is a root where nobody knows who is right about some orders. What differs in others
    /// is a root of its own, and it ends where both states are found equal again, so that it does
    /// not hide what the candidate gets wrong later.
    has_disputed: bool,
    /// Trade numbers map no more, which says nothing of orders.
    has_broken_numbers: bool,
}

impl Progress {
    /// With a taint that tells what is derived from a root.
    pub(crate) fn tainted() -> Self {
        Self { taint: Some(Box::default()), ..Self::default() }
    }

    /// Whether there is a root since the states were last found equal.
    pub(crate) const fn has_root(&self) -> bool {
        self.has_undisputed || self.has_disputed
    }

    /// Whether an order about which reference and recording disagree may live on in the candidate
    /// when the reference has ended it, and somebody will ask.
    pub(crate) const fn keeps_disputes(&self) -> bool {
        self.has_disputed && (self.taint.is_some() || !self.has_undisputed)
    }

    /// Whether trade numbers say nothing more.
    pub(crate) fn ignores_numbers(&self) -> bool {
        self.has_broken_numbers
            || match &self.taint {
                None => self.has_root(),
                Some(taint) => taint.is_whole() || self.has_disputed,
            }
    }

    /// Whether a divergence follows from a root, and then what it is about is tainted as well.
    /// `difference` is there for events where a taint is kept.
    pub(crate) fn derives(
        &mut self,
        doubt: Doubt,
        is_state: bool,
        difference: Option<&Difference<'_>>,
    ) -> bool {
        if self.has_disputed && (doubt != Doubt::None || is_state) {
            return true;
        }
        let (Some(taint), Some(difference)) = (&mut self.taint, difference) else {
            return self.has_undisputed;
        };
        let touches = taint.touches(difference);
        if touches {
            taint.spread(difference);
        }
        touches
    }

    /// There is a root, of events where there is a difference.
    pub(crate) fn root(&mut self, doubt: Doubt, difference: Option<&Difference<'_>>) {
        if doubt != Doubt::None {
            // Which orders are disputed is remembered elsewhere.
            self.has_disputed = true;
            return;
        }
        self.has_undisputed = true;
        match (&mut self.taint, difference) {
            (None, _) => {}
            (Some(taint), Some(difference)) => taint.spread(difference),
            (Some(taint), None) => taint.spread_to_all(),
        }
    }

    /// There is a root in trade numbers alone.
    pub(crate) fn root_of_numbers(&mut self, doubt: Doubt) {
        let says_nothing_of_orders = self.taint.is_some() && doubt == Doubt::None;
        if says_nothing_of_orders {
            self.has_broken_numbers = true;
        } else {
            self.root(doubt, None);
        }
    }

    /// Both engines answered the same, with fills.
    #[inline]
    pub(crate) fn traded_alike(&mut self, events: &[Event]) {
        if let Some(taint) = &mut self.taint {
            let last = fills(events).last().map(|fill| fill.price);
            taint.traded_last_at(last, last);
        }
    }

    /// Both states are the same after so many commands.
    pub(crate) fn equal_at(&mut self, commands: u64) {
        match &mut self.taint {
            Some(taint) => {
                **taint = Taint::default();
                (self.has_undisputed, self.has_disputed) = (false, false);
            }
            None if !self.has_undisputed => self.has_disputed = false,
            None => return,
        }
        self.equal_after = commands;
    }

    /// Whatever happened before is no reason for what comes.
    pub(crate) fn begin_anew(&mut self) {
        (self.has_undisputed, self.has_disputed) = (false, false);
        self.has_broken_numbers = false;
        if let Some(taint) = &mut self.taint {
            **taint = Taint::default();
        }
    }
}

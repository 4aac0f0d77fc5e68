//! Which situations a stream has brought about: (type, time in force, phase, outcome).

use std::collections::{BTreeMap, BTreeSet};

use shadowbook_model::{
    Action, Command, CommandKind, Event, Instrument, NewOrder, OrderId, OrderType, Phase,
    RejectReason, TimeInForce,
};
use shadowbook_workload::{Outcome, Wish};

/// See the module.
pub(crate) struct Coverage {
    phases: Vec<Phase>,
    live: Vec<BTreeMap<OrderId, (OrderType, TimeInForce)>>,
    reached: BTreeSet<Wish>,
}

impl Coverage {
    pub(crate) fn new(instruments: &[Instrument]) -> Self {
        Self {
            phases: instruments.iter().map(|instrument| instrument.phase).collect(),
            live: vec![BTreeMap::new(); instruments.len()],
            reached: BTreeSet::new(),
        }
    }

    pub(crate) fn reached(&self) -> &BTreeSet<Wish> {
        &self.reached
    }

    /// All that was not reached, also what the rules forbid.
    pub(crate) fn missing(&self) -> Vec<Wish> {
        let mut missing = Vec::new();
        for &order_type in OrderType::ALL {
            for &time_in_force in TimeInForce::ALL {
                for &phase in Phase::ALL {
                    for outcome in Outcome::ALL {
                        let wish = Wish { order_type, time_in_force, phase, outcome };
                        if !self.reached.contains(&wish) {
                            missing.push(wish);
                        }
                    }
                }
            }
        }
        missing
    }

    pub(crate) fn observe(&mut self, command: &Command, events: &[Event]) {
        let at = command.instrument.index();
        for event in events {
            match *event {
                Event::Accepted { order } => {
                    if let Action::New(NewOrder { order_type, time_in_force, .. }) = command.action
                    {
                        self.live[at].insert(order, (order_type, time_in_force));
                    }
                    self.reach(at, order, Outcome::Accepted);
                }
                Event::Rejected { command: kind, order, reason } => match (kind, command.action) {
                    (CommandKind::New, Action::New(new)) => {
                        let kind = (new.order_type, new.time_in_force);
                        self.reach_kind(at, kind, Outcome::Rejected(reason));
                    }
                    // There is no such order then.
                    (CommandKind::Replace, _) if reason == RejectReason::UnknownOrder => {}
                    (CommandKind::Replace, _) => {
                        self.reach(at, order, Outcome::ReplaceRejected(reason));
                    }
                    _ => {}
                },
                Event::Replaced { order, new_order, .. } => {
                    self.reach(at, order, Outcome::Replaced);
                    if let Some(new_order) = new_order
                        && let Some(kind) = self.live[at].remove(&order)
                    {
                        self.live[at].insert(new_order, kind);
                    }
                }
                Event::Fill(fill) => {
                    self.reach(at, fill.maker, Outcome::Maker);
                    self.reach(at, fill.taker, Outcome::Taker);
                }
                Event::Reduced { order, .. } => self.reach(at, order, Outcome::Reduced),
                Event::Canceled { order, reason, .. } => {
                    self.reach(at, order, Outcome::Canceled(reason));
                }
                Event::Triggered { order } => self.reach(at, order, Outcome::Triggered),
                Event::Phase { phase } => self.phases[at] = phase,
                Event::Auction { .. } => {}
            }
        }
    }

    fn reach(&mut self, at: usize, order: OrderId, outcome: Outcome) {
        if let Some(kind) = self.live[at].get(&order) {
            self.reach_kind(at, *kind, outcome);
        }
    }

    fn reach_kind(&mut self, at: usize, kind: (OrderType, TimeInForce), outcome: Outcome) {
        let (order_type, time_in_force) = kind;
        let phase = self.phases[at];
        self.reached.insert(Wish { order_type, time_in_force, phase, outcome });
    }
}

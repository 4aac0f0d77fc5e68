//! Numbers that only tell things apart, exchanged for 1, 2, 3 by first appearance.

use std::collections::BTreeMap;

use shadowbook_capture::Flow;
use shadowbook_model::{AccountId, Action, OrderId, Seq};

/// Commands numbered from 1.
pub(crate) fn seqs_by_place(flow: &Flow) -> Flow {
    let mut flow = flow.clone();
    for (seq, command) in (1..).zip(&mut flow.commands) {
        command.seq = Seq(seq);
    }
    flow
}

/// Numbers by first appearance, from 1.
#[derive(Default)]
struct Appearance(BTreeMap<u64, u64>);

impl Appearance {
    fn renumber(&mut self, id: &mut u64) {
        let next = self.0.len() as u64 + 1;
        *id = *self.0.entry(*id).or_insert(next);
    }
}

/// Order ids from 1.
pub(crate) fn ids_by_appearance(flow: &Flow) -> Flow {
    let mut flow = flow.clone();
    let mut seen = Appearance::default();
    let states = flow.snapshots.iter_mut().flat_map(|snapshot| &mut snapshot.orders);
    states.for_each(|state| seen.renumber(&mut state.order.0));
    for command in &mut flow.commands {
        match &mut command.action {
            Action::New(new) => seen.renumber(&mut new.order.0),
            Action::Cancel(OrderId(order)) => seen.renumber(order),
            Action::Replace(replace) => {
                seen.renumber(&mut replace.order.0);
                replace.new_order.iter_mut().for_each(|order| seen.renumber(&mut order.0));
            }
            Action::MassCancel(_) | Action::Phase(_) | Action::Time => {}
        }
    }
    flow
}

/// Accounts from 1; nobody's stay nobody's.
pub(crate) fn accounts_by_appearance(flow: &Flow) -> Flow {
    let mut flow = flow.clone();
    let mut seen = Appearance::default();
    let mut renumber = |account: &mut AccountId| {
        if !account.is_anonymous() {
            seen.renumber(&mut account.0);
        }
    };
    let states = flow.snapshots.iter_mut().flat_map(|snapshot| &mut snapshot.orders);
    states.for_each(|state| renumber(&mut state.account));
    for command in &mut flow.commands {
        match &mut command.action {
            Action::New(new) => renumber(&mut new.account),
            Action::MassCancel(mass_cancel) => renumber(&mut mass_cancel.account),
            _ => {}
        }
    }
    flow
}

//! Flows found for a defect and roughly cut down.

use std::collections::BTreeMap;

use shadowbook_capture::Flow;
use shadowbook_faulty::Defect;
use shadowbook_model::{
    AccountId, Action, Engine, EventBuffer, NewOrder, OrderId, Quantity, Replace, SelfTrade,
};
use shadowbook_reference::ReferenceEngine;
use shadowbook_triage::{Minimized, Shown};
use shadowbook_workload::Fuzzer;

use crate::rerun::rerun;

/// How many streams are tried.
const EPISODES: u64 = 40;
/// How many commands a stream has.
const COMMANDS: usize = 1_500;

/// The first flow of the fuzzer's streams on which a defect shows, as it is.
pub(crate) fn find(defect: Defect, first: u64) -> Option<(Flow, Shown)> {
    (first..first + EPISODES).find_map(|seed| {
        let mut flow = stream(seed, defect.shows_after_restore());
        let (shown, _) = rerun(&flow, defect)?;
        flow.commands.truncate(shown.position.map_or(0, |position| position + 1));
        Some((flow, shown))
    })
}

/// A stream that hits live orders; with snapshots it begins in the state after its first half.
fn stream(seed: u64, has_snapshots: bool) -> Flow {
    let mut fuzzer = Fuzzer::new(seed);
    let mut flow = Flow { instruments: fuzzer.instruments().to_vec(), ..Flow::default() };
    let mut engine = ReferenceEngine::new(&flow.instruments);
    let mut events = EventBuffer::new();
    for number in 0..COMMANDS {
        if has_snapshots && number == COMMANDS / 2 {
            let ids = (0..).take(flow.instruments.len()).map(shadowbook_model::InstrumentId);
            flow.begin_with(ids.map(|id| engine.snapshot(id)).collect());
        }
        let command = fuzzer.next();
        // Icebergs of 2^63 lots are answered without end by some defects.
        if flow.instruments[command.instrument.index()].symbol.contains("HUGE") {
            continue;
        }
        events.clear();
        engine.apply(&command, &mut events);
        fuzzer.observe(&command, events.as_slice());
        flow.commands.push(command);
    }
    flow
}

/// Takes away what a flow does not need to show the same signature.
pub(crate) fn cut(defect: Defect, mut flow: Flow, shown: Shown) -> Minimized {
    let signature = shown.divergence.signature();
    let mut reruns = 0;
    let mut shows = |flow: &Flow| {
        reruns += 1;
        let (shown, _) = rerun(flow, defect)?;
        let is_same = shown.divergence.signature() == signature
            && shown.position.is_none_or(|position| position + 1 == flow.commands.len());
        is_same.then_some(shown)
    };
    let instrument = shown.divergence.instrument;
    let mut best = shown;
    let own: Vec<_> =
        flow.commands.iter().filter(|command| command.instrument == instrument).copied().collect();
    try_it(&mut flow, &mut best, &mut shows, |flow| flow.commands = own.clone());
    try_it(&mut flow, &mut best, &mut shows, |flow| {
        flow.snapshots.retain(|snapshot| snapshot.instrument == instrument);
    });
    let mut size = flow.commands.len().div_ceil(2).max(1);
    loop {
        let mut from = 0;
        let mut has_shrunk = false;
        while from < flow.commands.len() {
            let until = (from + size).min(flow.commands.len());
            let without = |flow: &mut Flow| drop(flow.commands.drain(from..until));
            if try_it(&mut flow, &mut best, &mut shows, without) {
                has_shrunk = true;
            } else {
                from += size;
            }
        }
        if size == 1 && !has_shrunk {
            break;
        }
        size = size.div_ceil(2).max(1);
    }
    for at in 0..flow.snapshots.len() {
        for order in (0..flow.snapshots[at].orders.len()).rev() {
            try_it(&mut flow, &mut best, &mut shows, |flow| {
                flow.snapshots[at].orders.remove(order);
            });
        }
    }
    simplify(&mut flow, &mut best, &mut shows);
    try_it(&mut flow, &mut best, &mut shows, renumber);
    let commands = flow.commands.len() as u64;
    Minimized { flow, shown: best, is_minimal: true, reruns, commands }
}

/// Makes the change if the flow shows the same after it.
fn try_it(
    flow: &mut Flow,
    best: &mut Shown,
    shows: &mut dyn FnMut(&Flow) -> Option<Shown>,
    change: impl FnOnce(&mut Flow),
) -> bool {
    let mut changed = flow.clone();
    change(&mut changed);
    if changed == *flow {
        return false;
    }
    let Some(shown) = shows(&changed) else { return false };
    (*flow, *best) = (changed, shown);
    true
}

/// Takes attributes away, and makes quantities small.
fn simplify(flow: &mut Flow, best: &mut Shown, shows: &mut dyn FnMut(&Flow) -> Option<Shown>) {
    let of_new: [fn(&mut NewOrder); 8] = [
        |new| new.account = AccountId::ANONYMOUS,
        |new| new.self_trade = SelfTrade::None,
        |new| new.post_only = false,
        |new| new.seed = false,
        |new| *new = new.with_display_quantity(None),
        |new| *new = new.with_min_quantity(None),
        |new| {
            let plain = NewOrder::limit(new.order, new.side, Default::default(), new.quantity);
            if let Some(price) = new.price {
                *new = NewOrder { price: Some(price), account: new.account, ..plain };
            }
        },
        |new| new.quantity = Quantity(new.quantity.0.min(5)),
    ];
    let of_replace: [fn(&mut Replace); 4] = [
        |replace| replace.display_quantity = None,
        |replace| replace.new_order = None,
        |replace| replace.price = None,
        |replace| replace.quantity = None,
    ];
    for at in 0..flow.commands.len() {
        for change in of_new {
            try_it(flow, best, shows, |flow| {
                if let Action::New(new) = &mut flow.commands[at].action {
                    change(new);
                }
            });
        }
        for change in of_replace {
            try_it(flow, best, shows, |flow| {
                if let Action::Replace(replace) = &mut flow.commands[at].action {
                    change(replace);
                }
            });
        }
    }
}

/// Numbers the orders from 1 as they come.
fn renumber(flow: &mut Flow) {
    let mut ids = BTreeMap::new();
    let mut id = |order: &mut OrderId| {
        let next = OrderId(ids.len() as u64 + 1);
        *order = *ids.entry(*order).or_insert(next);
    };
    let held = flow.snapshots.iter_mut().flat_map(|snapshot| &mut snapshot.orders);
    held.for_each(|order| id(&mut order.order));
    for command in &mut flow.commands {
        match &mut command.action {
            Action::New(new) => id(&mut new.order),
            Action::Replace(replace) => {
                id(&mut replace.order);
                replace.new_order.as_mut().map(&mut id);
            }
            Action::Cancel(order) => id(order),
            Action::MassCancel(_) | Action::Phase(_) | Action::Time => {}
        }
    }
}

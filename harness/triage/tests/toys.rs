//! Minimising and sorting with toys in place of engines: predicates over flows.

mod common;

use common::shown;
use proptest::prelude::*;
use shadowbook_capture::Flow;
use shadowbook_compare::Divergence;
use shadowbook_model::{
    Action, Command, Increment, Instrument, InstrumentId, Matching, NewOrder, OrderId, Phase,
    Price, Quantity, Replace, Seq, Side, TimeNs,
};
use shadowbook_triage::{
    Budget, GiveUp, Key, Minimized, Rerun, Root, Shown, Sorter, Sorting, Stop, canonical, minimize,
};

fn flow(actions: impl IntoIterator<Item = Action>) -> Flow {
    let instrument = |symbol: &str| Instrument::new(symbol, Increment::ONE, Increment::ONE);
    let commands = (1..).zip(actions).map(|(seq, action)| {
        Command::new(Seq(10 * seq), TimeNs(1_000 * seq), InstrumentId(1), action)
    });
    Flow {
        instruments: vec![instrument("OTHER"), instrument("XBTUSD")],
        snapshots: Vec::new(),
        commands: commands.collect(),
    }
}

fn buy(order: u64, quantity: u64) -> Action {
    NewOrder::limit(OrderId(order), Side::Buy, Price(50_000), Quantity(quantity)).into()
}

fn sell(order: u64, quantity: u64) -> Action {
    NewOrder::limit(OrderId(order), Side::Sell, Price(50_000), Quantity(quantity)).into()
}

/// A toy with a defect: a sell is lost as soon as buys of `lots` in all came before it.
fn loses_sells(flow: &Flow, lots: u64) -> Option<Shown> {
    let mut bought = 0;
    for (position, command) in flow.commands.iter().enumerate() {
        match &command.action {
            Action::New(new) if new.side == Side::Buy => bought += new.quantity.0,
            Action::New(_) if bought >= lots => return Some(shown(flow, position, "fill")),
            _ => {}
        }
    }
    None
}

/// A toy with a defect: a cancel of an order that was replaced is lost.
fn loses_cancels(flow: &Flow) -> Option<Shown> {
    let mut replaced: Vec<OrderId> = Vec::new();
    let mut entered: Vec<OrderId> = Vec::new();
    for (position, command) in flow.commands.iter().enumerate() {
        match &command.action {
            Action::New(new) => entered.push(new.order),
            Action::Replace(replace) if entered.contains(&replace.order) => {
                let now = replace.new_order.unwrap_or(replace.order);
                entered.push(now);
                replaced.push(now);
            }
            Action::Cancel(order) if replaced.contains(order) => {
                return Some(shown(flow, position, "canceled.requested"));
            }
            _ => {}
        }
    }
    None
}

const SELL_LOST: &str = "missing-event/new/fill";
const CANCEL_LOST: &str = "missing-event/cancel/canceled.requested";

fn minimized(flow: Flow, wanted: &str, rerun: &mut Rerun<'_>) -> Minimized {
    let found = minimize(flow, wanted, &[], Budget::default(), rerun).expect("no toy gives up");
    found.expect("the flow shows it")
}

/// Many orders, of which a few matter.
fn crowd() -> Flow {
    let buys = (1..=400).map(|order| buy(order, 7));
    flow(buys.chain([sell(900, 3)]).chain((901..=950).map(|order| sell(order, 1))))
}

/// No command of the example can be left out.
fn check_one_minimal(example: &Minimized, wanted: &str, rerun: &mut Rerun<'_>) {
    assert!(example.is_minimal);
    for gone in 0..example.flow.commands.len() {
        let mut without = example.flow.clone();
        without.commands.remove(gone);
        let shown = rerun(&without).expect("no toy gives up");
        let signature = shown.map(|shown| shown.divergence.signature());
        assert_ne!(signature.as_deref(), Some(wanted), "without command {gone}");
    }
}

#[test]
fn what_is_left_cannot_be_left_out_and_reads_well() {
    let rerun: &mut Rerun<'_> = &mut |flow| Ok(loses_sells(flow, 1));
    let example = minimized(crowd(), SELL_LOST, rerun);
    check_one_minimal(&example, SELL_LOST, rerun);
    let Flow { instruments, commands, .. } = &example.flow;
    assert_eq!(instruments.len(), 1, "the other instrument is cut away");
    let expected = |seq: u64, side: Side| {
        let order = NewOrder::limit(OrderId(seq), side, Price(1), Quantity(1));
        Command::new(Seq(seq), TimeNs(0), InstrumentId(0), order)
    };
    assert_eq!(commands, &[expected(1, Side::Buy), expected(2, Side::Sell)]);
}

#[test]
fn quantities_shrink_to_what_they_must_be() {
    let rerun: &mut Rerun<'_> = &mut |flow| Ok(loses_sells(flow, 5));
    let example = minimized(crowd(), SELL_LOST, rerun);
    check_one_minimal(&example, SELL_LOST, rerun);
    let Action::New(new) = example.flow.commands[0].action else { panic!("an order") };
    assert_eq!((example.flow.commands.len(), new.quantity), (2, Quantity(5)));
}

#[test]
fn many_orders_fall_into_few_where_the_whole_counts() {
    let rerun: &mut Rerun<'_> = &mut |flow| Ok(loses_sells(flow, 40));
    let ones = flow((1..=60).map(|order| buy(order, 1)).chain([sell(100, 1)]));
    let example = minimized(ones, SELL_LOST, rerun);
    assert!(example.flow.commands.len() <= 3, "{:?}", example.flow.commands);
}

#[test]
fn the_life_of_an_order_stays_together() {
    let renamed = Replace { new_order: Some(OrderId(2_000)), ..Replace::of(OrderId(1_000)) };
    let noise = |from: u64| (from..from + 300).map(|order| buy(order, 4));
    let life = [buy(1_000, 4), renamed.into(), Action::Cancel(OrderId(2_000))];
    let [entry, replace, cancel] = life;
    let commands = noise(1).chain([entry]).chain(noise(301)).chain([replace]).chain(noise(601));
    let rerun: &mut Rerun<'_> = &mut |flow| Ok(loses_cancels(flow));
    let example = minimized(flow(commands.chain([cancel])), CANCEL_LOST, rerun);
    check_one_minimal(&example, CANCEL_LOST, rerun);
    assert_eq!(example.flow.commands.len(), 3);
    assert!(example.reruns < 150, "{} reruns", example.reruns);
}

#[test]
fn the_same_flow_gives_the_same_example() {
    let once = || minimized(crowd(), SELL_LOST, &mut |flow| Ok(loses_sells(flow, 30)));
    assert_eq!(once(), once());
}

#[test]
fn a_flow_that_does_not_show_it_has_no_example() {
    let rerun: &mut Rerun<'_> = &mut |flow| Ok(loses_sells(flow, 1));
    let found = minimize(crowd(), CANCEL_LOST, &[], Budget::default(), rerun);
    assert_eq!(found, Ok(None));
}

#[test]
fn a_closure_that_gives_up_is_heard() {
    let why = GiveUp("time is up".to_owned());
    let rerun: &mut Rerun<'_> = &mut |_| Err(why.clone());
    let found = minimize(crowd(), SELL_LOST, &[], Budget::default(), rerun);
    assert_eq!(found, Err(Stop::GiveUp(why.clone())));
}

#[test]
fn a_budget_is_kept_and_what_was_found_until_then_is_given() {
    for reruns in 1..60 {
        let mut count = 0;
        let budget = Budget { reruns, commands: 4_000 };
        let rerun: &mut Rerun<'_> = &mut |flow| {
            count += 1;
            Ok(loses_sells(flow, 5))
        };
        let found = minimize(crowd(), SELL_LOST, &[], budget, rerun).unwrap().unwrap();
        assert!(loses_sells(&found.flow, 5).is_some());
        assert!(found.reruns <= reruns && found.commands <= budget.commands);
        assert_eq!(found.reruns, count);
        assert!(!found.is_minimal || reruns > 20, "{reruns} are too few to know");
    }
}

#[test]
fn different_examples_of_one_bug_have_one_form() {
    let rerun: &mut Rerun<'_> = &mut |flow| Ok(loses_sells(flow, 2));
    let mut keys = Vec::new();
    let seconds = [vec![buy(7, 1), buy(8, 1)], vec![buy(1, 9)], vec![buy(5, 1), buy(4, 3)]];
    for buys in seconds {
        let example = minimized(flow(buys.into_iter().chain([sell(9, 2)])), SELL_LOST, rerun);
        keys.push(Key::of(&canonical(&example, Budget::default(), rerun).unwrap()));
    }
    keys.dedup();
    assert_eq!(keys.len(), 1);
}

/// A root of this shape at this place of a capture.
fn divergence(seq: u64, shape: &str) -> Divergence {
    let flow = flow([buy(1, 1)]);
    let shown = shown(&flow, 0, shape).divergence;
    Divergence { seq: Seq(seq), instrument: InstrumentId(1), ..shown }
}

fn root<'a>(divergence: &'a Divergence, circumstances: String) -> Root<'a> {
    Root { divergence, circumstances, matching: Matching::PriceTime, focus: &[], is_allowed: false }
}

#[test]
fn roots_of_two_bugs_are_two_bugs_in_the_order_of_their_first_roots() {
    let replaced = [buy(3, 2), Replace::of(OrderId(3)).into(), Action::Cancel(OrderId(3))];
    let flows = [flow(replaced), flow([buy(1, 5), sell(2, 5)])];
    let rerun: &mut Rerun<'_> = &mut |flow| Ok(loses_cancels(flow).or(loses_sells(flow, 1)));
    let [cancels, sells] = flows.clone().map(|flow| rerun(&flow).unwrap().unwrap().divergence);
    let mut sorter = Sorter::new(Budget::default());
    let mut places = Vec::new();
    for seq in 0..10_u64 {
        let is_sell = seq % 3 == 0;
        let shown = if is_sell { &sells } else { &cancels };
        let shown = Divergence { seq: Seq(seq + 5), instrument: InstrumentId(1), ..shown.clone() };
        let flow = flows[usize::from(is_sell)].clone();
        let root = root(&shown, (seq % 4).to_string());
        places.push(sorter.root(&root, std::iter::once(flow), rerun));
    }
    let Sorting { bugs, places: among, .. } = sorter.finish();
    let [first, second] = &bugs[..] else { panic!("two bugs: {bugs:?}") };
    assert_eq!((first.first, first.roots, second.first, second.roots), (Seq(5), 4, Seq(6), 6));
    assert_eq!(first.signatures, [SELL_LOST]);
    assert!(places.iter().map(|place| among[*place]).eq([0, 1, 1, 0, 1, 1, 0, 1, 1, 0]));
    assert!(bugs.iter().all(|bug| bug.example.is_some() && bug.note.is_none()));
}

#[test]
fn a_root_that_nothing_shows_is_a_bug_without_an_example() {
    let mut sorter = Sorter::new(Budget::default());
    let lost = divergence(1, "accepted");
    sorter.root(&root(&lost, String::new()), std::iter::once(crowd()), &mut |_| Ok(None));
    let Sorting { bugs, broken_off, .. } = sorter.finish();
    assert_eq!((bugs.len(), broken_off.len()), (1, 0));
    assert!(bugs[0].example.is_none() && bugs[0].note.is_some());
}

#[test]
fn what_nothing_shows_goes_to_the_bug_most_like_it_or_into_one_of_its_own() {
    let rerun: &mut Rerun<'_> = &mut |flow| Ok(loses_sells(flow, 1));
    let mut sorter = Sorter::new(Budget::default());
    let shapes = ["fill", "fill.maker+price", "accepted", "phase.closed"];
    let roots: Vec<Divergence> =
        (1..).zip(shapes).map(|(seq, shape)| divergence(seq, shape)).collect();
    let places = roots.iter().map(|shown| {
        let flow = (shown.shape == "fill").then(|| flow([buy(1, 5), sell(2, 5)]));
        sorter.root(&root(shown, String::new()), flow.into_iter(), rerun)
    });
    let places: Vec<usize> = places.collect();
    let Sorting { bugs, places: among, .. } = sorter.finish();
    assert!(places.iter().map(|place| among[*place]).eq([0, 0, 1, 1]));
    let counted: Vec<_> = bugs.iter().map(|bug| (bug.roots, bug.example.is_some())).collect();
    assert_eq!(counted, [(2, true), (2, false)]);
}

#[test]
fn an_attribute_and_a_lot_of_another_order_go_together() {
    let shows = |flow: &Flow| -> Option<Shown> {
        let [first, second] = &flow.commands[..] else { return None };
        let (Action::New(sell), Action::New(buy)) = (first.action, second.action) else {
            return None;
        };
        let lots = if sell.display_quantity().is_some() { 2 } else { 1 };
        let is_it = sell.quantity.0 >= 2 && buy.quantity.0 == lots && sell.side != buy.side;
        is_it.then(|| shown(flow, 1, "fill"))
    };
    let rerun: &mut Rerun<'_> = &mut |flow| Ok(shows(flow));
    let Action::New(iceberg) = sell(1, 2) else { panic!("an order") };
    let iceberg = iceberg.with_display_quantity(Quantity(1));
    let example = minimized(flow([iceberg.into(), buy(2, 2)]), SELL_LOST, rerun);
    let simplest = canonical(&example, Budget::default(), rerun).unwrap();
    let Action::New(first) = simplest.flow.commands[0].action else { panic!("an order") };
    assert_eq!(first.display_quantity(), None);
}

#[test]
fn when_time_is_up_the_bug_says_so() {
    let mut sorter = Sorter::new(Budget::default());
    let lost = divergence(1, "accepted");
    let rerun: &mut Rerun<'_> = &mut |_| Err(GiveUp("time is up".to_owned()));
    sorter.root(&root(&lost, String::new()), std::iter::once(crowd()), rerun);
    let Sorting { bugs, broken_off, .. } = sorter.finish();
    assert_eq!(broken_off, [(0, "time is up".to_owned())]);
    assert_eq!(bugs[0].note.as_deref(), Some("time is up"));
}

#[test]
fn what_nobody_looked_into_is_not_told_apart() {
    let sorted = |budget: Budget, rerun: &mut Rerun<'_>| {
        let mut sorter = Sorter::new(budget);
        for (seq, shape) in (1..).zip(["fill", "accepted", "phase.closed"]) {
            let shown = divergence(seq, shape);
            let flow = flow([buy(1, 5), sell(2, 5)]);
            sorter.root(&root(&shown, String::new()), std::iter::once(flow), rerun);
        }
        sorter.finish().bugs
    };
    let every: &mut Rerun<'_> = &mut |flow| Ok(loses_sells(flow, 1));
    let spent = sorted(Budget { reruns: 0, ..Budget::default() }, every);
    let over = sorted(Budget::default(), &mut |_| Err(GiveUp("time is up".to_owned())));
    for (bugs, why) in [(spent, "the budget ran out before any flow"), (over, "time is up")] {
        assert_eq!(bugs.len(), 3, "{bugs:?}");
        assert!(bugs.iter().all(|bug| !bug.is_examined && bug.example.is_none()), "{bugs:?}");
        let says_so = |note: &String| note.contains(why);
        assert!(bugs.iter().all(|bug| bug.note.as_ref().is_some_and(says_so)), "{bugs:?}");
    }
}

#[test]
fn a_bug_begins_where_it_accuses_first() {
    let mut sorter = Sorter::new(Budget::default());
    let rerun: &mut Rerun<'_> = &mut |flow| Ok(loses_sells(flow, 1));
    let lost = rerun(&flow([buy(1, 5), sell(2, 5)])).unwrap().unwrap().divergence;
    for (seq, is_allowed) in [(3, true), (9, false), (7, false), (1, true)] {
        let shown = Divergence { seq: Seq(seq), ..lost.clone() };
        let root = Root { is_allowed, ..root(&shown, String::new()) };
        sorter.root(&root, std::iter::once(flow([buy(1, 5), sell(2, 5)])), rerun);
    }
    let bugs = sorter.finish().bugs;
    assert_eq!((bugs.len(), bugs[0].roots, bugs[0].allowed, bugs[0].first), (1, 4, 2, Seq(7)));
}

#[test]
fn what_shows_in_one_way_of_matching_only_is_looked_for_there() {
    let rerun: &mut Rerun<'_> = &mut |flow| Ok(loses_cancels(flow).or(loses_sells(flow, 1)));
    let replaced = [buy(3, 2), Replace::of(OrderId(3)).into(), Action::Cancel(OrderId(3))];
    let mut sorter = Sorter::new(Budget::default());
    for (seq, matching) in
        (0..64).map(|seq| (seq, Matching::PriceTime)).chain([(64, Matching::ProRata)])
    {
        let flow = match matching {
            Matching::PriceTime => flow([buy(1, 5), sell(2, 5)]),
            Matching::ProRata => flow(replaced),
        };
        let shown = Divergence { seq: Seq(seq), ..divergence(seq, "fill") };
        let root = Root { matching, ..root(&shown, matching.to_string()) };
        sorter.root(&root, std::iter::once(flow), rerun);
    }
    assert_eq!(sorter.finish().bugs.len(), 2);
}

fn any_action() -> impl Strategy<Value = Action> {
    (1..6_u64, 1..9_u64, 0..6_u8).prop_map(|(order, quantity, kind)| match kind {
        0 | 1 => buy(order, quantity),
        2 => sell(order, quantity),
        3 => Action::Cancel(OrderId(order)),
        4 => Replace { quantity: Some(Quantity(quantity)), ..Replace::of(OrderId(order)) }.into(),
        _ => Action::Phase(Phase::Auction),
    })
}

proptest! {
    #[test]
    fn an_example_shows_what_its_flow_shows(
        actions in prop::collection::vec(any_action(), 0..60),
        lots in 1..40_u64,
        reruns in 1..400_u64,
    ) {
        let rerun: &mut Rerun<'_> =
            &mut |flow| Ok(loses_sells(flow, lots).or_else(|| loses_cancels(flow)));
        let flow = flow(actions);
        let begun = rerun(&flow).unwrap();
        for wanted in [SELL_LOST, CANCEL_LOST] {
            let budget = Budget { reruns, ..Budget::default() };
            let found = minimize(flow.clone(), wanted, &[], budget, rerun).unwrap();
            let is_shown = begun.as_ref().is_some_and(|shown| shown.divergence.signature() == wanted);
            prop_assert_eq!(found.is_some(), is_shown);
            if let Some(found) = found {
                let again = rerun(&found.flow).unwrap();
                prop_assert_eq!(again.as_ref(), Some(&found.shown));
                prop_assert_eq!(found.shown.divergence.signature(), wanted);
                if found.is_minimal {
                    check_one_minimal(&found, wanted, rerun);
                }
            }
        }
    }
}

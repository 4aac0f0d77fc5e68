//! One bug or two, with toys in place of engines.

mod common;

use std::cmp::Ordering;

use common::shown;
use shadowbook_capture::Flow;
use shadowbook_compare::{AuditRule, BookDifference, Divergence, DivergenceKind, EventList};
use shadowbook_model::{
    AccountId, Action, Arrival, CancelReason, Command, Event, Fill, Increment, Instrument,
    InstrumentId, Matching, NewOrder, OrderId, OrderState, OrderType, Phase, Price, PriceOffset,
    Quantity, Replace, SelfTrade, Seq, Side, Snapshot, TimeInForce, TimeNs, TradeId, TriggerState,
    Visibility,
};
use shadowbook_triage::{
    Budget, Essence, Key, Minimized, Rerun, Root, Shown, Sorter, Sorting, canonical, minimize,
};

fn silent(flow: &Flow, position: usize) -> Shown {
    let mut shown = shown(flow, position, "order.open");
    shown.divergence.kind = DivergenceKind::State;
    shown
}

fn flow(actions: impl IntoIterator<Item = Action>) -> Flow {
    let commands = (1..)
        .zip(actions)
        .map(|(seq, action)| Command::new(Seq(seq), TimeNs(1_000 * seq), InstrumentId(0), action));
    Flow {
        instruments: vec![Instrument::new("XBTUSD", Increment::ONE, Increment::ONE)],
        snapshots: Vec::new(),
        commands: commands.collect(),
    }
}

fn limit(order: u64, side: Side, quantity: u64) -> NewOrder {
    NewOrder::limit(OrderId(order), side, Price(50), Quantity(quantity))
}

fn snapshot(orders: Vec<OrderState>) -> Snapshot {
    let mut snapshot = Snapshot { orders, ..Snapshot::empty(InstrumentId(0)) };
    snapshot.state.arrivals = Arrival(9);
    snapshot
}

/// The form of a flow, and what was minimised on the way.
fn form(flow: Flow, rerun: &mut Rerun<'_>) -> Minimized {
    let wanted =
        rerun(&flow).expect("no toy gives up").expect("the flow shows it").divergence.signature();
    let example = minimize(flow, &wanted, &[], Budget::default(), rerun).expect("no toy gives up");
    let example = example.expect("the flow shows it");
    canonical(&example, Budget::default(), rerun).expect("no toy gives up")
}

fn orders(flow: &Flow) -> Vec<NewOrder> {
    let orders = flow.commands.iter().filter_map(|command| match command.action {
        Action::New(new) => Some(new),
        _ => None,
    });
    orders.collect()
}

/// A toy with a defect: from so many fills on they are lost. A snapshot comes with all but one;
/// each buy makes one, or where an iceberg was sold before as many as it has lots.
fn loses_fills(flow: &Flow, from: u64) -> Option<Shown> {
    let mut fills = if flow.snapshots.is_empty() { 0 } else { from - 1 };
    let mut each = false;
    for (position, command) in flow.commands.iter().enumerate() {
        let Action::New(new) = command.action else { continue };
        match new.side {
            Side::Sell => each |= new.display_quantity().is_some(),
            Side::Buy => fills += if each { new.quantity.0 } else { 1 },
        }
        if fills >= from {
            return Some(shown(flow, position, "fill"));
        }
    }
    None
}

#[test]
fn what_counts_fills_comes_down_to_many_fills_of_two_orders() {
    let from_a_state =
        Flow { snapshots: vec![snapshot(Vec::new())], ..flow([limit(1, Side::Buy, 1).into()]) };
    let found = form(from_a_state.clone(), &mut |flow| Ok(loses_fills(flow, 12)));
    assert!(found.flow.snapshots.is_empty());
    assert_eq!(orders(&found.flow).len(), 2);
    // Something else may be wrong with the first fills.
    let found = form(from_a_state, &mut |flow| Ok(loses_fills(flow, 3)));
    assert_eq!((found.flow.snapshots.len(), found.flow.commands.len()), (1, 1));
}

#[test]
fn what_takes_many_commands_is_counted_before_the_budget_goes_into_all_else() {
    let rerun: &mut Rerun<'_> = &mut |flow| Ok(loses_fills(flow, 14));
    let flow = flow((1..=14).map(|order| limit(order, Side::Buy, 1).into()));
    let shown = rerun(&flow).expect("no toy gives up").expect("the flow shows it");
    let example = Minimized { flow, shown, is_minimal: true, reruns: 0, commands: 0 };
    let budget = Budget { reruns: 400, ..Budget::default() };
    let found = canonical(&example, budget, rerun).expect("no toy gives up");
    assert_eq!(orders(&found.flow).len(), 2, "after {} reruns", found.reruns);
}

#[test]
fn quantities_shrink_in_proportion() {
    let in_proportion = |flow: &Flow| {
        let [first, second] = &orders(flow)[..] else { return None };
        let is_it = 3 * first.quantity.0 == 2 * second.quantity.0;
        is_it.then(|| shown(flow, 1, "fill"))
    };
    let both = flow([limit(1, Side::Buy, 24).into(), limit(2, Side::Buy, 36).into()]);
    let found = form(both, &mut |flow| Ok(in_proportion(flow)));
    let lots: Vec<u64> = orders(&found.flow).iter().map(|new| new.quantity.0).collect();
    assert_eq!(lots, [2, 3]);
}

#[test]
fn what_is_wrong_from_some_time_on_only_is_shown_at_one_time() {
    let from_then_on = |flow: &Flow| {
        let is_order = |at: usize| matches!(flow.commands[at].action, Action::New(_));
        let is_wrong = |at: &usize| flow.commands[*at].time.0 >= 2_000 && (0..=*at).any(is_order);
        (0..flow.commands.len()).find(is_wrong).map(|at| shown(flow, at, "fill"))
    };
    let late = flow([limit(1, Side::Buy, 1).into(), Phase::Auction.into()]);
    let found = form(late, &mut |flow| Ok(from_then_on(flow)));
    assert_eq!((found.flow.commands.len(), orders(&found.flow).len()), (1, 1));
}

/// A toy: an iceberg is wrong in one way, any other order in another.
fn two_ways(flow: &Flow, of_icebergs: fn(&Flow, usize) -> Shown) -> Option<Shown> {
    let Action::New(new) = flow.commands.first()?.action else { return None };
    Some(match new.display_quantity() {
        Some(_) => of_icebergs(flow, 0),
        None => shown(flow, 0, "accepted"),
    })
}

#[test]
fn books_that_part_in_silence_are_not_explained_by_an_event() {
    let iceberg = limit(1, Side::Buy, 2).with_display_quantity(Quantity(1));
    let found = form(flow([iceberg.into()]), &mut |flow| Ok(two_ways(flow, silent)));
    assert_eq!(found.shown.divergence.kind, DivergenceKind::State);
    let loud = |flow: &Flow, at: usize| shown(flow, at, "fill");
    let found = form(flow([iceberg.into()]), &mut |flow| Ok(two_ways(flow, loud)));
    assert_eq!(found.shown.divergence.shape, "accepted", "what is heard is");
}

/// A toy with two defects that break the same rule: an order does not trade at its very limit, and
/// whatever a minimum is asked of trades with nobody.
fn stops_short(flow: &Flow) -> Option<Shown> {
    let mut sells: Vec<Price> = Vec::new();
    for (position, command) in flow.commands.iter().enumerate() {
        let Action::New(new) = command.action else { continue };
        let Some(price) = new.price else { continue };
        if new.side == Side::Sell {
            sells.push(price);
        } else if let Some(best) = sells.iter().min().filter(|best| **best <= price)
            && (*best == price || new.min_quantity().is_some())
        {
            let rule = Some(AuditRule::StopsShort);
            let shape = if *best == price { "fill" } else { "canceled.min-quantity" };
            return Some(Shown { rule, ..shown(flow, position, shape) });
        }
    }
    None
}

#[test]
fn what_equal_prices_show_explains_nothing_that_shows_without() {
    let rerun: &mut Rerun<'_> = &mut |flow| Ok(stops_short(flow));
    let buy_at = |price| NewOrder { price: Some(Price(price)), ..limit(2, Side::Buy, 1) };
    let at_its_limit = form(flow([limit(1, Side::Sell, 1).into(), buy_at(50).into()]), rerun);
    assert_eq!(orders(&at_its_limit.flow)[1].min_quantity(), None);
    let asked = buy_at(60).with_min_quantity(Quantity(1));
    let other = form(flow([limit(1, Side::Sell, 1).into(), asked.into()]), rerun);
    let [sell, buy] = &orders(&other.flow)[..] else { panic!("two orders: {:?}", other.flow) };
    assert!(buy.min_quantity().or(sell.min_quantity()).is_some(), "{:?}", other.flow);
    assert_ne!(Key::of(&at_its_limit), Key::of(&other));
}

#[test]
fn what_an_uncross_decides_is_not_explained_by_what_comes_without() {
    let rerun: &mut Rerun<'_> = &mut |flow| {
        let is_auction = |command: &Command| command.action == Action::Phase(Phase::Auction);
        let has_auction = flow.commands.iter().any(is_auction);
        let Some(last) = flow.commands.len().checked_sub(1) else { return Ok(None) };
        Ok(Some(if has_auction {
            Shown { rule: Some(AuditRule::AuctionPrice), ..shown(flow, last, "auction.price") }
        } else {
            Shown { rule: Some(AuditRule::MakerPrice), ..shown(flow, last, "fill.price") }
        }))
    };
    let order = || Action::from(limit(1, Side::Sell, 1));
    let both = form(flow([Phase::Auction.into(), order()]), rerun);
    assert_eq!(both.shown.rule, Some(AuditRule::AuctionPrice));
}

/// A toy with two defects: whoever is replaced has the wrong number of arrivals, too few of them
/// when he grows and too many when he shrinks.
fn counts_wrongly(flow: &Flow) -> Option<Shown> {
    let [Action::New(new), Action::Replace(replace)] =
        flow.commands.iter().map(|command| command.action).collect::<Vec<_>>()[..]
    else {
        return None;
    };
    let candidate = match replace.quantity?.cmp(&new.quantity) {
        Ordering::Less => Arrival(2),
        Ordering::Equal => return None,
        Ordering::Greater => Arrival(0),
    };
    let (order, reference) = (new.order, Arrival(1));
    let differences = vec![BookDifference::ArrivalCount { order, reference, candidate }];
    let mut shown = Shown { differences, ..silent(flow, 1) };
    shown.divergence.shape = "arrival-count".to_owned();
    Some(shown)
}

#[test]
fn what_goes_back_does_not_become_what_goes_ahead() {
    let smallest = |quantity| {
        let replace = Replace { quantity: Some(Quantity(quantity)), ..Replace::of(OrderId(1)) };
        let flow = flow([limit(1, Side::Buy, 5).into(), replace.into()]);
        let found = form(flow, &mut |flow| Ok(counts_wrongly(flow)));
        let Action::Replace(left) = found.flow.commands[1].action else { panic!("{found:?}") };
        left.quantity.cmp(&Some(orders(&found.flow)[0].quantity))
    };
    assert_eq!(smallest(9), Ordering::Greater);
    assert_eq!(smallest(3), Ordering::Less);
}

fn root(divergence: &Divergence) -> Root<'_> {
    Root {
        divergence,
        circumstances: String::new(),
        matching: Matching::PriceTime,
        focus: &[],
        is_allowed: false,
    }
}

#[test]
fn an_example_shows_what_is_wrong_with_its_bug() {
    let loud = |flow: &Flow, at: usize| shown(flow, at, "fill");
    let rerun: &mut Rerun<'_> = &mut |flow| Ok(two_ways(flow, loud));
    let iceberg = flow([limit(1, Side::Buy, 2).with_display_quantity(Quantity(1)).into()]);
    let divergence = rerun(&iceberg).unwrap().unwrap().divergence;
    let mut sorter = Sorter::new(Budget::default());
    sorter.root(&root(&divergence), std::iter::once(iceberg), rerun);
    let Sorting { bugs, .. } = sorter.finish();
    let example = bugs[0].example.as_ref().unwrap();
    assert_eq!(example.shown.divergence.shape, "accepted");
    assert_eq!(orders(&example.flow)[0].display_quantity(), None);
}

/// A trailing stop that waits.
fn waiting() -> OrderState {
    OrderState {
        order: OrderId(7),
        account: AccountId::ANONYMOUS,
        arrival: Arrival(1),
        price: None,
        open: Quantity(1),
        executed: Quantity::ZERO,
        visibility: Visibility::Full,
        expire_time: None,
        min_quantity: None,
        trigger: Some(TriggerState::Trailing { offset: PriceOffset(3), price: Some(Price(40)) }),
        side: Side::Sell,
        order_type: OrderType::TrailingStop,
        time_in_force: TimeInForce::Gtc,
        post_only: false,
        self_trade: SelfTrade::None,
    }
}

#[test]
fn a_trailing_stop_of_a_snapshot_is_entered_as_the_stop_that_it_is_now() {
    let state = waiting();
    let waits_at = |flow: &Flow, at: Price| {
        let states = flow.snapshots.iter().flat_map(|snapshot| &snapshot.orders);
        let mut states = states.filter_map(|order| order.trigger);
        let is_there = states.any(|trigger| match trigger {
            TriggerState::Fixed(price) => price >= at,
            TriggerState::Trailing { price, .. } => price >= Some(at),
        });
        is_there || orders(flow).iter().any(|new| new.trigger_price() >= Some(at))
    };
    let rerun: &mut Rerun<'_> = &mut |flow| {
        let last = flow.commands.len().checked_sub(1);
        Ok(last.filter(|_| waits_at(flow, Price(1))).map(|last| shown(flow, last, "triggered")))
    };
    let begun = Flow { snapshots: vec![snapshot(vec![state])], ..flow([Action::Time]) };
    assert!(form(begun, rerun).flow.snapshots.is_empty());
}

#[test]
fn a_take_profit_becomes_the_stop_that_waits_for_the_same() {
    let rises = |flow: &Flow| {
        let is_it = |new: &NewOrder| match new.order_type {
            OrderType::Stop => new.side == Side::Buy,
            OrderType::TakeProfit => new.side == Side::Sell,
            _ => false,
        };
        let at = flow
            .commands
            .iter()
            .position(|command| matches!(&command.action, Action::New(new) if is_it(new)));
        at.map(|at| shown(flow, at, "triggered"))
    };
    let waiting = |order_type, side| {
        let new = NewOrder { order_type, price: None, ..limit(1, side, 1) };
        flow([new.with_trigger_price(Price(50)).into()])
    };
    let forms = [(OrderType::Stop, Side::Buy), (OrderType::TakeProfit, Side::Sell)];
    let [stop, take_profit] = forms.map(|(order_type, side)| {
        Key::of(&form(waiting(order_type, side), &mut |flow| Ok(rises(flow))))
    });
    assert_eq!(stop, take_profit);
}

#[test]
fn of_several_triggers_the_kinds_say_nothing() {
    let essence = |kinds: &[OrderType]| {
        let orders = (1..).zip(kinds).map(|(order, order_type)| {
            let time_in_force = TimeInForce::Gtc;
            let order_type = *order_type;
            let new = NewOrder { order_type, time_in_force, ..limit(order, Side::Buy, 1) };
            new.with_trigger_price(Price(50)).into()
        });
        let flow = flow(orders);
        let rule = Some(AuditRule::MissedTrigger);
        let shown = Shown { rule, ..shown(&flow, kinds.len() - 1, "triggered") };
        Essence::of(&Minimized { flow, shown, is_minimal: true, reruns: 0, commands: 0 })
    };
    let (stop, take_profit) = (OrderType::Stop, OrderType::TakeProfit);
    assert_eq!(essence(&[stop, stop]), essence(&[take_profit, stop]));
    assert_ne!(essence(&[stop]), essence(&[take_profit]));
    assert_ne!(essence(&[stop]), essence(&[stop, stop]));
}

fn fill() -> Event {
    Event::Fill(Fill {
        trade: TradeId(1),
        maker: OrderId(2),
        taker: OrderId(1),
        price: Price(50),
        quantity: Quantity(1),
        maker_open: Quantity(0),
        taker_open: Quantity(0),
    })
}

/// A toy: a buy is canceled for the wrong reason, and where there is a sell it trades.
fn trades_or_says(flow: &Flow) -> Option<Shown> {
    let sides: Vec<Side> = orders(flow).iter().map(|new| new.side).collect();
    let at = sides.iter().position(|side| *side == Side::Buy)?;
    let trades = sides[..at].contains(&Side::Sell);
    let shape = if trades { "canceled.fok>fill" } else { "canceled.fok>canceled.ioc" };
    let mut shown = shown(flow, at, shape);
    shown.divergence.kind = DivergenceKind::Events;
    shown.divergence.candidate = EventList::from(&[fill()][..usize::from(trades)]);
    Some(shown)
}

#[test]
fn an_example_that_trades_wrongly_says_more_than_one_that_names_another_reason() {
    let rerun: &mut Rerun<'_> = &mut |flow| Ok(trades_or_says(flow));
    let alone = flow([limit(1, Side::Buy, 1).into()]);
    let met = flow([limit(1, Side::Sell, 1).into(), limit(2, Side::Buy, 1).into()]);
    for flows in [[&alone, &met], [&met, &alone]] {
        let mut sorter = Sorter::new(Budget::default());
        for flow in flows {
            let divergence = rerun(flow).unwrap().unwrap().divergence;
            sorter.root(&root(&divergence), std::iter::once(flow.clone()), rerun);
        }
        let Sorting { bugs, .. } = sorter.finish();
        assert_eq!(bugs.len(), 1, "{bugs:?}");
        let example = bugs[0].example.as_ref().unwrap();
        assert_eq!(example.shown.divergence.shape, "canceled.fok>fill");
    }
}

#[test]
fn too_much_and_too_little_that_could_trade_are_two_bugs() {
    use CancelReason::{Fok, MinQuantity};
    let canceled = |reason| Event::Canceled { order: OrderId(1), quantity: Quantity(1), reason };
    let fill = fill();
    let essence = |reference: Event, candidate: Event| {
        let order = limit(1, Side::Buy, 1).with_min_quantity(Quantity(1));
        let flow = flow([order.into()]);
        let mut shown = shown(&flow, 0, "fill");
        shown.rule = Some(AuditRule::FillOrKill);
        shown.divergence.reference = EventList::from(&[reference][..]);
        shown.divergence.candidate = EventList::from(&[candidate][..]);
        Essence::of(&Minimized { flow, shown, is_minimal: true, reruns: 0, commands: 0 })
    };
    let over = essence(canceled(Fok), fill);
    assert_eq!(over, essence(canceled(Fok), canceled(MinQuantity)), "the next question");
    assert_eq!(over, essence(canceled(MinQuantity), fill));
    assert_ne!(over, essence(fill, canceled(Fok)));
    assert_ne!(over, essence(fill, canceled(MinQuantity)));
}

#[test]
fn sums_count_what_stands_in_a_snapshot_too() {
    let essence = |lots: u64| {
        let mut state = waiting();
        (state.open, state.trigger, state.price) = (Quantity(lots), None, Some(Price(50)));
        state.order_type = OrderType::Limit;
        let flow = Flow { snapshots: vec![snapshot(vec![state])], ..flow([Action::Time]) };
        let shown = shown(&flow, 0, "fill");
        Essence::of(&Minimized { flow, shown, is_minimal: true, reruns: 0, commands: 0 })
    };
    assert_eq!(essence(64), essence(640));
    assert_ne!(essence(64), essence(1));
}

#[test]
fn books_that_differ_nobody_knows_in_what_are_no_bug_of_their_own() {
    let rerun: &mut Rerun<'_> = &mut |flow| Ok(two_ways(flow, silent));
    let orders = flow([limit(1, Side::Buy, 1).into()]);
    let lost = rerun(&orders).unwrap().unwrap().divergence;
    let unknown = Divergence {
        kind: DivergenceKind::State,
        shape: "digest".to_owned(),
        seq: Seq(77),
        ..lost.clone()
    };
    let sorted = |roots: &[(&Divergence, Option<&Flow>)]| {
        let mut sorter = Sorter::new(Budget::default());
        for (divergence, flow) in roots {
            let rerun: &mut Rerun<'_> = &mut |flow| Ok(two_ways(flow, silent));
            sorter.root(&root(divergence), (*flow).cloned().into_iter(), rerun);
        }
        sorter.finish()
    };
    let Sorting { bugs, places, .. } = sorted(&[(&unknown, None), (&lost, Some(&orders))]);
    assert_eq!((bugs.len(), bugs[0].roots, places), (1, 2, vec![0, 0]));
    let note = bugs[0].note.as_deref().expect("it says so");
    assert!(note.contains("counted to it: 1 more, the first at seq 77"), "{note}");
    assert_eq!(sorted(&[(&unknown, None)]).bugs.len(), 1, "alone it is not hidden");
    let named = Divergence { shape: "extra-order".to_owned(), ..unknown.clone() };
    assert_eq!(sorted(&[(&named, None), (&lost, Some(&orders))]).bugs.len(), 2);
}

//! What is derived from a root, and what is not.

use shadowbook_capture::Batch;
use shadowbook_model::{
    CommandKind, Digest, Increment, Instrument, InstrumentId, MassCancel, OrderType, Phase,
    Quantity, SelfTrade, Seq, TimeNs, TradeId,
};

use super::*;
use crate::{AfterRoot, Answers, Comparer, StateDigests, Stretch};

const X: InstrumentId = InstrumentId(0);

/// Two runs as they are told, command by command.
struct Story {
    comparer: Comparer,
    seq: u64,
}

impl Story {
    fn on(matching: Matching, after_root: AfterRoot) -> Self {
        let mut instrument = Instrument::new("X", Increment::ONE, Increment::ONE);
        instrument.matching = matching;
        Self { comparer: Comparer::new(&[instrument], 10, after_root), seq: 0 }
    }

    fn new() -> Self {
        Self::on(Matching::PriceTime, AfterRoot::Continue)
    }

    fn tell(&mut self, action: impl Into<Action>, reference: &[Event], candidate: &[Event]) {
        self.seq += 1;
        let mut batch = Batch::new();
        batch.push(Command::new(Seq(self.seq), TimeNs(self.seq), X, action));
        self.comparer.commands(
            &Stretch { batch: &batch, range: 0..1 },
            Answers { events: reference, ends: &[reference.len()] },
            Answers { events: candidate, ends: &[candidate.len()] },
        );
    }

    fn same(&mut self, action: impl Into<Action>, events: &[Event]) {
        self.tell(action, events, events);
    }

    /// Orders that both engines take.
    fn rest(&mut self, orders: impl IntoIterator<Item = NewOrder>) {
        for order in orders {
            self.same(order, &[accepted(order.order.0)]);
        }
    }

    /// A root: the candidate leaves out the fill of the maker with the taker, who is gone then.
    fn part(&mut self, maker: u64, taker: u64, price: i64) {
        let fill = fill(maker, 7, taker, 0, price);
        let cancel = canceled(taker, CancelReason::Ioc);
        self.tell(bid(taker, price), &[accepted(taker), fill], &[accepted(taker), cancel]);
    }

    fn look(&mut self, is_equal: bool) {
        let state = |digest| [(X, Digest(digest))];
        let (ours, theirs) = (state(1), state(if is_equal { 1 } else { 2 }));
        self.comparer.checkpoint(
            StateDigests { whole: ours[0].1, instruments: &ours },
            Some(StateDigests { whole: theirs[0].1, instruments: &theirs }),
        );
    }

    /// The commands of all roots, and how much is derived.
    #[track_caller]
    fn comes_to(self, roots: &[u64], derived: u64) {
        let found = self.comparer.finish();
        let seqs: Vec<u64> = found.divergences.iter().map(|root| root.seq.0).collect();
        assert_eq!((seqs.as_slice(), found.derived), (roots, derived));
        assert_eq!(found.roots, roots.len() as u64);
    }
}

fn order(id: u64, side: Side, price: i64) -> NewOrder {
    NewOrder::limit(OrderId(id), side, Price(price), Quantity(9))
}

fn bid(id: u64, price: i64) -> NewOrder {
    order(id, Side::Buy, price)
}

fn ask(id: u64, price: i64) -> NewOrder {
    order(id, Side::Sell, price)
}

fn of(account: u64, order: NewOrder) -> NewOrder {
    NewOrder { account: AccountId(account), ..order }
}

const fn accepted(order: u64) -> Event {
    Event::Accepted { order: OrderId(order) }
}

const fn canceled(order: u64, reason: CancelReason) -> Event {
    Event::Canceled { order: OrderId(order), quantity: Quantity(9), reason }
}

const fn rejected(order: u64, reason: RejectReason) -> Event {
    Event::Rejected { command: CommandKind::New, order: OrderId(order), reason }
}

fn fill(maker: u64, maker_open: u64, taker: u64, taker_open: u64, price: i64) -> Event {
    Event::Fill(Fill {
        trade: TradeId(maker * 1_000 + taker),
        maker: OrderId(maker),
        taker: OrderId(taker),
        price: Price(price),
        quantity: Quantity(2),
        maker_open: Quantity(maker_open),
        taker_open: Quantity(taker_open),
    })
}

const fn cancel(order: u64) -> Action {
    Action::Cancel(OrderId(order))
}

#[test]
fn what_names_a_diverged_order_is_derived_and_what_does_not_is_a_root() {
    let told = |after_root| {
        let mut story = Story::on(Matching::PriceTime, after_root);
        story.rest([ask(1, 5), ask(2, 6)]);
        story.part(1, 3, 5);
        story.tell(cancel(1), &[canceled(1, CancelReason::Requested)], &[]);
        story.tell(cancel(2), &[canceled(2, CancelReason::Requested)], &[]);
        story
    };
    told(AfterRoot::Continue).comes_to(&[3, 5], 1);
    told(AfterRoot::Stop).comes_to(&[3], 2);
}

#[test]
fn what_a_derived_divergence_names_is_tainted_too() {
    let mut story = Story::new();
    story.rest([ask(1, 5), ask(2, 5), ask(3, 5)]);
    story.part(1, 4, 5);
    // The reference comes to 2 behind 1; the candidate has more of 1.
    let ours = [accepted(5), fill(1, 0, 5, 4, 5), fill(2, 5, 5, 0, 5)];
    story.tell(bid(5, 5), &ours, &[accepted(5), fill(1, 3, 5, 0, 5)]);
    story.tell(cancel(2), &[canceled(2, CancelReason::Requested)], &[]);
    story.tell(cancel(3), &[canceled(3, CancelReason::Requested)], &[]);
    story.comes_to(&[4, 7], 2);
}

#[test]
fn an_order_behind_a_tainted_one_is_independent_of_it() {
    let told = |matching, price| {
        let mut story = Story::on(matching, AfterRoot::Continue);
        story.rest([ask(1, 5), ask(2, price)]);
        story.part(1, 3, 5);
        // Both take all of 1; then only the reference goes on to 2.
        let both = [accepted(4), fill(2, 5, 4, 0, price)];
        story.tell(bid(4, price), &both, &both[..1]);
        story
    };
    told(Matching::PriceTime, 5).comes_to(&[3, 4], 0);
    told(Matching::ProRata, 5).comes_to(&[3], 1);
    told(Matching::ProRata, 6).comes_to(&[3, 4], 0);
}

#[test]
fn an_order_is_forgotten_when_both_engines_ended_it() {
    let told = |is_gone: bool| {
        let mut story = Story::new();
        story.rest([ask(1, 5)]);
        story.part(1, 2, 5);
        let gone = canceled(1, CancelReason::Requested);
        story.tell(cancel(1), &[gone], if is_gone { std::slice::from_ref(&gone) } else { &[] });
        story.tell(cancel(1), &[rejected(1, RejectReason::UnknownOrder)], &[]);
        story
    };
    told(true).comes_to(&[2, 4], 0);
    told(false).comes_to(&[2], 2);
}

#[test]
fn an_id_that_is_entered_anew_is_another_order() {
    let mut story = Story::new();
    story.rest([ask(1, 5)]);
    // Only the reference tells that 1 is gone, and then both take its id again.
    let filled = [accepted(2), fill(1, 0, 2, 0, 5)];
    story.tell(bid(2, 5), &filled, &filled[..1]);
    story.same(ask(1, 6), &[accepted(1)]);
    story.tell(cancel(1), &[canceled(1, CancelReason::Requested)], &[]);
    story.comes_to(&[2, 4], 0);
}

#[test]
fn a_renamed_order_stays_tainted() {
    let mut story = Story::new();
    story.rest([ask(1, 5)]);
    story.part(1, 2, 5);
    let renamed = Event::Replaced {
        order: OrderId(1),
        new_order: Some(OrderId(9)),
        price: Some(Price(5)),
        open: Quantity(9),
    };
    let replace = Replace { new_order: Some(OrderId(9)), ..Replace::of(OrderId(1)) };
    story.same(replace, &[renamed]);
    story.tell(cancel(9), &[canceled(9, CancelReason::Requested)], &[]);
    story.tell(cancel(1), &[], &[rejected(1, RejectReason::UnknownOrder)]);
    story.comes_to(&[2, 5], 1);
}

#[test]
fn the_account_of_a_tainted_order_is_tainted_while_it_lives() {
    let told = |account: u64, is_gone: bool| {
        let mut story = Story::new();
        story.rest([of(7, ask(1, 5)), of(account, ask(2, 6))]);
        story.part(1, 3, 5);
        if is_gone {
            story.same(cancel(1), &[canceled(1, CancelReason::Requested)]);
        }
        // It met an order of its own that the other engine does not have, which no event names.
        let own = NewOrder { self_trade: SelfTrade::CancelNewest, ..bid(4, 6) };
        let ends = [accepted(4), canceled(4, CancelReason::SelfTrade)];
        story.tell(of(account, own), &ends, &ends[..1]);
        story.tell(MassCancel { account: AccountId(account), side: None }, &[], &[accepted(99)]);
        story
    };
    told(7, false).comes_to(&[3], 2);
    told(8, false).comes_to(&[3, 4], 1);
    // The new order of an account that is not tainted taints its account in turn.
    told(7, true).comes_to(&[3, 5], 1);
    told(0, false).comes_to(&[3, 4, 5], 0);
}

#[test]
fn a_post_only_order_is_refused_for_what_stands_on_the_other_side() {
    let told = |order: NewOrder| {
        let mut story = Story::new();
        story.rest([ask(1, 5)]);
        story.part(1, 2, 5);
        let refused = [rejected(order.order.0, RejectReason::PostOnlyWouldTake)];
        story.tell(order, &refused, &[accepted(order.order.0)]);
        story
    };
    told(bid(3, 5)).comes_to(&[2], 1);
    told(bid(3, 6)).comes_to(&[2], 1);
    told(bid(3, 4)).comes_to(&[2, 3], 0);
    told(ask(3, 9)).comes_to(&[2, 3], 0);
}

#[test]
fn a_trigger_follows_the_last_trade_and_a_trailing_one_those_before() {
    let told = |order_type, is_same_again: bool| {
        let mut story = Story::new();
        let waiting = NewOrder { order_type, ..bid(2, 9) };
        story.rest([ask(1, 5), waiting, ask(3, 8)]);
        story.part(1, 4, 5);
        story.same(cancel(1), &[canceled(1, CancelReason::Requested)]);
        if is_same_again {
            story.same(bid(5, 8), &[accepted(5), fill(3, 7, 5, 0, 8)]);
        }
        story.tell(Action::Time, &[], &[Event::Triggered { order: OrderId(2) }]);
        story
    };
    told(OrderType::Stop, false).comes_to(&[4], 1);
    told(OrderType::Stop, true).comes_to(&[4, 7], 0);
    told(OrderType::TrailingStop, true).comes_to(&[4], 1);
}

#[test]
fn an_uncross_looks_at_the_whole_book() {
    let told = |is_gone: bool| {
        let mut story = Story::new();
        story.rest([ask(1, 5), ask(2, 6)]);
        // A root that leaves the last trade alone.
        story.tell(cancel(1), &[], &[rejected(1, RejectReason::Phase)]);
        if is_gone {
            story.same(cancel(1), &[canceled(1, CancelReason::Requested)]);
        }
        let phase = Event::Phase { phase: Phase::Continuous };
        let auction = |price| Event::Auction { price: Price(price), quantity: Quantity(2).into() };
        story.tell(Phase::Continuous, &[phase, auction(5)], &[phase, auction(6)]);
        story
    };
    told(false).comes_to(&[3], 1);
    told(true).comes_to(&[3, 5], 0);
}

#[test]
fn where_nobody_knows_what_differs_everything_is_derived_until_the_books_are_equal() {
    let told = |tell: fn(&mut Story), is_equal: bool| {
        let mut story = Story::new();
        story.rest([ask(1, 5)]);
        tell(&mut story);
        story.look(is_equal);
        story.tell(bid(9, 1), &[accepted(9)], &[]);
        story
    };
    let phase = |story: &mut Story| {
        story.tell(Phase::Closed, &[Event::Phase { phase: Phase::Closed }], &[]);
    };
    let auction = |story: &mut Story| {
        let auction = Event::Auction { price: Price(5), quantity: Quantity(2).into() };
        story.tell(Action::Time, &[auction], &[]);
    };
    let state = |story: &mut Story| {
        story.same(Action::Time, &[]);
        story.look(false);
    };
    let order = |story: &mut Story| {
        story.tell(cancel(1), &[canceled(1, CancelReason::Requested)], &[]);
    };
    told(phase, false).comes_to(&[2], 2);
    told(phase, true).comes_to(&[2, 3], 0);
    told(auction, false).comes_to(&[2], 2);
    told(auction, true).comes_to(&[2, 3], 0);
    told(state, false).comes_to(&[2], 2);
    told(state, true).comes_to(&[2, 3], 0);
    // What the books differ in follows from the root, other orders do not.
    told(order, false).comes_to(&[2, 3], 1);
}

#[test]
fn equal_books_end_every_taint() {
    let mut story = Story::new();
    story.rest([of(7, ask(1, 5)), of(7, ask(2, 6))]);
    story.part(1, 3, 5);
    story.look(true);
    story.tell(cancel(1), &[canceled(1, CancelReason::Requested)], &[]);
    story.look(false);
    story.comes_to(&[3, 4], 1);
}

#[test]
fn broken_trade_numbers_say_nothing_of_orders() {
    let mut story = Story::new();
    let numbered = |maker, trade| match fill(maker, 0, maker + 10, 0, 5) {
        Event::Fill(fill) => Event::Fill(Fill { trade: TradeId(trade), ..fill }),
        other => other,
    };
    story.tell(bid(11, 5), &[numbered(1, 1)], &[numbered(1, 1)]);
    story.tell(bid(12, 5), &[numbered(2, 2)], &[numbered(2, 1)]);
    story.tell(bid(13, 5), &[numbered(3, 3)], &[numbered(3, 1)]);
    story.tell(cancel(12), &[canceled(12, CancelReason::Requested)], &[]);
    story.comes_to(&[2, 4], 0);
}

#[test]
fn a_derived_break_of_trade_numbers_taints_nothing() {
    let mut story = Story::new();
    story.rest([ask(1, 5), ask(2, 6)]);
    story.part(1, 3, 5);
    let filled = |maker, taker, trade| match fill(maker, 9, taker, 9, 6) {
        Event::Fill(fill) => Event::Fill(Fill { trade: TradeId(trade), ..fill }),
        other => other,
    };
    story.tell(bid(4, 6), &[accepted(4), filled(2, 4, 1)], &[accepted(4), filled(2, 4, 1)]);
    // Of a tainted order a number is used twice; nothing else of the taker differs.
    story.tell(bid(5, 6), &[accepted(5), filled(1, 5, 2)], &[accepted(5), filled(1, 5, 1)]);
    story.tell(cancel(5), &[canceled(5, CancelReason::Requested)], &[]);
    story.comes_to(&[3, 6], 1);
}

#[test]
fn too_many_tainted_orders_taint_everything() {
    let mut story = Story::new();
    let many: Vec<Event> = (0..=ORDERS_LIMIT as u64).map(|id| accepted(100 + id)).collect();
    story.tell(Action::Time, &many, &[]);
    story.tell(bid(1, 5), &[accepted(1)], &[]);
    story.comes_to(&[1], 1);
}

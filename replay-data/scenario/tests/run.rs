//! The runner on an engine that says what it is told: what it takes, what it shows, what it keeps.

use std::collections::VecDeque;

use shadowbook_model::{
    AccountId, Arrival, Capabilities, Command, Digest, Engine, Event, EventBuffer, Feature,
    Features, Fill, InstrumentId, OrderId, OrderState, OrderType, Price, Quantity, SelfTrade, Side,
    Snapshot, StateVisitor, TimeInForce, TradeId, Visibility,
};
use shadowbook_scenario::{Outcome, Scenario, parse, run, update};

/// Answers each command with the next list of events.
struct Script {
    answers: VecDeque<Vec<Event>>,
    orders: Vec<OrderState>,
}

impl Engine for Script {
    fn capabilities(&self) -> Capabilities {
        Capabilities { features: Features::ALL }
    }

    fn apply(&mut self, _: &Command, events: &mut EventBuffer) {
        for event in self.answers.pop_front().unwrap_or_default() {
            events.push(event);
        }
    }

    fn visit(&self, instrument: InstrumentId, visitor: &mut dyn StateVisitor) {
        visitor.instrument(&Snapshot::empty(instrument).state);
        self.orders.iter().for_each(|order| visitor.order(order));
    }

    fn digest(&self, _: InstrumentId) -> Digest {
        Digest(0)
    }
}

fn fill(trade: u64, quantity: u64) -> Event {
    Event::Fill(Fill {
        trade: TradeId(trade),
        maker: OrderId(1),
        taker: OrderId(2),
        price: Price(100),
        quantity: Quantity(quantity),
        maker_open: Quantity(0),
        taker_open: Quantity(0),
    })
}

fn accepted(order: u64) -> Event {
    Event::Accepted { order: OrderId(order) }
}

fn resting(order: u64, price: i64, open: u64) -> OrderState {
    OrderState {
        order: OrderId(order),
        account: AccountId(0),
        arrival: Arrival(order),
        price: Some(Price(price)),
        open: Quantity(open),
        executed: Quantity(0),
        visibility: Visibility::Full,
        expire_time: None,
        min_quantity: None,
        trigger: None,
        side: Side::Buy,
        order_type: OrderType::Limit,
        time_in_force: TimeInForce::Gtc,
        post_only: false,
        self_trade: SelfTrade::None,
    }
}

const TEXT: &str = "\
# M1 A title
instrument X tick 1 lot 1

# First.
cancel 1 # behind the command
  # above the event
  accepted 1 # behind the event
  fill 3 @ 100 maker 1 taker 2 open 0 / 0 # three
# Second.
at 5 cancel 2
  fill 3 @ 100 maker 1 taker 2 open 0 / 0
book
  buy 100: 1 x 2, 2 x 3
  # the second best
  buy 99: 3 x 4
# The end.
";

fn outcome(answers: &[&[Event]], orders: &[OrderState]) -> (Scenario, Outcome) {
    let scenario = parse(TEXT).expect("valid");
    let answers = answers.iter().map(|events| events.to_vec()).collect();
    let outcome = run(&scenario, &mut Script { answers, orders: orders.to_vec() });
    (scenario, outcome)
}

fn right_book() -> [OrderState; 3] {
    [resting(1, 100, 2), resting(2, 100, 3), resting(3, 99, 4)]
}

#[test]
fn the_same_answer_matches() {
    let (scenario, outcome) = outcome(&[&[accepted(1), fill(1, 3)], &[fill(2, 3)]], &right_book());
    assert!(outcome.is_match(), "{outcome}");
    assert_eq!(outcome.to_string(), "");
    assert_eq!(update(&scenario, &outcome), scenario);
}

#[test]
fn trade_numbers_match_one_to_one() {
    let numbered = |first, second| {
        outcome(&[&[accepted(1), fill(first, 3)], &[fill(second, 3)]], &right_book()).1
    };
    assert!(numbered(900, 7).is_match());
    let twice = numbered(7, 7);
    assert_eq!(
        twice.to_string(),
        "line 10: at 5 cancel 2\n  \
         - fill 3 @ 100 maker 1 taker 2 open 0 / 0\n  \
         + fill 3 @ 100 maker 1 taker 2 open 0 / 0 trade 7\n"
    );
}

#[test]
fn a_mismatch_is_shown_as_a_diff() {
    let events: [&[Event]; 2] = [&[accepted(1), accepted(2), fill(1, 2)], &[fill(2, 3)]];
    let book = [resting(2, 100, 3), resting(1, 100, 2), resting(3, 99, 4)];
    let (_, outcome) = outcome(&events, &book);
    assert_eq!(
        outcome.to_string(),
        "line 5: cancel 1\n    \
           accepted 1\n  \
         - fill 3 @ 100 maker 1 taker 2 open 0 / 0\n  \
         + accepted 2\n  \
         + fill 2 @ 100 maker 1 taker 2 open 0 / 0\n\
         line 12: book\n  \
         - buy 100: 1 x 2, 2 x 3\n  \
         + buy 100: 2 x 3, 1 x 2\n    \
           buy 99: 3 x 4\n"
    );
}

#[test]
fn too_few_and_too_many_events_are_mismatches() {
    let (_, few) = outcome(&[&[accepted(1)], &[fill(2, 3)]], &right_book());
    assert_eq!(few.mismatches().len(), 1);
    let more: [&[Event]; 2] = [&[accepted(1), fill(1, 3)], &[fill(2, 3), accepted(9)]];
    let (_, many) = outcome(&more, &right_book());
    assert_eq!(many.mismatches().len(), 1);
    let (_, none) = outcome(&[&[accepted(1), fill(1, 3)], &[fill(2, 3)]], &[]);
    let expected = "line 12: book\n  - buy 100: 1 x 2, 2 x 3\n  - buy 99: 3 x 4\n  + empty\n";
    assert_eq!(none.to_string(), expected);
}

#[test]
fn a_level_that_is_split_is_no_level() {
    let split = [resting(1, 100, 2), resting(3, 99, 4), resting(2, 100, 3)];
    let (_, outcome) = outcome(&[&[accepted(1), fill(1, 3)], &[fill(2, 3)]], &split);
    assert!(!outcome.is_match());
}

#[test]
fn an_update_keeps_the_comments() {
    let events: [&[Event]; 2] = [&[accepted(1), accepted(9)], &[]];
    let (scenario, outcome) = outcome(&events, &[resting(3, 99, 4)]);
    let updated = update(&scenario, &outcome);
    assert_eq!(
        updated.to_string(),
        "# M1 A title\ninstrument X tick 1 lot 1\n\n# First.\n\
         cancel 1 # behind the command\n  \
           # above the event\n  \
           accepted 1 # behind the event\n  \
           accepted 9\n\
         # three\n# Second.\nat 5 cancel 2\n\
         book\n  \
           # the second best\n  \
           buy 99: 3 x 4\n\
         # The end.\n"
    );
    let again = Script {
        answers: events.iter().map(|events| events.to_vec()).collect(),
        orders: vec![resting(3, 99, 4)],
    };
    assert!(run(&updated, &mut { again }).is_match());
}

#[test]
fn what_is_not_offered_is_found_before_the_run() {
    let text = "instrument X tick 1 lot 1\ncancel 1\nnew 1 buy market 5 fok\n";
    let scenario = parse(text).expect("valid");
    let offer = |features| Capabilities { features: Features::of(features) };
    let base = [Feature::PriceTime, Feature::Continuous, Feature::Cancel, Feature::Market];
    let refused = scenario.check(offer(&base)).expect_err("fok is missing");
    assert_eq!(refused.to_string(), "line 3: `time_in_force fok` is not offered");
    assert_eq!(scenario.check(Capabilities { features: Features::ALL }), Ok(()));
    let refused = scenario.check(offer(&base[1..])).expect_err("price-time is missing");
    assert_eq!(refused.to_string(), "line 1: `matching price-time` is not offered");
}

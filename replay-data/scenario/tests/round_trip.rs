//! What is written can be read back, for everything that the market model can say.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use shadowbook_model::{
    AccountId, Action, CancelReason, Command, CommandKind, Event, Fill, Increment, Instrument,
    InstrumentId, MassCancel, Matching, NewOrder, OrderId, OrderType, Phase, Price, PriceOffset,
    Quantity, RejectReason, Replace, SelfTrade, Seq, Side, TimeInForce, TimeNs, TradeId,
    TriggerState, Volume,
};
use shadowbook_scenario::{
    BookLine, Expected, Gap, Noted, Resting, Scenario, Step, StepKind, Untriggered, fuzz, parse,
};

fn order() -> impl Strategy<Value = OrderId> {
    prop_oneof![1_u64..9, any::<u64>()].prop_map(OrderId)
}

fn price() -> impl Strategy<Value = Price> {
    prop_oneof![-200_i64..200, any::<i64>()].prop_map(Price)
}

fn quantity() -> impl Strategy<Value = Quantity> {
    prop_oneof![0_u64..20, any::<u64>()].prop_map(Quantity)
}

fn one_of<T: Clone + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    select(all)
}

fn instrument(index: usize) -> impl Strategy<Value = Instrument> {
    let increment = || {
        (1_u64..1_000_000, 0_u8..=18).prop_map(|(mantissa, scale)| {
            Increment::new(mantissa, scale).expect("above zero, at most 18 decimals")
        })
    };
    let symbol = prop_oneof!["[A-Z]{3,6}", "[ #\"\\\\,:a-z\\PC]{0,6}", "\\PC{0,4}\n?\t?"];
    let prices = (of(price()), of(price()), of(price()));
    (symbol, increment(), increment(), one_of(Matching::ALL), prices, one_of(Phase::ALL)).prop_map(
        move |(symbol, tick, lot, matching, (price_min, price_max, reference_price), phase)| {
            let symbol = format!("{symbol}{index}");
            let ordinary = Instrument::new(symbol, tick, lot);
            Instrument { matching, price_min, price_max, reference_price, phase, ..ordinary }
        },
    )
}

fn new_order() -> impl Strategy<Value = NewOrder> {
    let main = (order(), one_of(Side::ALL), one_of(OrderType::ALL), quantity(), of(price()));
    let terms = (one_of(TimeInForce::ALL), any::<u8>(), one_of(SelfTrade::ALL));
    let flags = (any::<bool>(), any::<bool>());
    let rare = (
        of(any::<u64>().prop_map(TimeNs)),
        of(quantity()),
        of(quantity()),
        of(price()),
        of(price().prop_map(|price| PriceOffset(price.0))),
    );
    (main, terms, flags, rare).prop_map(|(main, terms, (post_only, seed), rare)| {
        let (order, side, order_type, quantity, price) = main;
        let (time_in_force, account, self_trade) = terms;
        let account = AccountId(u64::from(account % 3));
        NewOrder {
            order_type,
            price,
            time_in_force,
            account,
            self_trade,
            post_only,
            seed,
            ..NewOrder::limit(order, side, Price(0), quantity)
        }
        .with_expire_time(rare.0)
        .with_display_quantity(rare.1)
        .with_min_quantity(rare.2)
        .with_trigger_price(rare.3)
        .with_trail_offset(rare.4)
    })
}

fn action() -> impl Strategy<Value = Action> {
    let replace = (order(), of(order()), of(price()), of(quantity()), of(price()), of(quantity()));
    let replace =
        replace.prop_map(|(order, new_order, price, quantity, trigger_price, display)| {
            let display_quantity = display;
            Replace { order, new_order, price, quantity, trigger_price, display_quantity }
        });
    let mass_cancel = (any::<u64>(), of(one_of(Side::ALL)))
        .prop_map(|(account, side)| MassCancel { account: AccountId(account), side });
    prop_oneof![
        4 => new_order().prop_map(Action::New),
        2 => replace.prop_map(Action::Replace),
        1 => order().prop_map(Action::Cancel),
        1 => mass_cancel.prop_map(Action::MassCancel),
        1 => one_of(Phase::ALL).prop_map(Action::Phase),
        1 => Just(Action::Time),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let fill = (order(), order(), price(), (quantity(), quantity(), quantity()), 1_u64..5)
        .prop_map(|(maker, taker, price, (quantity, maker_open, taker_open), trade)| {
            let trade = TradeId(trade);
            Event::Fill(Fill { trade, maker, taker, price, quantity, maker_open, taker_open })
        });
    prop_oneof![
        order().prop_map(|order| Event::Accepted { order }),
        (one_of(CommandKind::ALL), order(), one_of(RejectReason::ALL))
            .prop_map(|(command, order, reason)| Event::Rejected { command, order, reason }),
        (order(), of(order()), of(price()), quantity()).prop_map(
            |(order, new_order, price, open)| Event::Replaced { order, new_order, price, open }
        ),
        fill,
        (order(), quantity(), quantity()).prop_map(|(order, quantity, open)| Event::Reduced {
            order,
            quantity,
            open
        }),
        (order(), quantity(), one_of(CancelReason::ALL))
            .prop_map(|(order, quantity, reason)| Event::Canceled { order, quantity, reason }),
        order().prop_map(|order| Event::Triggered { order }),
        (price(), 0_u128..(1 << 80))
            .prop_map(|(price, volume)| Event::Auction { price, quantity: Volume(volume) }),
        one_of(Phase::ALL).prop_map(|phase| Event::Phase { phase }),
    ]
}

fn book_line() -> impl Strategy<Value = BookLine> {
    let resting = (order(), quantity(), quantity()).prop_map(|(order, open, displayed)| Resting {
        order,
        open,
        displayed,
    });
    let level = (one_of(Side::ALL), of(price()), vec(resting, 1..4))
        .prop_map(|(side, price, orders)| BookLine::Level { side, price, orders });
    let trigger = prop_oneof![
        price().prop_map(TriggerState::Fixed),
        (price(), of(price())).prop_map(|(offset, price)| TriggerState::Trailing {
            offset: PriceOffset(offset.0),
            price
        }),
    ];
    let untriggered =
        (order(), one_of(Side::ALL), one_of(OrderType::ALL), quantity(), of(price()), trigger);
    let untriggered = untriggered.prop_map(|(order, side, order_type, open, price, trigger)| {
        BookLine::Untriggered(Untriggered { order, side, order_type, open, price, trigger })
    });
    prop_oneof![level, untriggered]
}

fn gap() -> impl Strategy<Value = Gap> {
    prop_oneof![Just(Gap::Blank), "( |[a-z#\"]){0,5}[a-z]|".prop_map(Gap::Comment)]
}

fn noted<T: std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Noted<T>> {
    (vec(gap(), 0..3), value, of("([a-z] ?#?\"?){0,5}[a-z]|"))
        .prop_map(|(above, value, behind)| Noted { above, value, behind })
}

/// A step before its seq, time and instrument are settled.
#[derive(Clone, Debug)]
enum Draft {
    Command(u64, u64, Action, Expected),
    Book(Vec<Noted<BookLine>>),
}

fn draft() -> impl Strategy<Value = Draft> {
    let expected = prop_oneof![
        5 => vec(noted(event()), 0..4).prop_map(Expected::Events),
        1 => noted(Just(())).prop_map(Expected::Anything),
    ];
    let jump = || prop_oneof![3 => Just(0_u64), 1 => 1_u64..1_000_000];
    prop_oneof![
        5 => (jump(), jump(), action(), expected)
            .prop_map(|(seq, time, action, expected)| Draft::Command(seq, time, action, expected)),
        1 => vec(noted(book_line()), 0..4).prop_map(Draft::Book),
    ]
}

prop_compose! {
    fn scenario()(count in 1_usize..4)(
        instruments in (0..count).map(|index| noted(instrument(index))).collect::<Vec<_>>(),
        drafts in vec((0..count, noted(draft())), 0..12),
        tail in vec(gap(), 0..3),
    ) -> Scenario {
        let (mut seq, mut time) = (0, 0);
        let steps = drafts.into_iter().map(|(index, Noted { above, value, behind })| {
            let instrument = InstrumentId(u32::try_from(index).expect("few"));
            let kind = match value {
                Draft::Command(seq_jump, time_jump, action, expected) => {
                    seq += 1 + seq_jump;
                    time += time_jump;
                    let command = Command::new(Seq(seq), TimeNs(time), instrument, action);
                    StepKind::Command { command, expected }
                }
                Draft::Book(expected) => StepKind::Book { instrument, expected },
            };
            Step { line: None, kind: Noted { above, value: kind, behind } }
        });
        Scenario { instruments, steps: steps.collect(), tail }
    }
}

fn read(text: &str) -> Scenario {
    let mut scenario = parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    for step in &mut scenario.steps {
        assert!(step.line.take().is_some(), "a step that was read knows its line");
    }
    scenario
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(scenario in scenario()) {
        let text = scenario.to_string();
        let again = read(&text);
        prop_assert_eq!(again.to_string(), text.as_str());
        prop_assert_eq!(&again, &scenario, "{}", text);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in vec(any::<u8>(), 0..200)) {
        fuzz(&bytes);
    }

    /// Valid text with a few characters changed: the reader gets deep before something is wrong.
    #[test]
    fn damaged_text_is_read_or_refused(
        scenario in scenario(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = scenario.to_string().into_bytes();
        for (index, byte) in changes {
            let position = index.index(bytes.len());
            bytes[position] = byte;
        }
        fuzz(&bytes);
    }
}

#[test]
fn a_line_knows_where_it_was_read() {
    let text = "# U1 Title\n\ninstrument X tick 1 lot 1\nnew 1 buy 1 @ 1\n  accepted 1\n\nbook\n";
    let lines: Vec<_> = parse(text).expect("valid").steps.iter().map(|step| step.line).collect();
    assert_eq!(lines, [Some(4), Some(7)]);
}

#[test]
fn what_goes_without_saying_is_left_out() {
    let spoken = "instrument X tick 0.10 lot 1.0 matching price-time phase continuous\n\
                  seq 1 at 0 on X new 1 buy limit 5 @ 100.00 account 0 self-trade none gtc\n\
                  \taccepted 1 #  twice\n\
                  new 2 sell market ioc\n"
        .replace("market ioc", "market 5 ioc");
    let canonical = "instrument X tick 0.1 lot 1\n\
                     new 1 buy 5 @ 100\n  accepted 1 #  twice\n\
                     new 2 sell market 5\n";
    assert_eq!(parse(&spoken).expect("valid").to_string(), canonical);
}

#[test]
fn commands_become_a_scenario() {
    let instrument = Instrument::new("XBTUSD", Increment::ONE, Increment::ONE);
    let new = NewOrder::limit(OrderId(1), Side::Buy, Price(100), Quantity(5));
    let command =
        |seq, action: Action| Command::new(Seq(seq), TimeNs(seq * 10), InstrumentId(0), action);
    let accepted = Some(vec![Event::Accepted { order: OrderId(1) }]);
    let commands =
        [(command(7, new.into()), accepted), (command(8, Action::Cancel(OrderId(1))), None)];
    let scenario = Scenario::from_commands("M1 Minimised\nfrom day.sbk", [instrument], commands);
    let text = "# M1 Minimised\n# from day.sbk\ninstrument XBTUSD tick 1 lot 1\n\
                seq 7 at 70 new 1 buy 5 @ 100\n  accepted 1\nat 80 cancel 1\n  anything\n";
    assert_eq!(scenario.to_string(), text);
    assert_eq!(scenario.heading(), Some(("M1", "Minimised")));
}

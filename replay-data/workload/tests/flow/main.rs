//! Generated streams held against a book that is as plain as can be.

mod plain_book;

use std::collections::BTreeMap;

use plain_book::PlainBook;
use proptest::prelude::*;
use shadowbook_capture::{Batch, Source};
use shadowbook_model::{Action, Command, CommandKind, Features, Side, TimeInForce};
use shadowbook_workload::{Flow, Generator, Profile};

fn generator(name: &str, seed: u64, commands: u64) -> Generator {
    let profile = Profile::built_in(name).expect("it is built in");
    Generator::new(&profile, seed, commands).expect("built-in profiles are good")
}

/// What a stream of one instrument does, counted against a plain book.
#[derive(Default)]
struct Facts {
    kinds: BTreeMap<&'static str, u64>,
    quantities: (u64, u64),
}

/// Runs a stream of market flow and checks each command against the book before it.
fn run(stream: impl Iterator<Item = Command>, books: &mut [PlainBook]) -> Facts {
    let mut facts = Facts { quantities: (u64::MAX, 0), ..Facts::default() };
    for command in stream {
        let book = &mut books[command.instrument.index()];
        let kind = match command.action {
            Action::New(new) if new.time_in_force == TimeInForce::Ioc => {
                assert!(book.trade(&new) > 0, "an aggressor finds somebody: {command:?}");
                "aggress"
            }
            Action::New(new) => {
                book.rest(&new);
                let quantity = new.quantity.0;
                let (least, most) = facts.quantities;
                facts.quantities = (least.min(quantity), most.max(quantity));
                "add"
            }
            Action::Cancel(order) => {
                book.cancel(order);
                "cancel"
            }
            Action::Replace(replace) => {
                book.replace(&replace);
                "replace"
            }
            Action::MassCancel(mass_cancel) => {
                assert!(book.mass_cancel(&mass_cancel) > 0, "there is somebody: {command:?}");
                "mass-cancel"
            }
            Action::Phase(_) | Action::Time => panic!("a market has none: {command:?}"),
        };
        *facts.kinds.entry(kind).or_default() += 1;
    }
    facts
}

#[test]
fn every_market_command_finds_what_it_is_for_and_no_more_rests_than_is_said() {
    for name in Profile::NAMES {
        let profile = Profile::built_in(name).expect("it is built in");
        if !matches!(profile.flow, Flow::Market(_)) {
            continue;
        }
        for seed in 0..2 {
            let mut stream = generator(name, seed, 60_000);
            let mut books = vec![PlainBook::default(); stream.instruments().len()];
            run(stream.by_ref(), &mut books);
            let live: usize = books.iter().map(PlainBook::live_orders).sum();
            assert_eq!(stream.live_orders(), Some(live), "{name}, seed {seed}");
        }
    }
}

#[test]
fn deep_book_is_what_it_is_said_to_be() {
    const LOOKED_AT: usize = 300_000;
    let commands = Profile::built_in("deep-book").expect("it is built in").commands;
    assert_eq!(commands, 2_000_000);
    let mut stream = generator("deep-book", 1, commands);
    let facts = run(stream.by_ref().take(LOOKED_AT), &mut [PlainBook::default()]);
    let share = |kind| facts.kinds[kind] * 1_000 / LOOKED_AT as u64;
    assert!((548..=552).contains(&share("add")), "{:?}", facts.kinds);
    assert!((348..=352).contains(&share("cancel")), "{:?}", facts.kinds);
    assert!((98..=102).contains(&share("aggress")), "{:?}", facts.kinds);
    assert_eq!(facts.quantities, (1, 100));
    assert_eq!(stream.by_ref().count(), 1_700_000);
    assert!(stream.live_orders() > Some(100_000), "{:?}", stream.live_orders());
}

#[test]
fn an_aggressor_of_deep_book_reaches_five_ticks_through_the_touch() {
    let mut book = PlainBook::default();
    for command in generator("deep-book", 3, 50_000) {
        match command.action {
            Action::New(new) if new.time_in_force == TimeInForce::Ioc => {
                let touch = book.best(new.side.opposite()).expect("there is a touch");
                let limit = new.price.expect("it has a limit").0;
                let through = if new.side == Side::Buy { limit - touch } else { touch - limit };
                assert_eq!(through, 5, "{command:?}");
                book.trade(&new);
            }
            Action::New(new) => book.rest(&new),
            Action::Cancel(order) => book.cancel(order),
            _ => panic!("deep-book has no {command:?}"),
        }
    }
}

#[test]
fn the_live_orders_of_a_recorded_like_market_stay_as_many() {
    let mut stream = generator("recorded-like", 1, u64::MAX);
    stream.by_ref().take(50_000).for_each(drop);
    for _ in 0..20 {
        stream.by_ref().take(100_000).for_each(drop);
        let live = stream.live_orders().expect("a market has a book");
        assert!((90..300).contains(&live), "{live}");
    }
}

#[test]
fn ids_of_a_market_rise() {
    let new_id = |command: Command| match command.action {
        Action::New(new) => Some(new.order),
        Action::Replace(replace) => replace.new_order,
        _ => None,
    };
    for name in ["recorded-like", "many-instruments"] {
        let ids: Vec<_> = generator(name, 1, 20_000).filter_map(new_id).collect();
        assert!(ids.len() > 5_000 && ids.is_sorted_by(|one, next| one < next), "{name}");
    }
}

#[test]
fn mixed_asks_for_nothing_that_the_engines_lack() {
    use shadowbook_model::Feature;
    let mut asked = Features::NONE;
    let mut stream = generator("mixed", 1, 50_000);
    for command in stream.by_ref() {
        asked = asked.union(Features::of_command(&command));
    }
    asked = asked.union(Features::of_instruments(stream.instruments()));
    let lacking = Features::of(&[
        Feature::Stop,
        Feature::StopLimit,
        Feature::TakeProfit,
        Feature::TakeProfitLimit,
        Feature::TrailingStop,
        Feature::TrailingStopLimit,
        Feature::DisplayQuantity,
        Feature::MinQuantity,
        Feature::Auction,
        Feature::ProRata,
    ]);
    let expected = Features::ALL.without(lacking);
    let difference = |one: Features, other| one.without(other).iter().collect::<Vec<_>>();
    assert_eq!(difference(expected, asked), [], "not asked for");
    assert_eq!(difference(asked, expected), [], "too much");
}

#[test]
fn storms_come_close_together_on_one_instrument() {
    let commands: Vec<Command> = generator("surge", 1, 200_000).collect();
    let is_close = |pair: &[Command]| {
        pair[0].instrument == pair[1].instrument && pair[1].time.0 - pair[0].time.0 < 3_000
    };
    let storms = commands.windows(2).collect::<Vec<_>>();
    let longest = storms.chunk_by(|one, next| is_close(one) && is_close(next)).map(<[_]>::len);
    let long = longest.filter(|length| *length > 400).count();
    assert!(long > 5, "{long}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_stream_is_in_order_and_comes_out_the_same_again(seed: u64, which in 0..Profile::NAMES.len()) {
        let name = Profile::NAMES[which];
        let commands: Vec<Command> = generator(name, seed, 2_000).collect();
        let mut instruments_of = generator(name, seed, 2_000);
        for (seq, pair) in (1..).zip(commands.windows(2)) {
            prop_assert_eq!(pair[0].seq.0, seq);
            prop_assert!(pair[0].time <= pair[1].time);
        }
        let count = instruments_of.instruments().len();
        prop_assert!(commands.iter().all(|command| command.instrument.index() < count));
        let (mut batch, mut again) = (Batch::new(), Vec::new());
        while instruments_of.read(&mut batch).expect("a generator does not fail") {
            again.extend_from_slice(batch.commands());
        }
        prop_assert_eq!(&commands, &again);
        let other: Vec<Command> = generator(name, seed.wrapping_add(1), 2_000).collect();
        prop_assert_ne!(commands, other);
    }
}

#[test]
fn mixed_does_everything_often_enough() {
    let mut kinds: BTreeMap<CommandKind, u64> = BTreeMap::new();
    for command in generator("mixed", 1, 20_000) {
        *kinds.entry(command.kind()).or_default() += 1;
    }
    assert!(CommandKind::ALL.iter().all(|kind| kinds.get(kind) > Some(&100)), "{kinds:?}");
}

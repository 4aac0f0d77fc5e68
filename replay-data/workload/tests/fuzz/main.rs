//! The stream over the whole market model: in order, the same again, and with everything in it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use shadowbook_capture::{Batch, Source};
use shadowbook_model::{
    Action, CancelReason, Command, CommandKind, Event, Features, OrderType, Phase, RejectReason,
    SelfTrade, TimeInForce,
};
use shadowbook_workload::{Fuzzer, Generator, Outcome, Profile, Wish};

fn commands(fuzzer: &mut Fuzzer, count: usize) -> Vec<Command> {
    (0..count).map(|_| fuzzer.next()).collect()
}

/// An engine that takes whatever it is given, and fills nothing.
fn takes_everything(command: &Command) -> Vec<Event> {
    match command.action {
        Action::New(new) => vec![Event::Accepted { order: new.order }],
        Action::Cancel(order) => vec![Event::Rejected {
            command: CommandKind::Cancel,
            order,
            reason: RejectReason::UnknownOrder,
        }],
        Action::Phase(phase) => vec![Event::Phase { phase }],
        _ => Vec::new(),
    }
}

#[test]
fn every_feature_is_used_within_some_thousand_commands() {
    for seed in 0..4 {
        let mut fuzzer = Fuzzer::new(seed);
        let mut asked = Features::of_instruments(fuzzer.instruments());
        for command in commands(&mut fuzzer, 6_000) {
            asked = asked.union(Features::of_command(&command));
        }
        let missing: Vec<_> = Features::ALL.without(asked).iter().collect();
        assert_eq!(missing, [], "seed {seed}");
    }
}

#[test]
fn the_instruments_have_everything_that_one_can_have() {
    let fuzzer = Fuzzer::new(1);
    let instruments = fuzzer.instruments();
    assert_eq!(instruments.len(), 10);
    let symbols: BTreeSet<&str> =
        instruments.iter().map(|instrument| instrument.symbol.as_str()).collect();
    assert_eq!(symbols.len(), 10, "{symbols:?}");
    for phase in [Phase::Auction, Phase::Closed, Phase::Continuous] {
        assert!(instruments.iter().any(|instrument| instrument.phase == phase), "{phase}");
    }
    let bounded = instruments.iter().filter(|instrument| instrument.price_min.is_some());
    assert!(bounded.clone().count() >= 3);
    for instrument in bounded {
        let reference = instrument.reference_price;
        assert!(instrument.price_min <= reference && reference <= instrument.price_max);
    }
}

#[test]
fn everything_is_often_enough_and_nothing_too_often() {
    const COUNT: usize = 200_000;
    let mut facts: BTreeMap<String, usize> = BTreeMap::new();
    let mut count = |what: String| *facts.entry(what).or_default() += 1;
    let mut fuzzer = Fuzzer::new(11);
    let mut phase: Vec<Phase> = fuzzer.instruments().iter().map(|begin| begin.phase).collect();
    for command in commands(&mut fuzzer, COUNT) {
        let phase = &mut phase[command.instrument.index()];
        count(format!("during {phase}"));
        count(command.kind().to_string());
        count(format!("instrument {}", command.instrument));
        match command.action {
            Action::New(new) => {
                count(format!("order_type {}", new.order_type));
                count(format!("time_in_force {}", new.time_in_force));
                count(format!("self_trade {}", new.self_trade));
                for (name, is_there) in [
                    ("seed", new.seed),
                    ("post_only", new.post_only),
                    ("anonymous", new.account.is_anonymous()),
                    ("hidden", new.display_quantity().is_some_and(|shown| shown.is_zero())),
                    ("iceberg", new.display_quantity().is_some_and(|shown| !shown.is_zero())),
                    ("whole display", new.display_quantity() == Some(new.quantity)),
                    ("min_quantity", new.min_quantity().is_some()),
                    ("quantity zero", new.quantity.is_zero()),
                    ("quantity huge", new.quantity.0 > u64::MAX / 4),
                ] {
                    if is_there {
                        count(name.to_owned());
                    }
                }
            }
            Action::Phase(next) => *phase = next,
            _ => {}
        }
    }
    let permille = |what: &str| facts.get(what).copied().unwrap_or(0) * 1_000 / COUNT;
    let is_mostly_continuous = permille("during continuous") > 500;
    assert!(is_mostly_continuous, "{facts:#?}");
    for phase in Phase::ALL {
        assert!(permille(&format!("during {phase}")) >= 8, "{phase}: {facts:#?}");
    }
    for (what, least, most) in [
        ("new", 400, 750),
        ("replace", 100, 350),
        ("cancel", 50, 250),
        ("mass-cancel", 5, 60),
        ("phase", 5, 60),
        ("time", 20, 150),
        ("seed", 3, 40),
        ("post_only", 20, 150),
        ("anonymous", 80, 300),
        ("hidden", 15, 150),
        ("iceberg", 40, 250),
        ("whole display", 5, 100),
        ("min_quantity", 15, 150),
        ("quantity zero", 3, 40),
        ("quantity huge", 20, 150),
    ] {
        assert!((least..=most).contains(&permille(what)), "{what}: {facts:#?}");
    }
    let named = |list: &[&str], field: &str| {
        for name in list {
            assert!(permille(&format!("{field} {name}")) >= 10, "{field} {name}: {facts:#?}");
        }
    };
    named(&OrderType::ALL.iter().map(|one| one.name()).collect::<Vec<_>>(), "order_type");
    named(&TimeInForce::ALL.iter().map(|one| one.name()).collect::<Vec<_>>(), "time_in_force");
    named(&SelfTrade::ALL.iter().map(|one| one.name()).collect::<Vec<_>>(), "self_trade");
}

/// Whatever becomes of its quantity, an order never has more than some hundred slices: each of them
/// is a fill, and an iceberg of 2^63 lots that shows one at a time would never end.
#[test]
fn no_order_has_slices_without_end() {
    const MOST: u64 = 310;
    let mut fuzzer = Fuzzer::new(2);
    let symbols: Vec<String> =
        fuzzer.instruments().iter().map(|instrument| instrument.symbol.clone()).collect();
    let mut icebergs = [0; 2];
    for command in commands(&mut fuzzer, 300_000) {
        let (display, quantity) = match command.action {
            Action::New(new) if !new.order_type.is_market_type() => {
                (new.display_quantity(), Some(new.quantity))
            }
            Action::Replace(replace) => (replace.display_quantity, replace.quantity),
            _ => continue,
        };
        let is_huge = symbols[command.instrument.index()].contains("HUGE");
        if !is_huge {
            assert!(quantity.is_none_or(|quantity| quantity.0 <= MOST), "{command:?}");
        }
        if let Some(display) = display
            && !display.is_zero()
            // More than the quantity is rejected.
            && quantity.is_none_or(|quantity| display <= quantity)
        {
            assert!(!is_huge || display.0 >= u64::MAX / MOST, "{command:?}");
            icebergs[usize::from(is_huge)] += 1;
        }
    }
    assert!(icebergs.iter().all(|count| *count > 500), "{icebergs:?}");
}

#[test]
fn what_is_not_observed_is_the_stream_of_the_profile() {
    let profile = Profile::built_in("whole-model").unwrap();
    let mut generator = Generator::new(&profile, 5, 3_000).unwrap();
    let mut fuzzer = Fuzzer::new(5);
    assert_eq!(generator.instruments(), fuzzer.instruments());
    let (mut batch, mut generated) = (Batch::new(), Vec::new());
    while generator.read(&mut batch).unwrap() {
        generated.extend_from_slice(batch.commands());
    }
    assert_eq!(generated, commands(&mut fuzzer, 3_000));
}

/// How many of the next commands ask for an order of this kind.
fn asked_for(fuzzer: &mut Fuzzer, order_type: OrderType, time_in_force: TimeInForce) -> usize {
    let is_asked = |command: &Command| {
        matches!(command.action, Action::New(new)
            if new.order_type == order_type && new.time_in_force == time_in_force)
    };
    commands(fuzzer, 50_000).iter().filter(|command| is_asked(command)).count()
}

#[test]
fn a_wish_makes_its_situation_more_likely() {
    let (order_type, time_in_force) = (OrderType::TrailingStopLimit, TimeInForce::Gtd);
    let without = asked_for(&mut Fuzzer::new(3), order_type, time_in_force);
    let mut fuzzer = Fuzzer::new(3);
    let outcome = Outcome::Canceled(CancelReason::Expired);
    fuzzer.wish(&[Wish { order_type, time_in_force, phase: Phase::CancelOnly, outcome }]);
    let with = asked_for(&mut fuzzer, order_type, time_in_force);
    assert!(with > 2 * without + 100, "{without} {with}");
    fuzzer.wish(&[]);
    let after = asked_for(&mut fuzzer, order_type, time_in_force);
    assert!(after < with / 2, "{with} {after}");
}

#[test]
fn a_wish_that_the_rules_forbid_is_passed_over() {
    let mut fuzzer = Fuzzer::new(3);
    fuzzer.wish(&[Wish {
        order_type: OrderType::Limit,
        time_in_force: TimeInForce::Gtc,
        phase: Phase::Closed,
        outcome: Outcome::Triggered,
    }]);
    // Every recipe begins with some; a theme that ends, now and then.
    let is_clearing = |command: &Command| command.kind() == CommandKind::MassCancel;
    let clearing = commands(&mut fuzzer, 10_000).into_iter().filter(is_clearing).count();
    assert!(clearing < 300, "{clearing}");
}

#[test]
fn cancels_aim_at_what_was_observed() {
    let mut fuzzer = Fuzzer::new(9);
    let mut live: BTreeSet<(usize, u64)> = BTreeSet::new();
    let (mut hits, mut cancels) = (0, 0);
    for _ in 0..50_000 {
        let command = fuzzer.next();
        // Only the orders with odd ids are taken, and none of them trades.
        let taken = |order: u64| order % 2 == 1;
        let mut events = Vec::new();
        match command.action {
            Action::New(new) if taken(new.order.0) => {
                live.insert((command.instrument.index(), new.order.0));
                events = takes_everything(&command);
            }
            Action::New(new) => events.push(Event::Rejected {
                command: CommandKind::New,
                order: new.order,
                reason: RejectReason::Phase,
            }),
            Action::Cancel(order) => {
                cancels += 1;
                if live.remove(&(command.instrument.index(), order.0)) {
                    hits += 1;
                    let (quantity, reason) = (Default::default(), CancelReason::Requested);
                    events.push(Event::Canceled { order, quantity, reason });
                } else {
                    events = takes_everything(&command);
                }
            }
            _ => {}
        }
        fuzzer.observe(&command, &events);
    }
    assert!(hits * 10 > cancels * 7, "{hits} of {cancels}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_stream_is_in_order_and_comes_out_the_same_again(seed: u64, observes: bool) {
        let run = |seed| {
            let mut fuzzer = Fuzzer::new(seed);
            let mut all = Vec::new();
            for at in 0..3_000 {
                if at == 1_000 && observes {
                    fuzzer.wish(&[Wish {
                        order_type: OrderType::Stop,
                        time_in_force: TimeInForce::Fok,
                        phase: Phase::LimitOnly,
                        outcome: Outcome::Canceled(CancelReason::Fok),
                    }]);
                }
                let command = fuzzer.next();
                if observes {
                    fuzzer.observe(&command, &takes_everything(&command));
                }
                all.push(command);
            }
            all
        };
        let commands = run(seed);
        for (seq, pair) in (1..).zip(commands.windows(2)) {
            prop_assert_eq!(pair[0].seq.0, seq);
            prop_assert!(pair[0].time <= pair[1].time);
            prop_assert!(pair[1].time.0 - pair[0].time.0 <= 30);
        }
        prop_assert_eq!(&commands, &run(seed));
        prop_assert_ne!(commands, run(seed.wrapping_add(1)));
    }
}

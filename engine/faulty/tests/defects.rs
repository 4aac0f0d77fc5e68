//! Each defect shows, on streams in which everything collides, and no engine dies that is not
//! meant to.

use std::panic::{AssertUnwindSafe, catch_unwind};

use shadowbook_faulty::{Defect, Defects, Kind, UnknownDefect};
use shadowbook_model::{
    AccountId, Action, Command, Engine, Event, EventBuffer, Features, Increment, Instrument,
    InstrumentId, MassCancel, Matching, NewOrder, OrderId, OrderType, Phase, Price, PriceOffset,
    Quantity, Replace, SelfTrade, Seq, Side, TimeInForce, TimeNs,
};
use shadowbook_reference::ReferenceEngine;

const COMMANDS: usize = 20_000;
const SEED: u64 = 1;

/// The generator of Steele, Lea and Flood (`SplitMix64`).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        let place = self.below(u64::try_from(all.len()).expect("small"));
        all[usize::try_from(place).expect("small")]
    }

    fn quantity(&mut self) -> Quantity {
        Quantity(if self.one_in(10) { 60 + self.below(60) } else { 1 + self.below(12) })
    }

    fn price(&mut self) -> Price {
        Price(100 + i64::try_from(self.below(13)).expect("small") - 6)
    }

    fn id(&mut self) -> OrderId {
        OrderId(1 + self.below(60))
    }

    fn new_order(&mut self, now: u64) -> NewOrder {
        let order_type = match self.below(10) {
            0..6 => OrderType::Limit,
            6 => OrderType::Market,
            _ => self.of(OrderType::ALL),
        };
        let is_market_type = order_type.is_market_type();
        let time_in_force = match order_type {
            OrderType::Market if self.one_in(3) => TimeInForce::Fok,
            OrderType::Market => TimeInForce::Ioc,
            _ if self.one_in(2) => TimeInForce::Gtc,
            _ => self.of(TimeInForce::ALL),
        };
        let quantity = self.quantity();
        let post_only = !is_market_type && !time_in_force.is_immediate() && self.one_in(7);
        let part = |random: &mut Self| Quantity(random.below(quantity.0 + 1));
        let displays = !is_market_type && self.one_in(3);
        let display = part(self);
        let has_minimum = !post_only && self.one_in(9);
        let minimum = part(self);
        let is_fixed = order_type.has_trigger() && !order_type.is_trailing();
        let expires = time_in_force == TimeInForce::Gtd;
        let offset = PriceOffset(1 + i64::try_from(self.below(3)).expect("small"));
        let base = NewOrder::market(self.id(), self.of(Side::ALL), quantity)
            .with_display_quantity(displays.then_some(display))
            .with_min_quantity(has_minimum.then_some(minimum))
            .with_trigger_price(is_fixed.then(|| self.price()))
            .with_trail_offset(order_type.is_trailing().then_some(offset))
            .with_expire_time(expires.then(|| TimeNs(now + 1 + self.below(30))));
        NewOrder {
            account: AccountId(self.below(4)),
            price: (!is_market_type).then(|| self.price()),
            order_type,
            time_in_force,
            post_only,
            self_trade: self.of(SelfTrade::ALL),
            ..base
        }
    }

    fn replace(&mut self) -> Replace {
        Replace {
            new_order: self.one_in(5).then(|| self.id()),
            price: self.one_in(3).then(|| self.price()),
            quantity: self.one_in(2).then(|| self.quantity()),
            trigger_price: self.one_in(9).then(|| self.price()),
            display_quantity: self.one_in(5).then(|| Quantity(self.below(6))),
            ..Replace::of(self.id())
        }
    }

    fn action(&mut self, now: u64) -> Action {
        match self.below(100) {
            0..62 => self.new_order(now).into(),
            62..76 => self.replace().into(),
            76..90 => Action::Cancel(self.id()),
            90..92 => {
                let side = self.one_in(2).then(|| self.of(Side::ALL));
                MassCancel { account: AccountId(self.below(4)), side }.into()
            }
            92..95 => Phase::Continuous.into(),
            95..97 => Phase::Auction.into(),
            97 => Phase::Halted.into(),
            98 => self.of(Phase::ALL).into(),
            _ => Action::Time,
        }
    }
}

/// One instrument of each matching rule, one of them with bounds and with something to refer to.
fn table() -> [Instrument; 2] {
    let plain = Instrument::new("XBTUSD", Increment::ONE, Increment::ONE);
    let bounded = Instrument {
        price_min: Some(Price(95)),
        price_max: Some(Price(105)),
        reference_price: Some(Price(99)),
        ..plain.clone()
    };
    [bounded, Instrument { matching: Matching::ProRata, ..plain }]
}

fn stream(seed: u64) -> Vec<Command> {
    let mut random = Random(seed);
    let mut now = 0;
    let commands = (0..COMMANDS).map(|place| {
        now += random.below(3);
        let instrument = InstrumentId(u32::from(random.one_in(3)));
        let seq = Seq(u64::try_from(place).expect("small") + 1);
        Command::new(seq, TimeNs(now), instrument, random.action(now))
    });
    commands.collect()
}

/// The first command after which the events or the books differ; both go on to the end.
fn first_difference(
    right: &mut dyn Engine,
    wrong: &mut dyn Engine,
    commands: &[Command],
) -> Option<usize> {
    let mut events = [EventBuffer::new(), EventBuffer::new()];
    let mut first = None;
    for (place, command) in commands.iter().enumerate() {
        events.iter_mut().for_each(EventBuffer::clear);
        right.apply(command, &mut events[0]);
        wrong.apply(command, &mut events[1]);
        let instrument = command.instrument;
        if first.is_none()
            && (events[0] != events[1] || right.digest(instrument) != wrong.digest(instrument))
        {
            first = Some(place);
        }
    }
    first
}

/// Sets both engines to what the reference has come to, and then goes on.
fn difference_after_restore(defect: Defect, commands: &[Command]) -> Option<usize> {
    let mut right = ReferenceEngine::new(&table());
    let mut wrong = defect.create(&table());
    for (place, command) in commands.iter().enumerate() {
        let mut events = EventBuffer::new();
        right.apply(command, &mut events);
        let snapshot = right.snapshot(command.instrument);
        let sound = snapshot.check(&table()[command.instrument.index()]).expect("it is its state");
        wrong.restore(sound).expect("it can be restored");
        if right.digest(command.instrument) != wrong.digest(command.instrument) {
            return Some(place);
        }
    }
    None
}

#[test]
fn each_functional_defect_shows() {
    let commands = stream(SEED);
    let functional = Defect::ALL.iter().filter(|defect| defect.kind() == Kind::Functional);
    let mut hidden = Vec::new();
    for defect in functional {
        let difference = if defect.shows_after_restore() {
            difference_after_restore(*defect, &commands)
        } else {
            let mut right = ReferenceEngine::new(&table());
            first_difference(&mut right, &mut *defect.create(&table()), &commands)
        };
        if difference.is_none() {
            hidden.push(defect.name());
        }
    }
    assert!(hidden.is_empty(), "seed {SEED}: nothing shows of {hidden:?}");
}

#[test]
fn what_is_only_slow_is_right() {
    let commands = stream(SEED);
    for defect in Defect::ALL.iter().filter(|defect| defect.kind() == Kind::Latency) {
        let mut right = ReferenceEngine::new(&table());
        let difference = first_difference(&mut right, &mut *defect.create(&table()), &commands);
        assert_eq!(difference, None, "{defect}");
    }
}

#[test]
fn the_reference_differs_from_itself_in_nothing() {
    let (mut right, mut twin) = (ReferenceEngine::new(&table()), ReferenceEngine::new(&table()));
    assert_eq!(first_difference(&mut right, &mut twin, &stream(SEED)), None);
}

#[test]
fn the_stream_has_some_of_everything() {
    let mut engine = ReferenceEngine::new(&table());
    let mut events = EventBuffer::new();
    stream(SEED).iter().for_each(|command| engine.apply(command, &mut events));
    let count = |is: fn(&Event) -> bool| events.as_slice().iter().filter(|event| is(event)).count();
    let counts = [
        count(|event| matches!(event, Event::Fill(_))),
        count(|event| matches!(event, Event::Triggered { .. })),
        count(|event| matches!(event, Event::Auction { .. })),
        count(|event| matches!(event, Event::Reduced { .. })),
        count(|event| matches!(event, Event::Replaced { .. })),
    ];
    assert!(counts.iter().all(|count| *count >= 20), "{counts:?}");
}

#[test]
fn a_crash_is_a_panic_and_garbage_names_nobody() {
    let commands = stream(SEED);
    let mut events = EventBuffer::new();
    let mut dies = Defect::Crash.create(&table());
    let run = catch_unwind(AssertUnwindSafe(|| {
        commands.iter().for_each(|command| dies.apply(command, &mut events));
    }));
    assert!(run.is_err());
    let mut garbage = Defect::Garbage.create(&table());
    let mut right = ReferenceEngine::new(&table());
    assert_eq!(first_difference(&mut right, &mut *garbage, &commands), Some(49));
}

#[test]
fn what_offers_less_says_so_and_is_right_about_the_rest() {
    let commands = stream(SEED);
    for defect in Defect::ALL.iter().filter(|defect| defect.kind() == Kind::Offer) {
        let mut wrong = defect.create(&table());
        let capabilities = wrong.capabilities();
        assert!(capabilities.check(Features::ALL).is_err(), "{defect}");
        let is_offered =
            |command: &&Command| capabilities.check(Features::of_command(command)).is_ok();
        let plain: Vec<Command> = commands.iter().filter(is_offered).copied().collect();
        assert!((1..commands.len()).contains(&plain.len()));
        let mut right = ReferenceEngine::new(&table());
        assert_eq!(first_difference(&mut right, &mut *wrong, &plain), None, "{defect}");
    }
}

#[test]
fn each_name_is_its_own_and_says_what_is_wrong() {
    for (place, defect) in Defect::ALL.iter().enumerate() {
        assert_eq!(defect.name().parse(), Ok(*defect));
        assert!(!defect.summary().is_empty() && !defect.summary().contains('\n'));
        let others = &Defect::ALL[place + 1..];
        assert!(others.iter().all(|other| other.name() != defect.name()), "{defect}");
        let is_plain = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(defect.name().chars().all(is_plain), "{defect}");
    }
    let error = "no-such".parse::<Defect>().expect_err("nobody has that name").to_string();
    assert!(error.starts_with("unknown defect `no-such`, expected one of: partial-fill-to-tail, "));
}

/// Some pairs of which neither can hide the other.
const PAIRS: [(Defect, Defect); 8] = [
    (Defect::TakerPrice, Defect::IocRests),
    (Defect::SizeUpKeepsPriority, Defect::SizeDownLosesPriority),
    (Defect::SweepPastLimit, Defect::ClientIdChangesFill),
    (Defect::StopInverted, Defect::TakeProfitInverted),
    (Defect::DaySurvivesClose, Defect::CloseEndsAll),
    (Defect::PriceChangeKeepsPlace, Defect::SizeDownLosesPriority),
    (Defect::PhantomLevel, Defect::LostReport),
    (Defect::FilledStaysIndexed, Defect::TakerPrice),
];

#[test]
fn two_defects_in_one_engine_both_show() {
    let commands = stream(SEED);
    for (one, other) in PAIRS {
        let both = Defects::from(one).with(other);
        for alone in [one, other] {
            let mut alone = alone.create(&table());
            let difference = first_difference(&mut *alone, &mut *both.create(&table()), &commands);
            assert!(difference.is_some(), "seed {SEED}: one of {both} hides the other");
        }
    }
}

#[test]
fn what_lies_around_an_engine_goes_on_beside_the_rest() {
    let commands = stream(SEED);
    let both = Defects::from(Defect::PlainOrdersOnly).with(Defect::Crash).with(Defect::SlowInsert);
    let mut engine = both.create(&table());
    assert!(engine.capabilities().check(Features::ALL).is_err());
    let mut events = EventBuffer::new();
    let mut answered = 0;
    let run = catch_unwind(AssertUnwindSafe(|| {
        commands.iter().for_each(|command| {
            engine.apply(command, &mut events);
            answered += 1;
        });
    }));
    assert!(run.is_err());
    assert_eq!(answered, 499);
}

#[test]
fn a_set_of_defects_reads_as_it_writes() {
    let all = Defect::ALL.iter().fold(Defects::from(Defect::ALL[0]), |all, next| all.with(*next));
    assert_eq!(all.to_string().parse(), Ok(all));
    assert!(all.iter().eq(Defect::ALL.iter().copied()));
    for defect in Defect::ALL {
        let alone = Defects::from(*defect);
        assert_eq!(alone.to_string(), defect.name());
        assert!(alone.iter().eq([*defect]));
        assert!(alone.has_kind(defect.kind()));
    }
    let two: Result<Defects, UnknownDefect> = "crash+ioc-rests+crash".parse();
    let two = two.expect("they are there");
    assert_eq!(two.to_string(), "ioc-rests+crash");
    assert_eq!(format!("{two:?}"), "{IocRests, Crash}");
    assert!(two.has_kind(Kind::Process) && !two.has_kind(Kind::Latency));
    for (text, found) in [("", ""), ("crash+", ""), ("crash+crush+hang", "crush"), ("+", "")] {
        let error = text.parse::<Defects>().expect_err(text);
        assert_eq!(error.found, found, "{text}");
    }
}

/// What was seen in engines in public, by the name each has there.
#[test]
fn every_class_that_was_seen_in_public_is_there() {
    let seen = [
        "partial-fill-to-tail",
        "swap-remove-cancel",
        "size-up-keeps-priority",
        "size-down-loses-priority",
        "oldest-not-best",
        "taker-price",
        "sweep-past-limit",
        "amend-crosses-silently",
        "replace-from-original",
        "untriggered-uncancellable",
        "stop-inverted",
        "stop-cascade-single-pass",
        "stop-on-quote",
        "triggered-stays",
        "fok-partial",
        "fok-single-maker",
        "ioc-rests",
        "iceberg-inflates",
        "iceberg-keeps-priority",
        "self-trade-remainder-rests",
        "expired-matchable",
        "auction-drops-attributes",
        "indicative-differs",
        "filled-stays-indexed",
        "duplicate-accepted",
        "cancel-erases-level",
        "phantom-level",
        "overflow",
        "restore-resets-priority",
        "restore-forgets-last-trade",
        "client-id-changes-fill",
        "lost-report",
        "slow-insert",
        "rare-stall",
        "crash",
        "hang",
        "garbage",
    ];
    for name in seen {
        assert!(name.parse::<Defect>().is_ok(), "{name}");
    }
}

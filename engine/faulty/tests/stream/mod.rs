//! A stream in which everything collides, and where two engines differ on it.

use shadowbook_model::{
    AccountId, Action, Command, Engine, EventBuffer, Increment, Instrument, InstrumentId,
    MassCancel, Matching, NewOrder, OrderId, OrderType, Phase, Price, PriceOffset, Quantity,
    Replace, SelfTrade, Seq, Side, TimeInForce, TimeNs,
};

const COMMANDS: usize = 20_000;
pub(crate) const SEED: u64 = 1;

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
pub(crate) fn table() -> [Instrument; 2] {
    let plain = Instrument::new("XBTUSD", Increment::ONE, Increment::ONE);
    let bounded = Instrument {
        price_min: Some(Price(95)),
        price_max: Some(Price(105)),
        reference_price: Some(Price(99)),
        ..plain.clone()
    };
    [bounded, Instrument { matching: Matching::ProRata, ..plain }]
}

pub(crate) fn stream(seed: u64) -> Vec<Command> {
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
pub(crate) fn first_difference(
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

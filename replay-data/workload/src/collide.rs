//! Commands on few ids and prices that run into each other.

use shadowbook_model::{
    AccountId, Action, CommandKind, MassCancel, NewOrder, OrderId, OrderType, Phase, Price,
    PriceOffset, Quantity, Replace, SelfTrade, Side, TimeInForce, TimeNs,
};

use crate::choice::{Choice, Ranges};
use crate::profile::{Collide, ProfileError, ranges, shares};
use crate::random::Random;

/// A [`Collide`] in the form in which it is drawn from.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    accounts: u64,
    ids: u64,
    prices: Ranges,
    quantities: Ranges,
    commands: Choice<CommandKind>,
    order_types: Choice<OrderType>,
    times_in_force: Choice<TimeInForce>,
    expire_after_ns: Ranges,
    self_trade: Choice<SelfTrade>,
    post_only_permille: u64,
    malformed_permille: u64,
    extreme_permille: u64,
    phases: Choice<Phase>,
    settle_permille: u64,
}

impl Settings {
    pub(crate) fn new(collide: &Collide) -> Result<Self, ProfileError> {
        let within = |field: &str, list, lowest| ranges(field, list, lowest, i64::MAX);
        Ok(Self {
            accounts: collide.accounts,
            ids: collide.ids,
            prices: within("flow.collide.prices", &collide.prices, i64::MIN)?,
            quantities: within("flow.collide.quantities", &collide.quantities, 0)?,
            commands: shares("flow.collide.commands", &collide.commands)?,
            order_types: shares("flow.collide.order_types", &collide.order_types)?,
            times_in_force: shares("flow.collide.times_in_force", &collide.times_in_force)?,
            expire_after_ns: within("flow.collide.expire_after_ns", &collide.expire_after_ns, 1)?,
            self_trade: shares("flow.collide.self_trade", &collide.self_trade)?,
            post_only_permille: collide.post_only_permille,
            malformed_permille: collide.malformed_permille,
            extreme_permille: collide.extreme_permille,
            phases: shares("flow.collide.phases", &collide.phases)?,
            settle_permille: collide.settle_permille,
        })
    }
}

/// Colliding commands for all instruments. Of what they do it knows only the phases.
#[derive(Clone, Debug)]
pub(crate) struct CollideFlow {
    settings: Settings,
    phases: Vec<Phase>,
}

/// How an order can break a rule of form.
type Malformation = fn(NewOrder, TimeNs) -> NewOrder;

/// Every way to break O6 that does not ask for what few engines offer.
const MALFORMATIONS: [Malformation; 13] = [
    |order, _| NewOrder { price: None, ..limit(order) },
    |order, _| NewOrder { price: Some(Price(0)), ..market(order) },
    |order, _| NewOrder { time_in_force: TimeInForce::Gtc, ..market(order) },
    |order, _| NewOrder { time_in_force: TimeInForce::Day, ..market(order) },
    |order, now| {
        NewOrder { time_in_force: TimeInForce::Gtd, ..market(order) }.with_expire_time(later(now))
    },
    |order, _| NewOrder { post_only: true, ..market(order) },
    |order, _| NewOrder { post_only: true, time_in_force: TimeInForce::Ioc, ..limit(order) },
    |order, _| NewOrder { post_only: true, time_in_force: TimeInForce::Fok, ..limit(order) },
    |order, _| NewOrder { time_in_force: TimeInForce::Gtd, ..limit(order) }.with_expire_time(None),
    |order, now| NewOrder { time_in_force: TimeInForce::Gtd, ..limit(order) }.with_expire_time(now),
    |order, now| limit(order).with_expire_time(later(now)),
    |order, _| order.with_trigger_price(Price(1)),
    |order, _| order.with_trail_offset(PriceOffset(1)),
];

const fn later(now: TimeNs) -> TimeNs {
    TimeNs(now.0.saturating_add(1_000))
}

/// The same order as a well-formed limit order.
fn limit(order: NewOrder) -> NewOrder {
    NewOrder {
        order_type: OrderType::Limit,
        time_in_force: TimeInForce::Gtc,
        price: Some(order.price.unwrap_or_default()),
        ..order
    }
    .with_expire_time(None)
}

/// The same order as a well-formed market order.
fn market(order: NewOrder) -> NewOrder {
    NewOrder {
        order_type: OrderType::Market,
        time_in_force: TimeInForce::Ioc,
        price: None,
        post_only: false,
        ..order
    }
    .with_expire_time(None)
}

impl CollideFlow {
    pub(crate) fn new(collide: &Collide, instruments: u32) -> Result<Self, ProfileError> {
        let phases = (0..instruments).map(|_| Phase::Continuous).collect();
        Ok(Self { settings: Settings::new(collide)?, phases })
    }

    /// The next command for one instrument.
    pub(crate) fn next(&mut self, instrument: usize, now: TimeNs, random: &mut Random) -> Action {
        let Self { settings, phases } = self;
        let phase = &mut phases[instrument];
        if *phase != Phase::Continuous && random.in_a_thousand(settings.settle_permille) {
            *phase = Phase::Continuous;
            return Action::Phase(Phase::Continuous);
        }
        match settings.commands.pick(random) {
            CommandKind::New => Action::New(settings.new_order(now, random)),
            CommandKind::Replace => Action::Replace(settings.replacement(random)),
            CommandKind::Cancel => Action::Cancel(settings.order(random)),
            CommandKind::MassCancel => {
                let account = settings.account(random);
                let sides = [None, Some(Side::Buy), Some(Side::Sell)];
                let side = sides[random.index(sides.len())];
                Action::MassCancel(MassCancel { account, side })
            }
            CommandKind::Phase => {
                *phase = settings.phases.pick(random);
                Action::Phase(*phase)
            }
            CommandKind::Time => Action::Time,
        }
    }
}

impl Settings {
    fn order(&self, random: &mut Random) -> OrderId {
        OrderId(1 + random.below(self.ids))
    }

    fn account(&self, random: &mut Random) -> AccountId {
        AccountId(random.below(self.accounts))
    }

    fn price(&self, random: &mut Random) -> Price {
        if random.in_a_thousand(self.extreme_permille) {
            return Price(if random.flip() { i64::MAX } else { i64::MIN });
        }
        Price(self.prices.pick(random))
    }

    fn quantity(&self, random: &mut Random) -> Quantity {
        if random.in_a_thousand(self.extreme_permille) {
            return Quantity(u64::MAX);
        }
        Quantity(self.quantities.pick_unsigned(random))
    }

    fn new_order(&self, now: TimeNs, random: &mut Random) -> NewOrder {
        let side = if random.flip() { Side::Buy } else { Side::Sell };
        let time_in_force = self.times_in_force.pick(random);
        let (order, quantity) = (self.order(random), self.quantity(random));
        let mut new = match self.order_types.pick(random) {
            OrderType::Market => NewOrder::market(order, side, quantity),
            _ => NewOrder::limit(order, side, self.price(random), quantity),
        };
        if new.order_type == OrderType::Limit || time_in_force.is_immediate() {
            new.time_in_force = time_in_force;
        }
        if new.time_in_force == TimeInForce::Gtd {
            let end = now.0.saturating_add(self.expire_after_ns.pick_unsigned(random));
            new = new.with_expire_time(TimeNs(end));
        }
        let may_be_post_only =
            new.order_type == OrderType::Limit && !new.time_in_force.is_immediate();
        new.post_only = may_be_post_only && random.in_a_thousand(self.post_only_permille);
        new.account = self.account(random);
        new.self_trade = self.self_trade.pick(random);
        if random.in_a_thousand(self.malformed_permille) {
            new = MALFORMATIONS[random.index(MALFORMATIONS.len())](new, now);
        }
        new
    }

    /// Changes of price, quantity and id, each as often there as not.
    fn replacement(&self, random: &mut Random) -> Replace {
        let price = random.flip().then(|| self.price(random));
        let quantity = random.flip().then(|| self.quantity(random));
        let renames = random.in_a_thousand(250);
        let new_order = renames.then(|| self.order(random));
        let is_malformed = random.in_a_thousand(self.malformed_permille);
        let trigger_price = is_malformed.then_some(Price(1));
        let order = self.order(random);
        Replace { new_order, price, quantity, trigger_price, ..Replace::of(order) }
    }
}

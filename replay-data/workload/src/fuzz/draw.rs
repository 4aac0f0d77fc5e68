//! Commands drawn by a theme's shares, aimed at what is believed to be live.

use shadowbook_model::{
    AccountId, Action, CommandKind, MassCancel, NewOrder, OrderId, OrderType, Phase, Price,
    PriceOffset, Quantity, Replace, SelfTrade, Side, TimeInForce, TimeNs,
};

use super::desk::{Desk, Live};
use super::malformed::{malform, price_out_of_bounds};
use super::theme::{Mix, any, choose};
use crate::random::Random;

const KINDS: [CommandKind; 5] = [
    CommandKind::New,
    CommandKind::Replace,
    CommandKind::Cancel,
    CommandKind::MassCancel,
    CommandKind::Time,
];
const SIDES: [Option<Side>; 3] = [None, Some(Side::Buy), Some(Side::Sell)];
/// With more live orders than this, some are cancelled first.
const MANY: u32 = 40;
/// As much as an order of which slices of one lot may show is for.
const MOST_WITH_SLICES: u64 = 300;
/// As little as a slice may be where quantities are huge.
const LEAST_HUGE_DISPLAY: u64 = u64::MAX / 128;

/// What a draw looks at.
pub(super) struct Draw<'a> {
    pub(super) desk: &'a Desk,
    pub(super) mix: &'a Mix,
    /// Owners are one of so many.
    pub(super) accounts: u64,
    pub(super) now: TimeNs,
    /// Where prices lie at present.
    pub(super) mid: i64,
    pub(super) random: &'a mut Random,
}

impl Draw<'_> {
    pub(super) fn action(&mut self) -> Action {
        let takes_orders =
            !matches!(self.desk.phase, Phase::Closed | Phase::Halted | Phase::CancelOnly);
        let mut kind = choose(&KINDS, &self.mix.commands, self.random);
        let is_full = self.desk.live_orders() > MANY && self.random.in_a_thousand(350);
        let is_in_vain = !takes_orders && self.random.in_a_thousand(400);
        if kind == CommandKind::New && (is_full || is_in_vain) {
            kind = any(&[CommandKind::Cancel, CommandKind::Cancel, CommandKind::Time], self.random);
        }
        match kind {
            CommandKind::New => Action::New(self.new_order()),
            CommandKind::Replace => Action::Replace(self.replacement()),
            CommandKind::Cancel => Action::Cancel(self.target()),
            CommandKind::MassCancel => {
                let (account, side) = (self.account(), any(&SIDES, self.random));
                Action::MassCancel(MassCancel { account, side })
            }
            CommandKind::Phase | CommandKind::Time => Action::Time,
        }
    }

    /// Mostly a live order, now and then one that is not.
    fn target(&mut self) -> OrderId {
        match self.random.below(32) {
            0 => any(&[OrderId(0), OrderId(u64::MAX), OrderId(1_000)], self.random),
            1..=3 => self.desk.any_id(self.random),
            _ => self.live_id(),
        }
    }

    fn live_id(&mut self) -> OrderId {
        let live = self.desk.any_live(self.random).map(|live| live.order.order);
        live.unwrap_or_else(|| self.desk.any_id(self.random))
    }

    fn account(&mut self) -> AccountId {
        AccountId(self.random.below(self.accounts))
    }

    fn new_order(&mut self) -> NewOrder {
        let side = if self.random.flip() { Side::Buy } else { Side::Sell };
        let (order_type, time_in_force) = self.type_and_time();
        let order = match self.random.below(40) {
            0 => self.live_id(),
            _ => self.desk.free_id(self.random),
        };
        let price = (!order_type.is_market_type()).then(|| self.price(side));
        let quantity = self.quantity(side, price, time_in_force);
        let mut new = NewOrder {
            account: self.account(),
            price,
            order_type,
            time_in_force,
            self_trade: self.self_trade(),
            seed: self.random.in_a_thousand(20),
            ..NewOrder::market(order, side, quantity)
        };
        new = self.with_conditions(new);
        if self.random.in_a_thousand(self.mix.malformed) {
            return malform(new, self.desk.venue, self.now, self.random);
        }
        new
    }

    /// Mostly what the phase takes.
    fn type_and_time(&mut self) -> (OrderType, TimeInForce) {
        let mut order_type = choose(OrderType::ALL, &self.mix.order_types, self.random);
        let mut time = choose(TimeInForce::ALL, &self.mix.times_in_force, self.random);
        let fits = self.random.in_a_thousand(800);
        match self.desk.phase {
            Phase::PostOnly | Phase::LimitOnly if fits && order_type.is_market_type() => {
                order_type = any(&[OrderType::Limit, OrderType::StopLimit], self.random);
            }
            Phase::Auction if fits && order_type == OrderType::Market => time = TimeInForce::Ioc,
            Phase::Auction | Phase::PostOnly if fits && time.is_immediate() => {
                time = TimeInForce::Gtc;
            }
            _ => {}
        }
        if order_type == OrderType::Market && !time.is_immediate() {
            time = TimeInForce::Ioc;
        }
        (order_type, time)
    }

    fn self_trade(&mut self) -> SelfTrade {
        if self.random.in_a_thousand(self.mix.self_trade) {
            return any(&SelfTrade::ALL[1..], self.random);
        }
        SelfTrade::None
    }

    /// Adds expiry, trigger, post-only, display and minimum, without a contradiction.
    fn with_conditions(&mut self, mut new: NewOrder) -> NewOrder {
        let is_limit_type = !new.order_type.is_market_type();
        if new.time_in_force == TimeInForce::Gtd {
            new = new.with_expire_time(self.expiry());
        }
        if new.order_type.is_trailing() {
            new = new.with_trail_offset(self.offset());
        } else if new.order_type.has_trigger() {
            new = new.with_trigger_price(self.trigger());
        }
        let phase = self.desk.phase;
        let may_be_post_only = is_limit_type && !new.time_in_force.is_immediate();
        let post_only = if phase == Phase::PostOnly { 850 } else { self.mix.post_only };
        new.post_only = may_be_post_only && self.random.in_a_thousand(post_only);
        if is_limit_type && self.random.in_a_thousand(self.mix.display) {
            new = new.with_display_quantity(self.display(new.quantity));
        }
        let waits = phase == Phase::Auction && !new.order_type.has_trigger();
        let min_quantity = if waits { self.mix.min_quantity / 8 } else { self.mix.min_quantity };
        if !new.post_only && new.quantity.0 > 0 && self.random.in_a_thousand(min_quantity) {
            new = new.with_min_quantity(self.minimum(&new));
        }
        new
    }

    /// Soon, and often at the same time as another.
    fn expiry(&mut self) -> TimeNs {
        if self.random.in_a_thousand(300)
            && let Some(time) = self.desk.any_expiry(self.random)
            && time > self.now.0
        {
            return TimeNs(time);
        }
        let life = if self.random.flip() { 30 } else { 1_000 };
        TimeNs(self.now.0.saturating_add(1 + self.random.below(life)))
    }

    fn offset(&mut self) -> PriceOffset {
        PriceOffset(match self.random.below(64) {
            0 => i64::MAX,
            1 => 1_000,
            _ => self.random.between(1, 4),
        })
    }

    /// Near the last trade, on either side of it.
    fn trigger(&mut self) -> Price {
        let from = self.desk.last_trade.unwrap_or(self.mid);
        let away = self.random.between(-4, 4);
        self.within_bounds(from.saturating_add(away))
    }

    /// Zero, or so much that no order has more than some hundred slices, whatever its quantity
    /// becomes: each of them is a fill.
    fn display(&mut self, quantity: Quantity) -> Quantity {
        let hides = self.random.in_a_thousand(250);
        if hides || (self.desk.venue.is_huge && quantity.0 < LEAST_HUGE_DISPLAY) {
            return Quantity(0);
        }
        if self.desk.venue.is_huge {
            let less = self.random.below(quantity.0 - LEAST_HUGE_DISPLAY + 1);
            return Quantity(if self.random.flip() {
                quantity.0 - less
            } else {
                LEAST_HUGE_DISPLAY
            });
        }
        Quantity(match self.random.below(8) {
            0 | 1 => quantity.0,
            2 => self.random.below(quantity.0.saturating_add(1)),
            _ => (1 + self.random.below(3)).min(quantity.0),
        })
    }

    /// Often just what there is, or one more.
    fn minimum(&mut self, new: &NewOrder) -> Quantity {
        let most = new.quantity.0;
        let minimum = match self.random.below(4) {
            0 => most,
            1 => 1 + self.random.below(most),
            _ => self.near(self.desk.available(new.side, new.price)),
        };
        Quantity(minimum.clamp(1, most))
    }

    fn near(&mut self, quantity: u64) -> u64 {
        match self.random.below(4) {
            0 => quantity.saturating_sub(1),
            1 => quantity.saturating_add(1),
            _ => quantity,
        }
    }

    fn price(&mut self, side: Side) -> Price {
        if self.random.in_a_thousand(self.mix.crossing) {
            let beyond = self.random.below(3).min(self.random.below(3)).cast_signed();
            let beyond = if side == Side::Buy { beyond } else { -beyond };
            if let Some(live) = self.desk.any_resting(side.opposite(), self.random) {
                let price = live.order.price.map_or(self.mid, |price| price.0);
                return self.within_bounds(price.saturating_add(beyond));
            }
        }
        if self.random.in_a_thousand(100)
            && let Some(far) = self.desk.venue.far
        {
            return Price(far.saturating_add(self.random.between(-5, 5)));
        }
        match self.random.below(64) {
            0 => Price(any(&[i64::MIN, i64::MAX], self.random)),
            1..=15 => {
                let own = self.desk.any_resting(side, self.random);
                own.and_then(|live| live.order.price).unwrap_or(Price(self.mid))
            }
            16..=23 => {
                let last = self.desk.last_trade.unwrap_or(self.mid);
                let away = self.random.between(-1, 1);
                self.within_bounds(last.saturating_add(away))
            }
            _ => {
                let away = self.random.between(0, 6) - i64::from(self.random.below(4) == 0);
                let away = if side == Side::Buy { -away } else { away };
                self.within_bounds(self.mid.saturating_add(away))
            }
        }
    }

    /// Seldom out of bounds, where there are any.
    fn within_bounds(&mut self, price: i64) -> Price {
        match self.desk.venue.bounds {
            Some((lowest, highest)) if !self.random.in_a_thousand(10) => {
                Price(price.clamp(lowest, highest))
            }
            _ => Price(price),
        }
    }

    fn quantity(&mut self, side: Side, limit: Option<Price>, time: TimeInForce) -> Quantity {
        let aims = match time {
            TimeInForce::Fok => 600,
            TimeInForce::Ioc => 150,
            _ => 30,
        };
        if self.random.in_a_thousand(aims) {
            let available = self.near(self.desk.available(side, limit));
            return Quantity(available.clamp(1, self.most()));
        }
        self.any_quantity()
    }

    fn any_quantity(&mut self) -> Quantity {
        if self.random.in_a_thousand(4) {
            return Quantity(any(&[0, self.most()], self.random));
        }
        let is_large = self.random.in_a_thousand(self.mix.large);
        if self.desk.venue.is_huge && (is_large || self.random.flip()) {
            let less = self.random.below(4);
            let huge = any(&[u64::MAX / 2, u64::MAX / 2, u64::MAX / 3, u64::MAX], self.random);
            return Quantity(huge - less);
        }
        Quantity(1 + self.random.below(if is_large { 40 } else { 6 }))
    }

    /// The greatest quantity of an order.
    fn most(&self) -> u64 {
        if self.desk.venue.is_huge { u64::MAX } else { MOST_WITH_SLICES }
    }

    fn replacement(&mut self) -> Replace {
        let order = self.target();
        let mut replace = Replace::of(order);
        let Some(live) = self.desk.get(order).copied() else {
            replace.quantity = Some(self.any_quantity());
            replace.new_order = self.random.in_a_thousand(200).then(|| self.any_new_id(order));
            return replace;
        };
        let errs = self.random.in_a_thousand(self.mix.malformed);
        replace.price = self.new_limit(&live, errs);
        replace.quantity = self.random.in_a_thousand(500).then(|| self.total(&live));
        if self.random.in_a_thousand(150) && (errs || !live.order.order_type.is_market_type()) {
            let total =
                replace.quantity.unwrap_or(Quantity(live.executed.saturating_add(live.open)));
            // On a huge one what is known of the total may be far too little to be a display.
            let is_huge = self.desk.venue.is_huge;
            let excess = if is_huge { u64::MAX } else { total.0.saturating_add(1) };
            replace.display_quantity = Some(if errs && self.random.flip() {
                Quantity(excess)
            } else {
                self.display(total)
            });
        }
        let may_move = self.desk.is_waiting(order) && live.order.trigger_price().is_some();
        if self.random.in_a_thousand(if may_move { 400 } else { 10 }) {
            replace.trigger_price = Some(self.trigger());
        }
        replace.new_order = self.random.in_a_thousand(200).then(|| self.any_new_id(order));
        replace
    }

    /// Where an order moves, if it does; a malformed one is out of bounds, or has no limit at all.
    fn new_limit(&mut self, live: &Live, errs: bool) -> Option<Price> {
        let side = live.order.side;
        if live.order.order_type.is_market_type() {
            return errs.then(|| self.price(side));
        }
        match self.random.below(16) {
            _ if errs => price_out_of_bounds(self.desk.venue, self.random),
            0 => live.order.price,
            1..=5 => Some(self.price(side)),
            6..=10 if live.order.post_only => {
                let opposite = self.desk.any_resting(side.opposite(), self.random);
                opposite.and_then(|live| live.order.price)
            }
            _ => None,
        }
    }

    /// Mostly an id that is free, now and then its own or another's.
    fn any_new_id(&mut self, order: OrderId) -> OrderId {
        match self.random.below(8) {
            0 => order,
            1 => self.live_id(),
            _ => self.desk.free_id(self.random),
        }
    }

    /// A new total around those at which something changes.
    fn total(&mut self, live: &Live) -> Quantity {
        let total = live.executed.saturating_add(live.open);
        let total = match self.random.below(24) {
            0 => 0,
            1 => live.executed,
            2 => live.executed.saturating_sub(1),
            3 => live.executed.saturating_add(1),
            4 => total,
            5 => self.most(),
            6..=8 => total.saturating_add(1 + self.random.below(3)),
            9 => self.any_quantity().0,
            10 => live.executed.saturating_add(live.open / 2),
            _ => total.saturating_sub(1 + self.random.below(2)),
        };
        Quantity(total.min(self.most()))
    }
}

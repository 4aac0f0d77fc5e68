//! The flow of a market: every command finds what it is for.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::str::FromStr;

use shadowbook_model::{
    AccountId, Action, MassCancel, NewOrder, OrderId, Price, Quantity, Replace, Side, TimeInForce,
};

use crate::book::{Book, Entry, Live, Slot};
use crate::choice::{Choice, Ranges};
use crate::profile::{Anchor, Market, ProfileError, checked, shares};
use crate::random::Random;

/// What a command of market flow is for; the names stand in profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An order that rests.
    Add,
    /// The end of an order.
    Cancel,
    /// A smaller total.
    Reduce,
    /// Another price and id, at the back.
    Replace,
    /// An order that trades.
    Aggress,
    /// The end of all orders of one account on one side.
    MassCancel,
}

impl Kind {
    const ALL: [Self; 6] =
        [Self::Add, Self::Cancel, Self::Reduce, Self::Replace, Self::Aggress, Self::MassCancel];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Cancel => "cancel",
            Self::Reduce => "reduce",
            Self::Replace => "replace",
            Self::Aggress => "aggress",
            Self::MassCancel => "mass-cancel",
        }
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or_else(|| {
            let expected = Self::ALL.map(Self::name).join(", ");
            format!("unknown command `{text}`, expected one of: {expected}")
        })
    }
}

/// A [`Market`] in the form in which it is drawn from.
#[derive(Clone, Debug)]
struct Settings {
    accounts: u64,
    mid_lowest: i64,
    mid_highest: i64,
    drift_ppm: u64,
    anchor: Anchor,
    distance: Ranges,
    farthest: i64,
    commands: Choice<Kind>,
    lifetimes: Option<Ranges>,
    quantities: Ranges,
    aggressor_quantities: Ranges,
    through: Ranges,
    market_permille: u64,
    day_permille: u64,
    post_only_permille: u64,
}

/// The market of one instrument.
#[derive(Clone, Debug)]
struct Venue {
    book: Book,
    mid: i64,
    /// How many orders came to rest so far.
    adds: u64,
    /// Which order is cancelled after how many adds; orders that are gone stay in it until then.
    due: BinaryHeap<Reverse<(u64, OrderId, Slot)>>,
}

/// The markets of all instruments.
#[derive(Clone, Debug)]
pub(crate) struct MarketFlow {
    settings: Settings,
    venues: Vec<Venue>,
    next_order: u64,
}

impl MarketFlow {
    pub(crate) fn new(market: &Market, instruments: u32) -> Result<Self, ProfileError> {
        let lifetimes = (!market.lifetimes.is_empty())
            .then(|| checked("flow.market.lifetimes", &market.lifetimes))
            .transpose()?;
        let (lowest, highest) = market.price_range();
        let settings = Settings {
            accounts: market.accounts,
            mid_lowest: market.mid - market.band,
            mid_highest: market.mid + market.band,
            drift_ppm: market.drift_ppm,
            anchor: market.anchor,
            distance: checked("flow.market.distance", &market.distance)?,
            farthest: highest - market.mid - market.band - 1,
            commands: shares("flow.market.commands", &market.commands)?,
            lifetimes,
            quantities: checked("flow.market.quantities", &market.quantities)?,
            aggressor_quantities: checked(
                "flow.market.aggressor_quantities",
                &market.aggressor_quantities,
            )?,
            through: checked("flow.market.through", &market.through)?,
            market_permille: market.market_permille,
            day_permille: market.day_permille,
            post_only_permille: market.post_only_permille,
        };
        let venue = || Venue {
            book: Book::new(lowest, highest),
            mid: market.mid,
            adds: 0,
            due: BinaryHeap::new(),
        };
        let venues = (0..instruments).map(|_| venue()).collect();
        Ok(Self { settings, venues, next_order: 1 })
    }

    /// How many orders are live on all instruments.
    pub(crate) fn live_orders(&self) -> usize {
        self.venues.iter().map(|venue| venue.book.live_orders()).sum()
    }

    /// The next command for one instrument. A burst says how many of a thousand commands are
    /// aggressors.
    pub(crate) fn next(
        &mut self,
        instrument: usize,
        burst: Option<u64>,
        random: &mut Random,
    ) -> Action {
        let Self { settings, venues, next_order } = self;
        let mut turn = Turn { settings, venue: &mut venues[instrument], next_order, random };
        turn.drift();
        let kind = if burst.is_some_and(|permille| turn.random.in_a_thousand(permille)) {
            Kind::Aggress
        } else {
            settings.commands.pick(turn.random)
        };
        let action = match kind {
            Kind::Add => turn.cancel_due(),
            Kind::Cancel => turn.pick_live().map(|slot| turn.cancel(slot)),
            Kind::Reduce => turn.reduce(),
            Kind::Replace => turn.pick_live().map(|slot| turn.replace(slot)),
            Kind::Aggress => turn.aggress(),
            Kind::MassCancel => turn.mass_cancel(),
        };
        // Where there is nothing to cancel or to trade with, there is room for an order.
        action.unwrap_or_else(|| turn.add())
    }
}

/// One command in the making.
struct Turn<'a> {
    settings: &'a Settings,
    venue: &'a mut Venue,
    next_order: &'a mut u64,
    random: &'a mut Random,
}

impl Turn<'_> {
    fn drift(&mut self) {
        if self.random.in_a_million(self.settings.drift_ppm) {
            let mid = if self.random.flip() { self.venue.mid + 1 } else { self.venue.mid - 1 };
            self.venue.mid = mid.clamp(self.settings.mid_lowest, self.settings.mid_highest);
        }
    }

    fn take_order_id(&mut self) -> OrderId {
        let order = OrderId(*self.next_order);
        *self.next_order += 1;
        order
    }

    fn account(&mut self) -> AccountId {
        match self.settings.accounts {
            0 => AccountId::ANONYMOUS,
            accounts => AccountId(1 + self.random.below(accounts)),
        }
    }

    fn side(&mut self) -> Side {
        if self.random.flip() { Side::Buy } else { Side::Sell }
    }

    fn pick_live(&mut self) -> Option<Slot> {
        let live = self.venue.book.live_orders();
        (live > 0).then(|| self.venue.book.live_at(self.random.index(live)))
    }

    /// A price for `side` that does not cross.
    fn passive_price(&mut self, side: Side) -> i64 {
        let Venue { book, mid, .. } = &*self.venue;
        // Of both sides as of bids: prices count upwards to the opposite touch.
        let sign = match side {
            Side::Buy => 1,
            Side::Sell => -1,
        };
        let own = book.best(side).map(|price| price * sign);
        let opposite = book.best(side.opposite()).map(|price| price * sign);
        let edge = match side {
            Side::Buy => self.settings.mid_highest,
            Side::Sell => -self.settings.mid_lowest,
        };
        let highest = opposite.map_or(edge - 1, |opposite| (opposite - 1).min(edge - 1));
        let anchor = match self.settings.anchor {
            Anchor::Mid => mid * sign,
            Anchor::Touch => match (own, opposite) {
                (Some(own), _) => own,
                (None, Some(_)) => highest,
                (None, None) => (mid * sign - 1).min(highest),
            },
        };
        let mut distance = self.settings.distance.pick(self.random);
        let nearest = anchor - highest;
        if distance < nearest {
            // It would cross: anywhere on this side instead, so that orders do not pile up on one
            // price while the book is behind the mid.
            let farthest = match self.settings.anchor {
                Anchor::Mid => self.settings.farthest.max(nearest),
                Anchor::Touch => nearest,
            };
            distance = self.random.between(nearest, farthest);
        }
        let lowest = match side {
            Side::Buy => book.lowest(),
            Side::Sell => -book.highest(),
        };
        (anchor - distance).max(lowest) * sign
    }

    /// Puts an order into the book and sets the time of its end.
    fn rest(&mut self, entry: Entry) {
        let slot = self.venue.book.rest(entry);
        self.venue.adds += 1;
        if let Some(lifetimes) = &self.settings.lifetimes {
            let end = self.venue.adds + lifetimes.pick_unsigned(self.random);
            self.venue.due.push(Reverse((end, entry.order, slot)));
        }
    }

    fn add(&mut self) -> Action {
        let account = self.account();
        let side = self.side();
        let price = Price(self.passive_price(side));
        let open = Quantity(self.settings.quantities.pick_unsigned(self.random));
        let order = self.take_order_id();
        self.rest(Entry { order, account, side, price, open, executed: Quantity::ZERO });
        let is_day = self.random.in_a_thousand(self.settings.day_permille);
        Action::New(NewOrder {
            account,
            time_in_force: if is_day { TimeInForce::Day } else { TimeInForce::Gtc },
            post_only: self.random.in_a_thousand(self.settings.post_only_permille),
            ..NewOrder::limit(order, side, price, open)
        })
    }

    fn cancel(&mut self, slot: Slot) -> Action {
        let order = self.venue.book.get(slot).order;
        self.venue.book.remove(slot);
        Action::Cancel(order)
    }

    /// Cancels an order whose time has come, if there is one.
    fn cancel_due(&mut self) -> Option<Action> {
        while let Some(Reverse((end, order, slot))) = self.venue.due.peek().copied()
            && end <= self.venue.adds
        {
            self.venue.due.pop();
            if self.venue.book.holds(slot, order) {
                return Some(self.cancel(slot));
            }
        }
        None
    }

    fn reduce(&mut self) -> Option<Action> {
        let slot = self.pick_live()?;
        let live = *self.venue.book.get(slot);
        if live.open < 2 {
            return Some(self.cancel(slot));
        }
        let open = 1 + self.random.below(live.open - 1);
        self.venue.book.reduce(slot, open);
        let quantity = Some(Quantity(live.executed + open));
        Some(Action::Replace(Replace { quantity, ..Replace::of(live.order) }))
    }

    /// Gives an order a new price and a new id; it goes to the back, and lives anew.
    fn replace(&mut self, slot: Slot) -> Action {
        let Live { order, account, side, open, executed, .. } = *self.venue.book.get(slot);
        let before = self.venue.book.price(slot);
        self.venue.book.remove(slot);
        let mut price = Price(self.passive_price(side));
        if price == before {
            // At its own price it would keep its place (rule C3), so it moves away by a tick.
            let away = match side {
                Side::Buy => -1,
                Side::Sell => 1,
            };
            let band = self.venue.book.lowest()..=self.venue.book.highest();
            price.0 += if band.contains(&(price.0 + away)) { away } else { -away };
        }
        let new_order = self.take_order_id();
        let (open, executed) = (Quantity(open), Quantity(executed));
        self.rest(Entry { order: new_order, account, side, price, open, executed });
        Action::Replace(Replace {
            new_order: Some(new_order),
            price: Some(price),
            ..Replace::of(order)
        })
    }

    fn aggress(&mut self) -> Option<Action> {
        let side = self.side();
        let touch = self.venue.book.best(side.opposite())?;
        let account = self.account();
        let quantity = Quantity(self.settings.aggressor_quantities.pick_unsigned(self.random));
        let order = self.take_order_id();
        let new = if self.random.in_a_thousand(self.settings.market_permille) {
            NewOrder::market(order, side, quantity)
        } else {
            let through = self.settings.through.pick(self.random);
            let limit = match side {
                Side::Buy => touch + through,
                Side::Sell => touch - through,
            };
            let time_in_force = TimeInForce::Ioc;
            NewOrder { time_in_force, ..NewOrder::limit(order, side, Price(limit), quantity) }
        };
        self.venue.book.take(side, new.price, quantity);
        Some(Action::New(NewOrder { account, ..new }))
    }

    fn mass_cancel(&mut self) -> Option<Action> {
        let slot = self.pick_live()?;
        let Live { account, side, .. } = *self.venue.book.get(slot);
        let side = self.random.flip().then_some(side);
        let book = &mut self.venue.book;
        let is_meant = |slot: &Slot| {
            let live = book.get(*slot);
            live.account == account && side.is_none_or(|side| side == live.side)
        };
        let meant: Vec<Slot> = book.slots().filter(is_meant).collect();
        meant.into_iter().for_each(|slot| book.remove(slot));
        Some(Action::MassCancel(MassCancel { account, side }))
    }
}

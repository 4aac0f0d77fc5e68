//! A book as plain as can be, which panics at whatever a market must not do.

use std::collections::{BTreeMap, VecDeque};

use shadowbook_model::{AccountId, MassCancel, NewOrder, OrderId, Quantity, Replace, Side};

#[derive(Clone, Copy)]
struct Resting {
    account: AccountId,
    side: Side,
    price: i64,
    open: u64,
    executed: u64,
}

/// One instrument.
#[derive(Clone, Default)]
pub(crate) struct PlainBook {
    orders: BTreeMap<OrderId, Resting>,
    levels: BTreeMap<(bool, i64), VecDeque<OrderId>>,
}

impl PlainBook {
    pub(crate) fn live_orders(&self) -> usize {
        self.orders.len()
    }

    pub(crate) fn best(&self, side: Side) -> Option<i64> {
        let is_buy = side == Side::Buy;
        let mut levels = self.levels.range((is_buy, i64::MIN)..=(is_buy, i64::MAX));
        let level = if is_buy { levels.next_back() } else { levels.next() };
        level.map(|((_, price), _)| *price)
    }

    pub(crate) fn rest(&mut self, new: &NewOrder) {
        let price = new.price.expect("what rests has a limit").0;
        let (account, side, open) = (new.account, new.side, new.quantity.0);
        self.insert(new.order, Resting { account, side, price, open, executed: 0 });
    }

    fn insert(&mut self, order: OrderId, resting: Resting) {
        assert!(!self.crosses(resting.side, resting.price), "order {order} would cross");
        assert!(resting.open > 0, "order {order} is empty");
        let level = (resting.side == Side::Buy, resting.price);
        self.levels.entry(level).or_default().push_back(order);
        assert!(self.orders.insert(order, resting).is_none(), "order {order} is live");
    }

    fn crosses(&self, side: Side, price: i64) -> bool {
        self.best(side.opposite()).is_some_and(|best| match side {
            Side::Buy => price >= best,
            Side::Sell => price <= best,
        })
    }

    pub(crate) fn cancel(&mut self, order: OrderId) {
        self.remove(order);
    }

    fn remove(&mut self, order: OrderId) -> Resting {
        let gone = self.orders.remove(&order).unwrap_or_else(|| panic!("{order} is not live"));
        let level = (gone.side == Side::Buy, gone.price);
        let queue = self.levels.get_mut(&level).expect("it stands at its price");
        let place = queue.binary_search(&order).expect("ids rise, so a queue is sorted");
        queue.remove(place);
        if queue.is_empty() {
            self.levels.remove(&level);
        }
        gone
    }

    /// Trades an order of which nothing rests; how much it traded.
    pub(crate) fn trade(&mut self, new: &NewOrder) -> u64 {
        let mut open = new.quantity.0;
        while open > 0
            && let Some(best) = self.best(new.side.opposite())
            && new.price.is_none_or(|limit| self.crosses(new.side, limit.0))
        {
            let level = (new.side == Side::Sell, best);
            let maker = self.levels[&level][0];
            let resting = self.orders.get_mut(&maker).expect("it stands in the queue");
            let traded = open.min(resting.open);
            resting.open -= traded;
            resting.executed += traded;
            open -= traded;
            if resting.open == 0 {
                self.remove(maker);
            }
        }
        new.quantity.0 - open
    }

    pub(crate) fn replace(&mut self, replace: &Replace) {
        let before = self.orders[&replace.order];
        match (replace.quantity, replace.price, replace.new_order) {
            (Some(Quantity(total)), None, None) => {
                let open = total - before.executed;
                assert!(0 < open && open < before.open, "{replace:?} of {}", before.open);
                self.orders.get_mut(&replace.order).expect("it was there").open = open;
            }
            (None, Some(price), Some(order)) => {
                self.remove(replace.order);
                self.insert(order, Resting { price: price.0, ..before });
            }
            _ => panic!("a market has no {replace:?}"),
        }
    }

    pub(crate) fn mass_cancel(&mut self, mass_cancel: &MassCancel) -> usize {
        let is_meant = |resting: &Resting| {
            resting.account == mass_cancel.account
                && mass_cancel.side.is_none_or(|side| side == resting.side)
        };
        let meant: Vec<OrderId> = self
            .orders
            .iter()
            .filter(|(_, resting)| is_meant(resting))
            .map(|(id, _)| *id)
            .collect();
        for order in &meant {
            self.remove(*order);
        }
        meant.len()
    }
}

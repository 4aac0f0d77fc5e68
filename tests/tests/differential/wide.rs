//! Commands over every implemented rule on books of thousands of orders.
//!
//! The profile `mixed` runs into every reason, on books of some ten orders; the others have deep
//! books and few reasons. Here both come together, and orders with an expiry live long enough to
//! pile up.

use shadowbook_model::{
    AccountId, Action, Command, InstrumentId, MassCancel, NewOrder, OrderId, OrderType, Phase,
    Price, Quantity, Replace, SelfTrade, Seq, Side, TimeInForce, TimeNs,
};

/// A generator of commands; the same seed gives the same.
pub(crate) struct Wide {
    state: u64,
    time: u64,
}

/// Ids are taken from so many, so that about half of what is named is live.
const IDS: u64 = 8_000;

impl Wide {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { state: seed | 1, time: 0 }
    }

    /// So many commands on instrument 0.
    pub(crate) fn commands(&mut self, count: u64) -> Vec<Command> {
        (1..=count)
            .map(|seq| {
                self.time += self.below(3);
                let action = self.action(seq);
                Command::new(Seq(seq), TimeNs(self.time), InstrumentId(0), action)
            })
            .collect()
    }

    fn action(&mut self, seq: u64) -> Action {
        // A phase that takes little does not last.
        if seq.is_multiple_of(100) {
            return Action::Phase(Phase::Continuous);
        }
        match self.below(1_000) {
            0..=579 => self.new_order().into(),
            580..=769 => self.replace().into(),
            770..=974 => Action::Cancel(self.order()),
            975..=993 => Action::Time,
            994..=996 => {
                let side = self.choose([None, Some(Side::Buy), Some(Side::Sell)]);
                // One of many accounts, or a book of thousands would not come to be.
                Action::MassCancel(MassCancel { account: AccountId(1 + self.below(40)), side })
            }
            _ => Action::Phase(self.choose([
                Phase::Closed,
                Phase::Halted,
                Phase::CancelOnly,
                Phase::PostOnly,
                Phase::LimitOnly,
                Phase::Continuous,
            ])),
        }
    }

    fn new_order(&mut self) -> NewOrder {
        use TimeInForce::{Day, Fok, Gtc, Gtd, Ioc};
        let side = self.choose([Side::Buy, Side::Sell]);
        let (order, quantity) = (self.order(), self.quantity());
        let account = AccountId(self.below(41));
        let self_trade = self.choose([
            SelfTrade::None,
            SelfTrade::CancelNewest,
            SelfTrade::CancelOldest,
            SelfTrade::CancelBoth,
            SelfTrade::Decrement,
        ]);
        let time_in_force = self.choose([Gtc, Gtc, Gtc, Gtc, Day, Gtd, Gtd, Gtd, Ioc, Fok]);
        let is_market = self.below(40) == 0;
        let plain = if is_market {
            NewOrder::market(order, side, quantity)
        } else {
            let price = self.price(side);
            NewOrder { time_in_force, ..NewOrder::limit(order, side, price, quantity) }
        };
        let post_only = self.below(8) == 0;
        let new = NewOrder { account, self_trade, post_only, ..plain };
        assert!(matches!(new.order_type, OrderType::Limit | OrderType::Market));
        // Some without the time that they need, some with one that they may not have.
        let has_time = (new.time_in_force == Gtd) != (self.below(50) == 0);
        let time = TimeNs(self.time + self.below(6_000));
        new.with_expire_time(has_time.then_some(time))
    }

    fn replace(&mut self) -> Replace {
        let side = self.choose([Side::Buy, Side::Sell]);
        Replace {
            price: (self.below(2) == 0).then(|| self.price(side)),
            quantity: (self.below(2) == 0).then(|| self.quantity()),
            new_order: (self.below(3) == 0).then(|| self.order()),
            ..Replace::of(self.order())
        }
    }

    fn order(&mut self) -> OrderId {
        OrderId(1 + self.below(IDS))
    }

    fn quantity(&mut self) -> Quantity {
        Quantity(self.below(60))
    }

    /// Around 1,000, seldom across it.
    fn price(&mut self, side: Side) -> Price {
        let away = i64::try_from(self.below(120)).expect("it is small") - 6;
        Price(if side == Side::Buy { 1_000 - away } else { 1_000 + away })
    }

    fn choose<T, const N: usize>(&mut self, from: [T; N]) -> T {
        let at = usize::try_from(self.below(N as u64)).expect("it is small");
        from.into_iter().nth(at).expect("it is below the length")
    }

    /// The generator `splitmix64` (Steele, Lea, Flood 2014); its bias below small ends is nothing
    /// here.
    fn below(&mut self, end: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % end
    }
}

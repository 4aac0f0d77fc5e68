//! Right answers breach nothing; each wrong one breaches the rule that it is about and no other.

mod auctions;
mod garbage;
mod orders;
mod streams;
mod trading;
mod triggers;

use shadowbook_model::{
    AccountId, Action, CancelReason, Command, CommandKind, Event, Fill, Increment, Instrument,
    InstrumentId, Matching, NewOrder, OrderId, OrderType, Phase, Price, Quantity, RejectReason,
    Replace, SelfTrade, Seq, Side, TimeInForce, TimeNs, TradeId,
};

use super::{AuditOptions, AuditRule, Auditor, Breach};

const XBT: InstrumentId = InstrumentId(0);

fn instrument() -> Instrument {
    let one: Increment = "1".parse().unwrap();
    Instrument::new("XBTUSD", one, one)
}

/// A stream with its auditor. Times rise with the commands, fills are numbered as they come.
#[derive(Clone)]
struct Stream {
    auditor: Auditor,
    seq: u64,
    time: u64,
    trade: u64,
}

impl Stream {
    fn on(instrument: Instrument) -> Self {
        let auditor = Auditor::new(&[instrument], AuditOptions::default());
        Self { auditor, seq: 0, time: 0, trade: 0 }
    }

    fn new() -> Self {
        Self::on(instrument())
    }

    fn pro_rata() -> Self {
        Self::on(Instrument { matching: Matching::ProRata, ..instrument() })
    }

    /// Sends a command that is answered so, and says what that breaches.
    fn send(&mut self, action: impl Into<Action>, events: &[Event]) -> Vec<Breach> {
        self.seq += 1;
        self.time += 1;
        let command = Command::new(Seq(self.seq), TimeNs(self.time), XBT, action);
        let mut number = |event: &Event| match *event {
            Event::Fill(fill) => {
                self.trade += 1;
                Event::Fill(Fill { trade: TradeId(self.trade), ..fill })
            }
            other => other,
        };
        let events: Vec<Event> = events.iter().map(&mut number).collect();
        self.auditor.command(&command, &events);
        self.auditor.take_breaches()
    }

    /// Sends a command with its right answer.
    #[track_caller]
    fn right(mut self, action: impl Into<Action>, events: &[Event]) -> Self {
        let breaches = self.send(action, events);
        assert!(breaches.is_empty(), "{:?}: {}", breaches[0].rule, breaches[0].detail);
        self
    }

    /// Sends an order that is taken and rests or waits.
    #[track_caller]
    fn rests(self, new: NewOrder) -> Self {
        self.right(new, &[accepted(new.order.0)])
    }

    /// Lets time pass up to just before the next command.
    fn until(mut self, time: u64) -> Self {
        self.time = time - 1;
        self
    }

    /// The right answer breaches nothing, and each of the wrong ones exactly this rule.
    #[track_caller]
    fn judges(
        &self,
        action: impl Into<Action>,
        right: &[Event],
        wrong: &[(AuditRule, &[Event])],
    ) -> Self {
        let action = action.into();
        for (rule, events) in wrong {
            let breaches = self.clone().send(action, events);
            let rules: Vec<AuditRule> = breaches.iter().map(|breach| breach.rule).collect();
            assert_eq!(rules, [*rule], "{events:?}: {:?}", breaches.first());
        }
        self.clone().right(action, right)
    }
}

fn bid(order: u64, price: i64, quantity: u64) -> NewOrder {
    NewOrder::limit(OrderId(order), Side::Buy, Price(price), Quantity(quantity))
}

fn ask(order: u64, price: i64, quantity: u64) -> NewOrder {
    NewOrder::limit(OrderId(order), Side::Sell, Price(price), Quantity(quantity))
}

fn market(order: u64, side: Side, quantity: u64) -> NewOrder {
    NewOrder::market(OrderId(order), side, Quantity(quantity))
}

/// A market type or limit type with a trigger.
fn stop(order_type: OrderType, order: NewOrder, trigger: i64) -> NewOrder {
    NewOrder { order_type, time_in_force: TimeInForce::Gtc, ..order }
        .with_trigger_price(Price(trigger))
}

fn of_account(account: u64, self_trade: SelfTrade, order: NewOrder) -> NewOrder {
    NewOrder { account: AccountId(account), self_trade, ..order }
}

fn lasting(time_in_force: TimeInForce, order: NewOrder) -> NewOrder {
    NewOrder { time_in_force, ..order }
}

fn accepted(order: u64) -> Event {
    Event::Accepted { order: OrderId(order) }
}

fn triggered(order: u64) -> Event {
    Event::Triggered { order: OrderId(order) }
}

fn rejected(order: u64, reason: RejectReason) -> Event {
    Event::Rejected { command: CommandKind::New, order: OrderId(order), reason }
}

fn refused(command: CommandKind, order: u64, reason: RejectReason) -> Event {
    Event::Rejected { command, order: OrderId(order), reason }
}

fn canceled(order: u64, quantity: u64, reason: CancelReason) -> Event {
    Event::Canceled { order: OrderId(order), quantity: Quantity(quantity), reason }
}

fn reduced(order: u64, quantity: u64, open: u64) -> Event {
    Event::Reduced { order: OrderId(order), quantity: Quantity(quantity), open: Quantity(open) }
}

fn replaced(order: u64, price: i64, open: u64) -> Event {
    let (order, open) = (OrderId(order), Quantity(open));
    Event::Replaced { order, new_order: None, price: Some(Price(price)), open }
}

/// So much at a price, of a maker and a taker with so much left.
fn fill(quantity: u64, price: i64, maker: (u64, u64), taker: (u64, u64)) -> Event {
    Event::Fill(Fill {
        trade: TradeId(0),
        maker: OrderId(maker.0),
        taker: OrderId(taker.0),
        price: Price(price),
        quantity: Quantity(quantity),
        maker_open: Quantity(maker.1),
        taker_open: Quantity(taker.1),
    })
}

fn replace(order: u64, price: Option<i64>, quantity: Option<u64>) -> Replace {
    let (price, quantity) = (price.map(Price), quantity.map(Quantity));
    Replace { price, quantity, ..Replace::of(OrderId(order)) }
}

const fn phase(phase: Phase) -> Event {
    Event::Phase { phase }
}

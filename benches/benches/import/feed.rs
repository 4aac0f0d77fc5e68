//! A generated market as two feeds would tell it.

use std::collections::BTreeMap;
use std::io::Write;

use shadowbook_benches::stream;
use shadowbook_import::itch50::{
    AddOrder, Body, Framing, Header, MatchNumber, Message, OrderCancel, OrderDelete, OrderExecuted,
    Price4, Shares, StockLocate, Symbol, Timestamp, encode,
};
use shadowbook_model::{
    Action, Command, Engine, Event, EventBuffer, OrderId, Price, Quantity, Side, TimeNs,
};
use shadowbook_reference::ReferenceEngine;

/// What of the day's stream there is: as much as fits into the day.
const COMMANDS: u64 = 200_000;

/// A feed in both forms.
#[derive(Default)]
pub(crate) struct Feed {
    pub(crate) messages: u64,
    pub(crate) lobster: Vec<u8>,
    pub(crate) itch: Vec<u8>,
}

/// A resting order.
#[derive(Clone, Copy)]
struct Resting {
    side: Side,
    price: Price,
    open: Quantity,
}

/// What a feed says of a resting order.
#[derive(Clone, Copy)]
enum Change {
    Add,
    Reduce(Quantity),
    Delete,
    Execute(Quantity),
}

/// Runs a generated market and writes down what happens to its resting orders.
pub(crate) fn write() -> Feed {
    let (instruments, commands) = stream("recorded-like", COMMANDS);
    let mut engine = ReferenceEngine::new(&instruments);
    let mut events = EventBuffer::new();
    let mut book = BTreeMap::new();
    let mut feed = Feed::default();
    for command in &commands {
        events.clear();
        engine.apply(command, &mut events);
        for event in events.as_slice() {
            feed.event(command, event, &mut book);
        }
    }
    feed
}

impl Feed {
    fn event(&mut self, command: &Command, event: &Event, book: &mut BTreeMap<OrderId, Resting>) {
        let time = command.time;
        match (*event, &command.action) {
            (Event::Accepted { order }, Action::New(new)) if !new.time_in_force.is_immediate() => {
                let price = new.price.expect("what rests has a limit");
                let resting = Resting { side: new.side, price, open: new.quantity };
                book.insert(order, resting);
                self.say(time, order, resting, Change::Add);
            }
            (Event::Replaced { order, new_order: None, open, .. }, _) => {
                let resting = book.get_mut(&order).expect("it rests");
                let lost = Quantity(resting.open.0 - open.0);
                resting.open = open;
                self.say(time, order, *resting, Change::Reduce(lost));
            }
            (Event::Replaced { order, new_order: Some(new), price: Some(price), open }, _) => {
                let old = book.remove(&order).expect("it rests");
                let resting = Resting { price, open, ..old };
                book.insert(new, resting);
                self.say(time, order, old, Change::Delete);
                self.say(time, new, resting, Change::Add);
            }
            (Event::Fill(fill), _) => {
                let resting = *book.get(&fill.maker).expect("it rests");
                self.say(time, fill.maker, resting, Change::Execute(fill.quantity));
                if fill.maker_open.is_zero() {
                    book.remove(&fill.maker);
                } else {
                    book.insert(fill.maker, Resting { open: fill.maker_open, ..resting });
                }
            }
            (Event::Canceled { order, .. }, Action::Cancel(_)) => {
                let resting = book.remove(&order).expect("it rests");
                self.say(time, order, resting, Change::Delete);
            }
            _ => {}
        }
    }

    fn say(&mut self, time: TimeNs, order: OrderId, resting: Resting, change: Change) {
        self.messages += 1;
        let Resting { side, price, open } = resting;
        let (kind, quantity) = match change {
            Change::Add => (1, open),
            Change::Reduce(quantity) => (2, quantity),
            Change::Delete => (3, open),
            Change::Execute(quantity) => (4, quantity),
        };
        // Both feeds count prices in hundredths of our cents.
        let price = price.0 * 100;
        let direction = if side == Side::Buy { 1 } else { -1 };
        let (seconds, nanoseconds) = (time.0 / 1_000_000_000, time.0 % 1_000_000_000);
        let line =
            format!("{seconds}.{nanoseconds:09},{kind},{order},{quantity},{price},{direction}");
        writeln!(self.lobster, "{line}").expect("memory can be written");

        let shares = Shares(u32::try_from(quantity.0).expect("sizes as recorded"));
        let body: Body = match change {
            Change::Add => {
                let stock = Symbol::new("BENCH").expect("a symbol");
                let price = Price4(u32::try_from(price).expect("prices as recorded"));
                AddOrder { order, side, shares, stock, price }.into()
            }
            Change::Reduce(_) => OrderCancel { order, shares }.into(),
            Change::Delete => OrderDelete { order }.into(),
            Change::Execute(_) => {
                OrderExecuted { order, shares, match_number: MatchNumber(self.messages) }.into()
            }
        };
        let time = Timestamp::from_ns(time.0).expect("the stream fits into a day");
        let header = Header { stock_locate: StockLocate(1), time, ..Header::default() };
        encode(&Message { header, body }, Framing::LengthPrefixed, &mut self.itch);
    }
}

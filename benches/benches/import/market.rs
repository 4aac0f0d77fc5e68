//! Generated markets, as what happens to their resting orders. No exchange's data is used.

use std::collections::BTreeMap;

use shadowbook_benches::SEED;
use shadowbook_capture::Source;
use shadowbook_model::{
    Action, Command, Engine, Event, EventBuffer, OrderId, Price, Quantity, Side, TimeNs,
};
use shadowbook_reference::ReferenceEngine;
use shadowbook_workload::{Generator, Profile};

/// One thing that happened to a resting order, as it was before.
#[derive(Clone, Copy)]
pub(crate) struct Happening {
    pub(crate) time: TimeNs,
    /// Which of the stocks, from 0.
    pub(crate) stock: usize,
    pub(crate) order: OrderId,
    pub(crate) resting: Resting,
    pub(crate) change: Change,
}

/// A resting order.
#[derive(Clone, Copy)]
pub(crate) struct Resting {
    pub(crate) side: Side,
    pub(crate) price: Price,
    pub(crate) open: Quantity,
}

/// What happened to it.
#[derive(Clone, Copy)]
pub(crate) enum Change {
    Add,
    Reduce(Quantity),
    Delete,
    Execute(Quantity),
    Replace { new_order: OrderId, price: Price, open: Quantity },
}

/// What `commands` commands make happen in each of `stocks` markets that know nothing of each other,
/// in the order of time.
///
/// As on NASDAQ no two orders of a day have the same id, and ids rise with time.
pub(crate) fn happenings(profile: &str, stocks: usize, commands: u64) -> Vec<Happening> {
    let profile = Profile::built_in(profile).expect("the profile is a built-in one");
    let mut all: Vec<_> = (0..stocks).flat_map(|stock| market(&profile, stock, commands)).collect();
    // Stable: what happens at one time in one market keeps its order.
    all.sort_by_key(|happening| (happening.time, happening.stock));
    let mut ids: BTreeMap<(usize, OrderId), OrderId> = BTreeMap::new();
    let mut newest = 0;
    let mut enter = |ids: &mut BTreeMap<_, _>, stock, order| {
        newest += 1;
        ids.insert((stock, order), OrderId(newest));
        OrderId(newest)
    };
    for Happening { stock, order, change, .. } in &mut all {
        let id = match change {
            Change::Add => enter(&mut ids, *stock, *order),
            _ => ids[&(*stock, *order)],
        };
        if let Change::Replace { new_order, .. } = change {
            *new_order = enter(&mut ids, *stock, *new_order);
        }
        *order = id;
    }
    all
}

/// One market, with ids of its own.
fn market(profile: &Profile, stock: usize, commands: u64) -> Vec<Happening> {
    let seed = SEED + u64::try_from(stock).expect("a number of stocks fits 64 bits");
    let generator = Generator::new(profile, seed, commands).expect("built-in profiles are good");
    let mut engine = ReferenceEngine::new(generator.instruments());
    let mut events = EventBuffer::new();
    let mut market = Market { stock, book: BTreeMap::new(), happenings: Vec::new() };
    for command in generator {
        events.clear();
        engine.apply(&command, &mut events);
        for event in events.as_slice() {
            market.event(&command, event);
        }
    }
    market.happenings
}

struct Market {
    stock: usize,
    book: BTreeMap<OrderId, Resting>,
    happenings: Vec<Happening>,
}

impl Market {
    fn event(&mut self, command: &Command, event: &Event) {
        let time = command.time;
        match (*event, &command.action) {
            (Event::Accepted { order }, Action::New(new)) if !new.time_in_force.is_immediate() => {
                let price = new.price.expect("what rests has a limit");
                let resting = Resting { side: new.side, price, open: new.quantity };
                self.book.insert(order, resting);
                self.say(time, order, resting, Change::Add);
            }
            (Event::Replaced { order, new_order: None, open, .. }, _) => {
                let resting = self.book[&order];
                let lost = Quantity(resting.open.0 - open.0);
                self.book.insert(order, Resting { open, ..resting });
                self.say(time, order, resting, Change::Reduce(lost));
            }
            (
                Event::Replaced { order, new_order: Some(new_order), price: Some(price), open },
                _,
            ) => {
                let old = self.book.remove(&order).expect("it rests");
                self.book.insert(new_order, Resting { price, open, ..old });
                self.say(time, order, old, Change::Replace { new_order, price, open });
            }
            (Event::Fill(fill), _) => {
                let resting = self.book[&fill.maker];
                self.say(time, fill.maker, resting, Change::Execute(fill.quantity));
                if fill.maker_open.is_zero() {
                    self.book.remove(&fill.maker);
                } else {
                    self.book.insert(fill.maker, Resting { open: fill.maker_open, ..resting });
                }
            }
            (Event::Canceled { order, .. }, Action::Cancel(_)) => {
                let resting = self.book.remove(&order).expect("it rests");
                self.say(time, order, resting, Change::Delete);
            }
            _ => {}
        }
    }

    fn say(&mut self, time: TimeNs, order: OrderId, resting: Resting, change: Change) {
        let stock = self.stock;
        self.happenings.push(Happening { time, stock, order, resting, change });
    }
}

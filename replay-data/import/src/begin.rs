//! What rested before a recording began, as the snapshot that a stream begins with.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

use shadowbook_capture::{Batch, ReadError, Source};
use shadowbook_model::{
    Action, Arrival, Command, Instrument, InstrumentId, NewOrder, OrderState, OrderType, Phase,
    Quantity, Side, Snapshot, TimeInForce, Visibility,
};

/// No more seeds than about this are kept in memory; a book that holds more begins with commands
/// behind its snapshot.
const LIMIT: usize = 1 << 20;

/// A stream whose leading `seed` commands became snapshots: the same books, without commands that
/// nobody sent.
///
/// Seeds that come later stay commands, and so do all of them where the leading ones would trade
/// with one another. What stays keeps its `seq`.
pub struct Begun<S> {
    source: S,
    snapshots: Vec<Snapshot>,
    /// What was read to find the first command that is no seed, and stays.
    ahead: VecDeque<Batch>,
}

impl<S: Source> Begun<S> {
    /// Reads the beginning of a stream, up to the first command that is no seed.
    ///
    /// # Errors
    /// When that cannot be read.
    pub fn new(source: S) -> Result<Self, ReadError> {
        Self::up_to(LIMIT, source)
    }

    /// Reads no batch more once there are so many seeds.
    fn up_to(limit: usize, mut source: S) -> Result<Self, ReadError> {
        let mut ahead = VecDeque::new();
        let mut seeds: Vec<(InstrumentId, NewOrder)> = Vec::new();
        // Of the last batch.
        let mut leading = 0;
        while seeds.len() < limit {
            let mut batch = Batch::new();
            if !source.read(&mut batch)? {
                break;
            }
            let before = seeds.len();
            seeds.extend(batch.iter().map_while(|entry| {
                let seed = seed(entry.command, source.instruments())?;
                entry.recorded.is_none().then_some((entry.command.instrument, seed))
            }));
            leading = seeds.len() - before;
            let goes_on = leading == batch.len();
            ahead.push_back(batch);
            if !goes_on {
                break;
            }
        }
        let snapshots = books(&seeds);
        let are_sound = snapshots.iter().all(|book| {
            let instrument = source.instruments().get(book.instrument.index());
            instrument.is_some_and(|instrument| book.check(instrument).is_ok())
        });
        if !are_sound {
            return Ok(Self { source, snapshots: Vec::new(), ahead });
        }
        // All batches before the last one hold nothing but seeds.
        let mut rest = Batch::new();
        let last = ahead.pop_back().unwrap_or_default();
        last.iter().skip(leading).for_each(|entry| rest.push_entry(&entry));
        Ok(Self { source, snapshots, ahead: VecDeque::from([rest]) })
    }

    /// The stream as it was.
    pub const fn source(&self) -> &S {
        &self.source
    }
}

impl<S: Source> Source for Begun<S> {
    fn instruments(&self) -> &[Instrument] {
        self.source.instruments()
    }

    fn snapshots(&self) -> &[Snapshot] {
        &self.snapshots
    }

    fn read(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        while let Some(ahead) = self.ahead.pop_front() {
            if !ahead.is_empty() {
                *batch = ahead;
                return Ok(true);
            }
        }
        self.source.read(batch)
    }
}

/// The order of a command that seeds a plain one in continuous trading.
fn seed(command: &Command, instruments: &[Instrument]) -> Option<NewOrder> {
    let Action::New(new) = command.action else { return None };
    let instrument = instruments.get(command.instrument.index())?;
    let plain = NewOrder {
        account: new.account,
        seed: true,
        ..NewOrder::limit(new.order, new.side, new.price?, new.quantity)
    };
    (new == plain && instrument.phase == Phase::Continuous).then_some(new)
}

/// The books that hold these orders, in the order of the instruments.
fn books(seeds: &[(InstrumentId, NewOrder)]) -> Vec<Snapshot> {
    let mut books: BTreeMap<InstrumentId, Snapshot> = BTreeMap::new();
    for (id, new) in seeds {
        let book = books.entry(*id).or_insert_with(|| Snapshot::empty(*id));
        book.state.arrivals.0 += 1;
        book.orders.push(resting(new, book.state.arrivals));
    }
    books.values_mut().for_each(sort);
    books.into_values().collect()
}

/// Puts plain orders that lie in order of arrival into canonical order.
fn sort(book: &mut Snapshot) {
    book.orders.sort_by_key(|order| {
        let price = order.price.unwrap_or_default();
        let worse = (order.side == Side::Sell).then_some(price);
        (order.side, worse, worse.is_none().then_some(Reverse(price)))
    });
}

fn resting(new: &NewOrder, arrival: Arrival) -> OrderState {
    OrderState {
        order: new.order,
        account: new.account,
        arrival,
        price: new.price,
        open: new.quantity,
        executed: Quantity::ZERO,
        visibility: Visibility::Full,
        expire_time: None,
        min_quantity: None,
        trigger: None,
        side: new.side,
        order_type: OrderType::Limit,
        time_in_force: TimeInForce::Gtc,
        post_only: false,
        self_trade: new.self_trade,
    }
}

#[cfg(test)]
mod tests {
    use shadowbook_capture::jsonl;
    use shadowbook_model::{Engine, EventBuffer};
    use shadowbook_reference::ReferenceEngine;

    use super::*;

    const TABLE: &str =
        r#"{"type":"instrument","instrument":"X","tick":"1","lot":"1","matching":"price-time"}"#;

    /// A stream of new orders, and others as they are.
    fn stream(orders: &[&str]) -> jsonl::Reader<std::io::Cursor<String>> {
        let mut text = format!("{TABLE}\n");
        for (seq, order) in (1..).zip(orders) {
            let common = format!(r#""seq":{seq},"time_ns":1,"instrument":"X","order":{seq}"#);
            text += &format!("{{{common},{order}}}\n");
        }
        jsonl::Reader::new(std::io::Cursor::new(text)).expect("the lines are good")
    }

    fn limit(side: &str, price: u64, seed: bool) -> String {
        format!(
            r#""type":"new","side":"{side}","order_type":"limit","price":"{price}","quantity":"3","seed":{seed}"#
        )
    }

    /// All commands that are left.
    fn commands(source: &mut dyn Source) -> Vec<Command> {
        let (mut all, mut batch) = (Vec::new(), Batch::new());
        while source.read(&mut batch).expect("the lines are good") {
            all.extend_from_slice(batch.commands());
        }
        all
    }

    #[test]
    fn leading_seeds_become_the_book_that_an_engine_makes_of_them() {
        let (bid, low, ask, high) = (
            limit("buy", 5, true),
            limit("buy", 4, true),
            limit("sell", 7, true),
            limit("sell", 8, true),
        );
        let (own, late) = (limit("buy", 6, false), limit("buy", 3, true));
        let lines = [&low, &high, &bid, &ask, &bid, &ask, &own, &late].map(String::as_str);
        let all = commands(&mut stream(&lines));
        let mut engine = ReferenceEngine::new(stream(&lines).instruments());
        all[..6].iter().for_each(|command| engine.apply(command, &mut EventBuffer::new()));
        let mut begun = Begun::new(stream(&lines)).expect("the lines are good");
        assert_eq!(begun.snapshots(), [engine.snapshot(InstrumentId(0))]);
        assert_eq!(commands(&mut begun), all[6..]);
    }

    #[test]
    fn what_is_no_plain_resting_seed_stays_a_command() {
        let (bid, ask) = (limit("buy", 5, true), limit("sell", 5, true));
        let ioc = format!(r#"{bid},"time_in_force":"ioc""#);
        let own = limit("buy", 5, false);
        for lines in [[&bid, &ask], [&ioc, &bid], [&own, &bid]] {
            let lines = lines.map(String::as_str);
            let mut begun = Begun::new(stream(&lines)).expect("the lines are good");
            assert!(begun.snapshots().is_empty(), "{lines:?}");
            assert_eq!(commands(&mut begun), commands(&mut stream(&lines)));
        }
        let mut none = Begun::new(stream(&[])).expect("the lines are good");
        assert!(none.snapshots().is_empty() && commands(&mut none).is_empty());
        let mut only = Begun::new(stream(&[&bid])).expect("the lines are good");
        assert!(only.snapshots().len() == 1 && commands(&mut only).is_empty());
    }

    /// More seeds than any batch has commands.
    const MANY: usize = 20_000;

    #[test]
    fn seeds_of_many_batches_become_one_book() {
        let (bid, own) = (limit("buy", 5, true), limit("sell", 9, false));
        let mut lines = vec![bid.as_str(); MANY];
        lines.push(&own);
        let all = commands(&mut stream(&lines));
        let mut begun = Begun::new(stream(&lines)).expect("the lines are good");
        assert_eq!(begun.snapshots()[0].orders.len(), MANY);
        assert_eq!(commands(&mut begun), all[MANY..]);

        // They would trade with the last of them.
        let ask = limit("sell", 5, true);
        lines[MANY] = &ask;
        let all = commands(&mut stream(&lines));
        let mut begun = Begun::new(stream(&lines)).expect("the lines are good");
        assert!(begun.snapshots().is_empty());
        assert_eq!(commands(&mut begun), all);

        let mut begun = Begun::up_to(1, stream(&lines)).expect("the lines are good");
        let orders = begun.snapshots()[0].orders.len();
        assert!((1..MANY).contains(&orders), "a batch of {orders}");
        assert_eq!(commands(&mut begun), all[orders..]);
    }
}

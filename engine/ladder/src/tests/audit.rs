//! Looks at every structure of a book and whether they agree.

use shadowbook_model::{Phase, Quantity, Side};

use crate::book::{Book, at};
use crate::queue::Queue;
use crate::slab::Slot;
use crate::traits::Place;

/// What was found of each kind.
#[derive(Default)]
struct Counts {
    orders: usize,
    icebergs: usize,
}

impl Book {
    /// Panics when two structures disagree or an invariant of the model is broken.
    pub(crate) fn audit(&self) {
        let mut counts = Counts::default();
        for side in [Side::Buy, Side::Sell] {
            self.audit_levels(side, &mut counts);
            self.audit_queue(self.markets[at(side)], side, None, Place::Market, &mut counts);
        }
        let mut arrivals = Vec::new();
        for wait in self.waiting.iter() {
            self.audit_order(wait.order, Place::Waiting, &mut counts);
            let order = &self.orders[wait.order];
            assert_eq!(self.waiting.get(order.level).order, wait.order);
            assert_eq!(wait.price.is_none(), order.traits.order_type().is_market_type());
            arrivals.push(self.orders.details(wait.order).arrival);
        }
        assert!(arrivals.is_sorted_by(|one, next| one < next), "those that wait are by arrival");
        assert_eq!(self.waiting.footprint().0, arrivals.len());
        assert_eq!(self.orders.len(), counts.orders);
        assert_eq!(self.ids.len(), counts.orders);
        assert_eq!(self.icebergs.len(), counts.icebergs);
        if !matches!(self.phase, Phase::Auction | Phase::Halted) {
            assert!(
                self.markets.iter().all(Queue::is_empty),
                "a market order outlived its auction"
            );
            let [bids, asks] = &self.sides;
            if let (Some((_, bid)), Some((_, ask))) = (bids.best(), asks.best()) {
                assert!(bids.price(bid.rank) < asks.price(ask.rank), "the book is crossed");
            }
        }
    }

    fn audit_levels(&self, side: Side, counts: &mut Counts) {
        let ladder = &self.sides[at(side)];
        let mut levels = 0;
        let mut better = None;
        let mut slot = ladder.best().map(|(slot, _)| slot);
        while let Some(at) = slot {
            let level = ladder.level(at);
            assert!(better.is_none_or(|better| better < level.rank), "levels are in order");
            assert!(!level.displayed.is_empty() || !level.hidden.is_empty(), "a level has orders");
            self.audit_queue(level.displayed, side, Some(at), Place::Displayed, counts);
            self.audit_queue(level.hidden, side, Some(at), Place::Hidden, counts);
            levels += 1;
            (better, slot) = (Some(level.rank), level.worse);
        }
        assert_eq!(ladder.level_count(), levels);
    }

    fn audit_queue(
        &self,
        queue: Queue,
        side: Side,
        level: Option<Slot>,
        place: Place,
        counts: &mut Counts,
    ) {
        let (mut previous, mut next) = (None, queue.front);
        let mut last_arrival = None;
        while let Some(slot) = next {
            let order = &self.orders[slot];
            assert_eq!((order.side, order.previous), (side, previous));
            assert!(level.is_none_or(|level| level == order.level));
            self.audit_order(slot, place, counts);
            if !order.traits.is_iceberg() {
                let arrival = self.orders.details(slot).arrival;
                assert!(last_arrival.is_none_or(|last| last < arrival), "a queue is by arrival");
                last_arrival = Some(arrival);
            }
            (previous, next) = (next, order.next);
        }
        assert_eq!(queue.back, previous);
    }

    fn audit_order(&self, slot: Slot, place: Place, counts: &mut Counts) {
        let order = &self.orders[slot];
        assert!(order.is_live());
        assert_eq!(order.traits.place(), place);
        assert_eq!(self.find(order.id), Some(slot), "a live order is found by its id");
        counts.orders += 1;
        if order.traits.is_iceberg() {
            let iceberg = self.icebergs.get(slot);
            counts.icebergs += 1;
            assert!(iceberg.slice <= iceberg.display && iceberg.slice <= order.open);
            assert_eq!(iceberg.slice == Quantity::ZERO, place == Place::Waiting);
        }
    }
}

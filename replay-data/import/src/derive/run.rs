//! Execution runs: what one aggressor traded, made into one order with a recorded outcome.

use shadowbook_capture::RecordedFill;
use shadowbook_model::{Phase, Side};

use super::book::{Order, Slot, merit};
use super::desk::Desk;
use super::output::{NOBODY, Reason, fill};
use crate::feed::Place;

/// One visible execution.
#[derive(Clone, Copy, Debug)]
struct Execution {
    maker: u64,
    quantity: u64,
    place: Option<Place>,
}

/// The run that is not yet ended by another message, and memory that is used again.
#[derive(Debug, Default)]
pub(super) struct Run {
    side: Option<Side>,
    executions: Vec<Execution>,
    recorded: Vec<RecordedFill>,
    predicted: Vec<RecordedFill>,
    makers: Vec<Slot>,
}

impl Run {
    pub(super) const fn is_open(&self) -> bool {
        !self.executions.is_empty()
    }
}

impl Desk<'_> {
    /// Takes one visible execution. An open run of the same time ends when the side is another.
    pub(super) fn execute(&mut self, maker: u64, quantity: u64, place: Option<Place>) {
        let book = &self.state.book;
        let place = book.find(maker).map(|slot| book.place(slot)).or(place);
        let side = place.map(|place| place.side);
        if side.is_some() && self.state.run.side.is_some() && self.state.run.side != side {
            self.end_run();
        }
        let run = &mut self.state.run;
        run.side = run.side.or(side);
        run.executions.push(Execution { maker, quantity, place });
        self.tally.executions += 1;
    }

    /// Makes one aggressor of the open run, if there is one.
    pub(super) fn end_run(&mut self) {
        if !self.state.run.is_open() {
            return;
        }
        let mut run = std::mem::take(&mut self.state.run);
        self.tally.runs += 1;
        match self.limit(&run) {
            Ok(limit) => self.check(&mut run, limit),
            Err(reason) => self.leave_unchecked(&run, reason),
        }
        run.executions.clear();
        run.side = None;
        self.state.run = run;
    }

    /// The worst price of the run, or why it cannot be checked.
    fn limit(&self, run: &Run) -> Result<Place, &'static str> {
        let total = run
            .executions
            .iter()
            .try_fold(0_u64, |sum, execution| sum.checked_add(execution.quantity));
        match total {
            Some(0) => return Err("no quantity"),
            None => return Err("more quantity than 64 bits hold"),
            Some(_) => {}
        }
        if !matches!(self.state.phase, Phase::Continuous | Phase::LimitOnly) {
            return Err("outside continuous trading");
        }
        let mut worst: Option<Place> = None;
        for execution in &run.executions {
            let place =
                execution.place.ok_or("a maker that was never added, at an unknown price")?;
            let is_worse =
                |worst: Place| merit(place.side, place.price.0) < merit(worst.side, worst.price.0);
            if worst.is_none_or(is_worse) {
                worst = Some(place);
            }
        }
        worst.ok_or("no quantity")
    }

    fn leave_unchecked(&mut self, run: &Run, reason: &'static str) {
        self.output.unchecked(&mut self.at);
        *self.tally.unchecked.entry(reason).or_default() += 1;
        for execution in &run.executions {
            self.forget(execution.maker, execution.place, execution.quantity, Reason::UncheckedRun);
        }
    }

    fn check(&mut self, run: &mut Run, limit: Place) {
        self.record(run, limit);
        self.predict(run, limit);
        self.output.aggressor(&mut self.at, limit, &run.recorded);
        if run.predicted == run.recorded {
            self.tally.prediction.exact += 1;
            self.trade(run);
            return;
        }
        if by_price(&run.predicted) == by_price(&run.recorded) {
            self.tally.prediction.price_quantity += 1;
        } else {
            self.tally.prediction.different += 1;
        }
        let wanted = self.wanted(run, limit);
        self.trade(run);
        while self
            .state
            .book
            .best(limit.side)
            .is_some_and(|best| merit(limit.side, best.price) > merit(limit.side, limit.price.0))
        {
            self.clear_best(limit.side, Reason::TradedThrough);
        }
        self.restore(limit, &wanted);
    }

    /// What the feed says: consecutive executions of one maker at one price are one fill.
    fn record(&mut self, run: &mut Run, limit: Place) {
        run.recorded.clear();
        let mut via_seed = false;
        for execution in &run.executions {
            let Execution { maker, quantity, place } = *execution;
            let place = place.unwrap_or(limit);
            let maker = if self.state.book.find(maker).is_some() {
                maker
            } else {
                via_seed = true;
                self.seed_for(maker, quantity, place, &run.recorded)
            };
            match run.recorded.last_mut() {
                Some(last) if last.maker.0 == maker && last.price == place.price => {
                    last.quantity.0 += quantity;
                }
                _ if quantity == 0 => {}
                _ => run.recorded.push(fill(maker, place.price.0, quantity)),
            }
        }
        self.tally.via_seed += u64::from(via_seed);
    }

    /// The seed that stands for an order that was never added: by its id, not by its place in the
    /// queue, so that the outcome is not bent to what the book would do.
    fn seed_for(&self, id: u64, quantity: u64, place: Place, recorded: &[RecordedFill]) -> u64 {
        let book = &self.state.book;
        let mut best: Option<((u8, u64), u64)> = None;
        for slot in book.queue(place) {
            let order = book.order(slot);
            let Some(range) = order.seed else { continue };
            let used = recorded.iter().filter(|fill| fill.maker.0 == order.id);
            let left = order.open.saturating_sub(used.map(|fill| fill.quantity.0).sum());
            // A seed that holds enough comes first, the oldest of several; then the fullest.
            let (is_enough, fullness) =
                if left >= quantity { (true, 0) } else { (false, u64::MAX - left) };
            let rank = match (is_enough, range.contains(id)) {
                (true, true) => 0,
                (true, false) => 1,
                (false, true) => 2,
                (false, false) => 3,
            };
            if best.is_none_or(|(other, _)| (rank, fullness) < other) {
                best = Some(((rank, fullness), order.id));
            }
        }
        best.map_or(NOBODY, |(_, seed)| seed)
    }

    /// What a price-time book does with the run's aggressor.
    fn predict(&self, run: &mut Run, limit: Place) {
        run.predicted.clear();
        run.makers.clear();
        let book = &self.state.book;
        let mut left: u64 = run.recorded.iter().map(|fill| fill.quantity.0).sum();
        let worst = merit(limit.side, limit.price.0);
        for level in book.levels(limit.side).rev() {
            if merit(limit.side, level.price) < worst {
                return;
            }
            for slot in book.queue_of(level) {
                if left == 0 {
                    return;
                }
                let order = book.order(slot);
                let quantity = order.open.min(left);
                left -= quantity;
                run.predicted.push(fill(order.id, level.price, quantity));
                run.makers.push(slot);
            }
        }
    }

    /// Does with the book what the aggressor does with it.
    fn trade(&mut self, run: &Run) {
        for (slot, fill) in run.makers.iter().zip(&run.predicted) {
            self.state.book.take(*slot, fill.quantity.0, true);
        }
    }

    /// The queue of the run's last level as the feed left it.
    fn wanted(&self, run: &Run, limit: Place) -> Vec<Order> {
        let book = &self.state.book;
        let mut queue: Vec<Order> = book.queue(limit).map(|slot| book.order(slot)).collect();
        let unconfirmed = book.doubtful_until(limit);
        for fill in run.recorded.iter().filter(|fill| fill.price == limit.price) {
            let mut left = fill.quantity.0;
            let mut take = |order: &mut Order| {
                let part = order.open.min(left);
                order.open -= part;
                left -= part;
            };
            queue.iter_mut().filter(|order| order.id == fill.maker.0).for_each(&mut take);
            // What the maker did not have was held by those that may stand for others.
            queue.iter_mut().filter(|order| order.seed.is_some()).for_each(&mut take);
            let doubtful =
                |order: &&mut Order| order.seed.is_none() && order.entered <= unconfirmed;
            queue.iter_mut().rev().filter(doubtful).for_each(&mut take);
        }
        queue.retain(|order| order.open > 0);
        queue
    }

    /// Makes the queue of a level what it should be: what must stand behind is cancelled and
    /// entered again, in order.
    fn restore(&mut self, place: Place, wanted: &[Order]) {
        const REASON: Reason = Reason::RunDiffers;
        let present: Vec<Slot> = self.state.book.queue(place).collect();
        let mut kept = 0;
        for slot in present {
            let order = self.state.book.order(slot);
            match wanted.get(kept) {
                Some(next) if next.id == order.id && next.open <= order.open => {
                    kept += 1;
                    if next.open < order.open {
                        self.lessen(slot, order.open - next.open);
                        self.output.correction(&mut self.at, REASON);
                    }
                }
                _ => {
                    self.cancel(slot);
                    self.output.correction(&mut self.at, REASON);
                }
            }
        }
        for order in wanted.get(kept..).unwrap_or_default() {
            self.enter_again(place, *order, REASON);
        }
    }
}

/// The quantity that traded at each price.
fn by_price(fills: &[RecordedFill]) -> Vec<(i64, u128)> {
    let mut sums: Vec<(i64, u128)> = Vec::new();
    for fill in fills {
        let quantity = u128::from(fill.quantity.0);
        match sums.iter_mut().find(|(price, _)| *price == fill.price.0) {
            Some((_, sum)) => *sum += quantity,
            None => sums.push((fill.price.0, quantity)),
        }
    }
    sums.sort_unstable();
    sums
}

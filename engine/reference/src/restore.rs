//! How an instrument is set to the state of a snapshot.

use shadowbook_model::{OrderState, SoundSnapshot, TriggerState};

use crate::book::Book;
use crate::market::Market;
use crate::order::{Incoming, Order, Waiting};
use crate::policy::Policy;
use crate::untriggered::Untriggered;

impl<P: Policy> Market<P> {
    /// Sets this instrument to a snapshot, whatever it held. The orders come in the order in which
    /// they lie in their queues, so each of them joins the back.
    pub(crate) fn restore(&mut self, snapshot: SoundSnapshot<'_>) {
        self.phase = snapshot.state.phase;
        self.last_trade = self.policy.restored_last_trade(snapshot.state.last_trade);
        self.next_trade = snapshot.state.next_trade;
        self.arrivals = snapshot.state.arrivals;
        self.book = Book::default();
        self.untriggered = Untriggered::default();
        let mut orders = snapshot.orders.iter().collect::<Vec<_>>();
        if !self.policy.restores_queues() {
            orders.sort_by_key(|order| order.arrival);
        }
        for state in orders {
            match state.trigger {
                None => self.book.rest(Order::from_state(state), state.price, state.visibility),
                Some(trigger) => self.untriggered.add(waiting(state, trigger)),
            }
        }
    }
}

fn waiting(state: &OrderState, trigger: TriggerState) -> Waiting {
    let incoming = Incoming {
        order: Order::from_state(state),
        limit: state.price,
        visibility: state.visibility,
        min_quantity: state.min_quantity,
    };
    Waiting { incoming, trigger }
}

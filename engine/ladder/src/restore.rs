//! Sets a book to a snapshot.

use shadowbook_model::{OrderState, Quantity, Snapshot, Visibility};

use crate::arrive::Terms;
use crate::book::Book;
use crate::order::{Details, Incoming, Order};
use crate::traits::Traits;

impl Book {
    /// Forgets everything and takes over the state of a snapshot that was found sound.
    pub(crate) fn restore(&mut self, snapshot: &Snapshot) {
        let mut book = Self::with(self.settings(), snapshot.state.phase);
        book.last_trade = snapshot.state.last_trade;
        book.next_trade = snapshot.state.next_trade;
        book.arrivals = snapshot.state.arrivals;
        // Canonical order is that of every queue from the front.
        for state in &snapshot.orders {
            book.restore_order(state);
        }
        *self = book;
    }

    fn restore_order(&mut self, state: &OrderState) {
        let order = Order {
            id: state.order,
            open: state.open,
            side: state.side,
            time_in_force: state.time_in_force,
            self_trade: state.self_trade,
            traits: Traits::of(state.order_type, state.post_only),
            ..Order::default()
        };
        let details = Details {
            account: state.account,
            arrival: state.arrival,
            executed: state.executed,
            expire_time: state.expire_time.unwrap_or_default(),
        };
        let display = match state.visibility {
            Visibility::Full => None,
            Visibility::Iceberg { display, .. } => Some(display),
            Visibility::Hidden => Some(Quantity::ZERO),
        };
        let terms = Terms { price: state.price, display, min: state.min_quantity };
        let incoming = Incoming { order, details };
        let slot = match state.trigger {
            Some(trigger) => self.wait(&incoming, &terms, trigger),
            None => self.settle(&incoming, &terms),
        };
        if let Visibility::Iceberg { slice, .. } = state.visibility {
            self.icebergs.get_mut(slot).slice = slice;
        }
    }
}

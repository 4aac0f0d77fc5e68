//! What happens instead of a trade between two orders of one account.

use shadowbook_model::{CancelReason, Event, EventBuffer, Quantity, SelfTrade, Visibility};

use crate::book::Place;
use crate::market::Market;
use crate::matching::cancel_incoming;
use crate::order::{Incoming, Order};
use crate::policy::Policy;

impl<P: Policy> Market<P> {
    /// Self-trade prevention; of two events the resting order's comes first. An incoming order
    /// that is cancelled has nothing open any more, so it neither trades on nor rests (rule S1).
    pub(crate) fn prevent(
        &mut self,
        prevention: SelfTrade,
        taker: &mut Incoming,
        place: Place,
        events: &mut EventBuffer,
    ) {
        match prevention {
            SelfTrade::None => {}
            SelfTrade::CancelNewest => self.cancel_taker(taker, events),
            SelfTrade::CancelOldest => {
                self.cancel_resting(place, CancelReason::SelfTrade, events);
            }
            SelfTrade::CancelBoth => {
                self.cancel_resting(place, CancelReason::SelfTrade, events);
                self.cancel_taker(taker, events);
            }
            SelfTrade::Decrement => self.decrement(&mut taker.order, place, events),
        }
    }

    fn cancel_taker(&mut self, taker: &mut Incoming, events: &mut EventBuffer) {
        let before = *taker;
        cancel_incoming(&mut taker.order, CancelReason::SelfTrade, events);
        if before.limit.is_some() && !self.policy.prevented_remainder_is_gone() {
            self.rest(&before);
        }
    }

    fn decrement(&mut self, taker: &mut Order, place: Place, events: &mut EventBuffer) {
        let maker = self.book.order_mut(place);
        let quantity = self.policy.decrement(maker.open, taker.open);
        maker.reduce(quantity);
        taker.reduce(quantity);
        events.push(decremented(maker, quantity));
        events.push(decremented(taker, quantity));
        let open = maker.open;
        if open.is_zero() {
            self.book.remove(place);
        } else if let Visibility::Iceberg { display, slice } = self.book.visibility(place) {
            let slice = self.policy.slice_after_decrement(slice, display, open);
            self.book.set_slice(place, display, slice);
        }
    }
}

/// What a decrement by `quantity` has done to an order.
fn decremented(order: &Order, quantity: Quantity) -> Event {
    if order.open.is_zero() {
        Event::Canceled { order: order.id, quantity, reason: CancelReason::SelfTrade }
    } else {
        Event::Reduced { order: order.id, quantity, open: order.open }
    }
}

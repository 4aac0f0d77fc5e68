//! How an incoming order is shared among the orders of one level (rule M7).

use shadowbook_model::{Arrival, EventBuffer, OrderId, Price, Quantity, SelfTrade, Volume};

use crate::book::Level;
use crate::market::Market;
use crate::order::Incoming;
use crate::policy::{Leftover, Policy};

/// What one displayed order gets of an incoming one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    /// The place in the queue, from the front.
    position: usize,
    arrival: Arrival,
    order: OrderId,
    displayed: Quantity,
    quantity: Quantity,
}

impl<P: Policy> Market<P> {
    /// One round at one level: own displayed orders are dealt with, then what shows is shared;
    /// where nothing shows, the oldest hidden order trades. Refreshed slices are for the next
    /// round. Says whether there may be one.
    pub(crate) fn share_level(
        &mut self,
        taker: &mut Incoming,
        price: Price,
        events: &mut EventBuffer,
    ) -> bool {
        while !taker.order.open.is_zero()
            && let Some((own, prevention)) = self.first_own_displayed(taker, price)
        {
            let place = self.book.find(own).expect("what rests can be found");
            self.prevent(prevention, taker, place, events);
        }
        let side = taker.order.side.opposite();
        if taker.order.open.is_zero() {
            return false;
        }
        // Own orders may have been all that was there.
        let Some(level) = self.book.level_at(side, price) else { return true };
        if level.displayed.is_empty() {
            let hidden = level.hidden().iter().next().expect("no level is empty");
            let place = self.book.find(hidden.id).expect("what rests can be found");
            self.meet(taker, place, events);
            return true;
        }
        let mut shares = std::mem::take(&mut self.shares);
        self.list_displayed(level, &mut shares);
        let is_shared_out = self.find_shares(taker.order.open, &mut shares);
        for share in shares.iter().filter(|share| !share.quantity.is_zero()) {
            let place = self.book.find(share.order).expect("only its own fill ends an order");
            self.fill(taker, place, share.quantity, events);
        }
        self.shares = shares;
        is_shared_out
    }

    /// The first displayed order of the level that would trade with its own account.
    fn first_own_displayed(&self, taker: &Incoming, price: Price) -> Option<(OrderId, SelfTrade)> {
        let party = taker.order.party();
        let level = self.book.level_at(taker.order.side.opposite(), price)?;
        level.displayed.iter().find_map(|maker| {
            let prevention = self.policy.self_trade(party, maker.party());
            (prevention != SelfTrade::None).then_some((maker.id, prevention))
        })
    }

    fn list_displayed(&self, level: &Level, shares: &mut Vec<Share>) {
        shares.clear();
        shares.extend(level.displayed.iter().enumerate().map(|(position, maker)| Share {
            position,
            arrival: maker.arrival,
            order: maker.id,
            displayed: self.book.slice(maker),
            quantity: Quantity::ZERO,
        }));
    }

    /// Fills in what each order gets, and leaves the orders in queue order. Says whether all of
    /// the incoming quantity found somebody, as far as the level goes.
    fn find_shares(&self, wanted: Quantity, shares: &mut [Share]) -> bool {
        let mut total = Volume::default();
        for share in &*shares {
            total = self.policy.add(total, share.displayed.into());
        }
        let mut left = wanted;
        if Volume::from(wanted) >= total {
            shares.iter_mut().for_each(|share| give(share, share.displayed, &mut left));
            return true;
        }
        for share in &mut *shares {
            give(share, self.policy.share(wanted, share.displayed, total), &mut left);
        }
        // "Oldest" is a matter of arrival, which a refreshed slice does not renew (rule U8).
        match self.policy.leftover() {
            Leftover::Oldest => shares.sort_unstable_by_key(|share| share.arrival),
            Leftover::Newest => {
                shares.sort_unstable_by_key(|share| std::cmp::Reverse(share.arrival));
            }
            Leftover::Nobody => return false,
        }
        shares.iter_mut().for_each(|share| give(share, share.displayed, &mut left));
        shares.sort_unstable_by_key(|share| share.position);
        true
    }
}

/// Gives an order up to `quantity` more of what is left, and no more in all than shows of it.
fn give(share: &mut Share, quantity: Quantity, left: &mut Quantity) {
    let room = Quantity(share.displayed.0 - share.quantity.0);
    let given = quantity.min(room).min(*left);
    share.quantity.0 += given.0;
    left.0 -= given.0;
}

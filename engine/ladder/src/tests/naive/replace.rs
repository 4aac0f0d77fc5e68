//! Replacements (rules C2 to C7).

use shadowbook_model::{OrderState, OrderType, Phase, TriggerState, Visibility};

use super::super::*;
use super::{Naive, with_display};
use crate::rules::PriceBounds;

impl Naive {
    pub(super) fn replace(&mut self, command: &Replace) -> Result<(), RejectReason> {
        let old = self.find(command.order).ok_or(RejectReason::UnknownOrder)?;
        let is_waiting = old.trigger.is_some();
        let total = command.quantity.map_or(old.open.0 + old.executed.0, |total| total.0);
        let open = total.saturating_sub(old.executed.0);
        let is_market_type = old.order_type.is_market_type();
        let is_invalid = (is_market_type && command.price.is_some())
            || (command.trigger_price.is_some()
                && !matches!(old.trigger, Some(TriggerState::Fixed(_))))
            || (open > 0
                && command.display_quantity.is_some_and(|shown| is_market_type || shown.0 > total));
        if is_invalid {
            return Err(RejectReason::InvalidOrder);
        }
        let bounds = PriceBounds::of(&self.instrument);
        if command.price.into_iter().chain(command.trigger_price).any(|at| bounds.exclude(at)) {
            return Err(RejectReason::InvalidPrice);
        }
        let new_order = command.new_order.filter(|id| *id != old.order);
        if new_order.is_some_and(|id| self.find(id).is_some()) {
            return Err(RejectReason::DuplicateOrder);
        }
        if matches!(self.state.phase, Phase::Closed | Phase::Halted | Phase::CancelOnly) {
            return Err(RejectReason::Phase);
        }
        if open == 0 {
            self.cancel_all(&[old], CancelReason::ReplacedBelowExecuted);
            return Ok(());
        }
        let mut new = OrderState {
            order: new_order.unwrap_or(old.order),
            open: Quantity(open),
            price: command.price.or(old.price),
            trigger: command.trigger_price.map(TriggerState::Fixed).or(old.trigger),
            ..old
        };
        if let Some(display) = command.display_quantity {
            new.visibility = with_display(display);
            if let Visibility::Iceberg { slice, .. } = &mut new.visibility {
                *slice = old.displayed();
            }
        }
        let is_hidden = |order: &OrderState| order.visibility == Visibility::Hidden;
        let keeps_place = new.price == old.price
            && new.trigger == old.trigger
            && open <= old.open.0
            && is_hidden(&new) == is_hidden(&old);
        self.take_over(&old, new, keeps_place, is_waiting)?;
        Ok(())
    }

    /// The second half of a replacement: what depends on the place.
    fn take_over(
        &mut self,
        old: &OrderState,
        mut new: OrderState,
        keeps_place: bool,
        is_waiting: bool,
    ) -> Result<(), RejectReason> {
        if !keeps_place {
            let is_ordinary_limit = !is_waiting && !new.order_type.is_market_type();
            let order_type = if is_ordinary_limit { OrderType::Limit } else { new.order_type };
            if !self.takes(order_type, new.time_in_force, new.post_only) {
                return Err(RejectReason::Phase);
            }
            if self.would_take(&new) {
                return Err(RejectReason::PostOnlyWouldTake);
            }
        }
        self.events.push(Event::Replaced {
            order: old.order,
            new_order: Some(new.order).filter(|id| *id != old.order),
            price: new.price,
            open: new.open,
        });
        if keeps_place {
            if let Visibility::Iceberg { display, slice } = &mut new.visibility {
                *slice = if is_waiting { Quantity::ZERO } else { *slice };
                *slice = (*slice).min(*display).min(new.open);
            }
            self.entry(old.order).state = new;
            return Ok(());
        }
        self.forget(old.order);
        new.arrival = self.arrive();
        if let Visibility::Iceberg { slice, .. } = &mut new.visibility {
            *slice = Quantity::ZERO;
        }
        if !is_waiting && self.state.phase != Phase::Auction {
            new = self.sweep(new);
        }
        if !new.open.is_zero() {
            self.keep(new);
        }
        Ok(())
    }
}

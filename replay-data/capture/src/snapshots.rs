//! What every list of snapshots must be, in whichever form it comes.

use shadowbook_model::{
    Action, Command, Features, Instrument, NewOrder, OrderState, OrderType, Quantity, Seq,
    Snapshot, TimeNs, TriggerState, Visibility,
};

/// Sees to it that each snapshot is sound, and that they stand in the order of the table, at most
/// one for each instrument.
///
/// # Errors
/// The position of the first that is not so, and what is wrong with it.
pub(crate) fn check_snapshots(
    instruments: &[Instrument],
    snapshots: &[Snapshot],
) -> Result<(), (usize, String)> {
    let mut last = None;
    for (index, snapshot) in snapshots.iter().enumerate() {
        let id = snapshot.instrument;
        let Some(instrument) = instruments.get(id.index()) else {
            let count = instruments.len();
            return Err((index, format!("a snapshot of instrument {id} of a table of {count}")));
        };
        if last.is_some_and(|last| last >= id) {
            let problem = "snapshots stand in the order of the instruments, one for each";
            return Err((index, format!("a second snapshot of instrument {id}: {problem}")));
        }
        last = Some(id);
        snapshot.check(instrument).map_err(|error| (index, error.to_string()))?;
    }
    Ok(())
}

/// The order that has to be entered for this one to be there, as nearly as one command can: with
/// what is open of it, and as a plain limit when its trigger is behind it. A display quantity or a
/// minimum above what is open would contradict it (rule O6): it is capped.
#[must_use]
pub fn entered_as(order: &OrderState) -> NewOrder {
    let (trigger, trail) = match order.trigger {
        None => (None, None),
        Some(TriggerState::Fixed(price)) => (Some(price), None),
        Some(TriggerState::Trailing { offset, .. }) => (None, Some(offset)),
    };
    let was_triggered = order.order_type.has_trigger() && order.trigger.is_none();
    let plain = NewOrder::market(order.order, order.side, order.open);
    NewOrder {
        account: order.account,
        price: order.price,
        order_type: if was_triggered { OrderType::Limit } else { order.order_type },
        time_in_force: order.time_in_force,
        post_only: order.post_only,
        self_trade: order.self_trade,
        ..plain
    }
    .with_expire_time(order.expire_time)
    .with_display_quantity(match order.visibility {
        Visibility::Full => None,
        Visibility::Iceberg { display, .. } => Some(display.min(order.open)),
        Visibility::Hidden => Some(Quantity::ZERO),
    })
    .with_min_quantity(order.min_quantity.map(|minimum| minimum.min(order.open)))
    .with_trigger_price(trigger)
    .with_trail_offset(trail)
}

/// What a snapshot asks of an engine: its phase, and what its orders use.
#[must_use]
pub fn features_of(snapshot: &Snapshot) -> Features {
    let of = |action: Action| {
        Features::of_command(&Command::new(Seq(0), TimeNs(0), snapshot.instrument, action))
    };
    let orders = snapshot.orders.iter().map(|order| {
        let entered = entered_as(order);
        // The type that it was entered as is asked for, not what it became.
        let new = NewOrder { order_type: order.order_type, ..entered };
        of(new.into())
    });
    orders.fold(of(snapshot.state.phase.into()), Features::union)
}

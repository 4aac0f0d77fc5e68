//! Expiry, phases, mass-cancel (rules P1, P2, P4, P6, C5).

use shadowbook_model::{MassCancel, Phase};

use super::*;
use CancelReason::{EndOfDay, Expired, MassCancel as Mass};

fn gtd(time: u64, new: NewOrder) -> NewOrder {
    with(TimeInForce::Gtd, new).with_expire_time(TimeNs(time))
}

fn to(phase: Phase) -> Step {
    step(phase, [Event::Phase { phase }])
}

fn refuse(new: NewOrder) -> Step {
    step(new, [rejected(CommandKind::New, new.order.0, RejectReason::Phase)])
}

#[test]
fn orders_expire_by_time_then_arrival_before_any_command_is_looked_at() {
    let engine = check([
        enter(gtd(30, buy(1, 5, 1))),
        enter(gtd(20, sell(2, 9, 2))),
        enter(gtd(20, buy(3, 6, 3))),
        enter(gtd(31, buy(4, 4, 4))),
        enter(buy(5, 5, 5)),
        (19, Action::Time, vec![]),
        (20, Action::Time, vec![canceled(2, 2, Expired), canceled(3, 3, Expired)]),
        (
            30,
            cancel(1),
            vec![
                canceled(1, 1, Expired),
                rejected(CommandKind::Cancel, 1, RejectReason::UnknownOrder),
            ],
        ),
        (30, buy(1, 5, 1).into(), vec![accepted(1)]),
        (u64::MAX, Action::Time, vec![canceled(4, 4, Expired)]),
    ]);
    assert_eq!(book(&engine), [(5, 5, 5), (1, 5, 1)]);
}

#[test]
fn an_expiry_belongs_to_the_order_and_not_to_its_slot_or_id() {
    check([
        enter(gtd(20, buy(1, 5, 1))),
        step(cancel(1), [canceled(1, 1, CancelReason::Requested)]),
        enter(buy(1, 5, 1)),
        enter(gtd(20, buy(2, 5, 2))),
        enter(gtd(20, buy(3, 5, 3))),
        // A place that is lost comes later among those of the same time; one that is kept does
        // not, whatever the id is then.
        step(replace(2, Some(6), None), [replaced(2, None, 6, 2)]),
        step(
            Replace { new_order: Some(OrderId(9)), ..replace(3, None, Some(2)) },
            [replaced(3, Some(9), 5, 2)],
        ),
        (20, Action::Time, vec![canceled(9, 2, Expired), canceled(2, 2, Expired)]),
    ]);
}

#[test]
fn phases_take_what_they_take() {
    let post_only = |new| NewOrder { post_only: true, ..new };
    let market = NewOrder::market(OrderId(9), Side::Buy, Quantity(1));
    check([
        enter(buy(1, 5, 1)),
        to(Phase::Halted),
        refuse(buy(2, 5, 1)),
        refuse(market),
        to(Phase::CancelOnly),
        refuse(buy(2, 5, 1)),
        step(cancel(1), [canceled(1, 1, CancelReason::Requested)]),
        to(Phase::PostOnly),
        refuse(buy(2, 5, 1)),
        refuse(market),
        enter(post_only(buy(2, 5, 1))),
        step(
            post_only(sell(3, 5, 1)),
            [rejected(CommandKind::New, 3, RejectReason::PostOnlyWouldTake)],
        ),
        to(Phase::LimitOnly),
        refuse(market),
        step(sell(3, 5, 1), [accepted(3), fill((2, 0), (3, 0), 5, 1)]),
        to(Phase::Continuous),
        to(Phase::Continuous),
        enter(sell(4, 5, 1)),
        step(market, [accepted(9), fill((4, 0), (9, 0), 5, 1)]),
        to(Phase::Closed),
        refuse(buy(2, 5, 1)),
    ]);
}

#[test]
fn closing_ends_day_orders_in_order_of_arrival() {
    let day = |new| with(TimeInForce::Day, new);
    let engine = check([
        enter(day(sell(1, 9, 1))),
        enter(day(buy(2, 5, 2))),
        enter(buy(3, 5, 3)),
        enter(day(buy(4, 6, 4))),
        step(cancel(2), [canceled(2, 2, CancelReason::Requested)]),
        enter(day(buy(5, 3, 5))),
        step(replace(1, Some(8), None), [replaced(1, None, 8, 1)]),
        (
            20,
            Phase::Closed.into(),
            vec![
                Event::Phase { phase: Phase::Closed },
                canceled(4, 4, EndOfDay),
                canceled(5, 5, EndOfDay),
                canceled(1, 1, EndOfDay),
            ],
        ),
    ]);
    assert_eq!(book(&engine), [(3, 5, 3)]);
}

#[test]
fn mass_cancel_goes_by_arrival_across_levels_and_sides() {
    let of = |account, side| MassCancel { account: AccountId(account), side };
    let engine = check([
        enter(owned(7, sell(1, 9, 1))),
        enter(owned(7, buy(2, 5, 2))),
        enter(owned(8, buy(3, 5, 3))),
        enter(owned(7, buy(4, 6, 4))),
        enter(owned(7, sell(5, 8, 5))),
        enter(owned(7, buy(6, 6, 6))),
        enter(buy(7, 4, 7)),
        enter(sell(8, 10, 8)),
        step(of(7, Some(Side::Sell)), [canceled(1, 1, Mass), canceled(5, 5, Mass)]),
        step(of(7, Some(Side::Sell)), []),
        step(replace(2, Some(3), None), [replaced(2, None, 3, 2)]),
        step(of(7, None), [canceled(4, 4, Mass), canceled(6, 6, Mass), canceled(2, 2, Mass)]),
        to(Phase::Closed),
        step(of(0, None), [canceled(7, 7, Mass), canceled(8, 8, Mass)]),
    ]);
    assert_eq!(book(&engine), [(3, 5, 3)]);
}

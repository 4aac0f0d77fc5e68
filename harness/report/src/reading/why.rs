//! Why the reference is right, where the flow tells.

use shadowbook_compare::BookDifference;
use shadowbook_model::{
    Action, CancelReason, Event, Fill, Matching, OrderId, OrderState, OrderType, Phase, Price,
    Quantity, RejectReason, SelfTrade, Side, TimeInForce,
};

use super::facts::Facts;
use super::words::list;

/// So many parts of a level are told.
const PARTS: usize = 6;

/// A price that an incoming order of `side` prefers.
pub(super) const fn is_better(side: Side, price: Price, other: Price) -> bool {
    match side {
        Side::Buy => price.0 < other.0,
        Side::Sell => price.0 > other.0,
    }
}

/// Why two orders trade.
pub(super) fn trades(facts: &Facts<'_>, fill: &Fill) -> Option<String> {
    if facts.is_auction() {
        return None;
    }
    let taker = fill.taker;
    if facts.both_trade(taker, fill.price) {
        // Where both let it trade at this price, its limit is not the question.
        let left = facts.lots(Quantity(fill.taker_open.0.checked_add(fill.quantity.0)?));
        let price = facts.price(fill.price);
        return Some(format!("order {taker} trades at {price} already, and has {left} left"));
    }
    if facts.lasting(taker)?.order_type.is_market_type() {
        return Some(format!("order {taker} takes any price"));
    }
    if facts.shares_level(fill) {
        return Some(
            "what is left over of a level that is shared goes to the oldest (M7)".to_owned(),
        );
    }
    let limit = facts.limit(taker)?;
    let price = facts.price(fill.price);
    if limit == fill.price {
        return Some(format!("{price} is the very limit of order {taker}"));
    }
    let side = facts.side(taker)?;
    let limit_text = facts.price(limit);
    is_better(side, fill.price, limit)
        .then(|| format!("{price} is within the limit {limit_text} of order {taker}"))
}

/// Why two orders do not trade.
pub(super) fn does_not_trade(facts: &Facts<'_>, fill: &Fill) -> Option<String> {
    let (maker, taker) = (fill.maker, fill.taker);
    let phase = match facts.command?.action {
        Action::Phase(phase) => phase,
        _ => facts.shown.phase,
    };
    match phase {
        Phase::Auction => return Some("nothing trades in an auction".to_owned()),
        Phase::Halted => return Some("a halt does not uncross".to_owned()),
        _ => {}
    }
    if facts.is_auction() {
        return None;
    }
    let incoming = facts.lasting(taker)?;
    if let (Some(limit), false) = (facts.limit(taker), incoming.order_type.is_market_type()) {
        let at = facts.order(maker).and_then(|known| known.price);
        let prices = [Some(fill.price), at];
        if let Some(price) =
            prices.into_iter().flatten().find(|price| is_better(incoming.side, limit, *price))
        {
            let (price, limit) = (facts.price(price), facts.price(limit));
            return Some(format!("{price} is beyond the limit {limit} of order {taker}"));
        }
    }
    if incoming.post_only {
        return Some(format!("order {taker} is post-only"));
    }
    let is_own = facts.lasting(maker)?.account == incoming.account;
    let is_prevented = !incoming.account.is_anonymous() && incoming.self_trade != SelfTrade::None;
    if is_own && is_prevented { self_trade(facts, maker, taker) } else { None }
}

/// Why a fill that the candidate has in place of a cancel must not be.
pub(super) fn canceled_first(
    facts: &Facts<'_>,
    order: OrderId,
    reason: CancelReason,
    fill: &Fill,
) -> Option<String> {
    let is_remainder = matches!(reason, CancelReason::Ioc | CancelReason::NoLiquidity);
    let beyond = if is_remainder { does_not_trade(facts, fill) } else { None };
    beyond.or_else(|| canceled(facts, order, reason))
}

/// What self-trade prevention says of two orders.
pub(super) fn self_trade(facts: &Facts<'_>, maker: OrderId, taker: OrderId) -> Option<String> {
    let (resting, incoming) = (facts.lasting(maker)?, facts.lasting(taker)?);
    let (account, mode) = (incoming.account, incoming.self_trade);
    let is_own = resting.account == account && !account.is_anonymous();
    match (is_own, mode) {
        (_, SelfTrade::None) => Some(format!("order {taker} has no self-trade prevention")),
        (true, _) => {
            Some(format!("orders {maker} and {taker} are both of account {account}, mode {mode}"))
        }
        (false, _) if resting.account == account => {
            Some("anonymous orders are nobody's own".to_owned())
        }
        (false, _) => {
            Some(format!("order {maker} is of account {}, {taker} of {account}", resting.account))
        }
    }
}

/// The order against which the incoming one is held in the same answers.
fn partner(facts: &Facts<'_>, order: OrderId) -> Option<OrderId> {
    let incoming = facts.command?.aggressor()?;
    if order != incoming {
        return Some(incoming);
    }
    let mut fills = facts.our_fills().chain(facts.their_fills());
    let filled = fills.find(|fill| fill.taker == order).map(|fill| fill.maker);
    filled.or_else(|| {
        let both = facts.ours[facts.same..].iter().chain(&facts.theirs[facts.same..]);
        let mut orders = both.filter_map(|event| match event {
            Event::Canceled { order, reason: CancelReason::SelfTrade, .. }
            | Event::Reduced { order, .. } => Some(*order),
            _ => None,
        });
        orders.find(|other| *other != order)
    })
}

/// Why an order is cancelled.
pub(super) fn canceled(facts: &Facts<'_>, order: OrderId, reason: CancelReason) -> Option<String> {
    let known = facts.lasting(order);
    match reason {
        CancelReason::Requested => None,
        CancelReason::MassCancel => {
            let account = known?.account;
            Some(format!("it is of account {account}"))
        }
        CancelReason::Expired => {
            let (at, now) = (known?.expire_time?, facts.now()?);
            Some(if at == now {
                format!("it expires at {at}, and it is {now} now")
            } else {
                format!("it expired at {at}, and it is {now} now")
            })
        }
        CancelReason::Ioc => Some("what an ioc order leaves does not rest".to_owned()),
        CancelReason::Fok => {
            let own = if meets_own(facts, order) { " without its own orders" } else { "" };
            Some(format!("it cannot trade wholly{own}, so it does not trade at all"))
        }
        CancelReason::NoLiquidity => Some(match facts.command?.action {
            Action::Phase(_) => "market orders do not outlast the uncross".to_owned(),
            _ => "a market order does not rest".to_owned(),
        }),
        CancelReason::SelfTrade => self_trade_cancel(facts, order),
        CancelReason::ReplacedBelowExecuted => {
            Some("the new total is no more than what was executed".to_owned())
        }
        CancelReason::EndOfDay => Some("it is a day order".to_owned()),
        CancelReason::PostOnlyWouldTake => Some("it is post-only and would trade".to_owned()),
        CancelReason::MinQuantity => {
            let minimum = facts.lots(known?.minimum?);
            let own = if meets_own(facts, order) { " without its own orders" } else { "" };
            Some(format!("it cannot trade its minimum {minimum}{own}"))
        }
    }
}

/// Whether the candidate has an order meet an own one.
fn meets_own(facts: &Facts<'_>, incoming: OrderId) -> bool {
    let Some(account) = facts.lasting(incoming).map(|known| known.account) else { return false };
    let is_own = |order: OrderId| {
        order != incoming
            && !account.is_anonymous()
            && facts.lasting(order).is_some_and(|known| known.account == account)
    };
    facts.theirs.iter().any(|event| match event {
        Event::Canceled { order, reason: CancelReason::SelfTrade, .. } => {
            *order == incoming || is_own(*order)
        }
        Event::Reduced { order, .. } => is_own(*order),
        _ => false,
    })
}

fn self_trade_cancel(facts: &Facts<'_>, order: OrderId) -> Option<String> {
    let other = partner(facts, order)?;
    let incoming = facts.command?.aggressor()?;
    let (mode, account) = (facts.lasting(incoming)?.self_trade, facts.lasting(order)?.account);
    let is_own = facts.lasting(other)?.account == account && !account.is_anonymous();
    is_own.then(|| {
        format!(
            "orders {order} and {other} are both of account {account}, and order {incoming} \
                 says {mode}"
        )
    })
}

/// Why an order is not cancelled.
pub(super) fn not_canceled(
    facts: &Facts<'_>,
    order: OrderId,
    reason: CancelReason,
) -> Option<String> {
    let known = facts.lasting(order)?;
    match reason {
        CancelReason::Expired => {
            let now = facts.now()?;
            Some(match known.expire_time {
                Some(at) => format!("it expires at {at}, and it is {now} now"),
                None => "it does not expire".to_owned(),
            })
        }
        CancelReason::EndOfDay => {
            let tif = known.time_in_force;
            (tif != TimeInForce::Day).then(|| format!("it is {tif}, no day order"))
        }
        CancelReason::SelfTrade => self_trade(facts, partner(facts, order)?, order)
            .filter(|_| facts.command.and_then(|command| command.aggressor()) == Some(order))
            .or_else(|| {
                let incoming = facts.command?.aggressor()?;
                self_trade(facts, order, incoming)
            }),
        CancelReason::Fok => fills_wholly(facts, order),
        CancelReason::NoLiquidity => match facts.command?.action {
            Action::Phase(Phase::Halted) => Some("a halt does not uncross".to_owned()),
            _ => None,
        },
        CancelReason::MinQuantity => fills_minimum(facts, order),
        CancelReason::PostOnlyWouldTake if !known.post_only => {
            Some("it is not post-only".to_owned())
        }
        _ => None,
    }
}

/// With whom an order trades wholly in the reference.
fn fills_wholly(facts: &Facts<'_>, order: OrderId) -> Option<String> {
    let fills: Vec<&Fill> = facts.our_fills().filter(|fill| fill.taker == order).collect();
    let last = fills.last()?;
    let is_at_limit = facts.limit(order) == Some(last.price) && !facts.is_auction();
    let limit = if is_at_limit {
        format!(", at its very limit {}", facts.price(last.price))
    } else {
        String::new()
    };
    let is_whole = last.taker_open.is_zero();
    is_whole.then(|| format!("it trades wholly, with {}{limit}", makers(facts, &fills)))
}

/// With whom an order trades its minimum in the reference.
fn fills_minimum(facts: &Facts<'_>, order: OrderId) -> Option<String> {
    let minimum = facts.lasting(order)?.minimum?;
    let fills: Vec<&Fill> = facts.our_fills().filter(|fill| fill.taker == order).collect();
    let sum: u128 = fills.iter().map(|fill| u128::from(fill.quantity.0)).sum();
    let lots = |lots| facts.instrument.lot.format_unsigned(lots);
    (sum >= u128::from(minimum.0)).then(|| {
        let (sum, minimum) = (lots(sum), lots(u128::from(minimum.0)));
        format!("its minimum is {minimum}, and it trades {sum}, with {}", makers(facts, &fills))
    })
}

/// The makers of fills, each once, with what hides them.
fn makers(facts: &Facts<'_>, fills: &[&Fill]) -> String {
    let mut makers: Vec<String> = Vec::new();
    for fill in fills {
        let kind = match facts.order(fill.maker) {
            Some(known) if known.is_hidden() => " (hidden)",
            Some(known) if known.is_iceberg() => " (an iceberg)",
            _ => "",
        };
        let text = format!("order {}{kind}", fill.maker);
        if !makers.contains(&text) {
            makers.push(text);
        }
    }
    list(&makers)
}

/// Why a command is taken although the candidate rejects it for this.
pub(super) fn accepted(facts: &Facts<'_>, order: OrderId, reason: RejectReason) -> Option<String> {
    match reason {
        RejectReason::InvalidPrice => {
            let named = match &facts.command?.action {
                Action::New(new) => [new.price, new.trigger_price()],
                Action::Replace(replace) => [replace.price, replace.trigger_price],
                _ => return None,
            };
            let bounds = [facts.instrument.price_min, facts.instrument.price_max];
            let at = named.into_iter().flatten().find(|price| bounds.contains(&Some(*price)))?;
            let at = facts.price(at);
            Some(format!("{at} is the very bound of the instrument, not beyond it"))
        }
        RejectReason::PostOnlyWouldTake => {
            Some("nothing stands on the other side at its limit or better".to_owned())
        }
        RejectReason::DuplicateOrder => Some(format!("no other order {order} is live")),
        RejectReason::UnknownOrder => Some(match extra(facts, order) {
            Some(state) if state.trigger.is_some() => {
                format!("order {order} is live, waiting for its trigger")
            }
            _ => format!("order {order} is live"),
        }),
        RejectReason::Phase => Some(format!("phase {} takes it", facts.shown.phase)),
        RejectReason::MinQuantity => fills_minimum(facts, order),
        _ => None,
    }
}

/// What elects a waiting order, and the last trade where the answers tell it.
pub(super) fn election(facts: &Facts<'_>, order: OrderId) -> Option<String> {
    let phase = match facts.command?.action {
        Action::Phase(phase) => phase,
        _ => facts.shown.phase,
    };
    if !matches!(phase, Phase::Continuous | Phase::LimitOnly) {
        return Some(format!("nothing triggers in phase {phase}"));
    }
    let known = facts.order(order)?;
    if let Some(offset) = known.trail {
        let offset = facts.instrument.tick.format_signed(offset.0);
        let (where_to, way) = match known.side {
            Side::Sell => ("below", "rises"),
            Side::Buy => ("above", "falls"),
        };
        let (side, last) = (known.side, last_told(facts));
        return Some(format!(
            "its trailing {side} trigger follows the last trade {offset} {where_to} it and only \
             {way}{last}"
        ));
    }
    let trigger = facts.price(known.trigger?);
    let (side, order_type) = (known.side, known.order_type);
    let takes_profit = matches!(order_type, OrderType::TakeProfit | OrderType::TakeProfitLimit);
    let or = match (side, takes_profit) {
        (Side::Buy, false) | (Side::Sell, true) => "or above",
        (Side::Buy, true) | (Side::Sell, false) => "or below",
    };
    let last = last_told(facts);
    Some(format!("a {side} {order_type} waits for a last trade at {trigger} {or}{last}"))
}

fn last_told(facts: &Facts<'_>) -> String {
    match last_trade(facts) {
        Some(Some(last)) => format!(", and the last trade is {}", facts.price(last)),
        Some(None) => ", and nothing has traded".to_owned(),
        None => String::new(),
    }
}

/// The last trade when the answers part, where they or the books tell it.
fn last_trade(facts: &Facts<'_>) -> Option<Option<Price>> {
    let price_of = |event: &Event| match event {
        Event::Fill(fill) => Some(fill.price),
        Event::Auction { price, .. } => Some(*price),
        _ => None,
    };
    if let Some(price) = facts.ours[..facts.same].iter().rev().find_map(price_of) {
        return Some(Some(price));
    }
    if let Some(held) = facts.last_trade_held() {
        return Some(held);
    }
    // What the reference has after the command it had before, where nothing of it traded.
    if facts.ours.iter().any(|event| price_of(event).is_some()) {
        return None;
    }
    facts.shown.differences.iter().find_map(|difference| match difference {
        BookDifference::LastTrade { reference, .. } => Some(*reference),
        _ => None,
    })
}

/// What each engine gives to the orders of a pro-rata level, and why.
pub(super) fn shared(facts: &Facts<'_>, price: Price) -> Option<(String, String)> {
    if facts.instrument.matching != Matching::ProRata || facts.is_auction() {
        return None;
    }
    let incoming = facts.command?.aggressor()?;
    let parts = |fills: &mut dyn Iterator<Item = &Fill>| {
        let at_price = fills.filter(|fill| fill.taker == incoming && fill.price == price);
        let part = |fill: &Fill| format!("{} to order {}", facts.lots(fill.quantity), fill.maker);
        let mut parts: Vec<String> = at_price.map(part).collect();
        if parts.len() > PARTS {
            parts.truncate(PARTS);
            parts.push("so on".to_owned());
        }
        list(&parts)
    };
    let (ours, theirs) = (parts(&mut facts.our_fills()), parts(&mut facts.their_fills()));
    if ours.is_empty() || theirs.is_empty() {
        return None;
    }
    let what = format!("shares level {} as {theirs}, the reference as {ours}", facts.price(price));
    let why = "a part is rounded down, and the oldest gets what is left over (M7)";
    Some((what, why.to_owned()))
}

/// The price of an auction, where the answers tell why it is that one.
pub(super) fn auction(facts: &Facts<'_>, ours: Price, theirs: Price) -> Option<String> {
    let announced = facts.their_fills().next()?.price;
    if announced != theirs {
        return Some(format!("its own fills are at {}", facts.price(announced)));
    }
    let volume = |fills: &mut dyn Iterator<Item = &Fill>| -> u128 {
        fills.map(|fill| u128::from(fill.quantity.0)).sum()
    };
    let (more, less) = (volume(&mut facts.our_fills()), volume(&mut facts.their_fills()));
    if more > less {
        let lots = |lots| facts.instrument.lot.format_unsigned(lots);
        return Some(format!("{} trades there, not only {}", lots(more), lots(less)));
    }
    let Some(surplus) = left_over(facts, facts.our_fills().last()?) else {
        let is_reference = facts.instrument.reference_price == Some(ours);
        return is_reference.then(|| format!("{} is the reference price", facts.price(ours)));
    };
    if more < less || Some(surplus) != left_over(facts, facts.their_fills().last()?) {
        return None;
    }
    match surplus {
        Side::Buy if ours > theirs => {
            Some("buyers are left over at both, so the higher price counts".to_owned())
        }
        Side::Sell if ours < theirs => {
            Some("sellers are left over at both, so the lower price counts".to_owned())
        }
        Side::Buy | Side::Sell => None,
    }
}

/// The side of which something is left at the price of an uncross, as its last fill tells.
fn left_over(facts: &Facts<'_>, last: &Fill) -> Option<Side> {
    let side = facts.side(last.maker)?;
    match (last.maker_open.is_zero(), last.taker_open.is_zero()) {
        (false, true) => Some(side),
        (true, false) => Some(side.opposite()),
        _ => None,
    }
}

/// Why an uncross takes place: only market orders meet, and there is a price to refer to.
pub(super) fn uncross(facts: &Facts<'_>, price: Price) -> Option<String> {
    let is_market = |order| facts.lasting(order).is_some_and(|known| known.price.is_none());
    let mut fills = facts.our_fills();
    let meets = fills.all(|fill| is_market(fill.maker) && is_market(fill.taker));
    (meets && facts.instrument.reference_price == Some(price)).then(|| {
        format!("only market orders meet, and the reference price is {}", facts.price(price))
    })
}

/// An order of the candidate's book that the reference's has not.
pub(super) fn extra<'a>(facts: &Facts<'a>, order: OrderId) -> Option<&'a OrderState> {
    facts.shown.differences.iter().find_map(|difference| match difference {
        BookDifference::Extra(extra) if extra.order == order => Some(extra),
        _ => None,
    })
}

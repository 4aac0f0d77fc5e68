//! Making what a flow says simpler: values, attributes, ids.

use shadowbook_capture::Flow;
use shadowbook_model::{Price, TimeNs};

use crate::attributes::moves;
use crate::fields::{by_rank, changed, different, each_price, each_quantity, each_time, values};
use crate::renumber::{accounts_by_appearance, ids_by_appearance, seqs_by_place};
use crate::search::{Search, Stop};

/// Flows with more commands than this are only shrunk as a whole.
const SMALL: usize = 48;
/// Pairs of quantities are tried jointly up to this many quantities.
const PAIRED: usize = 12;

/// Shrinks values and drops attributes until nothing gets simpler. Whether anything did.
pub(crate) fn shrink(search: &mut Search<'_, '_, '_>) -> Result<bool, Stop> {
    let mut has_changed = false;
    loop {
        let mut is_simpler = shrink_as_a_whole(search)?;
        if search.best.commands.len() <= SMALL {
            is_simpler |= simplify(search)?;
            is_simpler |= shrink_quantities(search)?;
            is_simpler |= shrink_prices(search)?;
            is_simpler |= shrink_times(search)?;
        }
        if !is_simpler {
            return Ok(has_changed);
        }
        has_changed = true;
    }
}

/// What concerns all commands at once.
fn shrink_as_a_whole(search: &mut Search<'_, '_, '_>) -> Result<bool, Stop> {
    let renumbering = [seqs_by_place, ids_by_appearance, accounts_by_appearance];
    let mut has_changed = false;
    for renumbered in renumbering {
        has_changed |= search.take_simpler(renumbered(&search.best))?;
    }
    let all_now = changed(&search.best, each_time, &mut |_, _| TimeNs(0));
    has_changed |= search.take_simpler(all_now)?;
    has_changed |= search.take_simpler(by_rank(&search.best, each_time, TimeNs))?;
    has_changed |= search.take_simpler(by_rank(&search.best, each_price, price_of_rank))?;
    let all_one = changed(&search.best, each_quantity, &mut |_, lots: u64| lots.min(1));
    has_changed |= search.take_simpler(all_one)?;
    Ok(has_changed)
}

fn price_of_rank(rank: u64) -> Price {
    Price(i64::try_from(rank).unwrap_or(i64::MAX).saturating_add(1))
}

/// Everything else: attributes, kinds of commands, instruments.
fn simplify(search: &mut Search<'_, '_, '_>) -> Result<bool, Stop> {
    let mut has_changed = false;
    for simpler in moves(&search.best) {
        has_changed |= search.take_move(&*simpler)?;
    }
    Ok(has_changed)
}

/// Shrinks equal quantities together, then each alone, then two by the same number of lots.
fn shrink_quantities(search: &mut Search<'_, '_, '_>) -> Result<bool, Stop> {
    let mut has_changed = scale_quantities(search)?;
    for value in different(&search.best, each_quantity).into_iter().rev() {
        has_changed |= bisect(search, value, &|flow, now| {
            changed(flow, each_quantity, &mut |_, lots| if lots == value { now } else { lots })
        })?;
    }
    let count = values(&search.best, each_quantity).len();
    for at in 0..count {
        let Some(value) = values(&search.best, each_quantity).get(at).copied() else { break };
        has_changed |= bisect(search, value, &|flow, now| {
            changed(flow, each_quantity, &mut |place, lots| if place == at { now } else { lots })
        })?;
    }
    for (first, second) in pairs(count.min(PAIRED)) {
        let now = values(&search.best, each_quantity);
        let (Some(a), Some(b)) = (now.get(first), now.get(second)) else { break };
        let (value, a, b) = (*a.min(b), *a, *b);
        has_changed |= bisect(search, value, &|flow, now| {
            let gone = value - now;
            changed(flow, each_quantity, &mut |place, lots| match place {
                _ if place == first => a - gone,
                _ if place == second => b - gone,
                _ => lots,
            })
        })?;
    }
    Ok(has_changed)
}

/// Divides all quantities from some value on by the same number: it may be their ratio that counts.
fn scale_quantities(search: &mut Search<'_, '_, '_>) -> Result<bool, Stop> {
    let mut has_changed = false;
    for divisor in [2, 3, 5, 7] {
        for least in different(&search.best, each_quantity).into_iter().rev() {
            let scaled = |lots: u64| if lots < least { lots } else { (lots / divisor).max(1) };
            let values = values(&search.best, each_quantity);
            // Alone it is looked for by halving anyway.
            if least > divisor && values.iter().filter(|lots| **lots >= least).count() > 1 {
                let smaller = changed(&search.best, each_quantity, &mut |_, lots| scaled(lots));
                has_changed |= search.take_simpler(smaller)?;
            }
        }
    }
    Ok(has_changed)
}

fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).flat_map(move |first| (first + 1..count).map(move |second| (first, second)))
}

/// Sets a value as near to 1 as it can be found by halving; also to 0, and at last by one less.
fn bisect(
    search: &mut Search<'_, '_, '_>,
    value: u64,
    with: &dyn Fn(&Flow, u64) -> Flow,
) -> Result<bool, Stop> {
    let base = search.best.clone();
    let others = |now: u64| move |flow: &Flow| Some(with(flow, now));
    let (mut low, mut high) = (0, value);
    for now in [1, 2] {
        if now < high && search.take_move(&others(now))? {
            return Ok(true);
        }
        low = now;
    }
    while low + 1 < high {
        let middle = low.midpoint(high);
        if search.take_simpler(with(&base, middle))? {
            high = middle;
        } else {
            low = middle;
        }
    }
    if high == value && value > 3 {
        return search.take_simpler(with(&base, value - 1));
    }
    Ok(high < value)
}

/// Brings prices together: neighbours fall into one, gaps close, each price tries the others.
fn shrink_prices(search: &mut Search<'_, '_, '_>) -> Result<bool, Stop> {
    let mut has_changed = false;
    let mut rank = different(&search.best, each_price).len();
    while rank > 1 {
        rank -= 1;
        for gap in [0, 1, 2] {
            let ranks = different(&search.best, each_price);
            let Some([low, high]) = ranks.get(rank - 1..=rank) else { break };
            let Some(fall) = high.0.checked_sub(low.0).and_then(|now| now.checked_sub(gap)) else {
                continue;
            };
            let (high, fall) = (*high, fall.max(0));
            let closer = changed(&search.best, each_price, &mut |_, price| {
                if price >= high { Price(price.0.saturating_sub(fall)) } else { price }
            });
            if search.take_simpler(closer)? {
                has_changed = true;
                break;
            }
        }
    }
    if let Some(lowest) = different(&search.best, each_price).first().copied() {
        let shifted = changed(&search.best, each_price, &mut |_, price| {
            Price(price.0.saturating_sub(lowest.0).saturating_add(1))
        });
        has_changed |= search.take_simpler(shifted)?;
    }
    for at in 0..values(&search.best, each_price).len() {
        has_changed |= try_other_prices(search, at)?;
    }
    Ok(has_changed)
}

fn try_other_prices(search: &mut Search<'_, '_, '_>, at: usize) -> Result<bool, Stop> {
    let mut others = different(&search.best, each_price);
    let beside =
        |price: &Price| [Price(price.0.saturating_sub(1)), Price(price.0.saturating_add(1))];
    let mut more: Vec<Price> = others.iter().flat_map(beside).collect();
    others.append(&mut more);
    others.sort_unstable_by_key(|price| (price.0 < 1, price.0.unsigned_abs()));
    others.dedup();
    let mut has_changed = false;
    for other in others {
        let flow = changed(&search.best, each_price, &mut |place, price| {
            if place == at { other } else { price }
        });
        has_changed |= search.take_simpler(flow)?;
    }
    Ok(has_changed)
}

/// Lets neighbouring times fall into one, the latest first, and each time into another.
fn shrink_times(search: &mut Search<'_, '_, '_>) -> Result<bool, Stop> {
    let mut has_changed = false;
    let mut rank = different(&search.best, each_time).len();
    while rank > 1 {
        rank -= 1;
        let ranks = different(&search.best, each_time);
        let Some([low, high]) = ranks.get(rank - 1..=rank) else { continue };
        let (high, fall) = (*high, high.0 - low.0);
        let earlier = changed(&search.best, each_time, &mut |_, time| {
            if time >= high { TimeNs(time.0 - fall) } else { time }
        });
        has_changed |= search.take_simpler(earlier)?;
    }
    for at in 0..values(&search.best, each_time).len() {
        for other in different(&search.best, each_time) {
            let flow = changed(&search.best, each_time, &mut |place, time| {
                if place == at { other } else { time }
            });
            let is_rising = flow.commands.is_sorted_by_key(|command| command.time);
            if is_rising && search.take_simpler(flow)? {
                has_changed = true;
                break;
            }
        }
    }
    Ok(has_changed)
}

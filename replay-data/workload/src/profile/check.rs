//! What makes sense in a profile.

use std::str::FromStr;

use shadowbook_model::{Increment, OrderType, Phase};

use super::{
    Bursts, Collide, Flow, Market, Pace, Profile, ProfileError, Shares, Weighted, WholeModel,
};
use crate::choice::{Choice, Ranges};
use crate::market::Kind;

/// As many instruments as a profile may have.
const MAX_INSTRUMENTS: u32 = 65_536;
/// As many price levels as all books of a profile may have together.
const MAX_LEVELS: u64 = 1 << 26;
/// As long as an order may live, in orders.
const MAX_LIFETIME: i64 = 1 << 24;
/// Prices and distances stay far from the ends of 64 bits.
const MAX_TICKS: i64 = 1 << 48;
/// No gap is longer than a day.
const MAX_GAP_NS: i64 = 86_400_000_000_000;

type Checked<T> = Result<T, ProfileError>;

impl Profile {
    /// Whether a stream can be made of it.
    ///
    /// # Errors
    /// The first field that makes no sense, and what would be right.
    pub fn check(&self) -> Checked<()> {
        if self.instruments == 0 || self.instruments > MAX_INSTRUMENTS {
            return Err(ProfileError::field(
                "instruments",
                format!("must be from 1 to {MAX_INSTRUMENTS}"),
            ));
        }
        if self.symbol.is_empty() {
            return Err(ProfileError::field("symbol", "must not be empty"));
        }
        if !(1..=16).contains(&self.skew) {
            return Err(ProfileError::field("skew", "must be from 1 (evenly) to 16"));
        }
        increment("tick", &self.tick)?;
        increment("lot", &self.lot)?;
        check_pace(&self.pace)?;
        match &self.flow {
            Flow::Market(market) => check_market(market, self.instruments),
            Flow::Collide(collide) => check_collide(collide),
            Flow::WholeModel(whole_model) => check_whole_model(whole_model),
        }
    }
}

/// Reads the size of a tick or lot.
pub(crate) fn increment(field: &str, text: &str) -> Checked<Increment> {
    text.parse().map_err(|error| ProfileError::field(field, format!("`{text}` is {error}")))
}

/// Makes a choice of a list of ranges that lie from `lowest` to `highest`.
pub(crate) fn ranges(field: &str, list: &[Weighted], lowest: i64, highest: i64) -> Checked<Ranges> {
    for (position, &Weighted { from, to, .. }) in list.iter().enumerate() {
        let to = to.unwrap_or(from);
        let name = format!("{field}[{position}]");
        if to < from {
            return Err(ProfileError::field(name, format!("`to` {to} is below `from` {from}")));
        }
        if from < lowest || to > highest {
            let problem = format!("{from} to {to} is not within {lowest} to {highest}");
            return Err(ProfileError::field(name, problem));
        }
    }
    let weighted = list.iter().map(|range| {
        let to = range.to.unwrap_or(range.from);
        (range.weight, (range.from, to))
    });
    Ranges::new(weighted).ok_or_else(|| no_weight(field))
}

/// Makes a choice of a list of ranges that was checked before.
pub(crate) fn checked(field: &str, list: &[Weighted]) -> Checked<Ranges> {
    ranges(field, list, i64::MIN, i64::MAX)
}

/// Makes a choice of named shares.
pub(crate) fn shares<T>(field: &str, shares: &Shares) -> Checked<Choice<T>>
where
    T: FromStr<Err: ToString> + Copy,
{
    let mut weighted = Vec::new();
    for (name, weight) in shares {
        let value = name.parse::<T>();
        let value = value.map_err(|error| ProfileError::field(field, error.to_string()))?;
        weighted.push((*weight, value));
    }
    Choice::new(weighted).ok_or_else(|| no_weight(field))
}

fn no_weight(field: &str) -> ProfileError {
    ProfileError::field(field, "needs at least one weight above zero, and a sum within 64 bits")
}

fn at_most(field: &str, value: u64, limit: u64) -> Checked<()> {
    if value <= limit {
        return Ok(());
    }
    Err(ProfileError::field(field, format!("{value} is above {limit}")))
}

fn check_pace(pace: &Pace) -> Checked<()> {
    at_most("pace.start_ns", pace.start_ns, u64::MAX / 2)?;
    ranges("pace.gaps_ns", &pace.gaps_ns, 0, MAX_GAP_NS)?;
    let Some(Bursts { starts_ppm, commands, gaps_ns, aggress_permille }) = &pace.bursts else {
        return Ok(());
    };
    at_most("pace.bursts.starts_ppm", *starts_ppm, 1_000_000)?;
    at_most("pace.bursts.aggress_permille", *aggress_permille, 1_000)?;
    ranges("pace.bursts.commands", commands, 1, i64::from(u32::MAX))?;
    ranges("pace.bursts.gaps_ns", gaps_ns, 0, MAX_GAP_NS)?;
    Ok(())
}

fn check_market(market: &Market, instruments: u32) -> Checked<()> {
    if market.mid.abs() > MAX_TICKS {
        return Err(ProfileError::field(
            "flow.market.mid",
            format!("must be within {MAX_TICKS} of zero"),
        ));
    }
    if !(1..=MAX_TICKS).contains(&market.band) {
        return Err(ProfileError::field(
            "flow.market.band",
            format!("must be from 1 to {MAX_TICKS} ticks"),
        ));
    }
    at_most("flow.market.drift_ppm", market.drift_ppm, 1_000_000)?;
    ranges("flow.market.distance", &market.distance, -MAX_TICKS, MAX_TICKS)?;
    let (lowest, highest) = market.price_range();
    let levels = highest.abs_diff(lowest) + 1;
    if levels.saturating_mul(u64::from(instruments)) > MAX_LEVELS {
        let problem = format!(
            "{levels} levels on each of {instruments} instruments, at most {MAX_LEVELS} together \
             are possible: make the band, the longest distance or the instruments fewer"
        );
        return Err(ProfileError::field("flow.market.band", problem));
    }
    shares::<Kind>("flow.market.commands", &market.commands)?;
    let share = |kind: Kind| market.commands.get(kind.name()).copied().unwrap_or(0);
    if share(Kind::Add) == 0 {
        return Err(ProfileError::field(
            "flow.market.commands",
            "needs a share of `add` above zero",
        ));
    }
    if !market.lifetimes.is_empty() {
        ranges("flow.market.lifetimes", &market.lifetimes, 0, MAX_LIFETIME)?;
        if share(Kind::Cancel) > 0 {
            let problem = "has a share of `cancel`, but `lifetimes` say when orders are cancelled: \
                           leave out one of the two";
            return Err(ProfileError::field("flow.market.commands", problem));
        }
    }
    ranges("flow.market.quantities", &market.quantities, 1, i64::MAX)?;
    ranges("flow.market.aggressor_quantities", &market.aggressor_quantities, 1, i64::MAX)?;
    ranges("flow.market.through", &market.through, 0, MAX_TICKS)?;
    at_most("flow.market.market_permille", market.market_permille, 1_000)?;
    at_most("flow.market.day_permille", market.day_permille, 1_000)?;
    at_most("flow.market.post_only_permille", market.post_only_permille, 1_000)
}

impl Market {
    /// The prices that resting orders can have.
    pub(crate) fn price_range(&self) -> (i64, i64) {
        let farthest = self.distance.iter().map(|range| range.to.unwrap_or(range.from)).max();
        let reach = self.band.saturating_add(farthest.unwrap_or(0).max(0)).saturating_add(1);
        (self.mid.saturating_sub(reach), self.mid.saturating_add(reach))
    }
}

fn check_collide(collide: &Collide) -> Checked<()> {
    if collide.ids == 0 {
        return Err(ProfileError::field("flow.collide.ids", "must be above zero"));
    }
    if collide.accounts == 0 {
        return Err(ProfileError::field(
            "flow.collide.accounts",
            "must be above zero (1 is anonymous alone)",
        ));
    }
    if let (Some(lowest), Some(highest)) = (collide.price_min, collide.price_max)
        && lowest > highest
    {
        return Err(ProfileError::field("flow.collide.price_min", "is above `price_max`"));
    }
    for name in collide.order_types.keys() {
        let is_plain = name.parse().is_ok_and(|order_type: OrderType| !order_type.has_trigger());
        if !is_plain {
            let problem = format!("`{name}` is not generated, expected `limit` or `market`");
            return Err(ProfileError::field("flow.collide.order_types", problem));
        }
    }
    if collide.phases.contains_key(Phase::Auction.name()) {
        return Err(ProfileError::field("flow.collide.phases", "`auction` is not generated"));
    }
    at_most("flow.collide.post_only_permille", collide.post_only_permille, 1_000)?;
    at_most("flow.collide.malformed_permille", collide.malformed_permille, 1_000)?;
    at_most("flow.collide.extreme_permille", collide.extreme_permille, 1_000)?;
    at_most("flow.collide.settle_permille", collide.settle_permille, 1_000)?;
    crate::collide::Settings::new(collide).map(drop)
}

fn check_whole_model(whole_model: &WholeModel) -> Checked<()> {
    if whole_model.accounts == 0 {
        return Err(ProfileError::field(
            "flow.whole-model.accounts",
            "must be above zero (1 is anonymous alone)",
        ));
    }
    at_most("flow.whole-model.accounts", whole_model.accounts, 64)?;
    at_most("flow.whole-model.directed_permille", whole_model.directed_permille, 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a built-in profile wrong and holds the error against what it should say.
    fn check(name: &str, change: impl Fn(&mut Profile), expected: &str) {
        let mut profile = Profile::built_in(name).unwrap();
        change(&mut profile);
        assert_eq!(profile.check().unwrap_err().to_string(), expected);
    }

    fn market(profile: &mut Profile) -> &mut Market {
        match &mut profile.flow {
            Flow::Market(market) => market,
            _ => panic!("not market flow"),
        }
    }

    fn collide(profile: &mut Profile) -> &mut Collide {
        match &mut profile.flow {
            Flow::Collide(collide) => collide,
            _ => panic!("not colliding flow"),
        }
    }

    #[test]
    fn a_wrong_field_is_named_with_what_would_be_right() {
        check(
            "deep-book",
            |profile| profile.instruments = 0,
            "profile field `instruments`: must be from 1 to 65536",
        );
        check(
            "deep-book",
            |profile| profile.tick = "0".to_owned(),
            "profile field `tick`: `0` is not a usable increment: it must be above zero with at \
             most 18 decimals",
        );
        check(
            "deep-book",
            |profile| market(profile).quantities[0].from = 0,
            "profile field `flow.market.quantities[0]`: 0 to 100 is not within 1 to \
             9223372036854775807",
        );
        check(
            "deep-book",
            |profile| market(profile).band = 1 << 40,
            "profile field `flow.market.band`: 2199023255755 levels on each of 1 instruments, at \
             most 67108864 together are possible: make the band, the longest distance or the \
             instruments fewer",
        );
        check(
            "recorded-like",
            |profile| {
                market(profile).commands.insert("cancel".to_owned(), 1);
            },
            "profile field `flow.market.commands`: has a share of `cancel`, but `lifetimes` say \
             when orders are cancelled: leave out one of the two",
        );
        check(
            "recorded-like",
            |profile| {
                market(profile).commands.insert("amend".to_owned(), 1);
            },
            "profile field `flow.market.commands`: unknown command `amend`, expected one of: add, \
             cancel, reduce, replace, aggress, mass-cancel",
        );
        check(
            "mixed",
            |profile| {
                collide(profile).order_types.insert("stop".to_owned(), 1);
            },
            "profile field `flow.collide.order_types`: `stop` is not generated, expected `limit` \
             or `market`",
        );
        check(
            "mixed",
            |profile| collide(profile).self_trade.clear(),
            "profile field `flow.collide.self_trade`: needs at least one weight above zero, and a \
             sum within 64 bits",
        );
        check(
            "surge",
            |profile| profile.pace.gaps_ns[0] = Weighted { weight: 1, from: 5, to: Some(4) },
            "profile field `pace.gaps_ns[0]`: `to` 4 is below `from` 5",
        );
    }

    #[test]
    fn a_field_that_a_profile_does_not_have_is_an_error() {
        let text = Profile::built_in("mixed").unwrap().to_toml();
        let error = Profile::from_toml(&format!("seed = 3\n{text}")).unwrap_err().to_string();
        assert!(error.contains("unknown field `seed`"), "{error}");
    }
}

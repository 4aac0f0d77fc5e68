//! What a stream is made of, as a text that people write and read.

mod built_in;
mod check;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub(crate) use check::{checked, increment, ranges, shares};

/// What a stream is made of. Its text form is TOML with exactly these names; the built-in profiles
/// are written in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// What it is for, in a sentence.
    pub description: String,
    /// How many commands a stream has when nobody says otherwise.
    pub commands: u64,
    /// How many instruments there are.
    pub instruments: u32,
    /// The name of the only instrument; of several, the beginning of their names.
    pub symbol: String,
    /// The size of one tick of price, as a decimal.
    pub tick: String,
    /// The size of one lot of quantity, as a decimal.
    pub lot: String,
    /// How unevenly instruments are used: each command goes to the first of so many drawn at
    /// random. 1 is evenly.
    #[serde(default = "one")]
    pub skew: u32,
    /// When commands come.
    pub pace: Pace,
    /// What they ask for.
    pub flow: Flow,
}

const fn one() -> u32 {
    1
}

/// One range of whole numbers, both ends possible, and how often it is drawn compared to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weighted {
    /// How often, compared to the other ranges of the list.
    pub weight: u64,
    /// The lowest number.
    pub from: i64,
    /// The highest number; `from` when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<i64>,
}

/// Names with how often each is drawn compared to the others.
pub type Shares = BTreeMap<String, u64>;

/// When commands come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// The time of the first command.
    pub start_ns: u64,
    /// The nanoseconds from one command to the next.
    pub gaps_ns: Vec<Weighted>,
    /// Storms, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bursts: Option<Bursts>,
}

/// A storm: commands in close succession, all on one instrument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bursts {
    /// Of a million commands outside of a burst, so many begin one.
    pub starts_ppm: u64,
    /// How many commands it has.
    pub commands: Vec<Weighted>,
    /// The nanoseconds from one of its commands to the next.
    pub gaps_ns: Vec<Weighted>,
    /// Of a thousand of its commands, so many are aggressors (market flow only).
    pub aggress_permille: u64,
}

/// What commands ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flow {
    /// A market: orders that rest, live and go, and aggressors that trade with them. The generator
    /// keeps a book, so that every command finds what it is for and none is rejected.
    Market(Market),
    /// Commands on few ids and few prices without looking at any book, so that they run into each
    /// other and into every rule.
    Collide(Collide),
    /// Everything the market model has, on instruments of every kind (see [`crate::Fuzzer`]).
    WholeModel(WholeModel),
}

/// The flow of a market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Market {
    /// Owners of orders: one of so many, from 1 on. 0: everybody is anonymous.
    pub accounts: u64,
    /// Where the mid begins, in ticks.
    pub mid: i64,
    /// How far from there the mid may go, in ticks.
    pub band: i64,
    /// Of a million commands, so many move the mid by a tick.
    pub drift_ppm: u64,
    /// From where the distance of an order is counted.
    pub anchor: Anchor,
    /// How far behind the anchor orders are entered, in ticks; below zero is before it. Where an
    /// order would cross, it is entered on this side of the opposite touch instead.
    pub distance: Vec<Weighted>,
    /// How often commands ask for what: `add`, `cancel`, `reduce`, `replace`, `aggress`,
    /// `mass-cancel`.
    pub commands: Shares,
    /// After how many further orders of its instrument an order is cancelled. With lifetimes the
    /// share of `add` is for adds and cancels together, and a `cancel` share is impossible.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lifetimes: Vec<Weighted>,
    /// The quantities of orders that rest, in lots.
    pub quantities: Vec<Weighted>,
    /// The quantities of aggressors, in lots.
    pub aggressor_quantities: Vec<Weighted>,
    /// How far through the opposite touch the limit of an aggressor lies, in ticks.
    pub through: Vec<Weighted>,
    /// Of a thousand aggressors, so many are market orders; the others are `ioc` limits.
    #[serde(default)]
    pub market_permille: u64,
    /// Of a thousand orders that rest, so many are `day`; the others are `gtc`.
    #[serde(default)]
    pub day_permille: u64,
    /// Of a thousand orders that rest, so many are post-only.
    #[serde(default)]
    pub post_only_permille: u64,
}

/// From where the distance of a resting order is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Anchor {
    /// The drifting mid.
    Mid,
    /// The best price of its own side.
    Touch,
}

/// The flow of commands that run into each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collide {
    /// Owners of orders: one of so many, from 0 (anonymous) on.
    pub accounts: u64,
    /// Order ids: one of so many on each instrument, from 1 on.
    pub ids: u64,
    /// Prices, in ticks.
    pub prices: Vec<Weighted>,
    /// Quantities, in lots; 0 is possible.
    pub quantities: Vec<Weighted>,
    /// The lowest price that every second instrument takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_min: Option<i64>,
    /// The highest price that every second instrument takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_max: Option<i64>,
    /// How often commands are of which type.
    pub commands: Shares,
    /// How often orders are of which type: `limit`, `market`.
    pub order_types: Shares,
    /// How often orders have which time in force, as far as their type takes it.
    pub times_in_force: Shares,
    /// How long a `gtd` order has to live, in nanoseconds.
    pub expire_after_ns: Vec<Weighted>,
    /// How often orders have which self-trade mode.
    pub self_trade: Shares,
    /// Of a thousand orders, so many are post-only.
    pub post_only_permille: u64,
    /// Of a thousand orders and replacements, so many break a rule of form (O6, C6, U6).
    pub malformed_permille: u64,
    /// Of a thousand prices and quantities, so many are as large or small as they can be.
    pub extreme_permille: u64,
    /// How often a phase command goes to which phase.
    pub phases: Shares,
    /// Of a thousand commands outside of continuous trading, so many go back to it.
    pub settle_permille: u64,
}

/// The flow over the whole market model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WholeModel {
    /// Owners of orders: one of so many, from 0 (anonymous) on. With fewer than 3 some directed
    /// situations fail.
    pub accounts: u64,
    /// Of a thousand commands, so many begin a few that bring about a situation drawn at random.
    pub directed_permille: u64,
}

/// Why a text is no profile, or a profile no stream can be made of.
#[derive(Debug, Error)]
pub enum ProfileError {
    /// The text is no TOML, or names what a profile does not have.
    #[error("not a profile: {0}")]
    Toml(#[from] toml::de::Error),
    /// A field has a value that makes no sense.
    #[error("profile field `{field}`: {problem}")]
    Field {
        /// Which, as a path of names.
        field: String,
        /// What is wrong with it and what would be right.
        problem: String,
    },
    /// No built-in profile has this name.
    #[error("unknown profile `{name}`, expected one of: {}", Profile::NAMES.join(", "))]
    UnknownName {
        /// The name.
        name: String,
    },
}

impl ProfileError {
    pub(crate) fn field(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Field { field: field.into(), problem: problem.into() }
    }
}

impl Profile {
    /// Reads the text form.
    ///
    /// # Errors
    /// When it is no TOML, lacks or has too many fields, or [`Self::check`] fails.
    pub fn from_toml(text: &str) -> Result<Self, ProfileError> {
        let profile: Self = toml::from_str(text)?;
        profile.check()?;
        Ok(profile)
    }

    /// Writes the text form.
    ///
    /// # Panics
    /// Never: every profile can be written.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a profile has only names, numbers and lists")
    }
}

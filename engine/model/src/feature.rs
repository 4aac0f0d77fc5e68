//! What a stream asks for, and what an engine offers.
//!
//! A stream that asks for more than an engine offers is a wrong configuration, told before the
//! run; it is never an event.

use thiserror::Error;

use crate::command::{Action, Command};
use crate::instrument::{Instrument, Matching, Phase};
use crate::named::named_enum;
use crate::order::{OrderType, SelfTrade, TimeInForce};

named_enum! {
    /// One thing that a command or an instrument can ask for; its name is `field value`.
    pub enum Feature: "feature" {
        /// [`OrderType::Limit`].
        Limit = "order_type limit",
        /// [`OrderType::Market`].
        Market = "order_type market",
        /// [`OrderType::Stop`].
        Stop = "order_type stop",
        /// [`OrderType::StopLimit`].
        StopLimit = "order_type stop-limit",
        /// [`OrderType::TakeProfit`].
        TakeProfit = "order_type take-profit",
        /// [`OrderType::TakeProfitLimit`].
        TakeProfitLimit = "order_type take-profit-limit",
        /// [`OrderType::TrailingStop`].
        TrailingStop = "order_type trailing-stop",
        /// [`OrderType::TrailingStopLimit`].
        TrailingStopLimit = "order_type trailing-stop-limit",
        /// [`TimeInForce::Gtc`].
        Gtc = "time_in_force gtc",
        /// [`TimeInForce::Day`].
        Day = "time_in_force day",
        /// [`TimeInForce::Gtd`].
        Gtd = "time_in_force gtd",
        /// [`TimeInForce::Ioc`].
        Ioc = "time_in_force ioc",
        /// [`TimeInForce::Fok`].
        Fok = "time_in_force fok",
        /// A post-only order.
        PostOnly = "post_only true",
        /// A display quantity, on an order or a replacement.
        DisplayQuantity = "display_quantity",
        /// A minimum quantity.
        MinQuantity = "min_quantity",
        /// [`SelfTrade::CancelNewest`].
        CancelNewest = "self_trade cancel-newest",
        /// [`SelfTrade::CancelOldest`].
        CancelOldest = "self_trade cancel-oldest",
        /// [`SelfTrade::CancelBoth`].
        CancelBoth = "self_trade cancel-both",
        /// [`SelfTrade::Decrement`].
        Decrement = "self_trade decrement",
        /// A `replace` command.
        Replace = "type replace",
        /// A `cancel` command.
        Cancel = "type cancel",
        /// A `mass-cancel` command.
        MassCancel = "type mass-cancel",
        /// A `time` command.
        Time = "type time",
        /// [`Phase::Closed`].
        Closed = "phase closed",
        /// [`Phase::Halted`].
        Halted = "phase halted",
        /// [`Phase::CancelOnly`].
        CancelOnly = "phase cancel-only",
        /// [`Phase::Auction`].
        Auction = "phase auction",
        /// [`Phase::Continuous`].
        Continuous = "phase continuous",
        /// [`Phase::PostOnly`].
        PostOnlyPhase = "phase post-only",
        /// [`Phase::LimitOnly`].
        LimitOnly = "phase limit-only",
        /// [`Matching::PriceTime`].
        PriceTime = "matching price-time",
        /// [`Matching::ProRata`].
        ProRata = "matching pro-rata",
        /// More than one instrument.
        ManyInstruments = "instrument (more than one)",
    }
}

/// A set of [`Feature`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features(u64);

impl Features {
    /// The empty set.
    pub const NONE: Self = Self(0);
    /// The whole market model.
    pub const ALL: Self = Self((1 << Feature::ALL.len()) - 1);

    /// The set of these features.
    #[must_use]
    pub const fn of(features: &[Feature]) -> Self {
        let mut set = Self::NONE;
        let mut index = 0;
        while index < features.len() {
            set = set.with(features[index]);
            index += 1;
        }
        set
    }

    /// This set and one more.
    #[must_use]
    pub const fn with(self, feature: Feature) -> Self {
        Self(self.0 | (1 << feature.code()))
    }

    /// What is in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in this set but not in the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether this feature is in it.
    #[must_use]
    pub const fn contains(self, feature: Feature) -> bool {
        self.0 & (1 << feature.code()) != 0
    }

    /// Its features, in order of declaration.
    pub fn iter(self) -> impl Iterator<Item = Feature> {
        Feature::ALL.iter().copied().filter(move |feature| self.contains(*feature))
    }

    /// What this command asks for.
    #[must_use]
    pub fn of_command(command: &Command) -> Self {
        match &command.action {
            Action::New(new) => {
                let mut set = Self::NONE
                    .with(Feature::of_order_type(new.order_type))
                    .with(Feature::of_time_in_force(new.time_in_force));
                if new.post_only {
                    set = set.with(Feature::PostOnly);
                }
                if let Some(feature) = Feature::of_self_trade(new.self_trade) {
                    set = set.with(feature);
                }
                if new.display_quantity().is_some() {
                    set = set.with(Feature::DisplayQuantity);
                }
                if new.min_quantity().is_some() {
                    set = set.with(Feature::MinQuantity);
                }
                set
            }
            Action::Replace(replace) => {
                let set = Self::NONE.with(Feature::Replace);
                if replace.display_quantity.is_some() {
                    set.with(Feature::DisplayQuantity)
                } else {
                    set
                }
            }
            Action::Cancel(_) => Self::NONE.with(Feature::Cancel),
            Action::MassCancel(_) => Self::NONE.with(Feature::MassCancel),
            Action::Phase(phase) => Self::NONE.with(Feature::of_phase(*phase)),
            Action::Time => Self::NONE.with(Feature::Time),
        }
    }

    /// What a table of instruments asks for.
    #[must_use]
    pub fn of_instruments(instruments: &[Instrument]) -> Self {
        let mut set = Self::NONE;
        for instrument in instruments {
            set = set.with(Feature::of_phase(instrument.phase)).with(match instrument.matching {
                Matching::PriceTime => Feature::PriceTime,
                Matching::ProRata => Feature::ProRata,
            });
        }
        if instruments.len() > 1 { set.with(Feature::ManyInstruments) } else { set }
    }
}

impl Feature {
    const fn of_order_type(order_type: OrderType) -> Self {
        match order_type {
            OrderType::Limit => Self::Limit,
            OrderType::Market => Self::Market,
            OrderType::Stop => Self::Stop,
            OrderType::StopLimit => Self::StopLimit,
            OrderType::TakeProfit => Self::TakeProfit,
            OrderType::TakeProfitLimit => Self::TakeProfitLimit,
            OrderType::TrailingStop => Self::TrailingStop,
            OrderType::TrailingStopLimit => Self::TrailingStopLimit,
        }
    }

    const fn of_time_in_force(time_in_force: TimeInForce) -> Self {
        match time_in_force {
            TimeInForce::Gtc => Self::Gtc,
            TimeInForce::Day => Self::Day,
            TimeInForce::Gtd => Self::Gtd,
            TimeInForce::Ioc => Self::Ioc,
            TimeInForce::Fok => Self::Fok,
        }
    }

    const fn of_self_trade(self_trade: SelfTrade) -> Option<Self> {
        match self_trade {
            SelfTrade::None => None,
            SelfTrade::CancelNewest => Some(Self::CancelNewest),
            SelfTrade::CancelOldest => Some(Self::CancelOldest),
            SelfTrade::CancelBoth => Some(Self::CancelBoth),
            SelfTrade::Decrement => Some(Self::Decrement),
        }
    }

    const fn of_phase(phase: Phase) -> Self {
        match phase {
            Phase::Closed => Self::Closed,
            Phase::Halted => Self::Halted,
            Phase::CancelOnly => Self::CancelOnly,
            Phase::Auction => Self::Auction,
            Phase::Continuous => Self::Continuous,
            Phase::PostOnly => Self::PostOnlyPhase,
            Phase::LimitOnly => Self::LimitOnly,
        }
    }
}

/// What an engine offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The features it implements.
    pub features: Features,
}

impl Capabilities {
    /// Holds a demand against this offer.
    ///
    /// # Errors
    /// The first feature, in order of declaration, that is asked for and not offered.
    pub fn check(&self, demand: Features) -> Result<(), Unsupported> {
        match demand.without(self.features).iter().next() {
            None => Ok(()),
            Some(feature) => Err(Unsupported { feature }),
        }
    }
}

/// A stream asks for something that an engine does not offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("`{feature}` is not offered")]
pub struct Unsupported {
    /// What is asked for.
    pub feature: Feature,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{InstrumentId, NewOrder, OrderId, Price, Quantity, Replace, Seq, Side, TimeNs};

    fn demand(action: impl Into<Action>) -> Vec<Feature> {
        let command = Command::new(Seq(1), TimeNs(1), InstrumentId(0), action);
        Features::of_command(&command).iter().collect()
    }

    #[test]
    fn every_feature_fits_the_set() {
        assert!(Feature::ALL.len() <= 64);
        assert_eq!(Features::ALL.iter().count(), Feature::ALL.len());
    }

    #[test]
    fn a_command_asks_for_what_it_uses() {
        let limit = NewOrder::limit(OrderId(1), Side::Buy, Price(1), Quantity(1));
        assert_eq!(demand(limit), [Feature::Limit, Feature::Gtc]);
        let rich = NewOrder { post_only: true, self_trade: SelfTrade::CancelBoth, ..limit }
            .with_min_quantity(Quantity(1));
        assert_eq!(
            demand(rich),
            [
                Feature::Limit,
                Feature::Gtc,
                Feature::PostOnly,
                Feature::MinQuantity,
                Feature::CancelBoth
            ]
        );
        let resized = Replace { display_quantity: Some(Quantity(1)), ..Replace::of(OrderId(1)) };
        assert_eq!(demand(resized), [Feature::DisplayQuantity, Feature::Replace]);
        assert_eq!(demand(Phase::Auction), [Feature::Auction]);
    }

    #[test]
    fn what_is_not_offered_is_named() {
        let offer = Capabilities { features: Features::of(&[Feature::Limit, Feature::Gtc]) };
        assert_eq!(offer.check(Features::of(&[Feature::Gtc])), Ok(()));
        let refused = offer.check(Features::of(&[Feature::Gtc, Feature::Stop, Feature::Fok]));
        assert_eq!(refused, Err(Unsupported { feature: Feature::Stop }));
    }
}

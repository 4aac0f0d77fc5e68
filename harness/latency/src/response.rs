//! Response times under load, computed: recorded times, played faster and faster, against the
//! service times that were measured.
//!
//! The load is open: commands come when they come, whether or not the engine keeps up, and a
//! response lasts from the *planned* time of a command to its completion. A command that waits
//! behind a stall is slow then, as it is for a client: there is no coordinated omission.

use serde::{Deserialize, Serialize};
use shadowbook_model::{Command, TimeNs};
use thiserror::Error;

use crate::arm::{Arm, PerArm};
use crate::histogram::{Histogram, Percentiles, Quantile};

/// When each command comes: nanoseconds from the first. There is one at least, and times never
/// fall; several may come at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrivals {
    offsets: Vec<u64>,
}

/// Recorded times that no load can be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ArrivalsError {
    /// Nothing comes.
    #[error("there are no commands to make a load of")]
    NoCommands,
    /// Time goes back.
    #[error("command {index} (from 0) is at {time} ns, before the one ahead of it at {before} ns")]
    TimeFalls {
        /// The position of the command, from 0.
        index: usize,
        /// Its time.
        time: TimeNs,
        /// The time of the command before it.
        before: TimeNs,
    },
}

impl Arrivals {
    /// Commands that come at these times.
    ///
    /// # Errors
    /// When there are none, or a time is before the one ahead of it.
    pub fn new(times: impl IntoIterator<Item = TimeNs>) -> Result<Self, ArrivalsError> {
        let mut times = times.into_iter();
        let first = times.next().ok_or(ArrivalsError::NoCommands)?;
        let (mut offsets, mut before) = (vec![0], first);
        for time in times {
            if time < before {
                return Err(ArrivalsError::TimeFalls { index: offsets.len(), time, before });
            }
            offsets.push(time.0 - first.0);
            before = time;
        }
        Ok(Self { offsets })
    }

    /// Commands that come at the times that were recorded with them.
    ///
    /// # Errors
    /// When there are none, or a time is before the one ahead of it.
    pub fn of(commands: &[Command]) -> Result<Self, ArrivalsError> {
        Self::new(commands.iter().map(|command| command.time))
    }

    /// How many commands come.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.offsets.len()
    }

    /// When each comes at this scale: nanoseconds from the first, rounded down.
    pub fn planned_nanos(&self, scale: Scale) -> impl Iterator<Item = u64> {
        self.offsets.iter().map(move |&offset| scale.shorten(offset))
    }

    /// From the first command to the last at this scale, in nanoseconds, rounded down.
    #[must_use]
    pub fn span_nanos(&self, scale: Scale) -> u64 {
        scale.shorten(self.offsets.last().copied().unwrap_or_default())
    }

    /// Commands per second at this scale, on average, rounded down; `None` when all come at one
    /// time.
    #[must_use]
    pub fn per_second(&self, scale: Scale) -> Option<u64> {
        let gaps = u128::try_from(self.count() - 1).expect("a count fits");
        let per_second = gaps * 1_000_000_000 * u128::from(scale.thousandths);
        let span = u128::from(self.offsets.last().copied().unwrap_or_default());
        let rate = per_second.checked_div(span * u128::from(Scale::ONE.thousandths))?;
        Some(u64::try_from(rate).unwrap_or(u64::MAX))
    }
}

/// How many times faster than recorded commands come: in thousandths, more than none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Scale {
    thousandths: u64,
}

impl Scale {
    /// As recorded.
    pub const ONE: Self = Self { thousandths: 1000 };
    /// A thousandth as fast as recorded.
    pub const SLOWEST: Self = Self { thousandths: 1 };
    /// A thousand million times as fast: what lay an hour apart lies microseconds apart.
    pub const FASTEST: Self = Self { thousandths: 1_000_000_000_000 };

    /// So many times faster than recorded; `None` beyond [`Self::FASTEST`] and for 0.
    #[must_use]
    pub fn times(scale: u64) -> Option<Self> {
        Self::from_thousandths(scale.checked_mul(1000)?)
    }

    /// So many thousandths of the recorded speed; `None` beyond [`Self::FASTEST`] and for 0.
    #[must_use]
    pub fn from_thousandths(thousandths: u64) -> Option<Self> {
        (Self::SLOWEST.thousandths..=Self::FASTEST.thousandths)
            .contains(&thousandths)
            .then_some(Self { thousandths })
    }

    /// In thousandths of the recorded speed.
    #[must_use]
    pub const fn thousandths(self) -> u64 {
        self.thousandths
    }

    fn shorten(self, nanos: u64) -> u64 {
        let shortened = u128::from(nanos) * 1000 / u128::from(self.thousandths);
        u64::try_from(shortened).unwrap_or(u64::MAX)
    }
}

impl std::fmt::Display for Scale {
    /// `×10`, `×0.25`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, thousandths) = (self.thousandths / 1000, self.thousandths % 1000);
        if thousandths == 0 {
            return write!(f, "×{whole}");
        }
        let digits = format!("{thousandths:03}");
        write!(f, "×{whole}.{}", digits.trim_end_matches('0'))
    }
}

/// A number that is no [`Scale`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{0} thousandths are no scale: it goes from 1 to {max}", max = Scale::FASTEST.thousandths)]
pub struct NoScale(pub u64);

impl TryFrom<u64> for Scale {
    type Error = NoScale;

    fn try_from(thousandths: u64) -> Result<Self, NoScale> {
        Self::from_thousandths(thousandths).ok_or(NoScale(thousandths))
    }
}

impl From<Scale> for u64 {
    fn from(scale: Scale) -> Self {
        scale.thousandths
    }
}

/// The response time of each command, in nanoseconds, rounded up: one engine serves in the order
/// of arrival, each command for its `service` time in nanoseconds.
///
/// Lindley's recursion (1952): a command begins when it is there and the one ahead of it is done.
/// It is computed in fractions of a nanosecond that make every scale exact, so that a response
/// never becomes shorter as the scale grows.
///
/// # Panics
/// When there is not one service time for each arrival.
pub fn response_nanos<'a>(
    arrivals: &'a Arrivals,
    service: &'a [u32],
    scale: Scale,
) -> impl Iterator<Item = u64> + 'a {
    let unit = u128::from(scale.thousandths);
    response_units(arrivals, service, scale)
        .map(move |response| u64::try_from(response.div_ceil(unit)).unwrap_or(u64::MAX))
}

/// The same in nanoseconds times the scale's thousandths, which are whole numbers.
fn response_units<'a>(
    arrivals: &'a Arrivals,
    service: &'a [u32],
    scale: Scale,
) -> impl Iterator<Item = u128> + 'a {
    assert_eq!(arrivals.count(), service.len(), "a service time for each command");
    let unit = u128::from(scale.thousandths);
    let mut done = 0u128;
    arrivals.offsets.iter().zip(service).map(move |(&offset, &service)| {
        // The offset over the scale, in that unit: the thousandths cancel out.
        let planned = u128::from(offset) * 1000;
        done = done.max(planned) + u128::from(service) * unit;
        done - planned
    })
}

/// Response times of each arm at one scale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseTimes {
    /// How many times faster than recorded, in thousandths.
    pub scale: Scale,
    /// Commands per second, on average; `None` when all come at one time.
    pub per_second: Option<u64>,
    /// The figures of each arm.
    pub arms: PerArm<Percentiles>,
}

/// Response times of each arm at each of these scales, from the service times of each command.
///
/// # Panics
/// When there is not one service time for each arrival.
#[must_use]
pub fn response_times(
    arrivals: &Arrivals,
    service: &PerArm<Vec<u32>>,
    scales: &[Scale],
) -> Vec<ResponseTimes> {
    let at = |scale, arm: Arm| {
        let histogram = Histogram::of(response_nanos(arrivals, &service[arm], scale));
        histogram.percentiles().expect("there is one arrival at least")
    };
    let all = |&scale| ResponseTimes {
        scale,
        per_second: arrivals.per_second(scale),
        arms: PerArm::from_fn(|arm| at(scale, arm)),
    };
    scales.iter().map(all).collect()
}

/// How fast commands may come until responses take too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "knee")]
pub enum Knee {
    /// At this scale p99 keeps the limit, and a thousandth faster it does not.
    At {
        /// The largest scale that keeps it.
        scale: Scale,
        /// Commands per second there, on average.
        per_second: Option<u64>,
    },
    /// Not even at [`Scale::SLOWEST`]: the service times alone are above it, or commands come in
    /// bursts that no scale parts.
    Never,
    /// Even at [`Scale::FASTEST`].
    Beyond,
}

/// The largest scale at which p99 of the response times is not above `limit_nanos`.
///
/// Found by bisection, to the thousandth; as no response becomes shorter when the scale grows,
/// there is exactly one.
///
/// # Panics
/// When there is not one service time for each arrival.
#[must_use]
pub fn knee(arrivals: &Arrivals, service: &[u32], limit_nanos: u64) -> Knee {
    if keeps(arrivals, service, Scale::FASTEST, limit_nanos) {
        return Knee::Beyond;
    }
    if !keeps(arrivals, service, Scale::SLOWEST, limit_nanos) {
        return Knee::Never;
    }
    let (mut kept, mut broken) = (Scale::SLOWEST.thousandths, Scale::FASTEST.thousandths);
    while broken - kept > 1 {
        let middle = kept.midpoint(broken);
        if keeps(arrivals, service, Scale { thousandths: middle }, limit_nanos) {
            kept = middle;
        } else {
            broken = middle;
        }
    }
    let scale = Scale { thousandths: kept };
    Knee::At { scale, per_second: arrivals.per_second(scale) }
}

/// Whether p99 keeps the limit: counted, so that it is exact and needs no sorting.
fn keeps(arrivals: &Arrivals, service: &[u32], scale: Scale, limit_nanos: u64) -> bool {
    let count = u64::try_from(service.len()).expect("a count fits");
    let may_exceed = count - Quantile::P99.rank(count);
    let limit = u128::from(limit_nanos) * u128::from(scale.thousandths);
    let mut exceed = 0;
    for response in response_units(arrivals, service, scale) {
        exceed += u64::from(response > limit);
        if exceed > may_exceed {
            return false;
        }
    }
    true
}

#[cfg(test)]
#[path = "response_tests.rs"]
mod tests;

//! What a stream asks for, held against what an engine offers, before the run.

use std::fmt;

use shadowbook_capture::FirstUse;
use shadowbook_model::{Capabilities, Feature, Features, Instrument, Seq};
use thiserror::Error;

/// A capture asks for something that an engine does not offer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{place} for `{feature}`, which engine `{engine}` does not offer")]
pub struct MissingFeature {
    /// Where it is asked for first.
    pub place: Demand,
    /// The field and the value that it asks for.
    pub feature: Feature,
    /// The engine.
    pub engine: String,
}

/// What asks for a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Demand {
    /// The table of instruments, before the first command.
    Instruments,
    /// The snapshot that the capture begins with.
    Snapshot,
    /// This command, the first that does.
    Command(Seq),
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instruments => f.write_str("the instruments ask"),
            Self::Snapshot => f.write_str("the snapshot at the beginning asks"),
            Self::Command(seq) => write!(f, "seq {seq} asks"),
        }
    }
}

/// Holds what a capture asks for against what an engine offers: its instruments, the snapshot that
/// it begins with, and the features of its commands as [`shadowbook_capture::Summary::features`]
/// has them.
///
/// # Errors
/// The feature that is asked for first and not offered.
pub fn check_capabilities(
    engine: &str,
    offer: &Capabilities,
    instruments: &[Instrument],
    snapshot: Features,
    commands: &[FirstUse],
) -> Result<(), MissingFeature> {
    let table = Features::of_instruments(instruments);
    let missing = table
        .iter()
        .map(|feature| (Demand::Instruments, feature))
        .chain(snapshot.iter().map(|feature| (Demand::Snapshot, feature)))
        .chain(commands.iter().map(|first| (Demand::Command(first.seq), first.feature)))
        .filter(|(_, feature)| !offer.features.contains(*feature))
        .min();
    match missing {
        None => Ok(()),
        Some((place, feature)) => Err(MissingFeature { place, feature, engine: engine.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use shadowbook_model::Increment;

    use super::*;

    #[test]
    fn the_first_command_that_asks_too_much_is_named() {
        let offer = Capabilities {
            features: Features::of(&[
                Feature::Limit,
                Feature::Gtc,
                Feature::Continuous,
                Feature::PriceTime,
            ]),
        };
        let check = |instruments: usize, demand: &[(Feature, u64)]| {
            let table =
                vec![Instrument::new("XBTUSD", Increment::ONE, Increment::ONE); instruments];
            let demand: Vec<FirstUse> = demand
                .iter()
                .map(|(feature, seq)| FirstUse { feature: *feature, seq: Seq(*seq) })
                .collect();
            check_capabilities("toy", &offer, &table, Features::NONE, &demand)
                .map_err(|error| error.to_string())
        };
        assert_eq!(check(1, &[(Feature::Limit, 1), (Feature::Gtc, 1)]), Ok(()));
        assert_eq!(
            check(1, &[(Feature::Limit, 1), (Feature::Stop, 9), (Feature::Fok, 7)]),
            Err("seq 7 asks for `time_in_force fok`, which engine `toy` does not offer".to_owned())
        );
        assert_eq!(
            check(2, &[(Feature::Fok, 7)]),
            Err("the instruments ask for `instrument (more than one)`, which engine `toy` does \
                 not offer"
                .to_owned())
        );
        let asked = Features::of(&[Feature::Limit, Feature::Stop]);
        let first = [FirstUse { feature: Feature::Fok, seq: Seq(1) }];
        let refused = check_capabilities("toy", &offer, &[], asked, &first);
        assert_eq!(
            refused.map_err(|error| error.to_string()),
            Err("the snapshot at the beginning asks for `order_type stop`, which engine `toy` \
                 does not offer"
                .to_owned())
        );
    }
}

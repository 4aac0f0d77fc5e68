//! What a stream asks for, held against what an engine offers, before the run.

use shadowbook_model::{Capabilities, Feature, Seq};
use thiserror::Error;

/// A stream asks for something that an engine does not offer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("seq {seq} asks for `{feature}`, which engine `{engine}` does not offer")]
pub struct MissingFeature {
    /// The first command that asks for it; 0 is the table of instruments.
    pub seq: Seq,
    /// The field and the value that it asks for.
    pub feature: Feature,
    /// The engine.
    pub engine: String,
}

/// Holds the features that a stream asks for, each with its first command, against an engine.
///
/// # Errors
/// The feature that is asked for first in the stream and not offered.
pub fn check_capabilities(
    engine: &str,
    offer: &Capabilities,
    demand: impl IntoIterator<Item = (Feature, Seq)>,
) -> Result<(), MissingFeature> {
    let missing = demand.into_iter().filter(|(feature, _)| !offer.features.contains(*feature));
    match missing.min_by_key(|(feature, seq)| (*seq, *feature)) {
        None => Ok(()),
        Some((feature, seq)) => Err(MissingFeature { seq, feature, engine: engine.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use shadowbook_model::Features;

    use super::*;

    #[test]
    fn the_first_command_that_asks_too_much_is_named() {
        let offer = Capabilities { features: Features::of(&[Feature::Limit, Feature::Gtc]) };
        let check = |demand: &[(Feature, u64)]| {
            let demand = demand.iter().map(|(feature, seq)| (*feature, Seq(*seq)));
            check_capabilities("toy", &offer, demand).map_err(|error| error.to_string())
        };
        assert_eq!(check(&[(Feature::Limit, 1), (Feature::Gtc, 1)]), Ok(()));
        assert_eq!(
            check(&[(Feature::Limit, 1), (Feature::Stop, 9), (Feature::Fok, 7)]),
            Err("seq 7 asks for `time_in_force fok`, which engine `toy` does not offer".to_owned())
        );
    }
}

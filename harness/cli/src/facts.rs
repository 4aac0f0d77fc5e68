//! What is in a capture, for people and for machines.

use std::fmt;

use serde::Serialize;
use shadowbook_capture::Summary;

/// A [`Summary`] in the form that is written.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Facts {
    /// How many commands.
    pub(crate) commands: u64,
    /// In how many blocks; 0 for JSON lines.
    pub(crate) blocks: u64,
    /// The first `seq`.
    pub(crate) first_seq: Option<u64>,
    /// The last `seq`.
    pub(crate) last_seq: Option<u64>,
    /// The first time, in nanoseconds.
    pub(crate) first_time_ns: Option<u64>,
    /// The last time, in nanoseconds.
    pub(crate) last_time_ns: Option<u64>,
    /// Commands with recorded fills.
    pub(crate) recorded_fills: u64,
    /// Commands with all recorded events.
    pub(crate) recorded_events: u64,
    /// Execution runs that cannot be checked.
    pub(crate) unchecked: u64,
    /// Commands that production refused outside matching.
    pub(crate) external: u64,
    /// Commands that an importer added to put its book right.
    pub(crate) synthetic: u64,
    /// What the books hold before the first command, if that is anything.
    pub(crate) snapshot: Option<SnapshotFacts>,
    /// What the commands ask of an engine, each with the first `seq` that does.
    pub(crate) features: Vec<Use>,
    /// The digest of the logical stream.
    pub(crate) digest: String,
}

/// What the books hold before the first command.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SnapshotFacts {
    /// Of how many instruments.
    pub(crate) instruments: u64,
    /// How many live orders.
    pub(crate) orders: u64,
    /// What it asks of an engine.
    pub(crate) features: Vec<&'static str>,
}

impl fmt::Display for SnapshotFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (orders, instruments) = (thousands(self.orders), thousands(self.instruments));
        write!(f, "a snapshot of {orders} orders on {instruments} instruments")
    }
}

/// The first use of a feature.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Use {
    /// The field and the value that ask for it.
    pub(crate) feature: &'static str,
    /// The first command that does.
    pub(crate) first_seq: u64,
}

impl Facts {
    /// The facts of a summary.
    pub(crate) fn of(summary: &Summary) -> Self {
        let uses = summary
            .features
            .iter()
            .map(|first| Use { feature: first.feature.name(), first_seq: first.seq.0 });
        let snapshot = (summary.snapshot.instruments > 0).then(|| SnapshotFacts {
            instruments: summary.snapshot.instruments,
            orders: summary.snapshot.orders,
            features: summary.snapshot.features.iter().map(|feature| feature.name()).collect(),
        });
        Self {
            commands: summary.commands,
            blocks: summary.blocks,
            first_seq: summary.first.map(|place| place.seq.0),
            last_seq: summary.last.map(|place| place.seq.0),
            first_time_ns: summary.first.map(|place| place.time.0),
            last_time_ns: summary.last.map(|place| place.time.0),
            recorded_fills: summary.recorded.fills,
            recorded_events: summary.recorded.events,
            unchecked: summary.recorded.unchecked,
            external: summary.recorded.external,
            synthetic: summary.synthetic,
            snapshot,
            features: uses.collect(),
            digest: summary.digest.to_string(),
        }
    }
}

/// A count with its thousands set apart, as in `1,234,567`.
pub(crate) fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn thousands_are_set_apart() {
        let written: Vec<String> = [0, 999, 1_000, 1_234_567].map(thousands).to_vec();
        assert_eq!(written, ["0", "999", "1,000", "1,234,567"]);
    }
}

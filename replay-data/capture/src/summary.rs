//! What is in a stream, in a few numbers.

use shadowbook_model::{Digest, Feature, Features, Instrument, Seq, Snapshot, TimeNs};

use crate::batch::{Batch, Entry, Recorded};
use crate::digest::StreamDigest;
use crate::error::ReadError;
use crate::snapshots::features_of;
use crate::source::Source;

/// Where in a stream: the place and the time of one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The command's place.
    pub seq: Seq,
    /// The command's time.
    pub time: TimeNs,
}

/// How many recorded outcomes there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordedCounts {
    /// Commands with the fills that production recorded for them.
    pub fills: u64,
    /// Commands with everything that production answered.
    pub events: u64,
    /// Commands that stand for an execution run that cannot be checked.
    pub unchecked: u64,
    /// Commands, among those with events, that production refused outside matching.
    pub external: u64,
}

/// The first command that asks for a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstUse {
    /// What it asks for.
    pub feature: Feature,
    /// The first command that does.
    pub seq: Seq,
}

/// What a stream begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SnapshotCounts {
    /// How many instruments have a snapshot; 0 where all books are empty.
    pub instruments: u64,
    /// How many live orders there are in them.
    pub orders: u64,
    /// What they ask of an engine.
    pub features: Features,
}

impl SnapshotCounts {
    /// Counts what is in these snapshots.
    #[must_use]
    pub fn of(snapshots: &[Snapshot]) -> Self {
        Self {
            instruments: snapshots.len() as u64,
            orders: snapshots.iter().map(|snapshot| snapshot.orders.len() as u64).sum(),
            features: snapshots.iter().map(features_of).fold(Features::NONE, Features::union),
        }
    }
}

/// What is in a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How many commands.
    pub commands: u64,
    /// In how many blocks of a capture file; 0 for any other source.
    pub blocks: u64,
    /// The first command.
    pub first: Option<Place>,
    /// The last command.
    pub last: Option<Place>,
    /// How many commands have a recorded outcome.
    pub recorded: RecordedCounts,
    /// How many commands an importer added to put its book right.
    pub synthetic: u64,
    /// What it begins with.
    pub snapshot: SnapshotCounts,
    /// What the commands that are sent to engines ask of them, in order of declaration, each with
    /// its first use. What the instruments ask for is not in it: see [`Features::of_instruments`];
    /// nor is what the snapshot asks for.
    pub features: Vec<FirstUse>,
    /// The digest of the logical stream: instruments, snapshots, commands and recorded outcomes. It does not
    /// depend on block size, compression, origin, or whether the stream is a file or a text.
    pub digest: Digest,
}

impl Summary {
    /// The features that the snapshot and the commands ask for, as a set.
    #[must_use]
    pub fn demand(&self) -> Features {
        self.features.iter().fold(self.snapshot.features, |set, first| set.with(first.feature))
    }
}

/// Counts a stream as it comes.
pub(crate) struct Tally {
    summary: Summary,
    asked: Features,
    digest: StreamDigest,
}

impl Tally {
    /// Nothing counted yet of a stream on these instruments that begins with these snapshots.
    pub(crate) fn new(instruments: &[Instrument], snapshots: &[Snapshot]) -> Self {
        let summary = Summary {
            commands: 0,
            blocks: 0,
            first: None,
            last: None,
            recorded: RecordedCounts::default(),
            synthetic: 0,
            snapshot: SnapshotCounts::of(snapshots),
            features: Vec::new(),
            digest: Digest(0),
        };
        Self { summary, asked: Features::NONE, digest: StreamDigest::new(instruments, snapshots) }
    }

    /// The last command so far.
    pub(crate) const fn last(&self) -> Option<Place> {
        self.summary.last
    }

    /// Counts a block of a capture file.
    pub(crate) fn block(&mut self) {
        self.summary.blocks += 1;
    }

    /// Counts a command.
    pub(crate) fn push(&mut self, entry: &Entry<'_>) {
        let Self { summary, asked, digest } = self;
        let place = Place { seq: entry.command.seq, time: entry.command.time };
        summary.commands += 1;
        summary.first.get_or_insert(place);
        summary.last = Some(place);
        summary.synthetic += u64::from(entry.synthetic);
        let recorded = &mut summary.recorded;
        let is_external = entry.recorded.is_some_and(|recorded| recorded.is_external());
        recorded.external += u64::from(is_external);
        match entry.recorded {
            None => {}
            Some(Recorded::Fills(_)) => recorded.fills += 1,
            Some(Recorded::Unchecked) => recorded.unchecked += 1,
            Some(Recorded::Events(_)) => recorded.events += 1,
        }
        // What no engine is sent asks nothing of it.
        let features =
            if is_external { Features::NONE } else { Features::of_command(entry.command) };
        for feature in features.without(*asked).iter() {
            summary.features.push(FirstUse { feature, seq: place.seq });
        }
        *asked = asked.union(features);
        digest.push(entry);
    }

    /// What was counted.
    pub(crate) fn finish(self) -> Summary {
        let mut summary = self.summary;
        summary.features.sort_by_key(|first| first.feature);
        summary.digest = self.digest.finish();
        summary
    }
}

/// Reads a source to its end and says what was in it.
///
/// # Errors
/// When the source cannot be read to its end.
pub fn scan(source: &mut dyn Source) -> Result<Summary, ReadError> {
    let mut tally = Tally::new(source.instruments(), source.snapshots());
    let mut batch = Batch::new();
    while source.read(&mut batch)? {
        batch.iter().for_each(|entry| tally.push(&entry));
    }
    Ok(tally.finish())
}

//! What a run begins with: the snapshot of another file, where one is given.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use shadowbook_capture::{Capture, Restored, SnapshotCounts, Source};
use shadowbook_model::Snapshot;
use shadowbook_session::Restored as RestoredSession;

use crate::exit::Failure;
use crate::input::{Survey, open};

/// What the books hold before the first command.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Begin {
    /// Begin with this snapshot, for a capture that does not begin with one itself
    #[arg(long, value_name = "SNAPSHOT")]
    pub(crate) restore: Option<PathBuf>,
}

/// A snapshot that was read for a capture.
pub(crate) struct Given(Option<Vec<Snapshot>>);

impl Begin {
    /// The path that is read, if one is.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.restore.as_deref()
    }

    /// Reads the snapshot for this capture, and says in the survey what it asks of engines.
    pub(crate) fn read(&self, capture: &Capture, survey: &mut Survey) -> Result<Given, Failure> {
        let Some(path) = self.path() else { return Ok(Given(None)) };
        let refused = |why: &str| {
            let path = path.display();
            Err(Failure::usage(format!("cannot begin with {path}: {why}")))
        };
        if !capture.snapshots().is_empty() {
            return refused("the capture begins with a snapshot of its own");
        }
        let given = open(path)?;
        if given.snapshots().is_empty() {
            return refused("it holds no snapshot; `replay --snapshot` and `slice` write one");
        }
        if given.instruments() != capture.instruments() {
            return refused("its table of instruments is not that of the capture");
        }
        let snapshots = given.snapshots().to_vec();
        survey.summary.snapshot = SnapshotCounts::of(&snapshots);
        Ok(Given(Some(snapshots)))
    }
}

impl Given {
    /// The stream of a capture on the books that it is to begin with.
    pub(crate) fn before(&self, capture: Capture) -> Box<dyn Source + Send> {
        match &self.0 {
            None => Box::new(capture),
            Some(snapshots) => Box::new(Restored::new(capture, snapshots.clone())),
        }
    }
}

/// How one engine came to what a run began with, for machines.
#[derive(Serialize)]
pub(crate) struct RestoredEntry {
    orders: u64,
    engine: &'static str,
    lost: Vec<String>,
}

impl From<&RestoredSession> for RestoredEntry {
    fn from(restored: &RestoredSession) -> Self {
        Self {
            orders: restored.orders,
            engine: restored.manner.name(),
            lost: restored.lost.iter().map(ToString::to_string).collect(),
        }
    }
}

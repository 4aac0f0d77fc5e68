//! The files that a run leaves behind, where they are asked for.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use shadowbook_latency::{Histogram, LogError};

use crate::exit::Failure;
use crate::latency::Found;
use crate::output::cannot_write;
use crate::places::Places;
use crate::staged::Staged;

/// Where they go.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Files {
    /// Write the record of this run, for a later --baseline
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Write the times of all commands as a histogram log (HdrHistogram V2), tagged by engine and kind
    #[arg(long, value_name = "FILE")]
    hlog: Option<PathBuf>,
    /// Write the same as tables that are plotted: for day.hgrm, to day.reference.hgrm and
    /// day.candidate.hgrm
    #[arg(long, value_name = "FILE")]
    hgrm: Option<PathBuf>,
}

impl Files {
    /// All of them, as files that are written.
    pub(crate) fn written_by(&self, places: Places) -> Places {
        let places = places.writes_any(self.record.as_deref()).writes_any(self.hlog.as_deref());
        self.tables().iter().fold(places, |places, (_, path)| places.writes(path))
    }

    /// Writes them; where nothing was measured, none.
    pub(crate) fn write(&self, found: &Found) -> Result<(), Failure> {
        let (Some(measured), Some(record)) = (&found.measured, &found.report.record) else {
            return Ok(());
        };
        // None takes its place before all are whole.
        let mut staged = Vec::new();
        if let Some(path) = &self.record {
            staged.push(write(path, |file| record.write_json(file))?);
        }
        if let Some(path) = &self.hlog {
            let report = &found.report;
            let comment = format!(
                "{}: {} against {}",
                report.capture.path, report.candidate.engine, report.reference.engine
            );
            let (began, lasted) = (measured.began, measured.lasted);
            staged.push(write(path, |file| {
                let written = measured.histograms.write_hlog(file, began, lasted, &[comment]);
                written.map_err(|error| match error {
                    LogError::Io(error) => error,
                    error => io::Error::other(error),
                })
            })?);
        }
        let all = &measured.histograms.all;
        for (engine, path) in self.tables() {
            let histogram: &Histogram =
                if engine == REFERENCE { &all.reference } else { &all.candidate };
            staged.push(write(&path, |file| histogram.write_hgrm(file))?);
        }
        staged.into_iter().try_for_each(Staged::finish)
    }

    /// A table has room for one engine.
    fn tables(&self) -> Vec<(&'static str, PathBuf)> {
        let Some(path) = &self.hgrm else { return Vec::new() };
        [REFERENCE, "candidate"].map(|engine| (engine, beside(path, engine))).to_vec()
    }
}

const REFERENCE: &str = "reference";

/// The path with a word before its ending.
fn beside(path: &Path, word: &str) -> PathBuf {
    match path.extension() {
        Some(ending) => path.with_extension(format!("{word}.{}", ending.to_string_lossy())),
        None => path.with_extension(word),
    }
}

fn write(
    path: &Path,
    put: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<Staged, Failure> {
    let (staged, file) = Staged::create(path)?;
    let mut file = BufWriter::new(file);
    let written = put(&mut file).and_then(|()| file.flush());
    written.map_err(|error| cannot_write(staged.path(), error))?;
    Ok(staged)
}

//! One session driven alone.

use std::num::NonZeroU64;
use std::sync::Arc;

use crossbeam::channel::bounded;
use shadowbook_capture::{Batch, Source};
use shadowbook_model::Digest;
use shadowbook_session::{Outcomes, Restored, Scope, Session, restore};

use crate::RunError;
use crate::pipeline::{feed, read};

/// How [`run`] goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunOptions {
    /// After how many commands of the stream the state is digested; `None` is never, not even at
    /// the end.
    pub checkpoint_every: Option<NonZeroU64>,
    /// How many batches are decoded ahead.
    pub queue_depth: usize,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self { checkpoint_every: Some(crate::CHECKPOINT_EVERY), queue_depth: 4 }
    }
}

/// What a whole run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunResult {
    /// How many commands the stream had.
    pub commands: u64,
    /// How many of them production refused outside matching; they were not sent.
    pub external: u64,
    /// How many events the engine answered.
    pub events: u64,
    /// How often the state was digested.
    pub checkpoints: u64,
    /// The state at the end; `None` without checkpoints or when the engine cannot show it.
    pub final_digest: Option<Digest>,
    /// How the engine came to what the stream begins with; `None` when that is nothing.
    pub restored: Option<Restored>,
}

/// Gives a whole stream to one session that has seen nothing yet, on books that hold what the
/// stream begins with; `sink` sees each batch with what was answered to it.
///
/// The stream is decoded ahead on a thread of its own, everything else happens on the caller's.
///
/// # Errors
/// When the stream cannot be read on or the session fails. `sink` has then seen everything that
/// was answered before.
pub fn run(
    source: &mut (dyn Source + Send),
    session: &mut dyn Session,
    options: &RunOptions,
    sink: &mut dyn FnMut(&Batch, &Outcomes),
) -> Result<RunResult, RunError> {
    let restored = if source.snapshots().is_empty() {
        None
    } else {
        Some(restore(session, source.instruments(), source.snapshots())?)
    };
    let result = run_on(source, session, options, sink)?;
    Ok(RunResult { restored, ..result })
}

/// The same with a session that holds already what the stream begins with.
///
/// # Errors
/// As of [`run`].
pub fn run_on(
    source: &mut (dyn Source + Send),
    session: &mut dyn Session,
    options: &RunOptions,
    sink: &mut dyn FnMut(&Batch, &Outcomes),
) -> Result<RunResult, RunError> {
    let checkpoint_every = options.checkpoint_every.filter(|_| session.shows_state());
    let (to_run, batches) = bounded(options.queue_depth.max(1));
    let (give_back, spare) = bounded(options.queue_depth.max(1) + 2);
    std::thread::scope(|scope| {
        scope.spawn(move || read(source, &[], &to_run, &spare));
        // The reader ends when this receiver is dropped, whatever happens.
        let batches = batches;
        let mut result = RunResult::default();
        let mut outcomes = Outcomes::new();
        for batch in &batches {
            let batch: Arc<Batch> = batch?;
            outcomes.clear();
            let fed = feed(session, checkpoint_every, result.commands, &batch, &mut outcomes);
            sink(&batch, &outcomes);
            fed?;
            result.commands += batch.len() as u64;
            result.external += batch.external().len() as u64;
            result.events += outcomes.events().len() as u64;
            result.checkpoints += outcomes.checkpoints().len() as u64;
            // A full queue of spare batches needs no more.
            let _ = give_back.try_send(batch);
        }
        if checkpoint_every.is_some() {
            outcomes.clear();
            session.checkpoint(Scope::All, &mut outcomes)?;
            result.checkpoints += 1;
            result.final_digest = outcomes.checkpoints().last().map(|last| last.digest);
        }
        Ok(result)
    })
}

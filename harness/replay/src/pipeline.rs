//! The threads and the bounded queues between them.
//!
//! Batches and outcomes travel in circles: whoever is done with one sends it back to be filled
//! again, so that a long run allocates no more than a short one.

use std::num::NonZeroU64;
use std::sync::Arc;

use crossbeam::channel::{Receiver, Sender};
use shadowbook_capture::{Batch, ReadError, Source};
use shadowbook_session::{Outcomes, Scope, Session, SessionError};

/// What a session answered to one batch, or to the end of the stream.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) outcomes: Outcomes,
    pub(crate) failure: Option<SessionError>,
}

/// Reads the stream and gives each batch to all of `engines`, then to `compare`.
///
/// Returns early when a receiver is gone: then somebody ended the run.
pub(crate) fn read(
    source: &mut dyn Source,
    engines: &[Sender<Arc<Batch>>],
    compare: &Sender<Result<Arc<Batch>, ReadError>>,
    spare: &Receiver<Arc<Batch>>,
) {
    loop {
        let mut shared = spare.try_recv().unwrap_or_default();
        if Arc::get_mut(&mut shared).is_none() {
            shared = Arc::default();
        }
        let batch = Arc::get_mut(&mut shared).expect("nobody else has it");
        match source.read(batch) {
            Ok(false) => return,
            Ok(true) => {}
            Err(error) => {
                // The receiver may be gone, and then nobody wants to know.
                let _ = compare.send(Err(error));
                return;
            }
        }
        for engine in engines {
            if engine.send(Arc::clone(&shared)).is_err() {
                return;
            }
        }
        if compare.send(Ok(shared)).is_err() {
            return;
        }
    }
}

/// Gives each batch to a session and sends on what it answers; after the last batch an answer
/// that holds the final checkpoint. Nothing follows an answer with a failure.
pub(crate) fn answer(
    session: &mut dyn Session,
    checkpoint_every: Option<NonZeroU64>,
    batches: &Receiver<Arc<Batch>>,
    answers: &Sender<Answer>,
    spare: &Receiver<Outcomes>,
) {
    let mut done = 0;
    for batch in batches {
        let mut outcomes = spare.try_recv().unwrap_or_default();
        outcomes.clear();
        let failure = feed(session, checkpoint_every, done, &batch, &mut outcomes).err();
        done += batch.len() as u64;
        // The one that compares has the other half; when it is done, the batch is free again.
        drop(batch);
        let is_over = failure.is_some();
        if answers.send(Answer { outcomes, failure }).is_err() {
            return;
        }
        if is_over {
            // The other session may still go on: keep the reader from waiting for this one.
            batches.iter().for_each(drop);
            return;
        }
    }
    let mut outcomes = Outcomes::new();
    let failure = match checkpoint_every {
        Some(_) => session.checkpoint(Scope::All, &mut outcomes).err(),
        None => None,
    };
    // The receiver may be gone, and then nobody wants to know.
    let _ = answers.send(Answer { outcomes, failure });
}

/// Gives a batch to a session, with a checkpoint after every so many commands of the stream, of
/// which `done` came before.
pub(crate) fn feed(
    session: &mut dyn Session,
    checkpoint_every: Option<NonZeroU64>,
    done: u64,
    batch: &Batch,
    outcomes: &mut Outcomes,
) -> Result<(), SessionError> {
    let mut start = 0;
    while start < batch.len() {
        let Some(every) = checkpoint_every else {
            return session.apply(batch, start..batch.len(), outcomes);
        };
        let until_next = every.get() - (done + start as u64) % every;
        let left = batch.len() - start;
        let count = usize::try_from(until_next).map_or(left, |commands| commands.min(left));
        session.apply(batch, start..start + count, outcomes)?;
        if count as u64 == until_next {
            session.checkpoint(Scope::Touched, outcomes)?;
        }
        start += count;
    }
    Ok(())
}

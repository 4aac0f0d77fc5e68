//! One stream from its beginning, driven a few commands at a time.

use shadowbook_capture::Batch;
use shadowbook_model::{Command, Event, Instrument};
use shadowbook_session::{Outcomes, Session, SessionError};
use shadowbook_workload::Fuzzer;
use thiserror::Error;

/// Makes a session with a fresh engine.
pub type MakeSession<'a> = dyn Fn(&[Instrument]) -> Result<Box<dyn Session>, EpisodeError> + 'a;

/// How many commands are made before it is looked at what became of them.
pub(crate) const CHUNK: usize = 32;

/// The seed of an episode: those of neighbouring seeds have nothing in common.
pub(crate) const fn episode_seed(seed: u64, episode: u64) -> u64 {
    // The finalizer of SplitMix64 over two numbers that differ in every bit sooner or later.
    let mut mixed = seed.wrapping_add(episode.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EpisodeError {
    /// The engine that everything is held against failed.
    #[error("the reference: {0}")]
    Reference(SessionError),
    /// A session could not be begun.
    #[error(transparent)]
    Start(SessionError),
}

/// A stream, and the reference that it is made with.
pub(crate) struct Episode {
    pub(crate) instruments: Vec<Instrument>,
    fuzzer: Fuzzer,
    /// The commands of the last chunk.
    pub(crate) batch: Batch,
    pub(crate) reference: Box<dyn Session>,
    /// What the reference answered to the last chunk.
    pub(crate) ours: Outcomes,
}

impl Episode {
    pub(crate) fn new(fuzzer: Fuzzer, reference: &MakeSession<'_>) -> Result<Self, EpisodeError> {
        let instruments = fuzzer.instruments().to_vec();
        let reference = reference(&instruments)?;
        let (batch, ours) = (Batch::new(), Outcomes::new());
        Ok(Self { instruments, fuzzer, batch, reference, ours })
    }

    /// Makes the next commands and gives them to the reference; the generator sees what became of
    /// them before it makes more.
    pub(crate) fn advance(&mut self, commands: usize) -> Result<(), EpisodeError> {
        self.batch.clear();
        for _ in 0..commands {
            self.batch.push(self.fuzzer.next());
        }
        self.ours.clear();
        self.reference
            .apply(&self.batch, 0..commands, &mut self.ours)
            .map_err(EpisodeError::Reference)?;
        for (position, command) in self.batch.commands().iter().enumerate() {
            self.fuzzer.observe(command, self.ours.events_of(position));
        }
        Ok(())
    }

    /// The commands of the last chunk with what the reference answered to each.
    pub(crate) fn answered(&self) -> impl Iterator<Item = (&Command, &[Event])> {
        let commands = self.batch.commands().iter().enumerate();
        commands.map(|(position, command)| (command, self.ours.events_of(position)))
    }
}

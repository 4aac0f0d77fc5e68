//! Engines that are wrong, for tests only: the two of this project agree, and a harness that was
//! never seen to fail proves nothing.

use shadowbook_ladder::LadderEngine;
use shadowbook_model::{
    Capabilities, Command, Digest, Engine, EventBuffer, Instrument, InstrumentId, Seq, StateVisitor,
};

/// From this command on a canary is wrong.
pub(crate) const WRONG_FROM: Seq = Seq(2);

/// How an engine is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Canary {
    /// It carries commands out and says nothing.
    Mute,
    /// It panics.
    Panic,
}

impl Canary {
    pub(crate) const ALL: [Self; 2] = [Self::Mute, Self::Panic];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Mute => "canary:mute",
            Self::Panic => "canary:panic",
        }
    }

    pub(crate) fn create(self, instruments: &[Instrument]) -> Box<dyn Engine + Send> {
        Box::new(Wrong { right: LadderEngine::new(instruments), canary: self })
    }
}

struct Wrong {
    right: LadderEngine,
    canary: Canary,
}

impl Engine for Wrong {
    fn capabilities(&self) -> Capabilities {
        self.right.capabilities()
    }

    fn apply(&mut self, command: &Command, events: &mut EventBuffer) {
        match self.canary {
            _ if command.seq < WRONG_FROM => self.right.apply(command, events),
            Canary::Mute => self.right.apply(command, &mut EventBuffer::new()),
            Canary::Panic => panic!("out of slots"),
        }
    }

    fn visit(&self, instrument: InstrumentId, visitor: &mut dyn StateVisitor) {
        self.right.visit(instrument, visitor);
    }

    fn digest(&self, instrument: InstrumentId) -> Digest {
        self.right.digest(instrument)
    }
}

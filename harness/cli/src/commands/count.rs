//! `count`: one engine over commands, for whoever counts its instructions from outside.

use std::io::{self, Cursor, Read};

use clap::Args;
use shadowbook_capture::file::Reader;
use shadowbook_capture::{Batch, Flow, ReadError, Source};
use shadowbook_session::guard;

use crate::engines::EngineName;
use crate::exit::{Exit, Failure, Outcome};
use crate::instructions::marked;

/// Carries out the commands of a capture file on standard input, those that are measured within
/// functions that callgrind knows by their names
#[derive(Args, Debug)]
pub(crate) struct Count {
    /// The engine
    #[arg(long, value_name = "ENGINE")]
    engine: EngineName,
    /// So many commands at the beginning are not measured
    #[arg(long, value_name = "N")]
    warm_up: usize,
}

impl Count {
    /// Runs the command.
    pub(crate) fn run(&self) -> Outcome {
        let failed = |error: ReadError| Failure::input("standard input", error);
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map_err(|error| failed(error.into()))?;
        let flow = read(bytes).map_err(failed)?;
        let done = guard(|| {
            let mut engine = self.engine.create(&flow.instruments);
            marked::carry_out(engine.as_mut(), &flow, self.warm_up);
        });
        done.map_err(|panic| Failure::harness(anyhow::anyhow!("the engine panicked: {panic}")))?;
        Ok(Exit::Pass)
    }
}

/// The flow that [`crate::instructions`] has written.
pub(crate) fn read(bytes: Vec<u8>) -> Result<Flow, ReadError> {
    let mut reader = Reader::new(Cursor::new(bytes))?;
    let mut flow = Flow {
        instruments: reader.instruments().to_vec(),
        snapshots: reader.snapshots().to_vec(),
        commands: Vec::new(),
    };
    let mut batch = Batch::new();
    while reader.read(&mut batch)? {
        flow.commands.extend_from_slice(batch.commands());
    }
    Ok(flow)
}

//! Temporary: prints both results.
use crate::engines::EngineName;
use crate::exit::{Exit, Failure, Outcome};
use crate::input::Input;
use crate::output::Output;
use crate::{instructions, outside};
use clap::Args;
use shadowbook_capture::{Batch, Flow, Source};
use std::sync::Arc;

/// Temporary
#[derive(Args, Debug)]
pub(crate) struct Try {
    #[command(flatten)]
    input: Input,
    #[arg(long)]
    reference: EngineName,
    #[arg(long)]
    candidate: EngineName,
    #[arg(long)]
    instructions: bool,
    #[arg(long)]
    outside: bool,
    #[arg(long, default_value_t = 2000)]
    warm_up: usize,
    #[arg(long, default_value_t = 2)]
    runs: u32,
}
impl Try {
    pub(crate) fn run(&self, output: &Output) -> Outcome {
        let mut source = self.input.open()?;
        let mut flow = Flow {
            instruments: source.instruments().to_vec(),
            snapshots: source.snapshots().to_vec(),
            commands: vec![],
        };
        let mut batch = Batch::new();
        while source.read(&mut batch).map_err(|e| Failure::input("x", e))? {
            flow.commands.extend_from_slice(batch.commands());
        }
        let flow = Arc::new(flow);
        let engines = [self.reference, self.candidate];
        if self.instructions {
            match instructions::count(
                &flow,
                self.warm_up,
                engines,
                instructions::Counting { runs: self.runs, ..Default::default() },
            ) {
                Ok(it) => output
                    .show(&format!("{}\n", serde_json::to_string_pretty(&it).unwrap_or_default())),
                Err(e) => output.warn(&e.to_string()),
            }
        }
        if self.outside {
            match outside::measure(&flow, self.warm_up, engines, outside::Rounds::default()) {
                Ok(it) => output
                    .show(&format!("{}\n", serde_json::to_string_pretty(&it).unwrap_or_default())),
                Err(e) => output.warn(&e.to_string()),
            }
        }
        Ok(Exit::Pass)
    }
}

//! The commands, a file each.

mod audit;
pub(crate) mod count;
mod diff;
mod explain;
mod export;
mod fuzz;
mod gate;
mod generate;
mod host;
mod import;
mod inspect;
mod latency;
mod minimize;
mod replay;
mod scenario;
mod selftest;
pub(crate) mod slice;
mod verify;

use clap::Subcommand;

use crate::exit::Outcome;
use crate::output::Output;

/// What the binary can be asked to do.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Diff(diff::Diff),
    Explain(explain::Explain),
    Gate(gate::Gate),
    Latency(latency::Latency),
    Audit(audit::Audit),
    Minimize(minimize::Minimize),
    Replay(replay::Replay),
    Import(import::Import),
    Export(export::Export),
    Inspect(inspect::Inspect),
    Slice(slice::Slice),
    Verify(verify::Verify),
    Generate(generate::Generate),
    Scenario(scenario::Run),
    Fuzz(fuzz::Fuzz),
    Selftest(selftest::Selftest),
    #[command(hide = true)]
    Host(host::Host),
    #[command(hide = true)]
    Count(count::Count),
}

impl Command {
    /// Runs the command.
    pub(crate) fn run(&self, output: &Output) -> Outcome {
        match self {
            Self::Diff(diff) => diff.run(output),
            Self::Explain(explain) => explain.run(output),
            Self::Gate(gate) => gate.run(output),
            Self::Latency(latency) => latency.run(output),
            Self::Audit(audit) => audit.run(output),
            Self::Minimize(minimize) => minimize.run(output),
            Self::Replay(replay) => replay.run(output),
            Self::Import(import) => import.run(output),
            Self::Export(export) => export.run(output),
            Self::Inspect(inspect) => inspect.run(output),
            Self::Slice(slice) => slice.run(output),
            Self::Verify(verify) => verify.run(output),
            Self::Generate(generate) => generate.run(output),
            Self::Scenario(scenario) => scenario.run(output),
            Self::Fuzz(fuzz) => fuzz.run(output),
            Self::Selftest(selftest) => selftest.run(output),
            Self::Host(host) => host.run(),
            Self::Count(count) => count.run(),
        }
    }
}

//! The latency verdict, for the command of its own and for the gate.

mod functional;
pub(crate) mod options;
mod stretch;

use shadowbook_triage::Allowlist;

use crate::begin::Begin;
use crate::engines::EngineName;
use crate::input::Input;
use crate::latency::options::Measuring;

/// Two engines to be measured on one capture.
pub(crate) struct Job<'a> {
    /// The capture.
    pub(crate) input: &'a Input,
    /// The snapshot that it begins with, if that is in a file of its own.
    pub(crate) begin: &'a Begin,
    /// The reference and the candidate.
    pub(crate) engines: [EngineName; 2],
    /// How much is measured, and what is too slow.
    pub(crate) measuring: &'a Measuring,
    /// Which divergences are expected.
    pub(crate) allow: Allowlist,
}

/// Refuses engines whose own time cannot be told from that of the way to them.
pub(crate) fn check_engines(engines: [EngineName; 2]) -> Result<(), String> {
    let apart = engines.into_iter().find(|engine| engine.needs_a_process());
    apart.map_or(Ok(()), |engine| {
        Err(format!(
            "{engine} runs in a process of its own, and how long the way there takes is not told \
             apart yet; measure an engine of this process"
        ))
    })
}

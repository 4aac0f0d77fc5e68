//! Flows on which a defect shows, as they are found and as they are minimised.

use shadowbook_capture::Flow;
use shadowbook_faulty::Defect;
use shadowbook_model::{Engine, EventBuffer, InstrumentId};
use shadowbook_reference::ReferenceEngine;
use shadowbook_triage::{Budget, Minimized, minimize};
use shadowbook_workload::Fuzzer;

use crate::rerun::{rerun, silently_parted};

/// How many streams are tried.
const EPISODES: u64 = 40;
/// How many commands a stream has.
const COMMANDS: usize = 1_500;

/// Where a defect shows on the fuzzer's streams from a seed on: as it shows in events, and where
/// the books part before that, as it shows in them.
pub(crate) fn find(defect: Defect, first: u64) -> Vec<Minimized> {
    let mut found = Vec::new();
    for seed in first..first + EPISODES {
        let flow = stream(seed, defect.shows_after_restore());
        let parted = silently_parted(&flow, defect);
        let cuts = [Some(flow.commands.len()), parted];
        for cut in cuts.into_iter().flatten() {
            let mut flow = flow.clone();
            flow.commands.truncate(cut);
            let Some(shown) = rerun(&flow, defect).expect("both engines go on") else { continue };
            flow.commands.truncate(shown.position.map_or(0, |position| position + 1));
            let commands = flow.commands.len() as u64;
            found.push(Minimized { flow, shown, is_minimal: false, reruns: 0, commands });
        }
        if !found.is_empty() {
            break;
        }
    }
    found
}

/// The same as small as it gets.
pub(crate) fn minimized(defect: Defect, found: &Minimized) -> Minimized {
    let signature = found.shown.divergence.signature();
    let mut again = |flow: &Flow| rerun(flow, defect);
    let budget = Budget::default();
    let minimized = minimize(found.flow.clone(), &signature, &[], budget, &mut again);
    minimized.expect("both engines go on").expect("it shows what was found")
}

/// A stream that hits live orders; with snapshots it begins in the state after its first half.
fn stream(seed: u64, has_snapshots: bool) -> Flow {
    let mut fuzzer = Fuzzer::new(seed);
    let mut flow = Flow { instruments: fuzzer.instruments().to_vec(), ..Flow::default() };
    let mut engine = ReferenceEngine::new(&flow.instruments);
    let mut events = EventBuffer::new();
    for number in 0..COMMANDS {
        if has_snapshots && number == COMMANDS / 2 {
            let ids = (0..).take(flow.instruments.len()).map(InstrumentId);
            flow.begin_with(ids.map(|id| engine.snapshot(id)).collect());
        }
        let command = fuzzer.next();
        // Icebergs of 2^63 lots are answered without end by some defects.
        if flow.instruments[command.instrument.index()].symbol.contains("HUGE") {
            continue;
        }
        events.clear();
        engine.apply(&command, &mut events);
        fuzzer.observe(&command, events.as_slice());
        flow.commands.push(command);
    }
    flow
}

//! The commands that are measured, and the books before them.

use std::sync::Arc;

use shadowbook_capture::{Batch, Flow, Source};
use shadowbook_model::{Command, Engine, EventBuffer, Instrument, InstrumentId, Snapshot};
use shadowbook_report::StretchEntry;
use shadowbook_session::{Commands, Outcomes, SessionError, commands_for, restore};

use crate::begin::Given;
use crate::commands::slice::all_snapshots;
use crate::engines::EngineName;
use crate::exit::Failure;
use crate::facts::thousands;
use crate::input::{Input, Survey};
use crate::output::Output;

/// A verdict on fewer chunks would be one on their noise.
const LEAST_CHUNKS: u64 = 10;
/// So many commands are carried out before those that are measured, when nobody says.
const WARM_UP: u64 = 2_000;

/// Which commands are asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// At most so many are measured.
    pub(crate) commands: u64,
    /// So many stand before them; `None`: they are taken from the middle.
    pub(crate) skip: Option<u64>,
    /// So many right before them are carried out by the measured engines and not measured.
    pub(crate) warm_up: Option<u64>,
    /// So many are timed as one.
    pub(crate) chunk: u32,
}

/// Where in a capture the commands lie, counted without those that no engine is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    /// The reference alone goes over these.
    skip: u64,
    warm_up: u64,
    measured: u64,
}

/// The commands, as they were read.
#[derive(Debug)]
pub(crate) struct Taken {
    /// The books before, and the commands, those of the warm-up first.
    pub(crate) flow: Arc<Flow>,
    /// So many commands of the capture stand before them.
    pub(crate) skipped: u64,
    /// So many of them are not measured.
    pub(crate) warm_up: usize,
    /// So many of the capture were refused outside matching and are sent to no engine.
    pub(crate) external: u64,
    /// Whether both engines can be set to the books before.
    is_native: bool,
    /// What somebody should know who reads the figures.
    pub(crate) warnings: Vec<String>,
}

/// Reads the commands; the reference goes over those before them.
pub(crate) fn take(
    input: &Input,
    (survey, given): (&Survey, &Given),
    [reference, candidate]: [EngineName; 2],
    wanted: Wanted,
    output: &Output,
) -> Result<Taken, Failure> {
    let mut source = given.before(input.open()?);
    let instruments = source.instruments().to_vec();
    let mut warnings = Vec::new();
    let cannot =
        [reference, candidate].into_iter().find(|engine| !can_restore(*engine, &instruments));
    let mut wanted = wanted;
    if let Some(engine) = cannot {
        if wanted.skip != Some(0) {
            warnings.push(format!(
                "{engine} cannot be set to the books before a command: what is measured begins \
                 with the capture"
            ));
        }
        wanted.skip = Some(0);
    }
    let external = survey.summary.recorded.external;
    let range = Range::of(survey.summary.commands.saturating_sub(external), wanted)
        .map_err(|problem| Failure::usage(problem).context(input.capture.display()))?;
    let flow = read(&mut *source, reference, range, input, output)?;
    survey.confirm_file()?;
    let is_native = cannot.is_none();
    if let Some(lost) = Some(&flow).filter(|_| !is_native).map(lost).filter(|it| !it.is_empty()) {
        warnings.push(format!(
            "the engines were brought to the snapshot by commands, which lost: {lost}"
        ));
    }
    Ok(Taken {
        flow: Arc::new(flow),
        skipped: range.skip,
        // It is not more than was asked for.
        warm_up: usize::try_from(range.warm_up).unwrap_or(usize::MAX),
        external,
        is_native,
        warnings,
    })
}

impl Range {
    /// The part of so many commands that is wanted.
    fn of(commands: u64, wanted: Wanted) -> Result<Self, String> {
        let skip = wanted.skip.unwrap_or(0);
        let left = commands.saturating_sub(skip);
        let warm_up = wanted.warm_up.unwrap_or_else(|| WARM_UP.min(left / 10));
        let measured = left.saturating_sub(warm_up).min(wanted.commands);
        let least = LEAST_CHUNKS.saturating_mul(u64::from(wanted.chunk));
        if measured < least {
            return Err(format!(
                "{} commands are left to be measured, and {} is the least with --chunk {}; take a \
                 longer capture, or a smaller --skip, --warm-up or --chunk",
                thousands(measured),
                thousands(least),
                wanted.chunk
            ));
        }
        let skip = wanted.skip.unwrap_or((commands - warm_up - measured) / 2);
        Ok(Self { skip, warm_up, measured })
    }

    const fn kept(self) -> u64 {
        self.warm_up + self.measured
    }
}

/// What building the books by commands loses, in words.
fn lost(flow: &Flow) -> String {
    let Commands { lost, .. } = commands_for(&flow.instruments, &flow.snapshots);
    let lost: Vec<String> = lost.iter().map(ToString::to_string).collect();
    lost.join(", ")
}

/// Whether an engine can be set to a given state.
fn can_restore(engine: EngineName, instruments: &[Instrument]) -> bool {
    let Some(first) = instruments.first() else { return true };
    let Ok(mut session) = engine.session(instruments) else { return true };
    let mut empty = Snapshot::empty(InstrumentId(0));
    empty.state.phase = first.phase;
    // Whatever else is wrong with it is told when it is run.
    !matches!(session.restore(instruments, &[empty]), Err(SessionError::CannotRestore))
}

fn read(
    source: &mut dyn Source,
    reference: EngineName,
    range: Range,
    input: &Input,
    output: &Output,
) -> Result<Flow, Failure> {
    let instruments = source.instruments().to_vec();
    let mut flow =
        Flow { snapshots: source.snapshots().to_vec(), instruments, commands: Vec::new() };
    let failed = |error: SessionError| Failure::harness(error).context(reference);
    let mut before = None;
    if range.skip > 0 {
        let mut session = reference.session(&flow.instruments).map_err(failed)?;
        restore(session.as_mut(), &flow.instruments, &flow.snapshots).map_err(failed)?;
        before = Some(session);
    }
    let progress = output.progress(Some(range.skip + range.kept()));
    let (mut batch, mut outcomes) = (Batch::new(), Outcomes::new());
    let mut left = range.skip;
    while (flow.commands.len() as u64) < range.kept()
        && source
            .read(&mut batch)
            .map_err(|error| Failure::input(input.capture.display(), error))?
    {
        let position = split(&batch, &mut left);
        if let Some(session) = &mut before {
            outcomes.clear();
            session.apply(&batch, 0..position, &mut outcomes).map_err(failed)?;
        }
        let missing = range.kept() - flow.commands.len() as u64;
        let missing = usize::try_from(missing).unwrap_or(usize::MAX);
        flow.commands.extend(sent(&batch, position).take(missing));
        progress.inc(batch.len() as u64);
    }
    progress.finish_and_clear();
    if let Some(mut session) = before {
        flow.snapshots = all_snapshots(session.as_mut(), flow.instruments.len())?;
    }
    Ok(flow)
}

/// The position in a batch before which the last of so many commands stands that engines are sent.
fn split(batch: &Batch, left: &mut u64) -> usize {
    for position in 0..batch.len() {
        if *left == 0 {
            return position;
        }
        if !is_external(batch, position) {
            *left -= 1;
        }
    }
    batch.len()
}

/// The commands from a position on that engines are sent.
fn sent(batch: &Batch, position: usize) -> impl Iterator<Item = Command> + '_ {
    let rest = batch.commands().iter().enumerate().skip(position);
    rest.filter(|(position, _)| !is_external(batch, *position)).map(|(_, command)| *command)
}

fn is_external(batch: &Batch, position: usize) -> bool {
    batch.external().binary_search_by_key(&position, |external| *external as usize).is_ok()
}

impl Taken {
    /// As a result says it.
    pub(crate) fn entry(&self) -> StretchEntry {
        let measured = self.flow.commands.get(self.warm_up..).unwrap_or_default();
        let seq = |command: Option<&Command>| command.map_or(0, |command| command.seq.0);
        StretchEntry {
            skipped: self.skipped,
            warm_up: self.warm_up as u64,
            commands: measured.len() as u64,
            external: self.external,
            first_seq: seq(measured.first()),
            last_seq: seq(measured.last()),
        }
    }

    /// Makes fresh engines of this name, each where the commands begin.
    pub(crate) fn maker(&self, engine: EngineName) -> impl Fn() -> Box<dyn Engine + Send> + '_ {
        let Flow { instruments, snapshots, .. } = &*self.flow;
        let commands =
            if self.is_native { Vec::new() } else { commands_for(instruments, snapshots).commands };
        let sound = snapshots.iter().filter_map(|snapshot| {
            snapshot.check(instruments.get(snapshot.instrument.index())?).ok()
        });
        let sound: Vec<_> = sound.filter(|_| self.is_native).collect();
        move || {
            let mut made = engine.create(instruments);
            for snapshot in &sound {
                // Both were seen to offer it.
                made.restore(*snapshot)
                    .expect("an engine that can be set to one state can to others");
            }
            let mut events = EventBuffer::new();
            commands.iter().for_each(|command| made.apply(command, &mut events));
            made
        }
    }
}

#[cfg(test)]
mod tests {
    use shadowbook_model::{Action, CommandKind, Event, OrderId, RejectReason, Seq, TimeNs};

    use super::*;

    fn wanted(commands: u64, skip: Option<u64>) -> Wanted {
        Wanted { commands, skip, warm_up: Some(100), chunk: 100 }
    }

    #[test]
    fn the_middle_is_taken_unless_somebody_says() {
        let middle = Range::of(10_100, wanted(6_000, None)).expect("it is enough");
        assert_eq!(middle, Range { skip: 2_000, warm_up: 100, measured: 6_000 });
        let all = Range::of(5_100, wanted(6_000, None)).expect("it is enough");
        assert_eq!(all, Range { skip: 0, warm_up: 100, measured: 5_000 });
        let said = Range::of(10_100, wanted(6_000, Some(7_000))).expect("it is enough");
        assert_eq!(said, Range { skip: 7_000, warm_up: 100, measured: 3_000 });
        let by_itself = Range::of(5_000, Wanted { warm_up: None, ..wanted(6_000, None) });
        assert_eq!(by_itself.expect("it is enough").warm_up, 500);
    }

    #[test]
    fn too_few_commands_are_refused_with_a_way_out() {
        assert!(Range::of(1_100, wanted(6_000, None)).is_ok());
        for (commands, skip) in
            [(1_099, None), (0, None), (9_000, Some(8_000)), (9_000, Some(9_001))]
        {
            let told = Range::of(commands, wanted(6_000, skip)).expect_err("there are too few");
            assert!(told.contains("1,000 is the least") && told.contains("--chunk"), "{told}");
        }
    }

    #[test]
    fn what_no_engine_is_sent_is_not_counted() {
        let refused = Event::Rejected {
            command: CommandKind::Time,
            order: OrderId(1),
            reason: RejectReason::External,
        };
        let mut batch = Batch::new();
        for seq in 1..=6 {
            batch.push(Command::new(Seq(seq), TimeNs(seq), InstrumentId(0), Action::Time));
            if seq % 2 == 0 {
                batch.record_events([refused]);
            }
        }
        let seqs = |position| sent(&batch, position).map(|it| it.seq.0).collect::<Vec<_>>();
        for (before, position, after) in
            [(0, 0, vec![1, 3, 5]), (1, 1, vec![3, 5]), (2, 3, vec![5]), (3, 5, vec![])]
        {
            let mut left = before;
            assert_eq!((split(&batch, &mut left), left), (position, 0), "{before}");
            assert_eq!(seqs(position), after, "{before}");
        }
        let mut left = 5;
        assert_eq!((split(&batch, &mut left), left), (6, 2), "the next batch has them");
    }
}

//! The second opinion that no noise reaches: how many instructions an engine needs, counted by
//! callgrind where valgrind is installed.
//!
//! It is no verdict: instructions are not time. A cache miss costs as much as hundreds of them and
//! does not show here. But two engines that take the same time and not the same instructions, or
//! the other way round, are worth a look.

mod child;
pub(crate) mod marked;
mod profile;

use std::collections::BTreeMap;
use std::process::Command as Program;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use shadowbook_capture::file::{Header, Writer};
use shadowbook_capture::{Batch, Flow, Source, WriteError};
use shadowbook_model::CommandKind;
use shadowbook_report::{Counted, CountedKind, Instructions};
use thiserror::Error;

use crate::engines::EngineName;

/// How instructions are counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counting {
    /// So many times for each engine, to see whether they vary; at least once.
    pub(crate) runs: u32,
    /// How long one run may take. Callgrind is some fifty times slower than the engine.
    pub(crate) within: Duration,
}

impl Default for Counting {
    fn default() -> Self {
        Self { runs: 2, within: Duration::from_secs(120) }
    }
}

/// Why instructions were not counted. It is a note beside the result, never an error.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum NotCounted {
    /// There is none on the PATH.
    #[error("instructions were not counted: there is no valgrind on the PATH; install it")]
    NoValgrind,
    /// The program cannot be started.
    #[error("instructions were not counted: valgrind cannot be started: {0}")]
    NotStarted(String),
    /// There are no commands to count over.
    #[error("instructions were not counted: there are no commands to count over")]
    NoCommands,
    /// The commands cannot be handed on.
    #[error("instructions were not counted: the commands cannot be written: {0}")]
    NotWritten(String),
    /// It failed, or the engine did.
    #[error("instructions of {engine} were not counted: valgrind ended with {status}{said}")]
    Failed {
        /// The engine.
        engine: String,
        /// How it ended.
        status: String,
        /// What it said last, in brackets.
        said: String,
    },
    /// It took too long.
    #[error("instructions of {engine} were not counted: it took more than {within:?}")]
    TooLong {
        /// The engine.
        engine: String,
        /// The limit.
        within: Duration,
    },
    /// The functions within which instructions are counted are not in the profile.
    #[error(
        "instructions of {engine} were not counted: callgrind did not find the measured functions; \
         is this binary stripped of its symbols?"
    )]
    NoSymbols {
        /// The engine.
        engine: String,
    },
}

/// Counts the instructions of both engines over the commands of a flow, of which so many at the
/// beginning are carried out and not counted.
///
/// Each run is a process of its own, that of the reference beside that of the candidate: other load
/// on the machine changes no count. Nothing should be timed meanwhile. An engine that cannot be
/// set to the snapshots of the flow is brought near them by commands.
///
/// # Errors
/// When there is no valgrind, or it fails, or an engine does.
pub(crate) fn count(
    flow: &Arc<Flow>,
    warm_up: usize,
    [reference, candidate]: [EngineName; 2],
    counting: Counting,
) -> Result<Instructions, NotCounted> {
    let this =
        std::env::current_exe().map_err(|error| NotCounted::NotStarted(error.to_string()))?;
    let program = |engine: EngineName| {
        let mut program = Program::new("valgrind");
        program.args(["--tool=callgrind", "--quiet", "--callgrind-out-file=/dev/stdout"]);
        // With all names written out and without source lines the profile is easy to read.
        program.args(["--compress-strings=no", "--compress-pos=no", "--dump-line=no"]);
        program.arg(format!("--toggle-collect={}", marked::STRETCH)).arg(&this);
        program.args(["count", "--engine", &engine.to_string()]);
        program.args(["--warm-up", &warm_up.to_string()]);
        program.env("RUST_BACKTRACE", "0");
        program
    };
    count_by(
        flow,
        warm_up,
        [(reference, program(reference)), (candidate, program(candidate))],
        counting,
    )
}

/// The same with the programs that write the profiles.
fn count_by(
    flow: &Arc<Flow>,
    warm_up: usize,
    programs: [(EngineName, Program); 2],
    counting: Counting,
) -> Result<Instructions, NotCounted> {
    let measured = flow.commands.get(warm_up..).unwrap_or_default();
    if measured.is_empty() {
        return Err(NotCounted::NoCommands);
    }
    let capture = written(flow).map_err(|error| NotCounted::NotWritten(error.to_string()))?;
    let capture: Arc<[u8]> = capture.into();
    let mut commands = BTreeMap::<CommandKind, u64>::new();
    measured.iter().for_each(|command| *commands.entry(command.kind()).or_default() += 1);
    let [reference, candidate] = programs.map(|(name, mut program)| {
        let (capture, name) = (Arc::clone(&capture), name.to_string());
        // Both at once: a count is the same however busy the machine is.
        thread::spawn(move || runs_of(&name, &mut program, &capture, counting))
    });
    let joined = [reference, candidate].map(|runs| runs.join().expect("counting does not panic"));
    let [reference, candidate] = joined.map(|runs| runs.map(|runs| runs.told(&commands)));
    let (reference, candidate) = (reference?, candidate?);
    let ratio = each(candidate.instructions, reference.instructions);
    Ok(Instructions { commands: measured.len() as u64, reference, candidate, ratio })
}

/// The counts of one engine, by kind of command, of every run.
struct Runs {
    engine: String,
    counts: Vec<BTreeMap<CommandKind, u64>>,
}

fn runs_of(
    engine: &str,
    program: &mut Program,
    capture: &Arc<[u8]>,
    counting: Counting,
) -> Result<Runs, NotCounted> {
    let counts = (0..counting.runs.max(1)).map(|_| {
        let profile = child::profiled(engine, program, capture, counting.within)?;
        let counts = profile::instructions_by_kind(&profile);
        let is_found = counts.values().any(|count| *count > 0);
        if is_found { Ok(counts) } else { Err(NotCounted::NoSymbols { engine: engine.to_owned() }) }
    });
    Ok(Runs { engine: engine.to_owned(), counts: counts.collect::<Result<_, _>>()? })
}

impl Runs {
    fn told(self, commands: &BTreeMap<CommandKind, u64>) -> Counted {
        let Self { engine, mut counts } = self;
        let total = |counts: &BTreeMap<CommandKind, u64>| counts.values().sum::<u64>();
        counts.sort_by_key(total);
        let (fewest, most) = (counts.first().map_or(0, total), counts.last().map_or(0, total));
        let median = &counts[counts.len() / 2];
        let kinds = commands.iter().map(|(kind, commands)| {
            let instructions = median.get(kind).copied().unwrap_or(0);
            let per_command = each(instructions, *commands);
            (kind.name(), CountedKind { commands: *commands, instructions, per_command })
        });
        let instructions = total(median);
        Counted {
            engine,
            instructions,
            per_command: each(instructions, commands.values().sum()),
            spread: most - fewest,
            runs: u32::try_from(counts.len()).unwrap_or(u32::MAX),
            kinds: kinds.collect(),
        }
    }
}

#[expect(clippy::float_arithmetic, reason = "a ratio for people and trends, of exact counts")]
fn each(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

/// The flow as a capture file.
fn written(flow: &Arc<Flow>) -> Result<Vec<u8>, WriteError> {
    let mut bytes = Vec::new();
    let header = Header { instruments: flow.instruments.clone(), origin: String::new() };
    let mut writer = Writer::with_snapshots(&mut bytes, &header, &flow.snapshots)?;
    let (mut stream, mut batch) = (Arc::clone(flow).stream(), Batch::new());
    while stream.read(&mut batch).expect("a flow in memory can be read") {
        writer.append(&batch)?;
    }
    writer.finish()?;
    Ok(bytes)
}

#[cfg(all(test, unix))]
mod tests {
    use shadowbook_model::{
        Action, Command, Increment, Instrument, InstrumentId, NewOrder, OrderId, Price, Quantity,
        Seq, Side, TimeNs,
    };

    use super::*;
    use crate::commands::count;

    fn flow() -> Arc<Flow> {
        let bid = |seq| NewOrder::limit(OrderId(seq), Side::Buy, Price(5), Quantity(9));
        let of = |seq, action| Command::new(Seq(seq), TimeNs(seq), InstrumentId(0), action);
        let mut commands: Vec<Command> =
            (1..=4).map(|seq| of(seq, Action::New(bid(seq)))).collect();
        commands.push(of(5, Action::Cancel(OrderId(1))));
        let instruments = vec![Instrument::new("X", Increment::ONE, Increment::ONE)];
        Arc::new(Flow { instruments, snapshots: Vec::new(), commands })
    }

    const COUNTING: Counting = Counting { runs: 1, within: Duration::from_secs(60) };

    /// What comes of shell scripts in the place of valgrind.
    fn counted(scripts: [&str; 2], counting: Counting) -> Result<Instructions, NotCounted> {
        let [reference, candidate] = scripts.map(|script| {
            let mut program = Program::new("sh");
            program.args(["-c", script]);
            program
        });
        let programs = [(EngineName::Reference, reference), (EngineName::Ladder, candidate)];
        count_by(&flow(), 1, programs, counting)
    }

    /// A script that reads the capture and writes a profile.
    fn profile(new: u64, cancel: u64) -> String {
        let called = |name: &str, cost: u64| format!("fn={name}\ncalls=1 0\n0 {cost}\n");
        let profile = called("a::counted_new", new) + &called("a::counted_cancel", cancel);
        format!("cat > /dev/null; cat <<'END'\n{profile}END\n")
    }

    #[test]
    fn both_engines_are_told_by_command_and_by_kind() {
        let scripts = [&*profile(300, 100), &*profile(500, 100)];
        let counted = counted(scripts, COUNTING).expect("both write a profile");
        let Instructions { commands, reference, candidate, ratio } = counted;
        assert_eq!((commands, reference.instructions, candidate.instructions), (4, 400, 600));
        assert_eq!((ratio, candidate.per_command), (1.5, 150.0), "the first is not counted");
        assert_eq!((reference.engine.as_str(), candidate.engine.as_str()), ("reference", "ladder"));
        let new = CountedKind { commands: 3, instructions: 300, per_command: 100.0 };
        let cancel = CountedKind { commands: 1, instructions: 100, per_command: 100.0 };
        assert_eq!(reference.kinds, BTreeMap::from([("new", new), ("cancel", cancel)]));
    }

    #[test]
    fn runs_that_differ_say_by_how_much() {
        let counts = [50, 70, 40].map(|count| BTreeMap::from([(CommandKind::New, count)]));
        let runs = Runs { engine: "ladder".to_owned(), counts: counts.to_vec() };
        let counted = runs.told(&BTreeMap::from([(CommandKind::New, 5)]));
        assert_eq!((counted.instructions, counted.spread, counted.runs), (50, 30, 3));
    }

    #[test]
    fn the_child_reads_the_flow_that_was_written() {
        let bytes = written(&flow()).expect("it is in order");
        assert_eq!(count::read(bytes).expect("it was written whole"), *flow());
    }

    #[test]
    fn whatever_goes_wrong_is_a_note() {
        let right = profile(1, 1);
        let told = |script: &str, counting: Counting| {
            counted([&right, script], counting).expect_err(script).to_string()
        };
        let died = told("cat > /dev/null; printf '==7== Using\\nno  room' >&2; exit 3", COUNTING);
        assert_eq!(
            died,
            "instructions of ladder were not counted: valgrind ended with exit status: 3 (no room)"
        );
        assert!(told("cat > /dev/null", COUNTING).contains("stripped of its symbols"));
        let hasty = Counting { within: Duration::from_millis(50), ..COUNTING };
        assert!(told("exec tail -f /dev/null", hasty).ends_with("it took more than 50ms"));
        // Nobody reads the capture.
        assert!(told("exit 1", COUNTING).contains("exit status: 1"));

        let nobody = || Program::new("/nowhere/valgrind");
        let programs = [(EngineName::Reference, nobody()), (EngineName::Ladder, nobody())];
        let told = count_by(&flow(), 1, programs, COUNTING).expect_err("there is none");
        assert_eq!(told, NotCounted::NoValgrind);
        let programs = [(EngineName::Reference, nobody()), (EngineName::Ladder, nobody())];
        let told = count_by(&flow(), 5, programs, COUNTING).expect_err("all are left out");
        assert_eq!(told, NotCounted::NoCommands);
    }
}

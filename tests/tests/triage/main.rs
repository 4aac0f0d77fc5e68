//! From a capture with seeded defects to the bugs: one for each, each with a flow that shows it.

#![expect(clippy::unwrap_used, reason = "what supports a test may panic")]

use std::num::NonZeroU64;
use std::sync::Arc;

use shadowbook_capture::{Flow, Source};
use shadowbook_compare::DivergenceKind;
use shadowbook_faulty::Defects;
use shadowbook_model::{
    Action, Capabilities, Command, Engine, EventBuffer, Instrument, InstrumentId, NewOrder,
    OrderId, Phase, Price, Quantity, Replace, Seq, Side, StateVisitor, TimeInForce, TimeNs,
};
use shadowbook_reference::ReferenceEngine;
use shadowbook_replay::{
    DiffError, DiffOptions, DiffResult, Finding, Means, Resync, SessionPair, Setup, diff,
    investigate, rerun,
};
use shadowbook_session::{InProcess, is_guarded};
use shadowbook_triage::{Budget, Bug};
use shadowbook_workload::{Generator, Profile};

const COMMANDS: u64 = 20_000;

fn capture(profile: &str, commands: u64) -> Arc<Flow> {
    let profile = Profile::built_in(profile).unwrap();
    let mut generator = Generator::new(&profile, 5, commands).unwrap();
    let commands = generator.by_ref().collect();
    let instruments = generator.instruments().to_vec();
    Arc::new(Flow { instruments, snapshots: Vec::new(), commands })
}

fn pair(instruments: &[Instrument], defects: Defects) -> SessionPair {
    let count = instruments.len();
    SessionPair {
        reference: Box::new(InProcess::new(ReferenceEngine::new(instruments), count)),
        candidate: Box::new(InProcess::new(defects.create(instruments), count)),
    }
}

/// An engine that shows its state and cannot be set to one.
struct Unsettable(Box<dyn Engine + Send>);

impl Engine for Unsettable {
    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn apply(&mut self, command: &Command, events: &mut EventBuffer) {
        self.0.apply(command, events);
    }

    fn visit(&self, instrument: InstrumentId, visitor: &mut dyn StateVisitor) {
        self.0.visit(instrument, visitor);
    }
}

fn unsettable(instruments: &[Instrument], defects: Defects) -> SessionPair {
    let candidate = Unsettable(defects.create(instruments));
    let candidate = Box::new(InProcess::new(candidate, instruments.len()));
    SessionPair { candidate, ..pair(instruments, defects) }
}

fn options(resync: Resync) -> DiffOptions {
    let checkpoint_every = NonZeroU64::new(10_000).unwrap();
    let explain = resync != Resync::Restore;
    DiffOptions { resync, explain, checkpoint_every, ..DiffOptions::default() }
}

/// The whole way: both engines over the capture, and the second look.
fn look(flow: &Arc<Flow>, defects: Defects, options: &DiffOptions) -> DiffResult {
    look_at(flow, options, &|instruments| pair(instruments, defects))
}

fn look_at(
    flow: &Arc<Flow>,
    options: &DiffOptions,
    make: &dyn Fn(&[Instrument]) -> SessionPair,
) -> DiffResult {
    let mut open = || -> Result<Setup<'static>, DiffError> {
        let SessionPair { reference, candidate } = make(&flow.instruments);
        Ok(Setup { source: Box::new(Arc::clone(flow).stream()), reference, candidate })
    };
    let first = diff(&mut open, options, &mut |_| {}).unwrap();
    let means = Means {
        make: &mut |instruments| Ok(make(instruments)),
        is_over: &mut || None,
        budget: Budget::default(),
    };
    investigate(&mut open, means, options, first).unwrap()
}

fn defects(names: &str) -> Defects {
    names.parse().unwrap()
}

/// What a flow shows on its own.
fn signature_of(flow: &Flow, defects: Defects) -> Option<String> {
    let mut make = |instruments: &[Instrument]| Ok(pair(instruments, defects));
    rerun(flow, &mut make).unwrap().map(|shown| shown.divergence.signature())
}

/// The example of a bug runs on its own from empty books, shows what it is said to show, and shows
/// it no more without any one of its commands.
fn check_example(bug: &Bug, defects: Defects) {
    let example = bug.example.as_ref().unwrap_or_else(|| panic!("{defects}: {:?}", bug.note));
    let Flow { instruments, snapshots, commands } = &example.flow;
    assert!(snapshots.is_empty(), "{defects} begins with a snapshot");
    let wanted = example.shown.divergence.signature();
    assert!(bug.signatures.contains(&wanted), "{defects}: {wanted}, not one of its roots'");
    assert_eq!(signature_of(&example.flow, defects), Some(wanted.clone()), "{defects}");
    assert!(example.is_minimal, "{defects}");
    for left_out in 0..commands.len() {
        let mut commands = commands.clone();
        commands.remove(left_out);
        let less = Flow { instruments: instruments.clone(), snapshots: Vec::new(), commands };
        let shown = signature_of(&less, defects);
        assert_ne!(shown, Some(wanted.clone()), "{defects} shows without command {left_out}");
    }
}

#[test]
fn one_defect_is_one_bug_with_a_handful_of_commands() {
    let flow = capture("whole-model", COMMANDS);
    for name in ["taker-price", "ioc-rests", "stop-inverted", "doubled-report", "post-only-takes"] {
        let defects = defects(name);
        let result = look(&flow, defects, &options(Resync::Restore));
        assert_eq!(result.bugs.len(), 1, "{name}: {:#?}", result.bugs);
        let bug = &result.bugs[0];
        assert_eq!(bug.roots, result.comparison.roots, "{name}");
        assert_eq!(bug.first, result.findings[0].divergence.seq, "{name}");
        assert!(result.findings.iter().all(|finding| finding.bug == Some(0)), "{name}");
        check_example(bug, defects);
        let commands = bug.example.as_ref().unwrap().flow.commands.len();
        assert!(commands <= 6, "{name} takes {commands} commands");
    }
}

#[test]
fn two_defects_are_two_bugs() {
    let flow = capture("whole-model", COMMANDS);
    for names in ["taker-price+expired-matchable", "post-only-takes+stop-inverted"] {
        let defects = defects(names);
        let result = look(&flow, defects, &options(Resync::Restore));
        assert_eq!(result.bugs.len(), 2, "{names}: {:#?}", result.bugs);
        result.bugs.iter().for_each(|bug| check_example(bug, defects));
        let roots: u64 = result.bugs.iter().map(|bug| bug.roots).sum();
        assert_eq!(roots, result.comparison.roots, "{names}: every root is of a bug");
    }
}

#[test]
fn a_candidate_that_cannot_be_set_right_is_begun_anew_by_commands() {
    let flow = capture("whole-model", 5_000);
    let defects = defects("taker-price+ioc-rests");
    let make = |instruments: &[Instrument]| unsettable(instruments, defects);
    let stopped = look_at(&flow, &options(Resync::Stop), &make);
    let result = look_at(&flow, &options(Resync::Restore), &make);
    assert!(result.resyncs > 0);
    assert!(result.comparison.roots > stopped.comparison.roots);
    assert_eq!(result.bugs.len(), 2, "{:#?}", result.bugs);
    result.bugs.iter().for_each(|bug| check_example(bug, defects));
}

/// A panic that is caught is told as the end of a session; hundreds of traces say no more.
fn keep_caught_panics_silent() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !is_guarded() {
            tell(panic);
        }
    }));
}

#[test]
fn a_candidate_that_dies_does_not_hide_another_bug() {
    keep_caught_panics_silent();
    let flow = capture("whole-model", 5_000);
    let defects = defects("crash-on-emptied-best+taker-price");
    let result = look(&flow, defects, &options(Resync::Restore));
    assert_eq!(result.bugs.len(), 2, "{:#?}", result.bugs);
    result.bugs.iter().for_each(|bug| check_example(bug, defects));
    let died = result.bugs.iter().filter_map(|bug| bug.example.as_ref());
    let died = died.filter(|example| example.shown.divergence.kind.ends_the_candidate()).count();
    assert_eq!(died, 1);
}

/// One instrument in an auction, and these actions on it, one a nanosecond.
fn in_auction(actions: Vec<Action>) -> Arc<Flow> {
    let mut instrument = Instrument::new("XBTUSD", "1".parse().unwrap(), "1".parse().unwrap());
    instrument.phase = Phase::Auction;
    let commands = (1..).zip(actions).map(|(at, action)| Command {
        seq: Seq(at),
        time: TimeNs(at),
        instrument: InstrumentId(0),
        action,
    });
    let commands = commands.collect();
    Arc::new(Flow { instruments: vec![instrument], snapshots: Vec::new(), commands })
}

#[test]
fn the_origin_is_the_last_command_at_which_the_books_parted() {
    let until_ten = |order| {
        let mut new = NewOrder::limit(OrderId(order), Side::Buy, Price(5), Quantity(1));
        new.time_in_force = TimeInForce::Gtd;
        Action::New(new.with_expire_time(TimeNs(10)))
    };
    // The first order that lost its expiry is gone before anything comes of it.
    let mut actions = vec![until_ten(1), Action::Cancel(OrderId(1)), Action::Time, until_ten(2)];
    actions.extend([Action::Time; 6]);
    let result =
        look(&in_auction(actions), defects("auction-drops-attributes"), &options(Resync::Restore));
    let finding = &result.findings[0];
    assert_eq!(finding.divergence.signature(), "missing-event/time/canceled.expired");
    assert_eq!(finding.divergence.seq, Seq(10));
    assert_eq!(finding.origin.as_ref().map(|origin| origin.command.seq), Some(Seq(4)));
}

#[test]
fn a_death_that_comes_of_a_wrong_book_is_counted_to_the_bug_that_made_it_wrong() {
    keep_caught_panics_silent();
    let all = Quantity(u64::MAX);
    let resting = NewOrder::limit(OrderId(1), Side::Sell, Price(5), all);
    let take = |id| Action::New(NewOrder::limit(OrderId(id), Side::Buy, Price(5), Quantity(2)));
    let mut replace = Replace::of(OrderId(1));
    replace.quantity = Some(all);
    let replace = Action::Replace(replace);
    let open = Action::Phase(Phase::Continuous);
    let actions = vec![open, Action::New(resting), take(2), replace, take(3), replace];
    let result =
        look(&in_auction(actions), defects("replace-from-original"), &options(Resync::Restore));
    let ends = |finding: &&Finding| finding.divergence.kind.ends_the_candidate();
    let end = result.findings.iter().find(ends).expect("it died in the first run");
    assert_eq!((end.divergence.seq, end.bug), (Seq(6), Some(0)));
    assert_eq!(result.bugs.len(), 1);
    let bug = &result.bugs[0];
    assert_eq!(bug.roots, result.comparison.roots);
    assert!(bug.note.as_ref().is_some_and(|note| note.contains("end at seq 6")), "{:?}", bug.note);
}

#[test]
fn two_looks_find_the_same() {
    let flow = capture("whole-model", 5_000);
    let defects = defects("partial-fill-to-tail+ioc-rests");
    let [first, second] = [(); 2].map(|()| look(&flow, defects, &options(Resync::Restore)));
    assert!(!first.bugs.is_empty());
    assert_eq!(first, second);
}

#[test]
fn what_follows_a_root_is_what_the_policy_says() {
    let flow = capture("whole-model", COMMANDS);
    let defects = defects("taker-price");
    let stopped = look(&flow, defects, &options(Resync::Stop));
    let restored = look(&flow, defects, &options(Resync::Restore));
    let continued = look(&flow, defects, &options(Resync::Continue));
    let instruments = flow.instruments.len() as u64;
    assert!((1..=instruments).contains(&stopped.comparison.roots), "one on each instrument");
    assert_eq!(stopped.resyncs, 0);
    assert!(restored.comparison.roots > stopped.comparison.roots);
    assert!(restored.resyncs > 0);
    assert!(restored.comparison.derived < stopped.comparison.derived);
    assert_eq!(continued.resyncs, 0);
    assert!(continued.comparison.roots >= stopped.comparison.roots);
    for result in [stopped, restored, continued] {
        assert_eq!(result.bugs.len(), 1);
        check_example(&result.bugs[0], defects);
    }
}

#[test]
fn a_silent_divergence_is_located_by_few_looks() {
    let flow = capture("whole-model", COMMANDS);
    let result = look(&flow, defects("size-up-keeps-priority"), &options(Resync::Stop));
    let silent: Vec<_> = result
        .findings
        .iter()
        .map(|finding| &finding.divergence)
        .filter(|root| root.kind == DivergenceKind::State)
        .collect();
    assert!(!silent.is_empty());
    for root in silent {
        let command = root.command.unwrap_or_else(|| panic!("{} is not located", root.seq));
        assert_eq!(command.seq, root.seq);
        assert!(root.reference.events == root.candidate.events, "no event tells");
    }
    assert!(result.effort.unwrap().looks < COMMANDS / 100);
}

#[test]
fn a_run_without_a_root_is_not_looked_at_twice() {
    let flow = capture("whole-model", 5_000);
    // It is a matter of time alone.
    let result = look(&flow, defects("slow-insert"), &options(Resync::Restore));
    assert_eq!((result.comparison.roots, result.bugs.len(), result.effort), (0, 0, None));
}

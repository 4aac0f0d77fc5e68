//! Bugs as both reports and the files of their examples show them, against golden files.
//!
//! `UPDATE_EXPECT=1` writes the golden files anew.

#![expect(clippy::unwrap_used, reason = "what supports a test may panic")]

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use shadowbook_capture::Flow;
use shadowbook_compare::{
    BookDifference, Comparison, Covered, Divergence, DivergenceKind, EventList, Place, Queue,
};
use shadowbook_model::{
    AccountId, Arrival, CancelReason, Command, CommandKind, Digest, Event, Fill, Increment,
    Instrument, InstrumentId, InstrumentState, Matching, NewOrder, OrderId, OrderState, OrderType,
    Phase, Price, Quantity, RejectReason, Replace, SelfTrade, Seq, Side, Snapshot, TimeInForce,
    TimeNs, TradeId, Visibility,
};
use shadowbook_replay::{DiffResult, Finding};
use shadowbook_report::{
    DecisionOptions, ExamplePaths, Provenance, Report, RunInfo, example_jsonl, example_scenario,
    reading, terminal,
};
use shadowbook_triage::{AllowEntry, Allowlist, Bug, Minimized, Predicate, Shown};

fn instrument() -> Instrument {
    Instrument::new("XBTUSD", Increment::new(1, 1).unwrap(), Increment::new(1, 2).unwrap())
}

fn new(seq: u64, side: Side, price: i64, lots: u64) -> Command {
    let new = NewOrder::limit(OrderId(seq), side, Price(price), Quantity(lots));
    Command::new(Seq(seq), TimeNs(seq), InstrumentId(0), new)
}

fn accepted(order: u64) -> Event {
    Event::Accepted { order: OrderId(order) }
}

fn fill(maker: u64, taker: u64, maker_open: u64) -> Event {
    Event::Fill(Fill {
        trade: TradeId(1),
        maker: OrderId(maker),
        taker: OrderId(taker),
        price: Price(430_010),
        quantity: Quantity(20),
        maker_open: Quantity(maker_open),
        taker_open: Quantity(0),
    })
}

fn divergence(
    command: &Command,
    kind: DivergenceKind,
    shape: &str,
    (reference, candidate): (Vec<Event>, Vec<Event>),
) -> Divergence {
    Divergence {
        seq: command.seq,
        instrument: InstrumentId(0),
        kind,
        shape: shape.to_owned(),
        command: Some(*command),
        reference: EventList { events: reference, omitted: 0 },
        candidate: EventList { events: candidate, omitted: 0 },
        detail: None,
        is_disputed: false,
        disputed_orders: Vec::new(),
        equal_after: 0,
        shown_after: command.seq.0,
    }
}

fn minimized(
    commands: Vec<Command>,
    divergence: Divergence,
    differences: Vec<BookDifference>,
) -> Minimized {
    let shown = Shown {
        position: Some(commands.len() - 1),
        divergence,
        differences,
        rule: None,
        phase: Phase::Continuous,
    };
    let instruments = vec![instrument()];
    let flow = Flow { instruments, snapshots: Vec::new(), commands };
    Minimized { flow, shown, is_minimal: true, reruns: 41, commands: 260 }
}

/// Two asks at one price, and a bid that meets the younger.
fn wrong_maker() -> Minimized {
    let commands = vec![
        new(1, Side::Sell, 430_010, 50),
        new(2, Side::Sell, 430_010, 70),
        new(3, Side::Buy, 430_010, 20),
    ];
    let events = (vec![accepted(3), fill(1, 3, 30)], vec![accepted(3), fill(2, 3, 50)]);
    let kind = DivergenceKind::Events;
    let root = divergence(&commands[2], kind, "fill.maker+maker_open", events);
    let state = |order, open, executed| OrderState {
        open: Quantity(open),
        executed: Quantity(executed),
        ..resting(order)
    };
    let changed = |reference, candidate| BookDifference::Changed {
        reference,
        candidate,
        fields: vec!["open", "executed"],
    };
    let differences = vec![
        changed(state(1, 30, 20), state(1, 50, 0)),
        changed(state(2, 70, 0), state(2, 50, 20)),
    ];
    minimized(commands, root, differences)
}

fn resting(order: u64) -> OrderState {
    OrderState {
        order: OrderId(order),
        account: AccountId(0),
        arrival: Arrival(order),
        price: Some(Price(430_010)),
        open: Quantity(50),
        executed: Quantity(0),
        visibility: Visibility::Full,
        expire_time: None,
        min_quantity: None,
        trigger: None,
        side: Side::Sell,
        order_type: OrderType::Limit,
        time_in_force: TimeInForce::Gtc,
        post_only: false,
        self_trade: SelfTrade::None,
    }
}

/// An ask that is replaced to more and stays in front of another; both are in a snapshot.
fn wrong_queue() -> Minimized {
    let replace = Replace { quantity: Some(Quantity(60)), ..Replace::of(OrderId(1)) };
    let command = Command::new(Seq(3), TimeNs(3), InstrumentId(0), replace);
    let price = Some(Price(430_010));
    let (order, open) = (OrderId(1), Quantity(60));
    let replaced = vec![Event::Replaced { order, new_order: None, price, open }];
    let events = (replaced.clone(), replaced);
    let root = divergence(&command, DivergenceKind::State, "queue-order", events);
    let place = Place { side: Side::Sell, queue: Queue::Displayed, price };
    let (one, two) = (OrderId(1), OrderId(2));
    let queue =
        BookDifference::QueueOrder { place, reference: vec![two, one], candidate: vec![one, two] };
    let mut minimized = minimized(vec![command], root, vec![queue]);
    let state = InstrumentState {
        phase: Phase::Continuous,
        last_trade: None,
        next_trade: TradeId(1),
        arrivals: Arrival(2),
    };
    let orders = vec![resting(1), resting(2)];
    minimized.flow.snapshots = vec![Snapshot { instrument: InstrumentId(0), state, orders }];
    minimized.is_minimal = false;
    minimized
}

/// A candidate that dies of a cancel.
fn dies() -> Minimized {
    let cancel = shadowbook_model::Action::Cancel(OrderId(1));
    let cancel = Command::new(Seq(2), TimeNs(2), InstrumentId(0), cancel);
    let (order, quantity, reason) = (OrderId(1), Quantity(50), CancelReason::Requested);
    let canceled = Event::Canceled { order, quantity, reason };
    let kind = DivergenceKind::CandidateCrashed;
    let mut root = divergence(&cancel, kind, "", (vec![canceled], Vec::new()));
    root.detail = Some("index out of bounds\x1b[2J: the len is 0".to_owned());
    minimized(vec![new(1, Side::Buy, 430_000, 50), cancel], root, Vec::new())
}

fn bug(signatures: &[&str], roots: u64, first: u64, example: Option<Minimized>) -> Bug {
    Bug {
        signatures: signatures.iter().map(|&name| name.to_owned()).collect(),
        roots,
        allowed: 0,
        first: Seq(first),
        instrument: InstrumentId(0),
        example,
        note: None,
        is_examined: true,
    }
}

fn finding(seq: u64, of: &Minimized, bug: Option<usize>) -> Finding {
    let divergence = Divergence { seq: Seq(seq), ..of.shown.divergence.clone() };
    Finding { divergence, books: None, origin: None, bug, allowed: None }
}

fn run(bugs: Vec<Bug>, findings: Vec<Finding>) -> DiffResult {
    DiffResult {
        instruments: vec![instrument()],
        comparison: Comparison {
            commands: 1_000_000,
            checkpoints: 101,
            mismatches: 3,
            roots: bugs.iter().map(|bug| bug.roots - bug.allowed).sum(),
            derived: 12,
            ..Comparison::default()
        },
        findings,
        is_state_checked: true,
        resyncs: 5,
        bugs,
        ..DiffResult::default()
    }
}

fn report(result: DiffResult) -> Report {
    Report::new(info(), Ok(result), &DecisionOptions::default())
}

fn info() -> RunInfo {
    RunInfo {
        capture: "day.sbk".to_owned(),
        digest: Digest(1).to_string(),
        torn: None,
        reference: "reference".to_owned(),
        candidate: "exec:./new-engine".to_owned(),
        elapsed: Duration::from_millis(800),
        audit_off: Vec::new(),
        allow: Allowlist::default(),
    }
}

/// Four bugs: three with an example, one that could not be shown again.
fn four_bugs() -> Report {
    let mut fourth = bug(&["state/?/order.open"], 1, 900_000, None);
    fourth.note = Some("it did not show again".to_owned());
    let bugs = vec![
        Bug {
            allowed: 1,
            ..bug(&["events/new/fill.maker+maker_open"], 1_208, 90, Some(wrong_maker()))
        },
        bug(
            &["state/replace/queue-order", "state/replace/arrival-count"],
            2,
            700,
            Some(wrong_queue()),
        ),
        bug(&["candidate-crashed/cancel/"], 1, 800, Some(dies())),
        fourth,
    ];
    let findings = vec![
        finding(90, &wrong_maker(), Some(0)),
        finding(700, &wrong_queue(), Some(1)),
        finding(800, &dies(), Some(2)),
        finding(900, &wrong_maker(), Some(3)),
    ];
    let mut report = report(run(bugs, findings));
    let path = |name: &str| format!("day.bugs/{name}");
    let paths = |number: u8| ExamplePaths {
        jsonl: path(&format!("bug-{number}.jsonl")),
        scenario: (number != 2).then(|| path(&format!("bug-{number}.scenario"))),
    };
    report.set_example_path(0, paths(1));
    report.set_example_path(1, paths(2));
    report.note("minimising bug 2 was broken off after 60 s");
    report
}

fn check(name: &str, found: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "{name}: UPDATE_EXPECT=1 writes it anew");
}

#[test]
fn bugs_read_well() {
    let report = four_bugs();
    check("bugs.txt", &terminal::render(&report, false, 100));
    check("bugs-narrow.txt", &terminal::render(&report, false, 80));
    check("bugs.json", &report.verdict.to_json());
}

#[test]
fn what_an_example_begins_with_is_said_where_it_matters() {
    let text = |example: Minimized| {
        let report = report(run(vec![bug(&["events/new/fill"], 1, 90, Some(example))], Vec::new()));
        terminal::render(&report, false, 100)
    };
    let mut example = wrong_maker();
    example.flow.instruments[0].phase = Phase::Auction;
    example.flow.instruments[0].matching = Matching::ProRata;
    let said = text(example);
    assert!(said.contains("from an empty book in phase auction, matched pro-rata:"), "{said}");
    let mut example = wrong_queue();
    let held = &mut example.flow.snapshots[0];
    held.state.phase = Phase::Halted;
    held.orders[0].executed = Quantity(70);
    held.orders[1].visibility = Visibility::Hidden;
    let said = text(example);
    assert!(said.contains("from a book of 2 orders in phase halted:"), "{said}");
    assert!(said.contains("holds order 1, sell 0.5 @ 43001, 0.7 executed\n"), "{said}");
    assert!(said.contains("holds order 2, sell 0.5 @ 43001, hidden\n"), "{said}");
}

#[test]
fn a_limit_is_no_reason_where_both_trade_at_it() {
    let mut example = wrong_maker();
    let first = fill(1, 3, 30);
    let Event::Fill(mut second) = fill(2, 3, 50) else { unreachable!("it is one") };
    second.quantity = Quantity(10);
    let shown = &mut example.shown;
    shown.divergence.kind = DivergenceKind::MissingEvent;
    shown.divergence.reference.events = vec![accepted(3), first, Event::Fill(second)];
    shown.divergence.candidate.events = vec![accepted(3), first];
    let sentence = "the candidate does not fill order 2 with order 3 at 43001: ";
    let already = "order 3 trades at 43001 already, and has 0.1 left";
    assert_eq!(reading(&example), format!("{sentence}{already}"));
}

#[test]
fn a_minimum_that_trades_is_said() {
    let mut example = wrong_maker();
    let asking = NewOrder::limit(OrderId(3), Side::Buy, Price(430_010), Quantity(20));
    let asking = asking.with_min_quantity(Quantity(20));
    let command = Command::new(Seq(3), TimeNs(3), InstrumentId(0), asking);
    example.flow.commands[2] = command;
    let shown = &mut example.shown;
    shown.divergence.command = Some(command);
    let (kind, order) = (CommandKind::New, OrderId(3));
    let reason = RejectReason::MinQuantity;
    shown.divergence.candidate.events = vec![Event::Rejected { command: kind, order, reason }];
    let why = "its minimum is 0.2, and it trades 0.2, with order 1";
    let sentence = "the candidate rejects order 3 as min-quantity, the reference takes it";
    assert_eq!(reading(&example), format!("{sentence}: {why}"));
}

#[test]
fn a_limit_is_no_reason_where_a_level_is_shared() {
    let mut example = wrong_maker();
    let shown = &mut example.shown;
    shown.divergence.kind = DivergenceKind::MissingEvent;
    shown.divergence.candidate.events.pop();
    let sentence = "the candidate does not fill order 1 with order 3 at 43001: ";
    let at_its_limit = "43001 is the very limit of order 3";
    assert_eq!(reading(&example), format!("{sentence}{at_its_limit}"));
    example.flow.instruments[0].matching = Matching::ProRata;
    let shared = "what is left over of a level that is shared goes to the oldest (M7)";
    assert_eq!(reading(&example), format!("{sentence}{shared}"));
    example.flow.commands.remove(1);
    example.shown.position = Some(1);
    assert_eq!(reading(&example), format!("{sentence}{at_its_limit}"), "it stands alone");
}

#[test]
fn what_a_bug_explains_is_not_shown_once_more() {
    let text = terminal::render(&four_bugs(), false, 100);
    assert!(!text.contains("seq 90 "), "the first root is explained by its bug:\n{text}");
    assert!(text.contains("\n4. seq 900  XBTUSD"), "that of a bug without an example is not");
    assert!(!text.contains("more\n"), "nothing is left over:\n{text}");
    let narrow = terminal::render(&four_bugs(), true, 80);
    let plain = narrow.replace("\x1b[2J", "");
    assert!(!plain.contains("\x1b[2J"), "what an engine says last is not obeyed");
}

#[test]
fn a_bug_that_is_allowed_takes_a_line_and_explains_nothing() {
    let wrong = bug(&["events/new/fill"], 2, 9, Some(wrong_maker()));
    let bugs =
        vec![Bug { allowed: 2, ..wrong.clone() }, Bug { allowed: 1, first: Seq(10), ..wrong }];
    let result = run(bugs, Vec::new());
    let comparison = Comparison { roots: 1, ..result.comparison.clone() };
    let text = terminal::render(&report(DiffResult { comparison, ..result }), false, 200);
    assert!(
        text.contains("(2 roots, all allowed, the first at seq 9, XBTUSD)\n\nbug 2 "),
        "{text}"
    );
    assert!(text.contains("2 bugs, explaining 1 of 1 root\n"), "{text}");
    assert_eq!(text.matches("shown by 3 commands").count(), 1, "{text}");
    assert!(!text.contains("more\n"), "{text}");
}

#[test]
fn no_number_of_bugs_is_given_where_some_were_not_looked_into() {
    let shown = bug(&["events/new/fill"], 2, 9, Some(wrong_maker()));
    let unseen = Bug { is_examined: false, ..bug(&["state/?/digest"], 1, 11, None) };
    let text = |bugs: Vec<Bug>| terminal::render(&report(run(bugs, Vec::new())), false, 200);
    let some = text(vec![shown, unseen.clone()]);
    let told = "1 bug, and 1 kind of divergence that could not be looked into, explaining 3 of 3";
    assert!(some.contains(told) && !some.contains("of 2 bugs"), "{some}");
    let none = text(vec![unseen.clone(), unseen]);
    assert!(none.contains("bugs        2 kinds of divergence that could not be"), "{none}");
}

#[test]
fn what_an_entry_covers_that_lapsed_is_explained_like_everything_else() {
    let entry = |at_most| AllowEntry {
        predicate: Predicate::default(),
        reason: "a release note".to_owned(),
        owner: "matching".to_owned(),
        ticket: "EX-1".to_owned(),
        expires: "2027-01-31".parse().unwrap(),
        at_most: NonZeroU64::new(at_most).unwrap(),
    };
    let text = |at_most| {
        let bug = Bug { allowed: 2, ..bug(&["events/new/fill"], 3, 9, Some(wrong_maker())) };
        let result = run(vec![bug], Vec::new());
        let covered = vec![Covered { count: 2, ..Covered::default() }];
        let comparison = Comparison { covered, ..result.comparison.clone() };
        let allow = Allowlist { entries: vec![entry(at_most)], ..Allowlist::default() };
        let info = RunInfo { allow, ..info() };
        let result = DiffResult { comparison, ..result };
        let report = Report::new(info, Ok(result), &DecisionOptions::default());
        terminal::render(&report, false, 100)
    };
    let held = text(2);
    assert!(held.contains("1 bug, explaining 1 of 1 root\n"), "{held}");
    let lapsed = text(1);
    assert!(lapsed.contains("1 bug, explaining 3 of 3 roots\n"), "{lapsed}");
    assert!(!lapsed.contains("allowed)"), "{lapsed}");
}

#[test]
fn what_is_to_be_typed_is_quoted() {
    let bugs = vec![bug(&["events/new/fill"], 1, 9, Some(wrong_maker()))];
    let info = RunInfo {
        capture: "it's a day.sbk".to_owned(),
        candidate: "exec:./new --fast".to_owned(),
        ..info()
    };
    let report = Report::new(info, Ok(run(bugs, Vec::new())), &DecisionOptions::default());
    let text = terminal::render(&report, false, 200);
    let line = r"shadowbook explain 'it'\''s a day.sbk' --at 9 --candidate 'exec:./new --fast'";
    assert!(text.contains(&format!("{line}\n")), "{text}");
}

#[test]
fn many_bugs_and_long_examples_stay_on_a_page() {
    let mut long = wrong_maker();
    let last = long.flow.commands.split_off(2);
    long.flow.commands.extend((10..40).map(|seq| new(seq, Side::Buy, 100, 1)));
    long.flow.commands.extend(last);
    long.shown.position = Some(long.flow.commands.len() - 1);
    let bugs = (1..=30).map(|first| bug(&["events/new/fill"], 1, first, Some(long.clone())));
    let text = terminal::render(&report(run(bugs.collect(), Vec::new())), false, 100);
    assert!(text.contains("         … 21 more\n"), "{text}");
    assert!(text.contains("\nbug 20 ") && !text.contains("\nbug 21 "), "{text}");
    assert!(text.ends_with("and 10 bugs more in the verdict file\n"), "{text}");
    assert!(text.lines().count() < 120, "{} lines:\n{text}", text.lines().count());
    for width in [40, 80, 100] {
        let text = terminal::render(&four_bugs(), false, width);
        // A signature is one word, and is not cut.
        let fits = |line: &str| line.chars().count() <= width || !line.trim_start().contains(' ');
        assert!(text.lines().all(fits), "{width}\n{text}");
    }
}

#[test]
fn the_files_of_an_example_say_where_it_comes_from() {
    let from = Provenance {
        capture: "day\n.sbk".to_owned(),
        digest: Digest(1).to_string(),
        seq: 90,
        reference: "reference".to_owned(),
        candidate: "exec:./new-engine".to_owned(),
    };
    let answers = [vec![accepted(1)], vec![accepted(2)], vec![accepted(3), fill(1, 3, 30)]];
    let scenario = example_scenario(&wrong_maker(), &from, &answers, None).unwrap();
    check("example.scenario", &scenario);
    check("example.jsonl", &example_jsonl(&wrong_maker(), &from, &answers));
    check("example-dies.scenario", &example_scenario(&dies(), &from, &[], None).unwrap());
    check("example-snapshot.jsonl", &example_jsonl(&wrong_queue(), &from, &[]));
    assert_eq!(
        example_scenario(&wrong_queue(), &from, &[], None),
        None,
        "it begins with a snapshot"
    );
}

#[test]
fn a_scenario_of_books_that_part_ends_with_the_book() {
    let from = Provenance {
        capture: "day.sbk".to_owned(),
        digest: Digest(1).to_string(),
        seq: 90,
        reference: "reference".to_owned(),
        candidate: "ladder".to_owned(),
    };
    let mut silent = wrong_queue();
    let book = silent.flow.snapshots.remove(0);
    let told =
        |minimized: &Minimized| example_scenario(minimized, &from, &[], Some(&book)).unwrap();
    let unseen = "\n# the lines of a book do not show what differs";
    let text = told(&silent);
    let (_, end) = text.split_once("\nbook\n  sell ").expect("it ends with the book");
    assert!(!text.contains(unseen) && end.lines().count() == 1, "{text}");
    let orders = vec![OrderId(1), OrderId(2)];
    let arrived = BookDifference::ArrivalOrder { reference: orders.clone(), candidate: orders };
    silent.shown.differences = vec![arrived];
    assert!(told(&silent).contains(unseen), "{}", told(&silent));
    let events = told(&Minimized { shown: wrong_maker().shown, ..silent });
    assert!(!events.contains("\nbook\n"), "what differs is in the events:\n{events}");
}

#[test]
fn what_is_found_in_the_capture_points_to_the_example() {
    let value: serde_json::Value = serde_json::from_str(&four_bugs().verdict.to_json()).unwrap();
    let list = &value["divergences"]["list"];
    assert_eq!(list[0]["minimized"]["path"], "day.bugs/bug-1.jsonl");
    assert_eq!((&list[0]["minimized"]["commands"], &list[0]["bug"]), (&3.into(), &1.into()));
    assert!(list[2]["minimized"].is_null(), "no file of it was written");
    assert_eq!(value["divergences"]["resyncs"], 5);
    assert_eq!(value["bugs"][1]["example"]["begins_with"].as_array().unwrap().len(), 3);
    assert_eq!(value["run"]["notes"][0], "minimising bug 2 was broken off after 60 s");
}

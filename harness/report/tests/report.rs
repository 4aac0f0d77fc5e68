//! One failed and one passed run as both reports show them, against golden files.
//!
//! `UPDATE_EXPECT=1` writes the golden files anew.

#![expect(clippy::unwrap_used, reason = "what supports a test may panic")]

use std::path::PathBuf;
use std::time::Duration;

use shadowbook_capture::{InputError, Position};
use shadowbook_compare::{
    Comparison, Divergence, DivergenceKind, EventList, RecordedTally, compare_books, excerpts,
};
use shadowbook_model::{
    AccountId, Arrival, Command, Digest, Event, Fill, Increment, Instrument, InstrumentId,
    InstrumentState, NewOrder, OrderId, OrderState, OrderType, Phase, Price, Quantity, SelfTrade,
    Seq, Side, Snapshot, TimeInForce, TimeNs, TradeId, Visibility,
};
use shadowbook_replay::{
    Beginning, BookPair, Books, BrokenOff, DiffError, DiffResult, Finding, Origin,
};
use shadowbook_report::{DecisionOptions, Outcome, Report, RunInfo, TornEntry, terminal};
use shadowbook_session::{Activity, Loss, Manner, SessionError};
use shadowbook_triage::Allowlist;

fn resting(order: u64, side: Side, price: i64, open: u64) -> OrderState {
    OrderState {
        order: OrderId(order),
        account: AccountId(0),
        arrival: Arrival(order),
        price: Some(Price(price)),
        open: Quantity(open),
        executed: Quantity(0),
        visibility: Visibility::Full,
        expire_time: None,
        min_quantity: None,
        trigger: None,
        side,
        order_type: OrderType::Limit,
        time_in_force: TimeInForce::Gtc,
        post_only: false,
        self_trade: SelfTrade::None,
    }
}

fn book(orders: Vec<OrderState>) -> Snapshot {
    let state = InstrumentState {
        phase: Phase::Continuous,
        last_trade: Some(Price(430_000)),
        next_trade: TradeId(4),
        arrivals: Arrival(9),
    };
    Snapshot { instrument: InstrumentId(0), state, orders }
}

fn pair(reference: Vec<OrderState>, candidate: Vec<OrderState>) -> BookPair {
    let (ours, theirs) = (book(reference), book(candidate));
    let differences = compare_books(&ours, &theirs);
    let (reference, candidate) = excerpts(&ours, &theirs, &differences, 5);
    BookPair { reference, candidate, differences, omitted: 0 }
}

fn fill(maker: u64, maker_open: u64) -> Event {
    Event::Fill(Fill {
        trade: TradeId(3),
        maker: OrderId(maker),
        taker: OrderId(9),
        price: Price(430_010),
        quantity: Quantity(20),
        maker_open: Quantity(maker_open),
        taker_open: Quantity(0),
    })
}

fn order(seq: u64, order: u64, side: Side, price: i64, quantity: u64) -> Command {
    let new = NewOrder::limit(OrderId(order), side, Price(price), Quantity(quantity));
    Command::new(Seq(seq), TimeNs(seq * 1_000), InstrumentId(0), new)
}

/// The queue of an ask level is turned around at seq 80, and seq 90 trades with the wrong maker.
fn failed_run() -> DiffResult {
    let bid = resting(3, Side::Buy, 430_000, 100);
    let (first, second) =
        (resting(1, Side::Sell, 430_010, 50), resting(2, Side::Sell, 430_010, 70));
    let far = resting(4, Side::Sell, 430_025, 5);
    let before = |asks: [OrderState; 2]| vec![bid, asks[0], asks[1], far];
    let filled = |order: OrderState| OrderState {
        open: Quantity(order.open.0 - 20),
        executed: Quantity(20),
        ..order
    };
    let root = Divergence {
        seq: Seq(90),
        instrument: InstrumentId(0),
        kind: DivergenceKind::Events,
        shape: "fill.maker+maker_open".to_owned(),
        command: Some(order(90, 9, Side::Buy, 430_010, 20)),
        reference: EventList {
            events: vec![Event::Accepted { order: OrderId(9) }, fill(1, 30)],
            omitted: 0,
        },
        candidate: EventList {
            events: vec![Event::Accepted { order: OrderId(9) }, fill(2, 50)],
            omitted: 0,
        },
        detail: None,
        is_disputed: false,
        disputed_orders: Vec::new(),
        equal_after: 10,
        shown_after: 90,
    };
    let parted = Books {
        before: pair(vec![bid, first, second], vec![bid, first, second]),
        after: Some(pair(before([first, second]), before([second, first]))),
    };
    let finding = Finding {
        divergence: root,
        books: Some(Books {
            before: pair(before([first, second]), before([second, first])),
            after: Some(pair(before([filled(first), second]), before([filled(second), first]))),
        }),
        origin: Some(Origin { command: order(80, 4, Side::Sell, 430_025, 5), books: parted }),
        bug: None,
        allowed: None,
    };
    DiffResult {
        comparison: Comparison {
            roots: 1,
            derived: 1_234,
            mismatches: 90,
            recorded: RecordedTally {
                exact: 4_990,
                price_quantity: 7,
                different: 3,
                unchecked: 12,
                via_seed: 40,
                corrections: 2,
                external: 1,
            },
            ..passed_run().comparison
        },
        findings: vec![finding],
        ..passed_run()
    }
}

fn passed_run() -> DiffResult {
    let tick = Increment::new(1, 1).unwrap();
    let lot = Increment::new(1, 2).unwrap();
    DiffResult {
        instruments: vec![Instrument::new("XBTUSD", tick, lot)],
        comparison: Comparison {
            commands: 1_000_000,
            checkpoints: 101,
            final_digest: Some(Digest(7)),
            ..Comparison::default()
        },
        findings: Vec::new(),
        is_state_checked: true,
        restored: None,
        audit: None,
        resyncs: 0,
        bugs: Vec::new(),
        effort: None,
    }
}

fn report(run: Result<DiffResult, Box<BrokenOff>>) -> Report {
    report_on(None, run)
}

fn report_on(torn: Option<TornEntry>, run: Result<DiffResult, Box<BrokenOff>>) -> Report {
    let info = RunInfo {
        capture: "day.sbk".to_owned(),
        digest: Digest(1).to_string(),
        torn,
        reference: "reference".to_owned(),
        candidate: "ladder".to_owned(),
        elapsed: Duration::from_millis(800),
        audit_off: Vec::new(),
        allow: Allowlist::default(),
    };
    Report::new(info, run.map_err(Into::into), &DecisionOptions::default())
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
fn a_failed_run_reads_well() {
    let report = report(Ok(failed_run()));
    check("fail.json", &report.verdict.to_json());
    check("fail.txt", &terminal::render(&report, false, 100));
    check("fail-narrow.txt", &terminal::render(&report, false, 60));
}

#[test]
fn a_passed_run_reads_well() {
    let report = report(Ok(passed_run()));
    check("pass.json", &report.verdict.to_json());
    check("pass.txt", &terminal::render(&report, false, 100));
}

#[test]
fn a_run_without_a_result_says_why() {
    let (activity, message) = (Activity::Applying, "out \x1b[2Jof slots".to_owned());
    let crashed = SessionError::Crashed { seq: Seq(7), activity, message };
    let report = report(Err(DiffError::Reference(crashed).into()));
    assert_eq!(report.verdict.exit_code, 5);
    let text = terminal::render(&report, false, 100);
    let first = text.lines().next().unwrap();
    assert_eq!(
        first,
        "INCONCLUSIVE: the reference failed: the engine crashed at seq 7: out \u{fffd}[2Jof slots"
    );
}

#[test]
fn what_was_found_before_a_run_broke_off_is_told() {
    let error = DiffError::Input(InputError::new(Position::Offset(9), "damaged").into());
    let report = report(Err(Box::new(BrokenOff { error, result: failed_run() })));
    let verdict = &report.verdict;
    assert_eq!((verdict.exit_code, verdict.verdict), (4, Outcome::Inconclusive));
    assert_eq!((verdict.divergences.roots, verdict.capture.commands), (1, 1_000_000));
    assert_eq!(verdict.reasons.len(), 2, "{:?}", verdict.reasons);
    let text = terminal::render(&report, false, 200);
    let head: Vec<&str> = text.lines().take(2).collect();
    assert_eq!(
        head,
        [
            "INCONCLUSIVE: cannot read the capture: offset 9: damaged",
            "  also: the candidate diverges from the reference, 1 root; the first at seq 90, XBTUSD",
        ]
    );
}

#[test]
fn a_candidate_that_crashed_is_told_in_the_first_line() {
    let run = |kinds: &[DivergenceKind]| {
        let run = failed_run();
        let finding = |(at, kind): (u64, &DivergenceKind)| {
            let mut finding = run.findings[0].clone();
            (finding.divergence.seq, finding.divergence.kind) = (Seq(at), *kind);
            finding
        };
        DiffResult {
            findings: (5..).zip(kinds).map(finding).collect(),
            comparison: Comparison { roots: kinds.len() as u64, ..run.comparison },
            ..run
        }
    };
    let first = |kinds: &[DivergenceKind]| {
        let text = terminal::render(&report(Ok(run(kinds))), false, 200);
        text.lines().next().unwrap().to_owned()
    };
    let crash = DivergenceKind::CandidateCrashed;
    assert_eq!(first(&[crash]), "FAIL: the candidate crashed at seq 5, XBTUSD");
    assert_eq!(
        first(&[DivergenceKind::Events, crash]),
        "FAIL: the candidate crashed at seq 6 and diverges from the reference, 2 roots; the first \
         at seq 5, XBTUSD"
    );
}

#[test]
fn the_first_line_names_the_first_undisputed_root() {
    let run = |disputed: &[bool]| {
        let run = failed_run();
        let finding = |(at, is_disputed): (u64, &bool)| {
            let mut finding = run.findings[0].clone();
            finding.divergence.seq = Seq(at);
            finding.divergence.is_disputed = *is_disputed;
            finding
        };
        let count = |is: bool| disputed.iter().filter(|other| **other == is).count() as u64;
        DiffResult {
            findings: (1..).zip(disputed).map(finding).collect(),
            comparison: Comparison {
                roots: disputed.len() as u64,
                disputed: count(true),
                recorded: RecordedTally::default(),
                ..run.comparison
            },
            ..run
        }
    };
    let first = |disputed: &[bool]| {
        let text = terminal::render(&report(Ok(run(disputed))), false, 200);
        text.lines().next().unwrap().to_owned()
    };
    let diverges = "FAIL: the candidate diverges from the reference, 1 root; the first at seq";
    assert_eq!(first(&[true, false, true]), format!("{diverges} 2, XBTUSD"));
    assert_eq!(
        first(&[true]),
        "INCONCLUSIVE: 1 divergence on an order about which the reference and the recording \
         already disagree"
    );
}

#[test]
fn a_warning_stands_in_both_reports_and_changes_no_verdict() {
    let torn = TornEntry { offset: 7, bytes: 2, reason: "no end".to_owned() };
    let report = report_on(Some(torn), Ok(passed_run()));
    let warning = "day.sbk ends early: 2 bytes from offset 7 on cannot be used (no end)";
    assert_eq!((report.verdict.exit_code, report.verdict.reasons.len()), (0, 0));
    assert_eq!(report.verdict.warnings, [warning]);
    let text = terminal::render(&report, false, 100);
    assert_eq!(text.lines().nth(1), Some(format!("  warning: {warning}").as_str()));
    let value: serde_json::Value = serde_json::from_str(&report.verdict.to_json()).unwrap();
    assert_eq!(value["capture"]["torn"]["offset"], 7);
}

#[test]
fn what_a_run_began_with_stands_in_both_reports() {
    let told = |manner, lost| {
        let restored = Beginning { orders: 1_234, reference: manner, candidate: manner, lost };
        let report = report(Ok(DiffResult { restored: Some(restored), ..passed_run() }));
        let text = terminal::render(&report, false, 200);
        let row = text.lines().find(|line| line.starts_with("  restored")).unwrap().to_owned();
        let value: serde_json::Value = serde_json::from_str(&report.verdict.to_json()).unwrap();
        (row, value["restored"].clone())
    };
    let (row, value) = told(Manner::Natively, Vec::new());
    assert_eq!(row, "  restored    1,234 orders from before, natively, nothing lost");
    assert_eq!((&value["orders"], &value["lost"]), (&1_234.into(), &serde_json::json!([])));
    let lost = vec![Loss::LastTrades(1), Loss::Slices(2)];
    let (row, value) = told(Manner::ByCommands, lost);
    let words = "in both lost: 1 last trade price, 2 slices in progress";
    assert_eq!(row, format!("  restored    1,234 orders from before, by commands, {words}"));
    assert_eq!(
        (&value["reference"], &value["candidate"]),
        (&"by-commands".into(), &"by-commands".into())
    );
    assert_eq!(value["lost"][1], "2 slices in progress");
}

#[test]
fn colours_come_only_when_asked_for_and_no_line_is_too_long() {
    let report = report(Ok(failed_run()));
    assert!(!terminal::render(&report, false, 100).contains('\x1b'));
    assert!(terminal::render(&report, true, 100).contains("\x1b[1;31mFAIL"));
    for width in [40, 60, 100] {
        let text = terminal::render(&report, false, width);
        assert!(text.lines().all(|line| line.chars().count() <= width), "{width}\n{text}");
    }
}

#[test]
fn the_contract_s_fields_stand_in_its_order() {
    let json = report(Ok(failed_run())).verdict.to_json();
    let top: Vec<&str> =
        json.lines().filter_map(|line| line.strip_prefix("  \"")?.split('"').next()).collect();
    let expected = [
        "schema",
        "verdict",
        "exit_code",
        "capture",
        "reference",
        "candidate",
        "recorded",
        "divergences",
        "state",
        "restored",
        "latency",
        "run",
    ];
    assert_eq!(top[..expected.len()], expected);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["schema"], "shadowbook/verdict/1");
    assert_eq!(value["divergences"]["list"][0]["candidate"][1]["maker"], 2);
    assert_eq!(value["divergences"]["list"][0]["command"]["price"], "43001");
    assert!(value["latency"].is_null());
}

//! What a run comes to.

use super::*;

#[test]
fn the_first_of_2_4_5_1_3_0_counts() {
    let good = Facts { commands: 9, is_state_checked: true, ..Facts::default() };
    let tally = |exact, price_quantity, different| RecordedTally {
        exact,
        price_quantity,
        different,
        ..RecordedTally::default()
    };
    let failed = |failure: fn(String) -> Failure, roots| Facts {
        failure: Some(failure("words".to_owned())),
        roots,
        ..good.clone()
    };
    let table = [
        (good.clone(), Outcome::Pass, 0),
        (failed(Failure::Usage, 1), Outcome::Inconclusive, 2),
        (failed(Failure::Input, 1), Outcome::Inconclusive, 4),
        (failed(Failure::Harness, 1), Outcome::Inconclusive, 5),
        (failed(Failure::Candidate, 0), Outcome::Fail, 1),
        (Facts { roots: 1, ..good.clone() }, Outcome::Fail, 1),
        (Facts { roots: 2, disputed: 1, ..good.clone() }, Outcome::Fail, 1),
        (Facts { roots: 1, is_state_checked: false, ..good.clone() }, Outcome::Fail, 1),
        (Facts { roots: 1, recorded: tally(0, 0, 1), ..good.clone() }, Outcome::Fail, 1),
        (Facts { roots: 2, disputed: 2, ..good.clone() }, Outcome::Inconclusive, 3),
        (Facts { is_state_checked: false, ..good.clone() }, Outcome::Inconclusive, 3),
        (Facts { commands: 0, ..good.clone() }, Outcome::Inconclusive, 3),
        (Facts { unchecked_trades: 1, ..good.clone() }, Outcome::Inconclusive, 3),
        (Facts { forgotten_disputes: 1, ..good.clone() }, Outcome::Inconclusive, 3),
        (Facts { recorded: tally(98, 1, 0), ..good.clone() }, Outcome::Inconclusive, 3),
        (Facts { recorded: tally(98, 0, 1), ..good.clone() }, Outcome::Inconclusive, 3),
        (Facts { recorded: tally(99, 1, 0), ..good.clone() }, Outcome::Pass, 0),
        (
            Facts { recorded: RecordedTally { unchecked: 1, ..tally(99, 0, 0) }, ..good.clone() },
            Outcome::Pass,
            0,
        ),
        (
            Facts { recorded: RecordedTally { unchecked: 9, ..tally(91, 0, 0) }, ..good },
            Outcome::Inconclusive,
            3,
        ),
    ];
    for (facts, verdict, exit_code) in table {
        let decision = decide(&facts, &DecisionOptions::default());
        assert_eq!((decision.verdict, decision.exit_code), (verdict, exit_code), "{facts:?}");
        assert_eq!(decision.reasons.is_empty(), verdict == Outcome::Pass, "{facts:?}");
    }
}

fn decided(facts: &Facts) -> (Outcome, Vec<String>) {
    let Decision { verdict, reasons, .. } = decide(facts, &DecisionOptions::default());
    (verdict, reasons)
}

#[test]
fn a_stream_that_no_engine_received_is_no_pass() {
    let facts = |commands, external| Facts {
        commands,
        recorded: RecordedTally { external, ..RecordedTally::default() },
        is_state_checked: true,
        ..Facts::default()
    };
    let (verdict, reasons) = decided(&facts(3, 3));
    assert_eq!(verdict, Outcome::Inconclusive);
    assert!(reasons[0].contains("refused every command"), "{reasons:?}");
    assert_eq!(decided(&facts(4, 3)).0, Outcome::Pass);
}

#[test]
fn a_rule_that_is_broken_in_a_dispute_is_doubtful() {
    let facts = |roots, disputed| Facts {
        commands: 9,
        roots,
        disputed,
        breaches: 2,
        is_state_checked: true,
        ..Facts::default()
    };
    let (verdict, reasons) = decided(&facts(1, 1));
    assert_eq!(verdict, Outcome::Inconclusive);
    assert!(reasons.iter().any(|reason| reason.contains("breaks a rule 2 times")));
    assert_eq!(decided(&facts(2, 1)).0, Outcome::Fail);
    assert_eq!(decided(&facts(0, 0)).0, Outcome::Fail);
}

#[test]
fn books_that_differ_without_a_root_are_no_pass() {
    let facts = Facts { commands: 9, mismatches: 1, is_state_checked: true, ..Facts::default() };
    let (verdict, reasons) = decided(&facts);
    assert_eq!(verdict, Outcome::Inconclusive);
    assert!(reasons[0].contains("differ at 1 checkpoint,"), "{reasons:?}");
    assert_eq!(decided(&Facts { roots: 1, ..facts }).1.len(), 1, "a root says it better");
}

#[test]
fn a_run_that_needed_a_resync_never_passes() {
    let good = Facts { commands: 9, is_state_checked: true, ..Facts::default() };
    let facts = |resyncs, roots, disputed| Facts { resyncs, roots, disputed, ..good.clone() };
    let (verdict, reasons) = decided(&facts(2, 0, 0));
    assert_eq!((verdict, reasons.len()), (Outcome::Inconclusive, 1));
    assert!(reasons[0].contains("from the reference's 2 times"), "{reasons:?}");
    let (verdict, reasons) = decided(&facts(1, 1, 1));
    assert_eq!((verdict, reasons.len()), (Outcome::Inconclusive, 2));
    // Whoever is accused needs no further doubt.
    let (verdict, reasons) = decided(&facts(1, 1, 0));
    assert_eq!((verdict, reasons.len()), (Outcome::Fail, 1));
}

#[test]
fn what_the_allowlist_comes_to_is_told() {
    let good = Facts { commands: 9, is_state_checked: true, ..Facts::default() };
    let words = || vec!["words".to_owned()];
    let unused = Facts { unused_allow: words(), ..good.clone() };
    let strictly = |unused_allow| DecisionOptions { unused_allow, ..Default::default() };
    for (means, verdict, warnings, reasons) in [
        (UnusedAllow::Warns, Outcome::Pass, 1, 0),
        (UnusedAllow::Fails, Outcome::Fail, 0, 1),
        (UnusedAllow::SaysNothing, Outcome::Pass, 0, 0),
    ] {
        let decision = decide(&unused, &strictly(means));
        let told = (decision.verdict, decision.warnings.len(), decision.reasons.len());
        assert_eq!(told, (verdict, warnings, reasons));
        let place = Place { seq: Seq(1), instrument: "X".to_owned() };
        let end = Some((CandidateEnd::Crashed, place));
        let died = decide(&Facts { end, roots: 1, ..unused.clone() }, &strictly(means));
        assert_eq!((died.warnings.len(), died.reasons.len()), (0, 1), "nobody knows");
    }
    let lapsed = Facts { lapsed_allow: words(), roots: 1, ..good.clone() };
    assert_eq!(decided(&lapsed).0, Outcome::Fail);
    assert_eq!(decided(&lapsed).1[1], "words");
    let lapsed = Facts { disputed: 1, ..lapsed };
    assert_eq!(decided(&lapsed).0, Outcome::Inconclusive);
    let parted = Facts { allowed: 1, mismatches: 1, ..good };
    assert!(decided(&parted).1[0].contains("a divergence that is allowed"));
    assert_eq!(decided(&parted).0, Outcome::Inconclusive);
}

#[test]
fn a_share_of_nothing_is_doubtful_where_it_was_asked_for() {
    let decided = |exact, needs_recorded, recorded_min| {
        let recorded = RecordedTally { exact, ..RecordedTally::default() };
        let good = Facts { commands: 9, is_state_checked: true, ..Facts::default() };
        let options =
            DecisionOptions { recorded_min, needs_recorded, ..DecisionOptions::default() };
        decide(&Facts { recorded, ..good }, &options)
    };
    let decision = decided(0, true, Share::percent(1));
    assert_eq!((decision.verdict, decision.exit_code), (Outcome::Inconclusive, 3));
    assert!(decision.reasons[0].contains("nothing is recorded"), "{:?}", decision.reasons);
    assert_eq!(decided(1, true, Share::percent(1)).exit_code, 0);
    assert_eq!(decided(0, true, Share::NONE).exit_code, 0, "nothing is asked for");
    assert_eq!(decided(0, false, Share::percent(99)).exit_code, 0, "nobody asked");
}

#[test]
fn the_user_may_accept_less() {
    let tally = RecordedTally { exact: 1, different: 1, ..RecordedTally::default() };
    let facts = Facts { commands: 9, recorded: tally, ..Facts::default() };
    let lenient = DecisionOptions {
        recorded_min: Share::percent(50),
        allow_no_state: true,
        ..DecisionOptions::default()
    };
    assert_eq!(decide(&facts, &lenient).exit_code, 0);
    assert_eq!(decide(&facts, &DecisionOptions::default()).reasons.len(), 2);
}

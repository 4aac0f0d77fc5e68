//! The page of a latency verdict, of a run that was made up.

use std::num::NonZeroU64;

use shadowbook_latency::{
    Arrivals, Build, Conditions, Effort, EngineName, EngineNames, Environment, ExcessShares,
    Histogram, Judgement, KneeFigures, LatencyOutcome, Machine, MeasuredRatio, MeasuredStretch,
    PerArm, RecordHead, Scale, Stalls, compare_with_baseline, response_times,
};
use shadowbook_model::{CommandKind, TimeNs};

use super::*;
use crate::latency::{
    BaselineEntry, Counted, CountedKind, Difference, FunctionalEntry, Instructions, Outside,
    RoundTrips, StretchEntry,
};
use crate::verdict::{CaptureEntry, EngineEntry};

const EFFORT: Effort = Effort { chunk: 500, instances: 15, rounds: 5, seed: 1 };

fn record() -> TrendRecord {
    let named = |name: &str| EngineName { name: name.to_owned(), version: "0.1.0".to_owned() };
    let ratio_ppm = NonZeroU64::new(1_050_000).expect("it is not zero");
    let ratio =
        MeasuredRatio { ratio_ppm, low_ppm: 1_040_000, high_ppm: 1_060_000, floor_ppm: 4_000 };
    let text = |text: &str| text.to_owned();
    let mut record = TrendRecord::new(RecordHead {
        measured_at_unix_s: 1_800_000_000,
        environment: Environment {
            machine: Machine { cpu_model: text("Some CPU"), cores: 2, kernel: text("linux 6") },
            build: Build {
                shadowbook: text("0.1.0"),
                compiler: text("rustc 1"),
                profile: text("release"),
                executable_digest: Some(text("e5")),
            },
            conditions: Conditions {
                pinned_to: None,
                clock_step_ns: 1,
                clock_cost_ns: 21,
                hiccups_per_second: 80,
                longest_hiccup_ns: 8_062_000,
                ..Conditions::default()
            },
        },
        measured: MeasuredStretch {
            capture_digest: text("ab"),
            first_seq: 101,
            commands: 62_000,
            warm_up: 2_000,
        },
        engines: EngineNames { reference: named("reference"), candidate: named("ladder") },
        effort: EFFORT,
        service_ps: PerArm { reference: 55_230, candidate: 58_000, twin: 55_301 },
        ratio,
    });
    let times = Histogram::of([20, 30, 40, 1_000, 12_000]).percentiles();
    record.percentiles = PerArm::from_fn(|_| times);
    record.percentiles_by_kind.insert(text("mass-cancel"), PerArm::from_fn(|_| times));
    let candidate = Stalls { commands: 3, ..Stalls::default() };
    record.stalls = Some(PerArm { candidate, ..PerArm::default() });
    let arrivals = Arrivals::new([0, 1_000, 3_000].map(TimeNs)).expect("times rise");
    let service = PerArm::from_fn(|_| vec![50, 60, 2_000]);
    record.responses = response_times(&arrivals, &service, &[Scale::ONE]);
    record.knee = Some(KneeFigures::of(&arrivals, &service, 1_000_000));
    record
}

fn test(what: TestName, estimate: f64, is_tripped: bool) -> Test {
    let interval = Interval { low: estimate - 0.01, high: estimate + 0.01 };
    let twin_interval = Interval { low: -0.003, high: 0.004 };
    Test {
        what,
        estimate,
        interval,
        twin_estimate: 0.0005,
        twin_interval,
        floor: 0.004,
        threshold: if what == TestName::Excess { 0.001 } else { 0.02 },
        share_of_commands: 1.0,
        is_tripped,
    }
}

fn judgement(verdict: LatencyOutcome, overall: f64) -> Judgement {
    let is_tripped = verdict == LatencyOutcome::Fail;
    Judgement {
        verdict,
        floor: Some(0.004),
        is_noisy: false,
        tests: vec![
            test(TestName::Overall, overall, is_tripped),
            test(TestName::Kind(CommandKind::MassCancel), -0.000_001, false),
            test(TestName::Excess, 0.0002, false),
        ],
        excess: Some(ExcessShares { slower: 0.002, faster: 0.0018, clear_nanos: 40 }),
        reasons: Vec::new(),
        notes: vec!["cancels differ by up to 3.0 % between the reference and itself".to_owned()],
    }
}

fn report(verdict: Outcome, overall: f64) -> LatencyReport {
    let (outcome, reasons) = match verdict {
        Outcome::Pass => (LatencyOutcome::Pass, vec![]),
        Outcome::Fail => (LatencyOutcome::Fail, vec!["all commands are slower".to_owned()]),
        Outcome::Inconclusive => (LatencyOutcome::Inconclusive, vec!["too noisy".to_owned()]),
    };
    let comparison = compare_with_baseline(&record(), &record());
    LatencyReport {
        record: Some(record()),
        verdict,
        exit_code: 0,
        reasons,
        warnings: vec!["could not lock memory".to_owned()],
        capture: CaptureEntry {
            path: "day.sbk".to_owned(),
            digest: "ab".to_owned(),
            commands: 190_228,
            instruments: 1,
            torn: None,
        },
        reference: EngineEntry { engine: "reference".to_owned() },
        candidate: EngineEntry { engine: "ladder".to_owned() },
        stretch: StretchEntry {
            skipped: 64_114,
            warm_up: 2_000,
            commands: 60_000,
            external: 2,
            first_seq: 66_115,
            last_seq: 126_116,
        },
        functional: FunctionalEntry {
            commands: 62_000,
            divergences: 0,
            allowed: 0,
            first_seq: None,
            final_digest: None,
        },
        details: Some(DetailsEntry {
            judgement: judgement(outcome, overall),
            is_extended: true,
            single_commands: Effort { instances: 9, rounds: 4, ..EFFORT },
            paced: None,
            baseline: Some(BaselineEntry { path: "r.json".to_owned(), comparison }),
        }),
        instructions: None,
        outside: None,
        seconds: 2.14,
    }
}

#[test]
fn the_verdict_stands_in_the_first_line() {
    for (verdict, overall, told) in [
        (Outcome::Pass, -0.683, "PASS: the candidate is 68.3 % faster than the reference, and may"),
        (
            Outcome::Pass,
            0.01,
            "PASS: the candidate is 1.0 % slower than the reference, and may be 2",
        ),
        (
            Outcome::Pass,
            0.03,
            "PASS: the candidate looks 3.0 % slower, which this run does not tell",
        ),
        (Outcome::Fail, 0.05, "FAIL: all commands are slower"),
        (Outcome::Inconclusive, 0.05, "INCONCLUSIVE: too noisy"),
    ] {
        let page = latency(&report(verdict, overall), false, 110);
        assert!(page.starts_with(told), "{page}");
    }
}

#[test]
fn a_pass_says_what_it_could_not_see() {
    let first = |result: &LatencyReport| {
        latency(result, false, 200).lines().next().map(str::to_owned).unwrap_or_default()
    };
    let mut result = report(Outcome::Pass, 0.01);
    let noisy = first(&result);
    assert!(noisy.ends_with("and may be 2 %; too noisy to see: excess"), "{noisy}");
    let details = result.details.as_mut().expect("it was measured");
    details.judgement.tests.iter_mut().for_each(|test| test.floor = 0.0);
    assert!(first(&result).ends_with("and may be 2 %"), "{}", first(&result));
    let failed = first(&report(Outcome::Fail, 0.05));
    assert!(!failed.contains("too noisy"), "{failed}");
}

#[test]
fn everything_stands_on_the_page_and_fits() {
    for (width, has_bars) in [(60, false), (80, true), (120, true)] {
        let page = latency(&report(Outcome::Fail, 0.05), false, width);
        let longest = page.lines().map(|line| line.chars().count()).max();
        assert!(longest <= Some(width.max(80)), "{width}: {page}");
        for told in [
            "warning: could not lock memory",
            "stretch     60,000 commands, seq 66,115 to 126,116",
            "not pinned to a core",
            "all commands",
            "4.00 % to 6.00 %",
            "mass-cancel",
            "0.020 %",
            "reference 55.2 ns, candidate 58.0 ns",
            "stalls      reference none; candidate 3 commands",
            "knee",
            "ratio, all commands",
            "not compared: candidate, p99.9",
            "the executable is the same one, digest e5",
        ] {
            // Lines are broken where the page is narrow.
            let flat = page.split_whitespace().collect::<Vec<_>>().join(" ");
            let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(flat.contains(&told) || width == 60, "{width}, {told}: {page}");
        }
        assert_eq!(page.contains("  #"), has_bars, "{width}: {page}");
        assert!(width == 60 || page.contains("  FAIL"), "{page}");
        assert!(!page.contains("-0.00 %"), "{page}");
        assert!(!page.contains('\u{1b}'), "{page}");
    }
    let colored = latency(&report(Outcome::Fail, 0.05), true, 120);
    assert!(colored.contains('█') && colored.contains('\u{1b}') && !colored.contains("  #"));
}

#[test]
fn a_record_in_which_nobody_looked_for_stalls_shows_none_and_does_not_say_there_were_none() {
    let mut result = report(Outcome::Pass, 0.0);
    result.record.as_mut().expect("it has one").stalls = None;
    let page = latency(&result, false, 80);
    assert!(!page.contains("stalls"), "{page}");
    result.record.as_mut().expect("it has one").stalls = Some(PerArm::default());
    let page = latency(&result, false, 80);
    assert!(page.contains("stalls      none"), "{page}");
}

#[test]
fn engines_that_differ_have_no_figures() {
    let mut differ = report(Outcome::Fail, 0.0);
    (differ.record, differ.details) = (None, None);
    differ.functional.divergences = 7;
    let page = latency(&differ, false, 80);
    assert!(page.contains("62,000 commands: 7 divergences"), "{page}");
    assert!(!page.contains("machine") && !page.contains("knee"), "{page}");
}

#[test]
fn round_trips_and_instructions_stand_below_with_or_without_a_verdict() {
    let mut result = report(Outcome::Inconclusive, 0.0);
    let trips = |engine: &str, p50_ns| RoundTrips {
        engine: engine.to_owned(),
        count: 10_000,
        min_ns: 1,
        p50_ns,
        p90_ns: 20_000,
        p99_ns: 30_000,
        p999_ns: 40_000,
        max_ns: 1_234_567,
    };
    let apart = |median_ns| Difference { median_ns, least_ns: -40, most_ns: 1_700 };
    result.outside = Some(Outside {
        commands: 2_000,
        instances: 5,
        pinned_to: Some(1),
        reference: trips("reference", 12_100),
        candidate: trips("faulty:crash", 11_900),
        echo: trips("echo", 10_050),
        reference_beyond_echo: apart(2_050),
        candidate_beyond_echo: apart(1_850),
        candidate_beyond_reference: apart(-1_200),
        notes: vec!["mind this".to_owned()],
    });
    let counted = |per_command, spread| Counted {
        engine: "ladder".to_owned(),
        instructions: 900,
        per_command,
        spread,
        runs: 2,
        kinds: [("new", CountedKind { commands: 3, instructions: 900, per_command })].into(),
    };
    result.instructions = Some(Instructions {
        commands: 3,
        reference: counted(300.0, 0),
        candidate: counted(150.04, 1_041),
        ratio: 0.5,
    });
    let unmeasured = LatencyReport { record: None, details: None, ..result.clone() };
    for result in [result, unmeasured] {
        let page = latency(&result, false, 80);
        assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
        let flat = page.split_whitespace().collect::<Vec<_>>().join(" ");
        for told in [
            "took 2.1 s",
            "reference 12,100 20,000 30,000 40,000 1,234,567",
            "echo, no engine 10,050",
            "candidate less reference -1,200 -40 1,700",
            "2,000 commands, one after the other, of 5 processes of each, on core 1",
            "note: mind this",
            "all 300.0 150.0 3 ratio 0.500",
            "new 300.0 150.0 3",
            "reference in 2 runs, all the same and candidate in 2 runs, up to 1,041 apart",
        ] {
            assert!(flat.contains(told), "{told}: {page}");
        }
        let json = serde_json::to_value(&result).expect("it can be written");
        assert_eq!(json["instructions"]["candidate"]["kinds"]["new"]["commands"], 3);
        assert_eq!(json["outside"]["candidate_beyond_reference"]["median_ns"], -1_200);
    }
}

#[test]
fn a_result_is_a_record_and_says_its_schema_first() {
    let result = report(Outcome::Pass, 0.0);
    let json = serde_json::to_string(&result).expect("it can be written");
    assert!(json.starts_with(r#"{"schema":"shadowbook/latency/1","#), "{json}");
    assert_eq!(json.matches(r#""schema""#).count(), 1, "{json}");
    let read = TrendRecord::read(json.as_bytes()).expect("it is a record as well");
    assert_eq!(Some(read), result.record);
    let nothing = LatencyReport { record: None, details: None, ..result };
    let json = serde_json::to_string(&nothing).expect("it can be written");
    assert!(json.starts_with(r#"{"schema":"shadowbook/latency/1","verdict""#), "{json}");
}

#[test]
fn times_are_told_in_the_unit_that_fits() {
    for (nanos, told) in [
        (0, "0 ns"),
        (9_999, "9,999 ns"),
        (10_000, "10 µs"),
        (8_062_400, "8,062 µs"),
        (10_000_000, "10 ms"),
        (90_000_000_000, "90 s"),
    ] {
        assert_eq!(duration(nanos), told);
    }
}

//! Trend records, written and read.

use std::error::Error;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::response::Scale;

pub(crate) fn ratio(ratio: u64, half_width: u64, floor_ppm: u64) -> MeasuredRatio {
    MeasuredRatio {
        ratio_ppm: NonZeroU64::new(ratio).unwrap(),
        low_ppm: ratio - half_width,
        high_ppm: ratio + half_width,
        floor_ppm,
    }
}

pub(crate) fn figures(p50: u64, p99: u64) -> Percentiles {
    Percentiles { p50, p90: p50, p99, p99_9: p99, max: p99, slowest_1_percent_mean: p99 }
}

/// A run in which the candidate takes 30 % of what the reference does.
pub(crate) fn record() -> TrendRecord {
    let engine = |name: &str| EngineName { name: name.to_owned(), version: "0.1.0".to_owned() };
    let conditions = Conditions::from(&Preflight {
        pinned_to: Some(1),
        clock_step_nanos: 10,
        longest_hiccup: Duration::from_micros(70),
        ..Preflight::default()
    });
    let mut record = TrendRecord::new(RecordHead {
        measured_at_unix_s: 1_795_298_796,
        environment: Environment {
            machine: Machine {
                cpu_model: "EPYC 7B13".to_owned(),
                cores: 2,
                kernel: "Linux 6.1.0".to_owned(),
            },
            build: Build {
                shadowbook: "0.1.0".to_owned(),
                compiler: "rustc 1.90.0".to_owned(),
                profile: "release".to_owned(),
                executable_digest: Some("0cc175b9c0f1b6a8".to_owned()),
            },
            conditions,
        },
        measured: MeasuredStretch {
            capture_digest: "5d41402abc4b2a76".to_owned(),
            first_seq: 100_000,
            commands: 60_000,
            warm_up: 2_000,
        },
        engines: EngineNames { reference: engine("reference"), candidate: engine("ladder") },
        effort: Effort { chunk: 500, instances: 15, rounds: 5, seed: 1 },
        service_ps: PerArm { reference: 55_000, candidate: 16_500, twin: 55_100 },
        ratio: ratio(300_000, 600, 4_000),
    });
    record.ratio_by_kind.insert("new".to_owned(), ratio(310_000, 900, 5_000));
    record.percentiles = PerArm {
        reference: Some(figures(50, 200)),
        candidate: Some(figures(15, 80)),
        twin: Some(figures(50, 202)),
    };
    record.percentiles_by_kind.insert("new".to_owned(), record.percentiles.clone());
    let candidate = Stalls { commands: 2, total_nanos: 90_000, longest_nanos: 60_000 };
    record.stalls = Some(PerArm { candidate, ..PerArm::default() });
    record.responses.push(ResponseTimes {
        scale: Scale::ONE,
        per_second: Some(1_000),
        arms: PerArm::from_fn(|_| figures(50, 210)),
    });
    let at = Knee::At { scale: Scale::ONE, per_second: None };
    record.knee = Some(KneeFigures {
        limit_ns: 1_000_000,
        arms: PerArm { reference: at, candidate: Knee::Beyond, twin: Knee::Never },
    });
    record.judgement = json!({"verdict": "pass"});
    record
}

fn written(record: &TrendRecord) -> Vec<u8> {
    let mut json = Vec::new();
    record.write_json(&mut json).unwrap();
    json
}

fn altered(alter: impl FnOnce(&mut serde_json::Value)) -> Result<TrendRecord, RecordError> {
    let mut value = serde_json::to_value(record()).unwrap();
    alter(&mut value);
    TrendRecord::read(value.to_string().as_bytes())
}

#[test]
fn what_was_written_is_read() {
    let json = written(&record());
    assert_eq!(TrendRecord::read(&json).unwrap(), record());
    assert!(json.ends_with(b"\n}\n"));
}

#[test]
fn a_record_of_the_first_release_is_read_for_ever() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/record_v1.json");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, written(&record())).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap();
    assert_eq!(TrendRecord::read(golden.as_bytes()).unwrap(), record());
    assert_eq!(String::from_utf8(written(&record())).unwrap(), golden);
}

#[test]
fn fields_of_a_later_release_are_no_error_and_what_is_missing_is_none() {
    let read = altered(|value| {
        value["later"] = json!([1]);
        for field in ["responses", "knee", "stalls"] {
            value.as_object_mut().unwrap().remove(field).unwrap();
        }
        let build = value["environment"]["build"].as_object_mut().unwrap();
        build.remove("executable_digest").unwrap();
    });
    // Nobody looked for stalls: that is not to have found none.
    let mut expected = TrendRecord { responses: Vec::new(), knee: None, stalls: None, ..record() };
    expected.environment.build.executable_digest = None;
    assert_eq!(read.unwrap(), expected);
}

#[test]
fn another_schema_is_named() {
    let error = altered(|value| value["schema"] = json!("shadowbook/latency/2")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the schema is `shadowbook/latency/2`, and this release reads `shadowbook/latency/1`"
    );
    for schema in [json!(null), json!(1)] {
        let error = altered(|value| value["schema"] = schema).unwrap_err();
        assert!(matches!(error, RecordError::NoSchema), "{error:?}");
    }
    assert!(matches!(TrendRecord::read(b"[]"), Err(RecordError::NoSchema)));
}

#[test]
fn a_missing_field_is_named() {
    for field in ["engines", "effort", "ratio", "ratio_by_kind", "judgement", "service_ps"] {
        let error = altered(|value| drop(value.as_object_mut().unwrap().remove(field)));
        let Err(RecordError::Incomplete(source)) = error else { panic!("{field}: {error:?}") };
        assert_eq!(source.to_string(), format!("missing field `{field}`"));
    }
    let error = altered(|value| value["ratio"]["ratio_ppm"] = json!(0)).unwrap_err();
    let source = error.source().unwrap().to_string();
    assert!(source.contains("nonzero"), "a ratio of nothing: {source}");
}

#[test]
fn a_record_that_was_cut_off_is_damaged() {
    let json = written(&record());
    // Without the line break at the end, and the bracket, nothing else can be left out.
    for length in 0..json.len() - 2 {
        let read = TrendRecord::read(&json[..length]);
        assert!(matches!(read, Err(RecordError::Damaged(_))), "{length}: {read:?}");
    }
}

#[test]
fn a_ratio_is_made_of_logarithms() {
    let made = MeasuredRatio::from_ln(0.02, 0.01, 0.03, -0.004, 0.003).unwrap();
    let expected = MeasuredRatio {
        ratio_ppm: NonZeroU64::new(1_020_201).unwrap(),
        low_ppm: 1_010_050,
        high_ppm: 1_030_455,
        floor_ppm: 3_992,
    };
    assert_eq!(made, expected);
    for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -15.0, 14.0] {
        assert_eq!(MeasuredRatio::from_ln(wrong, 0.0, 0.0, 0.0, 0.0), None, "{wrong}");
    }
    assert_eq!(MeasuredRatio::from_ln(0.0, 0.0, 0.0, 0.0, f64::NAN), None);
}

#[test]
fn the_knee_of_each_arm_is_its_own() {
    let arrivals = Arrivals::new([0, 100, 200].map(shadowbook_model::TimeNs)).unwrap();
    let service = PerArm { reference: vec![50; 3], candidate: vec![10; 3], twin: vec![60; 3] };
    let knees = KneeFigures::of(&arrivals, &service, 50);
    let at = Knee::At { scale: Scale::times(2).unwrap(), per_second: Some(20_000_000) };
    let arms = PerArm { reference: at, candidate: Knee::Beyond, twin: Knee::Never };
    assert_eq!(knees, KneeFigures { limit_ns: 50, arms });
}

#[test]
fn the_noise_of_a_ratio_is_the_floor_or_half_its_interval() {
    assert_eq!(ratio(1_000_000, 3_000, 4_000).noise_ppm(), 4_000);
    assert_eq!(ratio(1_000_000, 5_000, 4_000).noise_ppm(), 5_000);
    // Relative to the ratio: 0.0015 of 0.3 is half a per cent.
    assert_eq!(ratio(300_000, 1_500, 4_000).noise_ppm(), 5_000);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]
    #[test]
    fn no_bytes_make_the_reader_panic(
        place in 0..2_000usize,
        bytes in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let mut json = written(&record());
        let place = place.min(json.len());
        json.splice(place..(place + bytes.len()).min(json.len()), bytes.iter().copied());
        let _ = TrendRecord::read(&json);
        let _ = TrendRecord::read(&bytes);
    }
}

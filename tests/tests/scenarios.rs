//! Every engine answers every scenario of `tests/scenarios`; every rule has one.
//!
//! `UPDATE_EXPECT=1 cargo test -p shadowbook-tests --test scenarios` writes what the reference
//! engine answers into the files, and them into their canonical form. Read the difference before
//! you keep it: the files are the specification, the engine is not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use shadowbook_ladder::LadderEngine;
use shadowbook_model::{
    CancelReason, Capabilities, Engine, Event, Features, Instrument, InstrumentId, RejectReason,
    SelfTrade,
};
use shadowbook_reference::ReferenceEngine;
use shadowbook_scenario::{Expected, Scenario, StepKind, fuzz, parse, run, update};

type Make = fn(&[Instrument]) -> Box<dyn Engine>;

/// The engines that are held to the rules, the one that updates expectations first.
const ENGINES: [(&str, Make); 2] = [
    ("reference", |table| Box::new(ReferenceEngine::new(table))),
    ("ladder", |table| Box::new(LadderEngine::new(table))),
];

struct File {
    name: String,
    path: PathBuf,
    text: String,
    scenario: Scenario,
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is in the workspace").to_owned()
}

fn files() -> Vec<File> {
    let folder = workspace().join("tests/scenarios");
    let mut paths: Vec<_> = fs::read_dir(&folder)
        .expect("tests/scenarios can be listed")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no scenarios in {}", folder.display());
    paths.into_iter().map(File::read).collect()
}

impl File {
    fn read(path: PathBuf) -> Self {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        let scenario = parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { name, path, text, scenario }
    }

    /// The rule that the name begins with: `M1` of `M1-price-first.scenario`.
    fn rule(&self) -> &str {
        self.name.split('-').next().unwrap_or_default()
    }
}

fn is_update() -> bool {
    std::env::var_os("UPDATE_EXPECT").is_some_and(|value| value == "1")
}

#[test]
fn every_engine_answers_every_scenario() {
    let mut problems = String::new();
    for file in files() {
        if is_update() {
            rewrite(&file);
            continue;
        }
        let table = file.scenario.instruments();
        let mut digests = Vec::new();
        for (name, make) in ENGINES {
            let mut engine = make(&table);
            if let Err(error) = file.scenario.check(engine.capabilities()) {
                problems.push_str(&format!("{name} cannot run {}: {error}\n", file.name));
                continue;
            }
            // One engine that panics should not hide what the others answer.
            let answered = AssertUnwindSafe(|| run(&file.scenario, engine.as_mut()));
            let Ok(outcome) = catch_unwind(answered) else {
                problems.push_str(&format!("{name} panics in {}\n", file.name));
                continue;
            };
            if !outcome.is_match() {
                problems.push_str(&format!("{name} answers {} otherwise:\n{outcome}\n", file.name));
            }
            let ids = (0..).map(InstrumentId).take(table.len());
            digests.push(ids.map(|id| engine.digest(id)).collect::<Vec<_>>());
        }
        if digests.windows(2).any(|pair| pair[0] != pair[1]) {
            problems.push_str(&format!("the engines end in different states: {}\n", file.name));
        }
    }
    assert!(problems.is_empty(), "(-expected +answered)\n{problems}");
}

fn rewrite(file: &File) {
    let (_, make) = ENGINES[0];
    let mut engine = make(&file.scenario.instruments());
    let outcome = run(&file.scenario, engine.as_mut());
    let text = update(&file.scenario, &outcome).to_string();
    if text != file.text {
        fs::write(&file.path, text).unwrap_or_else(|error| panic!("{}: {error}", file.name));
    }
}

#[test]
fn every_scenario_is_in_canonical_form() {
    for file in files() {
        let hint = "UPDATE_EXPECT=1 writes the canonical form";
        assert_eq!(file.scenario.to_string(), file.text, "{} ({hint})", file.name);
    }
}

/// The rules of the table in `docs/MARKET_MODEL.md`, and whether each is implemented.
fn rules() -> BTreeMap<String, bool> {
    let text = fs::read_to_string(workspace().join("docs/MARKET_MODEL.md")).expect("the rules");
    let mut rules = BTreeMap::new();
    for line in text.lines() {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let (Some(rule), Some(today)) = (cells.get(1), cells.get(2)) else { continue };
        let is_implemented = match *today {
            "yes" | "partly" => true,
            "no" => false,
            _ => continue,
        };
        assert!(rules.insert((*rule).to_owned(), is_implemented).is_none(), "{rule} stands twice");
        assert!(text.contains(&format!("- **{rule}** ")), "{rule} is in the table, but no rule");
    }
    for rule in text.lines().filter_map(|line| line.strip_prefix("- **")?.split_once("** ")) {
        assert!(rules.contains_key(rule.0), "rule {} is not in the table", rule.0);
    }
    rules
}

#[test]
fn every_implemented_rule_has_a_scenario() {
    let files = files();
    let named: BTreeSet<_> = files.iter().map(File::rule).collect();
    let missing: Vec<_> = rules()
        .into_iter()
        .filter(|(rule, is_implemented)| *is_implemented && !named.contains(rule.as_str()))
        .collect();
    assert!(missing.is_empty(), "no scenario for {missing:?}");
}

#[test]
fn every_scenario_names_an_implemented_rule() {
    let rules = rules();
    for file in files() {
        let (rule, sentence) = file.scenario.heading().unwrap_or_default();
        assert_eq!(rule, file.rule(), "{}: the heading names another rule", file.name);
        assert!(!sentence.is_empty(), "{}: the heading has no sentence", file.name);
        let is_implemented = rules.get(rule);
        assert_eq!(is_implemented, Some(&true), "{}: no implemented rule {rule}", file.name);
        assert!(file.name.ends_with(".scenario"), "{}", file.name);
    }
}

#[test]
fn every_self_trade_mode_has_a_scenario() {
    let files = files();
    for mode in SelfTrade::ALL {
        let prefix = format!("ST-{mode}");
        assert!(files.iter().any(|file| file.name.starts_with(&prefix)), "no {prefix}….scenario");
    }
}

#[test]
fn every_feature_and_reason_occurs_in_a_scenario() {
    let files = files();
    let used =
        files.iter().map(|file| file.scenario.demand()).fold(Features::NONE, Features::union);
    for (name, make) in ENGINES {
        let Capabilities { features } = make(&files[0].scenario.instruments()).capabilities();
        let unused: Vec<_> = features.without(used).iter().collect();
        assert!(unused.is_empty(), "{name} offers what no scenario uses: {unused:?}");
    }

    let mut rejects = BTreeSet::new();
    let mut cancels = BTreeSet::new();
    for event in files.iter().flat_map(|file| expected(&file.scenario)) {
        match event {
            Event::Rejected { reason, .. } => drop(rejects.insert(*reason)),
            Event::Canceled { reason, .. } => drop(cancels.insert(*reason)),
            _ => {}
        }
    }
    // Recordings alone have the first one; the others wait for their rules.
    let not_yet = [RejectReason::External];
    let reasons = RejectReason::ALL.iter().filter(|reason| !not_yet.contains(reason));
    let missing: Vec<_> = reasons.filter(|reason| !rejects.contains(reason)).collect();
    assert!(missing.is_empty(), "no command is rejected {missing:?}");
    let missing: Vec<_> =
        CancelReason::ALL.iter().filter(|reason| !cancels.contains(reason)).collect();
    assert!(missing.is_empty(), "no order is canceled {missing:?}");
}

fn expected(scenario: &Scenario) -> impl Iterator<Item = &Event> {
    scenario
        .steps
        .iter()
        .flat_map(|step| match &step.kind.value {
            StepKind::Command { expected: Expected::Events(events), .. } => events.as_slice(),
            _ => &[],
        })
        .map(|noted| &noted.value)
}

#[test]
fn no_scenario_lets_an_engine_answer_anything() {
    for file in files() {
        for step in &file.scenario.steps {
            if let StepKind::Command { expected: Expected::Anything(_), .. } = &step.kind.value {
                panic!("{}:{}: `anything` checks nothing", file.name, step.line.unwrap_or(0));
            }
        }
    }
}

/// Every scenario, with a byte changed, taken out or doubled at many places: no panic.
#[test]
fn damaged_scenarios_are_read_or_refused() {
    for file in files() {
        let bytes = file.text.as_bytes();
        fuzz(bytes);
        for (index, byte) in bytes.iter().enumerate().step_by(7) {
            let (before, after) = (&bytes[..index], &bytes[index + 1..]);
            fuzz(&[before, after].concat());
            fuzz(&[before, &[*byte, *byte], after].concat());
            fuzz(&[before, &[byte ^ (1 << (index % 8))], after].concat());
        }
    }
}

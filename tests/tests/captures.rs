//! The captures that the project made itself: each can be made again, to the same content.
//!
//! `UPDATE_EXPECT=1` writes them anew, with their digests in the manifest. The manifest's
//! `file`, `profile`, `seed`, `commands` and `recorded` are written by hand.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use shadowbook_capture::{Batch, Source, file, scan};
use shadowbook_model::{
    Engine, Event, EventBuffer, InstrumentId, InstrumentState, OrderState, StateVisitor,
};
use shadowbook_reference::ReferenceEngine;
use shadowbook_workload::{Flow, Generator, Profile, with_recorded};

/// One capture, as the manifest says it.
#[derive(Default)]
struct Entry {
    file: String,
    profile: String,
    seed: u64,
    commands: u64,
    recorded: bool,
    digest: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../replay-data/captures")
}

/// Reads the manifest: `[[capture]]` tables of plain `name = value` lines.
fn manifest() -> Vec<Entry> {
    let text = std::fs::read_to_string(folder().join("manifest.toml")).expect("there is one");
    let mut entries: Vec<Entry> = Vec::new();
    for line in text.lines().map(str::trim) {
        if line == "[[capture]]" {
            entries.push(Entry::default());
        }
        let (Some((name, value)), Some(entry)) = (line.split_once(" = "), entries.last_mut())
        else {
            continue;
        };
        let text = value.trim_matches('"').to_owned();
        let number = || value.replace('_', "").parse().expect("a number");
        match name {
            "file" => entry.file = text,
            "profile" => entry.profile = text,
            "seed" => entry.seed = number(),
            "commands" => entry.commands = number(),
            "recorded" => entry.recorded = value == "true",
            "digest" => entry.digest = text,
            other => panic!("the manifest has an unknown field `{other}`"),
        }
    }
    entries
}

fn generator(profile: &str, seed: u64, commands: u64) -> Generator {
    let profile = Profile::built_in(profile).expect("the profile is built in");
    Generator::new(&profile, seed, commands).expect("built-in profiles are good")
}

/// Makes a stream again and gives it to `use_source`.
fn regenerate<T>(entry: &Entry, use_source: impl FnOnce(&mut dyn Source) -> T) -> T {
    let mut source = generator(&entry.profile, entry.seed, entry.commands);
    if !entry.recorded {
        return use_source(&mut source);
    }
    let mut engine = ReferenceEngine::new(source.instruments());
    use_source(&mut with_recorded(source, &mut engine))
}

fn write(entry: &Entry) -> String {
    let origin = format!(
        "shadowbook generate --profile {} --seed {} --commands {}{}",
        entry.profile,
        entry.seed,
        entry.commands,
        if entry.recorded { "\nrecorded outcomes: the reference engine's" } else { "" },
    );
    regenerate(entry, |source| {
        let header = file::Header { instruments: source.instruments().to_vec(), origin };
        let path = folder().join(&entry.file);
        let mut writer = file::create(path, &header).expect("the file can be written");
        let mut batch = Batch::new();
        while source.read(&mut batch).expect("a generator does not fail") {
            writer.append(&batch).expect("the file can be written");
        }
        writer.finish().expect("the file can be written").digest.to_string()
    })
}

fn update(entries: &[Entry]) {
    let path = folder().join("manifest.toml");
    let mut text = std::fs::read_to_string(&path).expect("there is one");
    for entry in entries {
        let old = format!("digest = \"{}\"", entry.digest);
        let start = text.find(&format!("file = \"{}\"", entry.file)).expect("it was just read");
        let place = start + text[start..].find(&old).expect("it was just read");
        text.replace_range(place..place + old.len(), &format!("digest = \"{}\"", write(entry)));
    }
    std::fs::write(path, text).expect("the manifest can be written");
}

#[test]
fn every_capture_can_be_made_again() {
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        update(&manifest());
    }
    let entries = manifest();
    assert!(entries.len() >= 2, "the manifest lists the captures");
    for entry in &entries {
        let again = regenerate(entry, |source| scan(source).expect("a generator does not fail"));
        let name = &entry.file;
        assert_eq!(again.digest.to_string(), entry.digest, "{name} generated anew");
        let bytes = std::fs::read(folder().join(name)).expect("the file is there");
        let mut reader = file::Reader::new(std::io::Cursor::new(bytes)).expect("it is a capture");
        let kept = scan(&mut reader).expect("it is whole");
        assert_eq!(kept.digest.to_string(), entry.digest, "{name} as it is kept");
        assert_eq!(kept.commands, entry.commands, "{name}");
        assert_eq!(kept.recorded.fills > 0, entry.recorded, "{name}");
    }
}

#[test]
fn captures_are_all_in_the_manifest_and_small() {
    let listed: BTreeSet<String> = manifest().into_iter().map(|entry| entry.file).collect();
    let mut found = BTreeSet::new();
    let mut size = 0;
    for item in std::fs::read_dir(folder()).expect("the folder is there") {
        let item = item.expect("the folder can be read");
        let name = item.file_name().into_string().expect("a plain name");
        if name.ends_with(".sbk") {
            size += item.metadata().expect("it has a size").len();
            found.insert(name);
        }
    }
    assert_eq!(found, listed);
    assert!(size < 2_000_000, "{size} bytes");
}

/// Counts the live orders of an engine.
#[derive(Default)]
struct Count(usize);

impl StateVisitor for Count {
    fn instrument(&mut self, _: &InstrumentState) {}

    fn order(&mut self, _: &OrderState) {
        self.0 += 1;
    }
}

/// Runs a stream through the reference engine; `look` sees the events of each command.
fn run(source: &mut Generator, mut look: impl FnMut(&[Event])) -> ReferenceEngine {
    let mut engine = ReferenceEngine::new(source.instruments());
    let mut events = EventBuffer::new();
    for command in source {
        events.clear();
        engine.apply(&command, &mut events);
        look(events.as_slice());
    }
    engine
}

#[test]
fn market_flow_is_never_rejected_and_its_own_book_is_right() {
    for name in Profile::NAMES {
        let profile = Profile::built_in(name).expect("the profile is built in");
        if !matches!(profile.flow, Flow::Market(_)) {
            continue;
        }
        let mut source = generator(name, 11, 100_000);
        let engine = run(&mut source, |events| {
            let rejected = events.iter().find(|event| matches!(event, Event::Rejected { .. }));
            assert_eq!(rejected, None, "{name}");
        });
        let mut count = Count::default();
        for instrument in 0..profile.instruments {
            engine.visit(InstrumentId(instrument), &mut count);
        }
        assert_eq!(source.live_orders(), Some(count.0), "{name}");
    }
}

#[test]
fn mixed_runs_into_every_reason_that_the_engines_have() {
    let mut source = generator("mixed", 1, 50_000);
    let mut reasons: BTreeSet<String> = BTreeSet::new();
    run(&mut source, |events| {
        for event in events {
            match event {
                Event::Rejected { command, reason, .. } => {
                    reasons.insert(format!("{command} rejected {reason}"));
                }
                Event::Canceled { reason, .. } => {
                    reasons.insert(format!("canceled {reason}"));
                }
                Event::Fill(_) => {
                    reasons.insert("fill".to_owned());
                }
                Event::Reduced { .. } => {
                    reasons.insert("reduced".to_owned());
                }
                _ => {}
            }
        }
    });
    let expected = [
        "cancel rejected unknown-order",
        "canceled end-of-day",
        "canceled expired",
        "canceled fok",
        "canceled ioc",
        "canceled mass-cancel",
        "canceled no-liquidity",
        "canceled replaced-below-executed",
        "canceled requested",
        "canceled self-trade",
        "fill",
        "new rejected duplicate-order",
        "new rejected invalid-order",
        "new rejected invalid-price",
        "new rejected invalid-quantity",
        "new rejected phase",
        "new rejected post-only-would-take",
        "reduced",
        "replace rejected duplicate-order",
        "replace rejected invalid-order",
        "replace rejected invalid-price",
        "replace rejected phase",
        "replace rejected post-only-would-take",
        "replace rejected unknown-order",
    ];
    assert_eq!(reasons.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

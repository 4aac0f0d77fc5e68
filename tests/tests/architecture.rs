//! The house of ARCHITECTURE.md, held against `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// The rooms: package, folder.
const ROOMS: &[(&str, &str)] = &[
    ("shadowbook-model", "engine/model"),
    ("shadowbook-reference", "engine/reference"),
    ("shadowbook-ladder", "engine/ladder"),
    ("shadowbook-capture", "replay-data/capture"),
    ("shadowbook-import", "replay-data/import"),
    ("shadowbook-scenario", "replay-data/scenario"),
    ("shadowbook-workload", "replay-data/workload"),
    ("shadowbook-session", "harness/session"),
    ("shadowbook-compare", "harness/compare"),
    ("shadowbook-replay", "harness/replay"),
    ("shadowbook-report", "harness/report"),
    ("shadowbook", "harness/cli"),
    ("shadowbook-tests", "tests"),
    ("shadowbook-benches", "benches"),
];

const MODEL: &str = "shadowbook-model";
const CAPTURE: &str = "shadowbook-capture";
const SESSION: &str = "shadowbook-session";
const COMPARE: &str = "shadowbook-compare";
const REPLAY: &str = "shadowbook-replay";

/// Which rooms a room may know; one that is not listed may know all.
const MAY_KNOW: &[(&str, &[&str])] = &[
    (MODEL, &[]),
    ("shadowbook-reference", &[MODEL]),
    ("shadowbook-ladder", &[MODEL]),
    (CAPTURE, &[MODEL]),
    ("shadowbook-import", &[MODEL, CAPTURE]),
    ("shadowbook-scenario", &[MODEL, CAPTURE]),
    ("shadowbook-workload", &[MODEL, CAPTURE]),
    (SESSION, &[MODEL, CAPTURE]),
    (COMPARE, &[MODEL, CAPTURE]),
    (REPLAY, &[MODEL, CAPTURE, SESSION, COMPARE]),
    ("shadowbook-report", &[MODEL, CAPTURE, COMPARE, REPLAY]),
];

/// Crates from outside that only these rooms may use.
const ONLY_FOR: &[(&str, &[&str])] = &[
    ("bincode", &[CAPTURE]),
    ("anyhow", &["shadowbook"]),
    ("clap", &["shadowbook"]),
    ("matchcore", &["shadowbook-benches"]),
    ("lobster", &["shadowbook-benches"]),
    ("criterion", &["shadowbook-benches"]),
];

/// A package as `cargo metadata` tells it.
struct Package {
    folder: String,
    /// Name and kind: `normal`, `dev` or `build`.
    dependencies: Vec<(String, String)>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().expect("tests lies in the root").to_owned()
}

fn packages() -> BTreeMap<String, Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("metadata is JSON");
    metadata["packages"].as_array().expect("a list of packages").iter().map(package).collect()
}

fn package(package: &Value) -> (String, Package) {
    let text = |value: &Value| value.as_str().unwrap_or("normal").to_owned();
    let manifest = PathBuf::from(text(&package["manifest_path"]));
    let folder = manifest.parent().expect("a manifest lies in a folder");
    let folder = folder.strip_prefix(root()).expect("packages lie in the workspace");
    let dependencies = package["dependencies"].as_array().expect("a list of dependencies");
    let dependencies = dependencies.iter().map(|dep| (text(&dep["name"]), text(&dep["kind"])));
    let package_of =
        Package { folder: folder.display().to_string(), dependencies: dependencies.collect() };
    (text(&package["name"]), package_of)
}

#[test]
fn every_room_stands_where_the_plan_says() {
    let found: BTreeSet<(String, String)> =
        packages().into_iter().map(|(name, package)| (name, package.folder)).collect();
    let planned: BTreeSet<(String, String)> =
        ROOMS.iter().map(|(name, folder)| ((*name).to_owned(), (*folder).to_owned())).collect();
    assert_eq!(found, planned);
}

#[test]
fn nobody_knows_whom_they_may_not() {
    let packages = packages();
    for (room, allowed) in MAY_KNOW {
        for (dependency, kind) in &packages[*room].dependencies {
            let is_room = ROOMS.iter().any(|(name, _)| name == dependency);
            let is_fine = kind == "dev" || !is_room || allowed.contains(&dependency.as_str());
            assert!(is_fine, "{room} must not know {dependency}");
        }
    }
}

#[test]
fn engines_do_not_know_each_other_even_in_tests() {
    let packages = packages();
    let engines = ["shadowbook-reference", "shadowbook-ladder"];
    for (room, other) in [(engines[0], engines[1]), (engines[1], engines[0])] {
        let knows = packages[room].dependencies.iter().any(|(name, _)| name == other);
        assert!(!knows, "{room} must not know {other}, not even in its tests");
    }
}

#[test]
fn heavy_or_delicate_crates_stay_in_their_room() {
    for (room, package) in packages() {
        for (dependency, _) in package.dependencies {
            let rule = ONLY_FOR.iter().find(|(name, _)| *name == dependency);
            let is_fine = rule.is_none_or(|(_, rooms)| rooms.contains(&room.as_str()));
            assert!(is_fine, "{room} must not use {dependency}");
        }
    }
}

#[test]
fn the_architecture_document_names_every_room() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    for (name, folder) in ROOMS {
        assert!(text.contains(&format!("`{folder}`")), "ARCHITECTURE.md does not name {folder}");
        assert!(text.contains(&format!("`{name}`")), "ARCHITECTURE.md does not name {name}");
    }
}

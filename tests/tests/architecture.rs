//! The house of ARCHITECTURE.md, held against `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

const CAPTURE: &str = "shadowbook-capture";

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

/// A row of the document's table of rooms.
struct Room {
    name: String,
    folder: String,
    /// The packages that it may know; `None` is everybody.
    may_know: Option<Vec<String>>,
}

/// The table of ARCHITECTURE.md itself, so that it cannot say something else than is tested.
fn rooms() -> Vec<Room> {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [folder, name, _, may_know] = cells[..] else { return None };
        let quoted = |cell: &str| Some(cell.strip_prefix('`')?.strip_suffix('`')?.to_owned());
        // "model, capture; no engine" names those before the semicolon.
        let may_know = match may_know.split(';').next().unwrap_or_default() {
            "everybody" => None,
            "nobody" => Some(Vec::new()),
            some => Some(some.split(", ").map(|room| format!("shadowbook-{room}")).collect()),
        };
        Some(Room { name: quoted(name)?, folder: quoted(folder)?, may_know })
    });
    rows.collect()
}

#[test]
fn every_room_stands_where_the_document_says() {
    let found: BTreeSet<(String, String)> =
        packages().into_iter().map(|(name, package)| (name, package.folder)).collect();
    let planned: BTreeSet<(String, String)> =
        rooms().into_iter().map(|room| (room.name, room.folder)).collect();
    assert_eq!(found, planned);
}

#[test]
fn nobody_knows_whom_they_may_not() {
    let (packages, rooms) = (packages(), rooms());
    for room in &rooms {
        let Some(may_know) = &room.may_know else { continue };
        assert!(may_know.iter().all(|name| packages.contains_key(name)), "{may_know:?}");
        for (dependency, kind) in &packages[&room.name].dependencies {
            let is_fine = kind == "dev"
                || !packages.contains_key(dependency)
                || may_know.contains(dependency);
            assert!(is_fine, "{} must not know {dependency}", room.name);
        }
    }
    let free: Vec<&str> =
        rooms.iter().filter(|room| room.may_know.is_none()).map(|room| &*room.name).collect();
    assert_eq!(free, ["shadowbook", "shadowbook-tests", "shadowbook-benches"]);
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

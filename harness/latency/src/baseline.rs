//! What the record of an earlier release can tell, and what it cannot.
//!
//! Two runs are two days, two loads of the machine, two layouts of memory: only what each run
//! measured *within itself*, candidate over reference, can be held against the other, and only when
//! the reference was the same engine on the same commands. Absolute times are an indication at most.
//! Nothing here is a verdict.

use std::fmt;

use serde::Serialize;

use crate::arm::Arm;
use crate::record::{MeasuredRatio, TrendRecord};

/// A record held against an earlier one, figure by figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BaselineComparison {
    /// Whether both runs were made by the same executable.
    pub executable: ComparedExecutable,
    /// Differences of the two runs that forbid nothing and must be known by who reads the figures.
    pub caveats: Vec<String>,
    /// What can be said of each figure.
    pub figures: Vec<ComparedFigure>,
}

/// The executables of both runs, with the engines inside them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "finding")]
pub enum ComparedExecutable {
    /// It is one: the engines' code is the same, and so is its place.
    Same {
        /// Its digest.
        digest: String,
    },
    /// They are two.
    Other {
        /// The digest of the earlier one.
        old: String,
        /// The digest of the later one.
        new: String,
    },
    /// One of the records does not say.
    Unknown,
}

impl ComparedExecutable {
    fn of(old: Option<&String>, new: Option<&String>) -> Self {
        match (old, new) {
            (Some(old), Some(new)) if old == new => Self::Same { digest: new.clone() },
            (Some(old), Some(new)) => Self::Other { old: old.clone(), new: new.clone() },
            (None, _) | (_, None) => Self::Unknown,
        }
    }
}

impl fmt::Display for ComparedExecutable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same { digest } => write!(
                f,
                "the executable is the same one, digest {digest}: no change is one of the engines' code"
            ),
            Self::Other { old, new } => write!(
                f,
                "the executable is another one, digest {old} then, {new} now: what it puts elsewhere \
                 in memory can move a ratio even where no code changed"
            ),
            Self::Unknown => write!(
                f,
                "one of the runs does not say which executable it was made by: the engines may have \
                 changed under the same version"
            ),
        }
    }
}

/// One figure of both records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ComparedFigure {
    /// Which.
    pub figure: Figure,
    /// What can be said of it.
    pub finding: Finding,
}

/// A figure that records hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "figure")]
pub enum Figure {
    /// Service times, candidate over reference: all commands.
    Ratio,
    /// Service times, candidate over reference: commands of one kind.
    RatioOfKind {
        /// The name of the kind.
        kind: String,
    },
    /// Mean service time of one arm.
    ServiceTime {
        /// Whose.
        arm: Arm,
    },
    /// The median of the candidate's service times.
    P50,
    /// 99 in 100 of the candidate's service times are not longer.
    P99,
    /// 999 in 1000 of the candidate's service times are not longer.
    P99_9,
}

/// What can be said of a figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "finding")]
pub enum Finding {
    /// The two can be held against each other.
    Comparable(Difference),
    /// Absolute times of two runs on what looks like the same machine: they show a direction at
    /// most, whatever the noise says.
    Indication(Difference),
    /// They cannot.
    NotComparable {
        /// Why not; one at least.
        reasons: Vec<Reason>,
    },
}

/// How two figures differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The earlier figure: millionths for a ratio, picoseconds for a service time, nanoseconds for
    /// a percentile.
    pub old: u64,
    /// The later figure, in the same unit.
    pub new: u64,
    /// By how much the later one is larger, relative to the earlier one, in millionths.
    pub change_ppm: i64,
    /// How much of that can be noise, in millionths: of both runs, added up, as for the worst case.
    pub noise_ppm: u64,
}

impl Difference {
    /// `None` when the earlier figure is nothing.
    fn of(old: u64, new: u64, noise_ppm: u64) -> Option<Self> {
        let ppm = (i128::from(new) * 1_000_000).checked_div(i128::from(old))? - 1_000_000;
        Some(Self { old, new, change_ppm: i64::try_from(ppm).unwrap_or(i64::MAX), noise_ppm })
    }

    /// Whether the change is larger than the noise that is known of. No verdict: what both runs
    /// could not see, such as another layout of memory, is not in the noise.
    #[must_use]
    pub const fn is_beyond_noise(&self) -> bool {
        self.change_ppm.unsigned_abs() > self.noise_ppm
    }
}

/// Why two figures cannot be held against each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum Reason {
    /// What the candidate was measured against is not the same.
    OtherReference {
        /// Name and version in the earlier run.
        old: String,
        /// Name and version in the later run.
        new: String,
    },
    /// The commands are from another capture.
    OtherCapture {
        /// Its digest in the earlier run.
        old: String,
        /// Its digest in the later run.
        new: String,
    },
    /// The commands are others of the same capture.
    OtherStretch,
    /// The machine is another one, as far as can be told.
    OtherMachine {
        /// Processor, cores and kernel in the earlier run.
        old: String,
        /// Processor, cores and kernel in the later run.
        new: String,
    },
    /// The harness was compiled in another way.
    OtherBuild {
        /// Compiler and profile of the earlier run.
        old: String,
        /// Compiler and profile of the later run.
        new: String,
    },
    /// The earlier record does not hold the figure.
    NotInBaseline,
    /// The later record does not hold the figure.
    NotInThisRun,
    /// It moves by a quarter between equal engines.
    TooUnsteady,
}

impl fmt::Display for Reason {
    /// A clause that follows "because".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherReference { old, new } => {
                write!(f, "the reference was `{old}` then and is `{new}` now")
            }
            Self::OtherCapture { old, new } => {
                write!(f, "the capture is another one: digest {old} then, {new} now")
            }
            Self::OtherStretch => write!(f, "other commands of the capture were measured"),
            Self::OtherMachine { old, new } => {
                write!(f, "absolute times belong to a machine: `{old}` then, `{new}` now")
            }
            Self::OtherBuild { old, new } => {
                write!(f, "absolute times belong to a build: `{old}` then, `{new}` now")
            }
            Self::NotInBaseline => write!(f, "the baseline does not hold it"),
            Self::NotInThisRun => write!(f, "this run did not measure it"),
            Self::TooUnsteady => write!(f, "it moves by a quarter between equal engines"),
        }
    }
}

/// Holds a record against an earlier one.
#[must_use]
pub fn compare_with_baseline(old: &TrendRecord, new: &TrendRecord) -> BaselineComparison {
    let pair = Pair { old, new };
    let mut figures = vec![ComparedFigure {
        figure: Figure::Ratio,
        finding: pair.ratio(Some(&old.ratio), Some(&new.ratio)),
    }];
    let mut kinds: Vec<&String> =
        old.ratio_by_kind.keys().chain(new.ratio_by_kind.keys()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        let finding = pair.ratio(old.ratio_by_kind.get(kind), new.ratio_by_kind.get(kind));
        figures
            .push(ComparedFigure { figure: Figure::RatioOfKind { kind: kind.clone() }, finding });
    }
    for arm in [Arm::Reference, Arm::Candidate] {
        let finding = pair.absolute(Some(old.service_ps[arm]), Some(new.service_ps[arm]));
        figures.push(ComparedFigure { figure: Figure::ServiceTime { arm }, finding });
    }
    for figure in [Figure::P50, Figure::P99, Figure::P99_9] {
        let finding = pair.percentile(&figure);
        figures.push(ComparedFigure { figure, finding });
    }
    BaselineComparison { executable: pair.executable(), caveats: pair.caveats(), figures }
}

#[derive(Clone, Copy)]
struct Pair<'a> {
    old: &'a TrendRecord,
    new: &'a TrendRecord,
}

impl Pair<'_> {
    fn ratio(self, old: Option<&MeasuredRatio>, new: Option<&MeasuredRatio>) -> Finding {
        let mut reasons = self.against_any();
        let (Some(old), Some(new)) = (old, new) else {
            reasons.push(missing(old.is_none()));
            return Finding::NotComparable { reasons };
        };
        let noise = old.noise_ppm().saturating_add(new.noise_ppm());
        found(reasons, old.ratio_ppm.get(), new.ratio_ppm.get(), noise, Finding::Comparable)
    }

    fn absolute(self, old: Option<u64>, new: Option<u64>) -> Finding {
        let mut reasons = self.against_absolute();
        let (Some(old), Some(new)) = (old, new) else {
            reasons.push(missing(old.is_none()));
            return Finding::NotComparable { reasons };
        };
        found(reasons, old, new, self.absolute_noise_ppm(), Finding::Indication)
    }

    fn percentile(self, figure: &Figure) -> Finding {
        let of = |record: &TrendRecord| {
            let figures = record.percentiles.candidate?;
            Some(if *figure == Figure::P50 { figures.p50 } else { figures.p99 })
        };
        if *figure == Figure::P99_9 {
            let mut reasons = self.against_absolute();
            reasons.push(Reason::TooUnsteady);
            return Finding::NotComparable { reasons };
        }
        self.absolute(of(self.old), of(self.new))
    }

    /// The noise of both runs, and how far the reference moved on top of it: it is the same engine,
    /// so that is the machine's doing.
    fn absolute_noise_ppm(self) -> u64 {
        let (old, new) = (&self.old.ratio, &self.new.ratio);
        let noise = old.noise_ppm().saturating_add(new.noise_ppm());
        let (old, new) = (self.old.service_ps.reference, self.new.service_ps.reference);
        let moved = Difference::of(old, new, 0).map_or(0, |moved| moved.change_ppm.unsigned_abs());
        noise.saturating_add(moved)
    }

    /// What stands against every comparison.
    fn against_any(self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let (old, new) = (&self.old.engines.reference, &self.new.engines.reference);
        if old != new {
            let named =
                |engine: &crate::record::EngineName| format!("{} {}", engine.name, engine.version);
            reasons.push(Reason::OtherReference { old: named(old), new: named(new) });
        }
        let (old, new) = (&self.old.measured, &self.new.measured);
        if old.capture_digest != new.capture_digest {
            let (old, new) = (old.capture_digest.clone(), new.capture_digest.clone());
            reasons.push(Reason::OtherCapture { old, new });
        } else if old != new {
            reasons.push(Reason::OtherStretch);
        }
        reasons
    }

    /// What stands against holding absolute times against each other.
    fn against_absolute(self) -> Vec<Reason> {
        let mut reasons = self.against_any();
        if let Some((old, new)) = self.machines() {
            reasons.push(Reason::OtherMachine { old, new });
        }
        if let Some((old, new)) = self.builds() {
            reasons.push(Reason::OtherBuild { old, new });
        }
        reasons
    }

    /// Both machines, when they differ.
    fn machines(self) -> Option<(String, String)> {
        let (old, new) = (&self.old.environment.machine, &self.new.environment.machine);
        let named = |machine: &crate::record::Machine| {
            format!("{}, {} cores, {}", machine.cpu_model, machine.cores, machine.kernel)
        };
        (old != new).then(|| (named(old), named(new)))
    }

    /// Compiler and profile of both, when they differ.
    fn builds(self) -> Option<(String, String)> {
        let (old, new) = (&self.old.environment.build, &self.new.environment.build);
        let named = |build: &crate::record::Build| format!("{}, {}", build.compiler, build.profile);
        (named(old) != named(new)).then(|| (named(old), named(new)))
    }

    fn executable(self) -> ComparedExecutable {
        let [old, new] = [self.old, self.new].map(|record| &record.environment.build);
        ComparedExecutable::of(old.executable_digest.as_ref(), new.executable_digest.as_ref())
    }

    /// What forbids no comparison of ratios, and may move them all the same.
    fn caveats(self) -> Vec<String> {
        let mut caveats = Vec::new();
        if let Some((old, new)) = self.machines() {
            caveats.push(format!(
                "measured on `{old}` then and on `{new}` now: caches and branch prediction may \
                 favour one engine on one of them"
            ));
        }
        if let Some((old, new)) = self.builds() {
            caveats.push(format!(
                "compiled by `{old}` then and by `{new}` now: the reference may have become faster \
                 or slower by it, and every ratio with it"
            ));
        }
        if self.old.environment.conditions.pinned_to.is_some()
            != self.new.environment.conditions.pinned_to.is_some()
        {
            caveats.push("one run was pinned to a core and the other was not".to_owned());
        }
        caveats
    }
}

/// Which of the two records lacks a figure; when both do, it is the earlier one.
const fn missing(in_baseline: bool) -> Reason {
    if in_baseline { Reason::NotInBaseline } else { Reason::NotInThisRun }
}

fn found(
    mut reasons: Vec<Reason>,
    old: u64,
    new: u64,
    noise_ppm: u64,
    finding: fn(Difference) -> Finding,
) -> Finding {
    match Difference::of(old, new, noise_ppm) {
        Some(difference) if reasons.is_empty() => finding(difference),
        Some(_) => Finding::NotComparable { reasons },
        None => {
            reasons.push(Reason::NotInBaseline);
            Finding::NotComparable { reasons }
        }
    }
}

#[cfg(test)]
#[path = "baseline_tests.rs"]
mod tests;

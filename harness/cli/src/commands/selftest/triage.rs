//! `selftest --triage`: what the harness makes of known defects, from a red verdict to the cause.

use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use serde::Serialize;
use shadowbook_capture::Flow;
use shadowbook_faulty::{Defect, Kind};
use shadowbook_report::Outcome as VerdictName;

use super::ground::{Draw, PROFILE, ground};
use super::page::{page, several_head, several_row, single_row, singles_head};
use super::several::{Drawer, Redrawn, Several};
use super::single::Single;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::Output;

/// How large the flows are and how many candidates are drawn.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct TriageOptions {
    /// Plant each functional defect in a long flow instead, and look at what is reported of it:
    /// how many bugs, how small the example, where, and how soon
    #[arg(long)]
    pub(super) triage: bool,
    /// So many candidates with two defects at once
    #[arg(long, value_name = "N", default_value_t = 50, requires = "triage")]
    pairs: usize,
    /// So many candidates with three
    #[arg(long, value_name = "N", default_value_t = 10, requires = "triage")]
    triples: usize,
    /// How many commands the flow has for several defects at once, and for those of which an
    /// engine dies
    #[arg(long, value_name = "N", default_value_t = 200_000, requires = "triage",
        value_parser = clap::value_parser!(u64).range(10..))]
    pair_commands: u64,
}

/// How many commands the flow of a single defect has when nobody says.
const COMMANDS: u64 = 1_000_000;
/// The short form.
const SHORT: TriageOptions =
    TriageOptions { triage: true, pairs: 8, triples: 2, pair_commands: 20_000 };
const SHORT_COMMANDS: u64 = 50_000;

/// The largest example that is small enough, and the largest median.
const MOST_COMMANDS: usize = 12;
const MEDIAN_COMMANDS: usize = 5;
/// Of a hundred candidates with several defects, so many must be reported as exactly these.
const EXACT_PERCENT: usize = 95;

/// What is run.
#[derive(Clone, Debug)]
pub(super) struct Plan<'a> {
    pub(super) defects: &'a [Defect],
    pub(super) seed: u64,
    pub(super) commands: Option<u64>,
    pub(super) is_short: bool,
    pub(super) options: TriageOptions,
}

/// The machine-readable result.
#[derive(Serialize)]
pub(super) struct Report {
    schema: &'static str,
    pub(super) verdict: VerdictName,
    exit_code: u8,
    profile: &'static str,
    pub(super) seed: u64,
    pub(super) commands: u64,
    pub(super) pair_commands: u64,
    pub(super) singles: Vec<Single>,
    /// Defects that showed nothing wherever they were planted.
    pub(super) unseen: Vec<&'static str>,
    pub(super) several: Vec<Several>,
    pub(super) redrawn: Vec<Redrawn>,
    pub(super) processes: Vec<Single>,
    pub(super) figures: Figures,
    /// Why it is no pass.
    pub(super) reasons: Vec<String>,
    pub(super) run: Times,
}

/// What it comes to.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Figures {
    /// Single defects, and how many of them were reported as one bug.
    pub(super) singles: usize,
    pub(super) one_bug: usize,
    /// Of the examples of single defects.
    pub(super) max_commands: Option<usize>,
    pub(super) median_commands: Option<usize>,
    /// Single defects of which no event differed where the engines parted, and of how many of them
    /// that command was named.
    pub(super) silent: usize,
    pub(super) silent_located: usize,
    /// The most looks at whole books that one of them took.
    pub(super) silent_looks: Option<u64>,
    /// Candidates with two and with three defects, and how many were reported as exactly these.
    pub(super) pairs: usize,
    pub(super) exact_pairs: usize,
    pub(super) triples: usize,
    pub(super) exact_triples: usize,
    /// Roots of all runs that no bug explains.
    pub(super) stray: usize,
}

/// How long it took: the only part that differs from run to run.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Times {
    /// From the end of the first run to the end, over single defects.
    pub(super) max_ms: Option<u128>,
    pub(super) median_ms: Option<u128>,
    /// The slowest death.
    pub(super) max_process_ms: Option<u128>,
    /// All of it.
    total_ms: u128,
}

/// Defects of which an engine dies by a flow, and not by a count.
const DEADLY: [Defect; 2] = [Defect::CrashOnEmptiedBest, Defect::HangOnShrunkRemainder];

impl Plan<'_> {
    /// Runs the command.
    pub(super) fn run(&self, output: &Output) -> Outcome {
        let started = Instant::now();
        let options = if self.is_short { SHORT } else { self.options };
        let commands =
            self.commands.unwrap_or(if self.is_short { SHORT_COMMANDS } else { COMMANDS });
        if commands < 10 {
            return Err(Failure::usage("a defect is planted in at least 10 commands"));
        }
        output.show(&format!("profile {PROFILE}, seed {}\n", self.seed));
        let functional = self.of_kind(|defect| defect.kind() == Kind::Functional);
        let (singles, unseen) = self.singles(&functional, commands, output)?;
        let (several, redrawn) = self.several(&functional, &options, output)?;
        let (processes, alive) = self.processes(options.pair_commands, output)?;
        let times = Times::of(&singles, &processes, started);
        let mut report = Report {
            schema: "shadowbook/selftest-triage/1",
            verdict: VerdictName::Pass,
            exit_code: Exit::Pass as u8,
            profile: PROFILE,
            seed: self.seed,
            commands,
            pair_commands: options.pair_commands,
            figures: Figures::of(&singles, &several, &processes),
            singles,
            unseen: unseen.into_iter().chain(alive).map(Defect::name).collect(),
            several,
            redrawn,
            processes,
            reasons: Vec::new(),
            run: times,
        };
        report.reasons = reasons(&report);
        if !report.reasons.is_empty() {
            (report.verdict, report.exit_code) = (VerdictName::Fail, Exit::Fail as u8);
        }
        output.write_json(&report)?;
        output.show(&page(&report));
        Ok(Exit::of(report.exit_code))
    }

    fn of_kind(&self, is: impl Fn(Defect) -> bool) -> Vec<Defect> {
        self.defects.iter().copied().filter(|defect| is(*defect)).collect()
    }

    /// Numbers for one defect, whichever others are looked at.
    fn draw(&self, defect: Defect) -> Draw {
        let place = Defect::ALL.iter().position(|other| *other == defect).unwrap_or_default();
        Draw::new(self.seed, u64::try_from(place).unwrap_or_default())
    }

    /// One after the other, so that the time of one is not that of its neighbour.
    fn singles(
        &self,
        defects: &[Defect],
        commands: u64,
        output: &Output,
    ) -> Result<(Vec<Single>, Vec<Defect>), Failure> {
        self.one_by_one(defects, ("one defect", commands), output, |flow, defect| {
            Single::functional(flow, defect, &mut self.draw(defect))
        })
    }

    /// Shows what comes of each of these defects as soon as it is known.
    fn one_by_one(
        &self,
        defects: &[Defect],
        (what, commands): (&str, u64),
        output: &Output,
        run: impl Fn(&Arc<Flow>, Defect) -> Option<Single>,
    ) -> Result<(Vec<Single>, Vec<Defect>), Failure> {
        let flow = ground(self.seed, commands)?;
        let progress = output.progress(Some(commands * defects.len() as u64));
        let (mut seen, mut unseen) = (Vec::new(), Vec::new());
        if !defects.is_empty() {
            output.show(&singles_head(what, commands));
        }
        for defect in defects {
            if let Some(single) = run(&flow, *defect) {
                progress.suspend(|| output.show(&single_row(&single)));
                seen.push(single);
            } else {
                unseen.push(*defect);
            }
            progress.inc(commands);
        }
        progress.finish_and_clear();
        Ok((seen, unseen))
    }

    fn several(
        &self,
        functional: &[Defect],
        options: &TriageOptions,
        output: &Output,
    ) -> Result<(Vec<Several>, Vec<Redrawn>), Failure> {
        // Such a defect would show whenever a candidate is set right after another's root.
        let pool: Vec<Defect> =
            functional.iter().copied().filter(|defect| !defect.shows_after_restore()).collect();
        let flow = ground(self.seed, options.pair_commands)?;
        let mut drawer = Drawer::new(&flow, &pool, Draw::new(self.seed, u64::MAX));
        let mut drawn = drawer.draw(options.pairs, 2);
        drawn.extend(drawer.draw(options.triples, 3));
        let progress = output.progress(Some(options.pair_commands * drawn.len() as u64));
        if !drawn.is_empty() {
            output.show(&several_head(options.pair_commands));
        }
        let several = drawn.iter().filter_map(|defects| {
            let several = Several::of(&flow, defects)?;
            progress.suspend(|| output.show(&several_row(&several)));
            progress.inc(options.pair_commands);
            Some(several)
        });
        let several = several.collect();
        progress.finish_and_clear();
        Ok((several, drawer.redrawn))
    }

    fn processes(
        &self,
        commands: u64,
        output: &Output,
    ) -> Result<(Vec<Single>, Vec<Defect>), Failure> {
        let defects = self.of_kind(|defect| DEADLY.contains(&defect));
        let dies = "an engine that dies of a flow, in a child process";
        self.one_by_one(&defects, (dies, commands), output, |flow, defect| {
            Single::process(flow, defect, &mut self.draw(defect))
        })
    }
}

/// The middle one, and of an even number the upper of the two.
fn median<T: Ord + Copy>(mut values: Vec<T>) -> Option<T> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

impl Figures {
    fn of(singles: &[Single], several: &[Several], processes: &[Single]) -> Self {
        let commands: Vec<usize> = singles.iter().filter_map(|single| single.commands).collect();
        let silent: Vec<&Single> =
            singles.iter().filter(|single| single.is_silent == Some(true)).collect();
        let are = |defects| several.iter().filter(move |it| it.defects == defects);
        let exact = |defects| are(defects).filter(|it| it.is_exact).count();
        let stray = singles.iter().chain(processes).map(|single| single.stray);
        Self {
            singles: singles.len(),
            one_bug: singles.iter().filter(|single| single.bugs == 1).count(),
            max_commands: commands.iter().max().copied(),
            median_commands: median(commands),
            silent: silent.len(),
            silent_looks: silent.iter().filter_map(|single| single.looks).max(),
            silent_located: silent.iter().filter(|it| it.is_located == Some(true)).count(),
            pairs: are(2).count(),
            exact_pairs: exact(2),
            triples: are(3).count(),
            exact_triples: exact(3),
            stray: stray.chain(several.iter().map(|it| it.stray)).sum(),
        }
    }
}

impl Times {
    fn of(singles: &[Single], processes: &[Single], started: Instant) -> Self {
        let took = |of: &[Single]| of.iter().map(|it| it.run.triage_ms).collect::<Vec<_>>();
        Self {
            max_ms: took(singles).into_iter().max(),
            median_ms: median(took(singles)),
            max_process_ms: took(processes).into_iter().max(),
            total_ms: started.elapsed().as_millis(),
        }
    }
}

/// What keeps it from being a pass: counts only, as times depend on the machine.
fn reasons(report: &Report) -> Vec<String> {
    let Report { figures, .. } = report;
    let unseen = report.unseen.iter().map(|name| format!("{name} shows nothing, wherever it is"));
    let mut reasons: Vec<String> = unseen.collect();
    for single in report.singles.iter().chain(&report.processes) {
        reasons.extend(faults(single).map(|fault| format!("{}: {fault}", single.candidate)));
    }
    if figures.median_commands.is_some_and(|median| median > MEDIAN_COMMANDS) {
        reasons.push(format!("the median of the examples is above {MEDIAN_COMMANDS} commands"));
    }
    for (what, exact, all) in [
        ("pairs", figures.exact_pairs, figures.pairs),
        ("triples", figures.exact_triples, figures.triples),
    ] {
        if exact * 100 < all * EXACT_PERCENT {
            reasons.push(format!("{exact} of {all} {what} are reported as exactly these defects"));
        }
    }
    if figures.silent_looks.is_some_and(|looks| looks > report.commands / 100) {
        reasons.push("a silent defect took looks at more than a hundredth of the flow".to_owned());
    }
    for several in report.several.iter().filter(|it| it.stray > 0) {
        reasons.push(format!("{}: {} roots without a bug", several.candidate, several.stray));
    }
    reasons
}

/// What is wrong with the report of one defect.
fn faults(single: &Single) -> impl Iterator<Item = String> {
    let of_bugs = (single.bugs != 1).then(|| format!("reported as {} bugs", single.bugs));
    let no_example =
        (single.bugs > 0 && single.commands.is_none()).then(|| "no example".to_owned());
    let too_large = single.commands.filter(|commands| *commands > MOST_COMMANDS);
    let too_large = too_large.map(|commands| format!("an example of {commands} commands"));
    let has_example = single.commands.is_some();
    let not_alone = (has_example && !single.is_alone)
        .then(|| "an example shows nothing on its own, from empty books".to_owned());
    let not_minimal =
        (has_example && !single.is_minimal).then(|| "an example may not be minimal".to_owned());
    let not_located = (single.is_located == Some(false))
        .then(|| "the command at which the engines part is not named".to_owned());
    let stray = (single.stray > 0).then(|| format!("{} roots without a bug", single.stray));
    let broke_off = single.broke_off.as_ref().map(|why| format!("it broke off: {why}"));
    [of_bugs, no_example, too_large, not_alone, not_minimal, not_located, stray, broke_off]
        .into_iter()
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::super::single::Run;
    use super::*;

    #[test]
    fn a_median_is_the_middle_one() {
        assert_eq!(median(vec![3, 1, 2]), Some(2));
        assert_eq!(median(vec![4, 1, 2, 3]), Some(3));
        assert_eq!(median(Vec::<u8>::new()), None);
    }

    fn single() -> Single {
        Single {
            defect: "taker-price",
            candidate: "faulty:taker-price@70".to_owned(),
            planted_at: 30,
            redrawn: 0,
            roots: 5,
            derived: 0,
            stray: 0,
            bugs: 1,
            commands: Some(5),
            is_minimal: true,
            is_alone: true,
            is_silent: Some(true),
            is_located: Some(true),
            looks: Some(100),
            broke_off: None,
            run: Run { triage_ms: 20 },
        }
    }

    fn pair(is_exact: bool) -> Several {
        Several {
            candidate: "faulty:taker-price+ioc-rests".to_owned(),
            defects: 2,
            bugs: 2,
            is_exact,
            roots: 9,
            derived: 0,
            stray: 0,
            commands: Some(3),
            is_minimal: true,
            is_alone: true,
            broke_off: None,
            run: Run { triage_ms: 20 },
        }
    }

    /// The reasons of a result that has come to this.
    fn told(singles: Vec<Single>, several: Vec<Several>, unseen: Vec<&'static str>) -> Vec<String> {
        let report = Report {
            schema: "",
            verdict: VerdictName::Pass,
            exit_code: 0,
            profile: PROFILE,
            seed: 1,
            commands: 10_000,
            pair_commands: 10_000,
            figures: Figures::of(&singles, &several, &[]),
            run: Times::of(&singles, &[], Instant::now()),
            singles,
            unseen,
            several,
            redrawn: Vec::new(),
            processes: Vec::new(),
            reasons: Vec::new(),
        };
        reasons(&report)
    }

    #[test]
    fn figures_that_are_reached_are_no_reason() {
        let exact = |number: usize| [vec![pair(true); number], vec![pair(false)]].concat();
        assert_eq!(told(vec![single(); 3], exact(19), Vec::new()), Vec::<String>::new());
        let told = told(vec![single(); 3], exact(18), Vec::new());
        assert_eq!(told, ["18 of 19 pairs are reported as exactly these defects"]);
    }

    #[test]
    fn each_figure_that_is_missed_is_a_reason() {
        let missed = [
            ("reported as 0 bugs", Single { bugs: 0, commands: None, ..single() }),
            ("reported as 2 bugs", Single { bugs: 2, ..single() }),
            ("no example", Single { commands: None, ..single() }),
            ("an example of 13 commands", Single { commands: Some(13), ..single() }),
            ("nothing on its own", Single { is_alone: false, ..single() }),
            ("may not be minimal", Single { is_minimal: false, ..single() }),
            ("is not named", Single { is_located: Some(false), ..single() }),
            ("2 roots without a bug", Single { stray: 2, ..single() }),
            ("it broke off: why", Single { broke_off: Some("why".to_owned()), ..single() }),
            ("a hundredth of the flow", Single { looks: Some(101), ..single() }),
        ];
        for (reason, missed) in missed {
            let told = told(vec![single(), single(), missed], Vec::new(), Vec::new());
            assert_eq!(told.len(), 1, "{reason}: {told:?}");
            assert!(told[0].contains(reason), "{reason}: {told:?}");
        }
        let large = Single { commands: Some(6), ..single() };
        let told_of = told(vec![single(), large.clone(), large], Vec::new(), Vec::new());
        assert_eq!(told_of, ["the median of the examples is above 5 commands"]);
        let told_of = told(Vec::new(), vec![Several { stray: 1, ..pair(true) }], vec!["crash"]);
        assert_eq!(told_of.len(), 2, "{told_of:?}");
        assert!(told_of[0].starts_with("crash shows nothing"), "{told_of:?}");
    }
}

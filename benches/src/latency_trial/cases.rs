//! The candidates of the trial, and how slow they really are.

use shadowbook_faulty::{Slowed, Slowness};
use shadowbook_ladder::LadderEngine;
use shadowbook_latency::{
    Arm, Calibration, CannotCalibrate, Effort, Engines, Judgement, MakeEngine, Preflight, Stretch,
    Target, TestName, calibrate, measure_events,
};
use shadowbook_model::{CommandKind, Engine, Instrument};
use shadowbook_reference::ReferenceEngine;

/// What is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    /// The same engine.
    Same,
    /// The same engine compiled a second time.
    Again,
    /// Every command slower, by so many thousandths.
    Uniform(u32),
    /// Cancels a tenth slower.
    Cancels,
    /// A hundred nanoseconds more for four commands in a thousand.
    Rare,
}

/// The engine in production.
#[derive(Clone, Copy)]
pub(crate) struct Base<'a> {
    pub(crate) instruments: &'a [Instrument],
    pub(crate) is_reference: bool,
}

/// A case whose candidate is ready.
pub(crate) struct Trial<'a> {
    case: Case,
    reference: Box<MakeEngine<'a>>,
    candidate: Box<MakeEngine<'a>>,
    told: Option<String>,
}

/// Of the longer measurement that says how slow a candidate really is.
const CALIBRATION: Effort = Effort { chunk: 500, instances: 25, rounds: 6, seed: 0x5ca1_ab1e };
/// One command in so many: 0.4 %.
const RARE: u32 = 250;
/// What a tenth and a hundred nanoseconds are.
const TENTH: f64 = 0.10;
const RARE_NANOS: f64 = 100.0;

impl Case {
    pub(crate) const ALL: [Self; 8] = [
        Self::Same,
        Self::Again,
        Self::Uniform(10),
        Self::Uniform(20),
        Self::Uniform(30),
        Self::Uniform(40),
        Self::Cancels,
        Self::Rare,
    ];

    pub(crate) fn name(self) -> String {
        match self {
            Self::Same => "same".to_owned(),
            Self::Again => "compiled-again".to_owned(),
            Self::Uniform(thousandths) => format!("slower-by-{}%", thousandths / 10),
            Self::Cancels => "cancels-slower-by-10%".to_owned(),
            Self::Rare => "100ns-on-0.4%".to_owned(),
        }
    }

    fn slowness(self, steps: u32) -> Slowness {
        match self {
            Self::Same | Self::Again | Self::Uniform(_) => {
                Slowness::Uniform { steps_per_1024: steps }
            }
            Self::Cancels => Slowness::Kind { kind: CommandKind::Cancel, steps },
            Self::Rare => Slowness::Rare { one_in: RARE, steps },
        }
    }
}

impl<'a> Base<'a> {
    fn slowed(self, slowness: Slowness) -> Box<MakeEngine<'a>> {
        let instruments = self.instruments;
        if self.is_reference {
            return Box::new(move || {
                Box::new(Slowed::new(ReferenceEngine::new(instruments), slowness))
            });
        }
        Box::new(move || Box::new(Slowed::new(LadderEngine::new(instruments), slowness)))
    }

    fn plain(self) -> Box<MakeEngine<'a>> {
        let instruments = self.instruments;
        Box::new(move || Box::new(LadderEngine::new(instruments)) as Box<dyn Engine + Send>)
    }

    /// The fast engine compiled a second time.
    fn again(self) -> Box<MakeEngine<'a>> {
        let instruments = self.instruments;
        Box::new(move || Box::new(shadowbook_ladder_again::LadderEngine::new(instruments)))
    }
}

impl<'a> Trial<'a> {
    /// Finds the dose that makes the candidate as slow as the case says.
    pub(crate) fn prepare(
        case: Case,
        base: Base<'a>,
        stretch: Stretch<'_>,
        preflight: &Preflight,
    ) -> Result<Self, CannotCalibrate> {
        if case == Case::Again {
            let (reference, candidate) = (base.plain(), base.again());
            return Ok(Self { case, reference, candidate, told: None });
        }
        let reference = base.slowed(case.slowness(0));
        let target = match case {
            Case::Same | Case::Again => {
                let candidate = base.slowed(case.slowness(0));
                return Ok(Self { case, reference, candidate, told: None });
            }
            Case::Uniform(thousandths) => Target::Share(f64::from(thousandths) / 1000.0),
            Case::Cancels => {
                Target::Nanos(TENTH * nanos_of_cancels(&*reference, stretch, preflight))
            }
            Case::Rare => Target::Nanos(RARE_NANOS * concerned(case, stretch)),
        };
        let make = |dose| (base.slowed(case.slowness(dose)))();
        // The table says of such a case how slow it is instead of leaving it out.
        let (found, but) = match calibrate(&make, stretch, CALIBRATION, target) {
            Err(CannotCalibrate::NotReached { nearest, .. }) => (nearest, ", the nearest found"),
            found => (found?, ""),
        };
        let Calibration { dose, added, floor } = found;
        let told = match target {
            Target::Share(_) => format!("{:.2} ± {:.2} %", added * 100.0, floor * 100.0),
            Target::Nanos(wanted) => {
                let [added, floor] = [added, floor].map(|nanos| nanos / wanted * 100.0);
                format!("{added:.0} ± {floor:.0} % of what is wanted")
            }
        };
        let told = Some(format!("{}: {dose} steps add {told}{but}", case.name()));
        let candidate = base.slowed(case.slowness(dose));
        Ok(Self { case, reference, candidate, told })
    }

    pub(crate) fn name(&self) -> String {
        self.case.name()
    }

    /// What the dose was measured to add.
    pub(crate) fn told(&self) -> Option<&str> {
        self.told.as_deref()
    }

    pub(crate) fn engines(&self) -> Engines<'_> {
        Engines { reference: &*self.reference, candidate: &*self.candidate }
    }

    /// Where a false alarm is looked for it takes more runs to see one in a hundred.
    pub(crate) const fn runs(&self, runs: usize) -> usize {
        match self.case {
            Case::Same | Case::Again => 3 * runs,
            _ => runs,
        }
    }

    /// Whether a verdict names what is really slow.
    pub(crate) fn is_named(&self, judgement: &Judgement) -> bool {
        let trips = |what| judgement.test(what).is_some_and(|test| test.is_tripped);
        match self.case {
            Case::Same | Case::Again => false,
            Case::Uniform(_) => trips(TestName::Overall),
            Case::Cancels => trips(TestName::Kind(CommandKind::Cancel)),
            Case::Rare => trips(TestName::Excess),
        }
    }
}

/// How long all measured cancels take together.
fn nanos_of_cancels(engine: &MakeEngine<'_>, stretch: Stretch<'_>, preflight: &Preflight) -> f64 {
    let engines = Engines { reference: engine, candidate: engine };
    let pass = measure_events(&engines, stretch, CALIBRATION, preflight, 0, &mut |_| {});
    let samples = pass.samples();
    let of_cancels = samples.kinds.iter().zip(&samples.nanos[Arm::Reference]);
    let of_cancels = of_cancels.filter(|(kind, _)| **kind == CommandKind::Cancel);
    of_cancels.map(|(_, nanos)| f64::from(*nanos)).sum()
}

/// How many of the measured commands a case makes slower.
fn concerned(case: Case, stretch: Stretch<'_>) -> f64 {
    let slowness = case.slowness(1);
    stretch.measured().iter().filter(|it| slowness.is_affected(it)).map(|_| 1.0).sum()
}

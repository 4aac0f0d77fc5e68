//! The measuring itself: quiet the machine, time both engines and the twin, judge.

use std::time::{Duration, Instant, SystemTime};

use anyhow::anyhow;
use indicatif::{ProgressBar, ProgressStyle};
use shadowbook_latency::{
    Arm, Arrivals, Effort, Engines, EventSamples, Histogram, Histograms, KneeFigures, Part, PerArm,
    Preflight, Prepared, Progress, ResponseTimes, Run, Scale, Stalls, Stretch, SystemClock,
    paced_replay, response_times,
};
use shadowbook_session::guard;

use crate::engines::EngineName;
use crate::exit::Failure;
use crate::latency::options::Measuring;
use crate::latency::stretch::Taken;
use crate::output::{Output, complain};

/// Whoever waits longer wants to know for how long.
const LONG_SECONDS: u64 = 5;

/// What was measured, and what the judge makes of it.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) began: SystemTime,
    pub(crate) lasted: Duration,
    pub(crate) preflight: Preflight,
    /// Both passes and the verdict.
    pub(crate) found: shadowbook_latency::Measured,
    pub(crate) stalls: PerArm<Stalls>,
    pub(crate) histograms: Histograms,
    /// None where the recorded times make no load.
    pub(crate) load: Option<Load>,
}

/// What becomes of both engines when commands come faster.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) responses: Vec<ResponseTimes>,
    pub(crate) knee: KneeFigures,
    pub(crate) paced: Option<Paced>,
}

/// Response times that were really seen.
#[derive(Debug)]
pub(crate) struct Paced {
    pub(crate) scale: Scale,
    pub(crate) reference: Histogram,
    pub(crate) candidate: Histogram,
}

/// Measures both engines on the commands that were taken.
pub(crate) fn measure(
    taken: &Taken,
    [reference, candidate]: [EngineName; 2],
    measuring: &Measuring,
    output: &Output,
) -> Result<Measured, Failure> {
    let (reference, candidate) = (taken.maker(reference), taken.maker(candidate));
    let engines = Engines { reference: &reference, candidate: &candidate };
    let stretch = Stretch { commands: &taken.flow.commands, warm_up: taken.warm_up };
    let progress = output.progress(None);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        progress.set_style(style);
    }
    let bench = Bench { engines, stretch, measuring, progress };
    // An engine that panics only sometimes would else take the whole gate with it.
    let measured = guard(|| bench.measure());
    bench.progress.finish_and_clear();
    measured.map_err(|panic| Failure::harness(anyhow!("an engine crashed while timed: {panic}")))?
}

struct Bench<'a> {
    engines: Engines<'a>,
    stretch: Stretch<'a>,
    measuring: &'a Measuring,
    progress: ProgressBar,
}

impl Bench<'_> {
    fn measure(&self) -> Result<Measured, Failure> {
        let (began, started) = (SystemTime::now(), Instant::now());
        let prepared = if self.measuring.no_pin { Prepared::unpinned() } else { Prepared::new() };
        let preflight = prepared.preflight().clone();
        let run = Run {
            engines: self.engines,
            stretch: self.stretch,
            effort: self.effort(),
            thresholds: self.measuring.thresholds(),
        };
        let found = run
            .measure(&preflight, &mut |part, done| self.tell(part, done))
            .map_err(|error| Failure::usage(format!("{error}; give a larger --chunk")))?;
        let load = self.load(&found.events)?;
        Ok(Measured {
            began,
            lasted: started.elapsed(),
            preflight,
            stalls: found.events.stalls.clone(),
            histograms: Histograms::of(&found.events),
            found,
            load,
        })
    }

    fn effort(&self) -> Effort {
        let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let Measuring { chunk, instances, rounds, seed, .. } = self.measuring;
        Effort {
            chunk: count(*chunk),
            instances: count(*instances),
            rounds: count(*rounds),
            seed: *seed,
        }
    }

    fn tell(&self, part: Part, done: Progress) {
        let what = match part {
            Part::Chunks => "chunks",
            Part::Commands => "single commands",
        };
        self.progress.set_message(format!("{what}: {} of {} engines", done.done, done.of));
        self.progress.tick();
    }

    fn load(&self, samples: &EventSamples) -> Result<Option<Load>, Failure> {
        let Ok(arrivals) = Arrivals::of(self.stretch.measured()) else { return Ok(None) };
        let scales = self.measuring.scales.iter().map(|scale| u64::from(*scale));
        let scales: Vec<Scale> = scales.filter_map(Scale::times).collect();
        let limit = u64::try_from(self.measuring.limit.0.as_nanos()).unwrap_or(u64::MAX);
        Ok(Some(Load {
            responses: response_times(&arrivals, &samples.nanos, &scales),
            knee: KneeFigures::of(&arrivals, &samples.nanos, limit),
            paced: self.paced(&arrivals)?,
        }))
    }

    fn paced(&self, arrivals: &Arrivals) -> Result<Option<Paced>, Failure> {
        let scale = self.measuring.paced.and_then(|scale| Scale::times(u64::from(scale)));
        let Some(scale) = scale else { return Ok(None) };
        let seconds = arrivals.span_nanos(scale) / 1_000_000_000;
        if seconds >= LONG_SECONDS {
            complain(&format!("replaying at {scale} takes {seconds} s for each of both engines"));
        }
        let replay = |arm| {
            let make = || self.engines.make(arm);
            let replay = paced_replay(&make, self.stretch, scale, &mut SystemClock::start());
            replay.map(|replay| replay.responses).map_err(Failure::harness)
        };
        let (reference, candidate) = (replay(Arm::Reference)?, replay(Arm::Candidate)?);
        Ok(Some(Paced { scale, reference, candidate }))
    }
}

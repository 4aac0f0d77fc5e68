//! The measuring itself: quiet the machine, time both engines and the twin, judge.

use std::time::{Duration, Instant, SystemTime};

use anyhow::anyhow;
use indicatif::{ProgressBar, ProgressStyle};
use shadowbook_latency::{
    Arm, Arrivals, Effort, Engines, EventPass, EventSamples, Histogram, Histograms, Judgement,
    KneeFigures, PerArm, Preflight, Prepared, Progress, ResponseTimes, Scale, ServiceSamples,
    Stalls, Stretch, SystemClock, Thresholds, check_chunk, judge, measure_events, measure_service,
    paced_replay, response_times,
};
use shadowbook_session::guard;

use crate::engines::EngineName;
use crate::exit::Failure;
use crate::latency::options::Measuring;
use crate::latency::stretch::Taken;
use crate::output::{Output, complain};

/// The fewest fresh engines that are judged.
const LEAST_INSTANCES: usize = 5;
/// Whoever waits longer wants to know for how long.
const LONG_SECONDS: u64 = 5;

/// What was measured, and what the judge makes of it.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) began: SystemTime,
    pub(crate) lasted: Duration,
    pub(crate) preflight: Preflight,
    /// Of the service pass, with the engines that were added.
    pub(crate) effort: Effort,
    /// Of the pass over single commands, in the same way.
    pub(crate) single_commands: Effort,
    pub(crate) service: ServiceSamples,
    pub(crate) stalls: PerArm<Stalls>,
    pub(crate) histograms: Histograms,
    pub(crate) judgement: Judgement,
    /// Whether the judge asked for as many engines again.
    pub(crate) is_extended: bool,
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
    let run = Run { engines, stretch, measuring, progress };
    // An engine that panics only sometimes would else take the whole gate with it.
    let measured = guard(|| run.measure());
    run.progress.finish_and_clear();
    measured.map_err(|panic| Failure::harness(anyhow!("an engine crashed while timed: {panic}")))?
}

struct Run<'a> {
    engines: Engines<'a>,
    stretch: Stretch<'a>,
    measuring: &'a Measuring,
    progress: ProgressBar,
}

impl Run<'_> {
    fn measure(&self) -> Result<Measured, Failure> {
        let (began, started) = (SystemTime::now(), Instant::now());
        let prepared = if self.measuring.no_pin { Prepared::unpinned() } else { Prepared::new() };
        let preflight = prepared.preflight().clone();
        let effort = self.effort();
        let thresholds =
            Thresholds { slower: self.measuring.threshold.fraction(), ..Thresholds::default() };
        let (mut service, mut events) = self.pilot(effort, &preflight)?;
        self.extend((&mut service, &mut events), effort, 1, &preflight);
        let judge = |service: &ServiceSamples, events: &EventSamples| {
            judge(service, events, preflight.clock_step_nanos, &thresholds)
        };
        let mut samples = events.samples();
        let mut judgement = judge(&service, &samples);
        let is_extended = judgement.asks_for_more();
        let (mut all, mut single_commands) = (effort, events_of(effort));
        if is_extended {
            self.extend((&mut service, &mut events), effort, effort.instances, &preflight);
            all.instances *= 2;
            single_commands.instances *= 2;
            samples = events.samples();
            judgement = judge(&service, &samples);
        }
        let load = self.load(&samples)?;
        Ok(Measured {
            began,
            lasted: started.elapsed(),
            preflight,
            effort: all,
            single_commands,
            service,
            stalls: samples.stalls.clone(),
            histograms: Histograms::of(&samples),
            judgement,
            is_extended,
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

    /// One engine of each, to see whether the chunks are long enough for this clock.
    fn pilot(
        &self,
        effort: Effort,
        preflight: &Preflight,
    ) -> Result<(ServiceSamples, EventPass), Failure> {
        let one = Effort { instances: 1, ..effort };
        let service = self.service(one, 0);
        check_chunk(service.chunk_nanos(effort.chunk), preflight)
            .map_err(|error| Failure::usage(format!("{error}; give a larger --chunk")))?;
        Ok((service, self.events(one, 0, preflight)))
    }

    /// Adds engines, up to those that were asked for, or as many again.
    fn extend(
        &self,
        (service, events): (&mut ServiceSamples, &mut EventPass),
        effort: Effort,
        first: usize,
        preflight: &Preflight,
    ) {
        let more = if first == 1 { effort.instances - 1 } else { effort.instances };
        service.extend(self.service(Effort { instances: more, ..effort }, first));
        let all = events_of(effort).instances;
        let (first, more) = if first == 1 { (1, all - 1) } else { (all, all) };
        events.extend(self.events(Effort { instances: more, ..effort }, first, preflight));
    }

    fn service(&self, effort: Effort, first: usize) -> ServiceSamples {
        let (engines, stretch) = (&self.engines, self.stretch);
        measure_service(engines, stretch, effort, first, &mut |done| self.tell("chunks", done))
    }

    fn events(&self, effort: Effort, first: usize, preflight: &Preflight) -> EventPass {
        let effort = Effort { rounds: events_of(effort).rounds, ..effort };
        let (engines, stretch) = (&self.engines, self.stretch);
        measure_events(engines, stretch, effort, preflight, first, &mut |done| {
            self.tell("single commands", done);
        })
    }

    fn tell(&self, what: &str, done: Progress) {
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

/// How much of it is spent on single commands: timing them takes longer.
fn events_of(effort: Effort) -> Effort {
    let instances = (effort.instances * 3).div_ceil(5).max(LEAST_INSTANCES);
    Effort { instances, rounds: effort.rounds.saturating_sub(1).max(2), ..effort }
}

//! Both passes and the verdict, with more engines where the noise asks for them.

use crate::arm::Engines;
use crate::events::{EventPass, measure_events};
use crate::judge::{Judgement, Thresholds, judge};
use crate::preflight::{ChunkTooShort, check_chunk};
use crate::samples::{Effort, EventSamples, Preflight, ServiceSamples, Stretch};
use crate::service::{Progress, measure_service};

/// The fewest fresh engines that single commands are timed on.
const LEAST_INSTANCES: usize = 5;

/// What is measured, and how.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// How the engines are made.
    pub engines: Engines<'a>,
    /// What they carry out.
    pub stretch: Stretch<'a>,
    /// How often.
    pub effort: Effort,
    /// What is too much.
    pub thresholds: Thresholds,
}

/// What was measured, and what the judge makes of it.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Of the service pass, with the engines that were added.
    pub effort: Effort,
    /// Of the pass over single commands, in the same way.
    pub single_commands: Effort,
    /// The service pass.
    pub service: ServiceSamples,
    /// The pass over single commands.
    pub events: EventSamples,
    /// The verdict.
    pub judgement: Judgement,
    /// Whether twice the engines were needed to see through the noise.
    pub is_extended: bool,
}

/// Which pass a [`Progress`] is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Chunks of commands.
    Chunks,
    /// Single commands.
    Commands,
}

impl Run<'_> {
    /// Measures and judges; once more with twice the engines where the noise leaves it open.
    ///
    /// # Errors
    /// When a chunk is too short for the clock.
    pub fn measure(
        &self,
        preflight: &Preflight,
        told: &mut dyn FnMut(Part, Progress),
    ) -> Result<Measured, ChunkTooShort> {
        let mut passes = Passes { run: self, preflight, told };
        let (mut service, mut events) = passes.pilot()?;
        let mut effort = self.effort;
        passes.add((&mut service, &mut events), [1, 1], effort.instances);
        let mut samples = events.samples();
        let step = preflight.clock_step_nanos;
        let mut judgement = judge(&service, &samples, step, &self.thresholds);
        let is_extended = judgement.asks_for_more();
        if is_extended {
            let there = [effort.instances, of_single_commands(effort).instances];
            effort.instances *= 2;
            passes.add((&mut service, &mut events), there, effort.instances);
            samples = events.samples();
            judgement = judge(&service, &samples, step, &self.thresholds);
        }
        let single_commands = of_single_commands(effort);
        Ok(Measured { effort, single_commands, service, events: samples, judgement, is_extended })
    }
}

struct Passes<'a, 'r> {
    run: &'a Run<'r>,
    preflight: &'a Preflight,
    told: &'a mut dyn FnMut(Part, Progress),
}

impl Passes<'_, '_> {
    /// One engine of each, to see whether the chunks are long enough for this clock.
    fn pilot(&mut self) -> Result<(ServiceSamples, EventPass), ChunkTooShort> {
        let service = self.service(0, 1);
        check_chunk(service.chunk_nanos(self.run.effort.chunk), self.preflight)?;
        Ok((service, self.events(0, 1)))
    }

    /// Adds engines to so many of each pass, until the service pass has had so many.
    fn add(
        &mut self,
        (service, events): (&mut ServiceSamples, &mut EventPass),
        [of_service, of_events]: [usize; 2],
        instances: usize,
    ) {
        service.extend(self.service(of_service, instances));
        let all = of_single_commands(Effort { instances, ..self.run.effort });
        events.extend(self.events(of_events, all.instances));
    }

    fn service(&mut self, first: usize, end: usize) -> ServiceSamples {
        let effort = Effort { instances: end.saturating_sub(first), ..self.run.effort };
        let told = &mut *self.told;
        let (engines, stretch) = (&self.run.engines, self.run.stretch);
        measure_service(engines, stretch, effort, first, &mut |done| told(Part::Chunks, done))
    }

    fn events(&mut self, first: usize, end: usize) -> EventPass {
        let instances = end.saturating_sub(first);
        let effort = Effort { instances, ..of_single_commands(self.run.effort) };
        let told = &mut *self.told;
        let (engines, stretch) = (&self.run.engines, self.run.stretch);
        measure_events(engines, stretch, effort, self.preflight, first, &mut |done| {
            told(Part::Commands, done);
        })
    }
}

/// How much of it is spent on single commands: timing them takes longer.
fn of_single_commands(effort: Effort) -> Effort {
    let instances = (effort.instances * 3).div_ceil(5).max(LEAST_INSTANCES);
    Effort { instances, rounds: effort.rounds.saturating_sub(1).max(2), ..effort }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::LatencyOutcome;
    use crate::testing::{EFFORT, Waits, commands};

    /// Runs engines of which no two are equally fast.
    fn measured(thresholds: Thresholds, preflight: &Preflight) -> Result<Measured, ChunkTooShort> {
        let (commands, waits) = (commands(14), Waits::default());
        let engines = Engines {
            reference: &|| waits.boxed_differently(),
            candidate: &|| waits.boxed_differently(),
        };
        let stretch = Stretch { commands: &commands, warm_up: 2 };
        let effort = Effort { instances: 7, ..EFFORT };
        Run { engines, stretch, effort, thresholds }.measure(preflight, &mut |_, _| {})
    }

    fn instances(of: &Measured) -> [usize; 4] {
        let [service, events] = [of.service.instances.len(), of.events.instances.len()];
        [of.effort.instances, service, of.single_commands.instances, events]
    }

    #[test]
    fn noise_asks_for_twice_the_engines_and_only_once() {
        let found =
            measured(Thresholds::at(0.02), &Preflight::default()).expect("any chunk will do");
        assert!(found.is_extended && found.judgement.asks_for_more(), "{:?}", found.judgement);
        assert_eq!(instances(&found), [14, 14, 9, 9]);
        assert_eq!(found.judgement.verdict, LatencyOutcome::Inconclusive);
        let lax = measured(Thresholds::at(1e6), &Preflight::default()).expect("any chunk will do");
        assert!(!lax.is_extended, "{:?}", lax.judgement);
        assert_eq!(instances(&lax), [7, 7, 5, 5]);
    }

    #[test]
    fn chunks_that_are_too_short_are_refused_before_all_is_measured() {
        let preflight = Preflight { clock_step_nanos: 1_000_000_000, ..Preflight::default() };
        let refused = measured(Thresholds::default(), &preflight).expect_err("a step is a second");
        assert!(refused.chunk_nanos > 0, "{refused}");
    }
}

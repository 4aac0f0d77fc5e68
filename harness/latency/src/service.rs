//! Service time: three engines take turns on the same chunks of commands.

use crate::arm::{Arm, Engines, PerArm};
use crate::placed::buffers;
use crate::round::Round;
use crate::samples::{Effort, ServiceInstance, ServiceSamples, Stretch};
use crate::schedule::{Pass, Random};

/// How far a pass is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// So many instances are done.
    pub done: usize,
    /// Of so many.
    pub of: usize,
}

/// Measures service times of `effort.instances` fresh engines of each arm, numbered from
/// `first_instance`: a run that goes on where another ended draws other places.
///
/// In each round the three engines are made anew, at other places, and go through the stretch
/// in turns of some thousand commands, in an order that is drawn for each turn. The first round only warms up the
/// machine; of the others the shortest time of each chunk counts, since everything that disturbs
/// makes it longer: other programs, a place in memory where lines compete for the caches, and the
/// beginning of a turn, where the processor has forgotten the engine's code. That of reference and
/// twin is the same and would be remembered better; so turns begin elsewhere in each round, and
/// each chunk is timed in mid-turn as well.
///
/// At least two rounds are made, and a chunk is at least one command.
pub fn measure_service(
    engines: &Engines<'_>,
    stretch: Stretch<'_>,
    effort: Effort,
    first_instance: usize,
    progress: &mut dyn FnMut(Progress),
) -> ServiceSamples {
    let mut samples = ServiceSamples {
        commands: stretch.measured().len() as u64,
        instances: Vec::with_capacity(effort.instances),
    };
    for instance in 0..effort.instances {
        let mut random = Random::new(effort.seed, Pass::Service, first_instance + instance);
        samples.instances.push(instance_of(engines, stretch, effort, &mut random));
        progress(Progress { done: instance + 1, of: effort.instances });
    }
    samples
}

fn instance_of(
    engines: &Engines<'_>,
    stretch: Stretch<'_>,
    effort: Effort,
    random: &mut Random,
) -> ServiceInstance {
    let whole = Round { engines, stretch, chunk: effort.chunk };
    let mut events = buffers();
    let mut shortest: PerArm<Vec<u64>> = PerArm::default();
    for round in 0..effort.rounds.max(2) {
        whole.carry_out(random, &mut events, |arm, (place, chunk), placed, events| {
            let nanos = placed.time(chunk, events);
            match shortest[arm].get_mut(place) {
                _ if round == 0 => {}
                Some(shortest) => *shortest = nanos.min(*shortest),
                None => shortest[arm].push(nanos),
            }
        });
    }
    ServiceInstance { nanos: PerArm::from_fn(|arm| shortest[arm].iter().sum()) }
}

impl ServiceSamples {
    /// Adds what a further run over the same stretch measured.
    ///
    /// # Panics
    /// When the two measured different numbers of commands: they are no samples of one thing.
    pub fn extend(&mut self, more: Self) {
        assert_eq!(self.commands, more.commands, "both are of the same stretch");
        self.instances.extend(more.instances);
    }

    /// How long the shortest arm's chunks of so many commands are on average, in nanoseconds; zero
    /// where nothing was measured.
    #[must_use]
    pub fn chunk_nanos(&self, chunk: usize) -> u64 {
        let sums =
            self.instances.iter().flat_map(|instance| Arm::ALL.map(|arm| instance.nanos[arm]));
        let least = u128::from(sums.min().unwrap_or_default());
        let nanos = (least * chunk as u128).checked_div(u128::from(self.commands));
        u64::try_from(nanos.unwrap_or_default()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use shadowbook_model::Seq;

    use super::*;
    use crate::testing::{EFFORT, Log, WAIT_NANOS, Waits, Writes, commands};

    fn run(effort: Effort, first_instance: usize) -> (ServiceSamples, Log) {
        let log = Log::default();
        let commands = commands(14);
        let engines = Engines {
            reference: &|| Writes::boxed("reference", &log),
            candidate: &|| Writes::boxed("candidate", &log),
        };
        let stretch = Stretch { commands: &commands, warm_up: 5 };
        let mut seen = Vec::new();
        let samples = measure_service(&engines, stretch, effort, first_instance, &mut |progress| {
            seen.push(progress.done);
        });
        assert_eq!(seen, (1..=effort.instances).collect::<Vec<_>>());
        (samples, log)
    }

    #[test]
    fn each_round_fresh_engines_carry_out_everything_in_order() {
        let (samples, log) = run(EFFORT, 0);
        assert_eq!((samples.commands, samples.instances.len()), (9, 3));
        assert!(samples.instances.iter().all(|of| Arm::ALL.iter().all(|arm| of.nanos[*arm] > 0)));
        let log = log.lock().unwrap();
        let seqs = |name| -> Vec<Option<Seq>> {
            log.iter().filter(|(of, _)| *of == name).map(|(_, seq)| *seq).collect()
        };
        let once: Vec<Option<Seq>> =
            [None].into_iter().chain((1..=14).map(|seq| Some(Seq(seq)))).collect();
        assert_eq!(seqs("candidate"), once.repeat(6));
        // Reference and twin take turns at what one of them does.
        let (mut both, mut twice) = (seqs("reference"), once.repeat(12));
        both.sort_unstable();
        twice.sort_unstable();
        assert_eq!(both, twice);
    }

    #[test]
    fn the_first_round_is_thrown_away() {
        let (commands, waits) = (commands(14), Waits::after_the_first_of_two_rounds());
        let engines = Engines { reference: &|| waits.boxed(), candidate: &|| waits.boxed() };
        let stretch = Stretch { commands: &commands, warm_up: 5 };
        let samples = measure_service(&engines, stretch, EFFORT, 0, &mut |_| {});
        let least = samples.instances.iter().flat_map(|of| Arm::ALL.map(|arm| of.nanos[arm])).min();
        assert!(least >= Some(9 * WAIT_NANOS), "{least:?}");
    }

    #[test]
    fn a_run_that_goes_on_draws_what_a_longer_one_had_drawn() {
        let (_, whole) = run(EFFORT, 0);
        let (_, rest) = run(Effort { instances: 2, ..EFFORT }, 1);
        let (whole, rest) = (whole.lock().unwrap(), rest.lock().unwrap());
        assert_eq!(whole[whole.len() - rest.len()..], rest[..]);
        assert_ne!(whole[..rest.len()], rest[..]);
    }

    #[test]
    fn a_run_is_extended_by_its_instances() {
        let sample = |nanos| ServiceInstance { nanos: PerArm::from_fn(|arm| nanos + arm as u64) };
        let mut samples = ServiceSamples { commands: 10, instances: vec![sample(300)] };
        samples.extend(ServiceSamples { commands: 10, instances: vec![sample(200)] });
        assert_eq!(samples.instances, [sample(300), sample(200)]);
        assert_eq!(samples.chunk_nanos(5), 100);
        let none = ServiceSamples { commands: 0, instances: Vec::new() };
        assert_eq!(none.chunk_nanos(5), 0);
    }
}

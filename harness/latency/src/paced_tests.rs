//! A paced replay, on a clock that a test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use shadowbook_model::{
    Action, Capabilities, Engine, InstrumentId, OrderId, Seq, StateVisitor, TimeNs,
};

use super::*;
use crate::response::response_nanos;

/// Time that passes only when somebody makes it pass.
#[derive(Clone, Default)]
struct Time(Arc<AtomicU64>);

impl Time {
    fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn pass(&self, nanos: u64) {
        self.0.fetch_add(nanos, Ordering::Relaxed);
    }
}

/// Shows that time, and jumps ahead to where it is to wait for.
impl Clock for Time {
    fn now_nanos(&mut self) -> u64 {
        self.now()
    }

    fn wait_until(&mut self, nanos: u64) -> u64 {
        self.0.fetch_max(nanos, Ordering::Relaxed);
        self.now()
    }
}

/// Takes as many nanoseconds for a command as the id of its order says.
struct Taking {
    time: Time,
    heard: Arc<AtomicU64>,
}

impl Engine for Taking {
    fn capabilities(&self) -> Capabilities {
        unreachable!("nobody asks")
    }

    fn apply(&mut self, command: &Command, events: &mut EventBuffer) {
        assert!(events.is_empty(), "the events of the command ahead");
        let Action::Cancel(OrderId(nanos)) = command.action else { panic!("{command:?}") };
        events.push(shadowbook_model::Event::Accepted { order: OrderId(nanos) });
        self.time.pass(nanos);
        self.heard.fetch_add(1, Ordering::Relaxed);
    }

    fn visit(&self, _: InstrumentId, _: &mut dyn StateVisitor) {}
}

fn commands(load: &[(u64, u64)]) -> Vec<Command> {
    let command = |(seq, &(time, takes)): (usize, &(u64, u64))| Command {
        seq: Seq(seq as u64 + 1),
        time: TimeNs(time),
        instrument: InstrumentId(0),
        action: Action::Cancel(OrderId(takes)),
    };
    load.iter().enumerate().map(command).collect()
}

fn replay(load: &[(u64, u64)], warm_up: usize, scale: Scale) -> Result<PacedReplay, ArrivalsError> {
    let (time, heard) = (Time::default(), Arc::new(AtomicU64::new(0)));
    time.pass(123_456);
    let make = || -> Box<dyn Engine + Send> {
        Box::new(Taking { time: time.clone(), heard: Arc::clone(&heard) })
    };
    let commands = commands(load);
    let stretch = Stretch { commands: &commands, warm_up };
    let replay = paced_replay(&make, stretch, scale, &mut time.clone())?;
    assert_eq!(heard.load(Ordering::Relaxed), load.len() as u64, "each command once");
    Ok(replay)
}

const LOAD: [(u64, u64); 7] =
    [(0, 9_000), (0, 800), (1000, 40), (1100, 250), (1200, 10), (1200, 10), (9000, 30)];

#[test]
fn what_is_measured_is_what_the_recursion_computes() {
    let service = [40, 250, 10, 10, 30];
    assert!(LOAD[2..].iter().map(|&(_, takes)| takes).eq(service.map(u64::from)));
    for scale in [Scale::ONE, Scale::times(7).unwrap(), Scale::from_thousandths(500).unwrap()] {
        let measured = replay(&LOAD, 2, scale).unwrap();
        let arrivals = Arrivals::of(&commands(&LOAD[2..])).unwrap();
        // Planned times are whole nanoseconds here: at ×7 the load of the planned times.
        let planned = Arrivals::new(arrivals.planned_nanos(scale).map(TimeNs)).unwrap();
        let computed = Histogram::of(response_nanos(&planned, &service, Scale::ONE));
        assert_eq!(measured.responses, computed, "{scale}");
    }
}

#[test]
fn commands_that_wait_for_the_engine_are_counted() {
    // 1200 comes twice while 1100 is served until 1350.
    assert_eq!(replay(&LOAD, 2, Scale::ONE).unwrap().waited, 2);
    assert_eq!(replay(&LOAD, 2, Scale::SLOWEST).unwrap().waited, 1);
}

#[test]
fn nothing_to_send_and_times_that_fall_are_told() {
    assert_eq!(replay(&LOAD, 7, Scale::ONE).unwrap_err(), ArrivalsError::NoCommands);
    let fallen = replay(&[(5, 1), (4, 1)], 0, Scale::ONE).unwrap_err();
    assert!(matches!(fallen, ArrivalsError::TimeFalls { index: 1, .. }), "{fallen}");
}

#[test]
fn waiting_ends_with_the_first_look_at_or_past_the_time() {
    /// Seven nanoseconds pass from look to look.
    struct Stepping(u64);
    impl Clock for Stepping {
        fn now_nanos(&mut self) -> u64 {
            self.0 += 7;
            self.0
        }
    }
    let mut clock = Stepping(0);
    assert_eq!(clock.wait_until(20), 21);
    assert_eq!(clock.wait_until(28), 28);
    assert_eq!(clock.wait_until(3), 35);
}

#[test]
fn the_clock_of_the_system_does_not_go_back() {
    let mut clock = SystemClock::start();
    let first = clock.now_nanos();
    assert!(clock.wait_until(first + 1_000) >= first + 1_000);
}

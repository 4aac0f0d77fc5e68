//! What is carried out under callgrind: every command within a function that bears the name of its
//! kind, so that the profile tells what the engine did from what was done around it.

use std::hint::black_box;

use shadowbook_capture::Flow;
use shadowbook_model::{Command, CommandKind, Engine, EventBuffer};
use shadowbook_session::commands_for;

/// The function within which instructions are counted, as callgrind is told.
pub(crate) const STRETCH: &str = "*measured_stretch*";

/// Sets a fresh engine to where a flow begins and carries its commands out, of which so many at the
/// beginning are not measured.
pub(crate) fn carry_out(engine: &mut dyn Engine, flow: &Flow, warm_up: usize) {
    let mut events = EventBuffer::new();
    begin(engine, flow, &mut events);
    let (before, measured) = flow.commands.split_at(warm_up.min(flow.commands.len()));
    for command in before {
        events.clear();
        engine.apply(command, &mut events);
    }
    measured_stretch(engine, measured, &mut events);
}

/// Sets an engine to the snapshots, by commands where it cannot be set.
fn begin(engine: &mut dyn Engine, flow: &Flow, events: &mut EventBuffer) {
    let is_native = flow.snapshots.iter().all(|snapshot| {
        let instrument = flow.instruments.get(snapshot.instrument.index());
        let sound = instrument.and_then(|instrument| snapshot.check(instrument).ok());
        sound.is_some_and(|sound| engine.restore(sound).is_ok())
    });
    if !is_native {
        for command in commands_for(&flow.instruments, &flow.snapshots).commands {
            events.clear();
            engine.apply(&command, events);
        }
    }
}

#[inline(never)]
fn measured_stretch(engine: &mut dyn Engine, commands: &[Command], events: &mut EventBuffer) {
    for command in commands {
        events.clear();
        match command.kind() {
            CommandKind::New => counted_new(engine, command, events),
            CommandKind::Replace => counted_replace(engine, command, events),
            CommandKind::Cancel => counted_cancel(engine, command, events),
            CommandKind::MassCancel => counted_mass_cancel(engine, command, events),
            CommandKind::Phase => counted_phase(engine, command, events),
            CommandKind::Time => counted_time(engine, command, events),
        }
    }
}

/// The name of the function within which commands of a kind are carried out; none is a part of
/// another.
pub(crate) const fn marker(kind: CommandKind) -> &'static str {
    match kind {
        CommandKind::New => "counted_new",
        CommandKind::Replace => "counted_replace",
        CommandKind::Cancel => "counted_cancel",
        CommandKind::MassCancel => "counted_mass_cancel",
        CommandKind::Phase => "counted_phase",
        CommandKind::Time => "counted_time",
    }
}

macro_rules! counted {
    ($($name:ident: $kind:ident),*) => {$(
        #[inline(never)]
        fn $name(engine: &mut dyn Engine, command: &Command, events: &mut EventBuffer) {
            engine.apply(command, events);
            // Functions that are alike would be made one, and a call at the end would be a jump.
            black_box(CommandKind::$kind);
        }
    )*};
}

counted! {
    counted_new: New,
    counted_replace: Replace,
    counted_cancel: Cancel,
    counted_mass_cancel: MassCancel,
    counted_phase: Phase,
    counted_time: Time
}

#[cfg(test)]
mod tests {
    use shadowbook_model::{
        Action, Capabilities, Increment, Instrument, InstrumentId, NewOrder, OrderId, Price,
        Quantity, Replace, Seq, Side, StateVisitor, TimeNs,
    };

    use super::*;
    use crate::engines::EngineName;

    fn command(seq: u64, action: impl Into<Action>) -> Command {
        Command::new(Seq(seq), TimeNs(seq), InstrumentId(0), action)
    }

    fn bid(seq: u64) -> Command {
        command(seq, NewOrder::limit(OrderId(seq), Side::Buy, Price(5), Quantity(9)))
    }

    fn flow(commands: Vec<Command>) -> Flow {
        let instruments = vec![Instrument::new("X", Increment::ONE, Increment::ONE)];
        Flow { instruments, snapshots: Vec::new(), commands }
    }

    /// Remembers what it was sent, and cannot be set to a state.
    #[derive(Default)]
    struct Listener(Vec<Seq>);

    impl Engine for Listener {
        fn capabilities(&self) -> Capabilities {
            EngineName::Echo.capabilities()
        }

        fn apply(&mut self, command: &Command, events: &mut EventBuffer) {
            assert!(events.as_slice().is_empty(), "nobody reads what was answered before");
            self.0.push(command.seq);
        }

        fn visit(&self, _: InstrumentId, _: &mut dyn StateVisitor) {}
    }

    #[test]
    fn every_command_of_every_kind_is_carried_out_once() {
        let replace = Replace { price: Some(Price(6)), ..Replace::of(OrderId(2)) };
        let commands =
            vec![bid(1), bid(2), command(3, replace), command(4, Action::Cancel(OrderId(1)))];
        let flow = flow(commands);
        for warm_up in [0, 1, 4, 9] {
            let mut listener = Listener::default();
            carry_out(&mut listener, &flow, warm_up);
            assert_eq!(listener.0, [1, 2, 3, 4].map(Seq), "{warm_up}");
        }
    }

    #[test]
    fn an_engine_begins_with_the_snapshots_by_commands_if_it_must() {
        let mut before = EngineName::Reference.create(&flow(Vec::new()).instruments);
        carry_out(before.as_mut(), &flow(vec![bid(1), bid(2)]), 0);
        let snapshots = vec![before.snapshot(InstrumentId(0))];
        let flow = Flow { snapshots: snapshots.clone(), ..flow(vec![command(3, Action::Time)]) };
        let mut engine = EngineName::Ladder.create(&flow.instruments);
        carry_out(engine.as_mut(), &flow, 0);
        assert_eq!(engine.snapshot(InstrumentId(0)).orders, snapshots[0].orders);
        let mut listener = Listener::default();
        carry_out(&mut listener, &flow, 0);
        assert_eq!(listener.0.last(), Some(&Seq(3)));
        assert!(listener.0.iter().filter(|seq| **seq == Seq(0)).count() >= 2, "{:?}", listener.0);
    }
}

//! What is carried out under callgrind: every command within a function that bears the name of its
//! kind, so that the profile tells what the engine did from what was done around it.

use std::hint::black_box;

use shadowbook_capture::Flow;
use shadowbook_model::{Command, CommandKind, Engine, EventBuffer};
use shadowbook_session::commands_for;

use crate::engines::EngineName;

/// The function within which instructions are counted, as callgrind is told.
pub(crate) const STRETCH: &str = "*measured_stretch*";

/// Sets a fresh engine to where a flow begins and carries its commands out, of which so many at the
/// beginning are not measured.
pub(crate) fn carry_out(name: EngineName, flow: &Flow, warm_up: usize) {
    let mut engine = name.create(&flow.instruments);
    let mut events = EventBuffer::new();
    begin(engine.as_mut(), flow, &mut events);
    let (before, measured) = flow.commands.split_at(warm_up.min(flow.commands.len()));
    for command in before {
        events.clear();
        engine.apply(command, &mut events);
    }
    measured_stretch(engine.as_mut(), measured, &mut events);
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

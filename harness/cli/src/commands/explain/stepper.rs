//! Where somebody stands who steps through a stretch, and what each key does. Knows no terminal.

use shadowbook_model::{InstrumentId, Seq};
use shadowbook_replay::{Answer, Stretch};
use shadowbook_report::scene::{Room, SceneInfo, Screen, When};

/// What can be done, as long as nothing else is to be said.
const KEYS: &str =
    "n next   p back   d next difference   g go to seq   b before/after   ? help   q quit";

/// The same for a narrow terminal.
const FEW_KEYS: &str = "n p d g b ? q";
/// From this width on there is room for all of it.
const KEYS_WIDTH: usize = 86;

/// For a terminal of 80 by 24.
const HELP: [&str; 22] = [
    "n  →  space    the next command",
    "p  ←           the command before",
    "d              the next command at which events differ, or books begin to",
    "D              the one before this, among the commands at hand",
    "g              go to a seq: type it, then enter",
    "b              the book before or after the command, where there is room for one",
    "q              leave",
    "",
    ">   the command that is shown",
    "≠   events differ at this command, or the books differ in another way than",
    "    before it",
    "-   what only the reference has",
    "+   what only the candidate has",
    "[ ] orders that the command changes: in the book before as they were, after",
    "    as they are",
    "",
    "A level is a side, a price, and its orders in queue order, each with what is",
    "open of it. Asks stand above the last trade, bids below. Hidden orders stand",
    "behind the displayed ones. Of a long queue those that differ are shown first.",
    "",
    "Trade numbers are each engine's own and not compared here.",
    "any key goes back",
];

/// A key, as far as it means something here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Press {
    Char(char),
    Left,
    Right,
    Enter,
    Escape,
    Backspace,
    /// The user wants to leave whatever happens.
    Interrupt,
    Other,
}

/// What is to be done before the next key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Nothing,
    Quit,
    /// The stretch around this seq.
    Load(Seq, Then),
    /// The next difference after so many commands of the stream, for a stretch on this instrument.
    Search {
        after: u64,
        instrument: InstrumentId,
    },
}

/// Where to stand when a stretch is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Stay,
    Forward,
    Back,
}

/// What the keys mean at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mode {
    Look,
    Help,
    /// A seq is typed.
    GoTo(String),
}

/// Where somebody stands.
#[derive(Clone, Debug)]
pub(super) struct Stepper {
    stretch: Stretch,
    at: usize,
    when: When,
    mode: Mode,
    /// What came of the last key, if that has to be said.
    told: Option<String>,
}

impl Stepper {
    pub(super) fn new(stretch: Stretch) -> Self {
        Self { at: stretch.at, stretch, when: When::default(), mode: Mode::Look, told: None }
    }

    /// Takes a stretch that was asked for.
    pub(super) fn arrive(&mut self, stretch: Stretch, then: Then) {
        self.at = stretch.at;
        self.stretch = stretch;
        match then {
            Then::Stay => {}
            Then::Forward => self.at = (self.at + 1).min(self.stretch.scenes.len() - 1),
            Then::Back => self.at = self.at.saturating_sub(1),
        }
    }

    /// Says something until the next key.
    pub(super) fn tell(&mut self, what: &str) {
        self.told = Some(what.to_owned());
    }

    /// Does what a key means.
    pub(super) fn press(&mut self, key: Press) -> Asked {
        self.told = None;
        if key == Press::Interrupt {
            return Asked::Quit;
        }
        match &mut self.mode {
            Mode::Help => {
                self.mode = Mode::Look;
                Asked::Nothing
            }
            Mode::GoTo(_) => self.type_seq(key),
            Mode::Look => self.look(key),
        }
    }

    fn look(&mut self, key: Press) -> Asked {
        match key {
            Press::Char('n' | ' ') | Press::Right => return self.forward(),
            Press::Char('p') | Press::Left => return self.back(),
            Press::Char('d') => return self.next_difference(),
            Press::Char('D') => self.last_difference(),
            Press::Char('g') => self.mode = Mode::GoTo(String::new()),
            Press::Char('b') => {
                self.when = match self.when {
                    When::Before => When::After,
                    When::After => When::Before,
                };
            }
            Press::Char('?' | 'h') => self.mode = Mode::Help,
            Press::Char('q') => return Asked::Quit,
            _ => {}
        }
        Asked::Nothing
    }

    fn forward(&mut self) -> Asked {
        if self.at + 1 < self.stretch.scenes.len() {
            self.at += 1;
        } else if self.stretch.has_after {
            return Asked::Load(self.seq(), Then::Forward);
        } else {
            self.tell("this is the last command");
        }
        Asked::Nothing
    }

    fn back(&mut self) -> Asked {
        if self.at > 0 {
            self.at -= 1;
        } else if self.stretch.has_before {
            return Asked::Load(self.seq(), Then::Back);
        } else {
            self.tell("this is the first command");
        }
        Asked::Nothing
    }

    fn next_difference(&mut self) -> Asked {
        if self.stretch.scenes[self.at].candidate == Answer::Absent {
            self.tell("there is one engine only; name another with --candidate");
            return Asked::Nothing;
        }
        let mut later = self.stretch.scenes.iter().enumerate().skip(self.at + 1);
        if let Some((index, _)) = later.find(|(_, scene)| scene.is_different()) {
            self.at = index;
            return Asked::Nothing;
        }
        // It may have ended over a command that is not shown, one of another instrument.
        if let Some((seq, _)) = self.stretch.candidate_end {
            if seq > self.seq() {
                return Asked::Load(seq, Then::Stay);
            }
            self.tell(&format!("the candidate ended at seq {seq}: nothing is left to compare"));
            return Asked::Nothing;
        }
        let last = self.stretch.scenes.last().expect("a stretch is never empty");
        if self.stretch.has_after {
            let instrument = self.stretch.scenes[self.stretch.at].command.instrument;
            return Asked::Search { after: last.position, instrument };
        }
        self.tell("nothing differs from here to the end");
        Asked::Nothing
    }

    fn last_difference(&mut self) {
        let mut earlier = self.stretch.scenes.iter().enumerate().take(self.at).rev();
        match earlier.find(|(_, scene)| scene.is_different()) {
            Some((index, _)) => self.at = index,
            None if self.stretch.has_before => {
                let first = self.stretch.scenes[0].command.seq;
                self.tell(&format!("nothing differs back to seq {first}; p from there looks on"));
            }
            None => self.tell("nothing differs back to the beginning"),
        }
    }

    fn type_seq(&mut self, key: Press) -> Asked {
        let Mode::GoTo(typed) = &mut self.mode else { return Asked::Nothing };
        match key {
            Press::Char(digit) if digit.is_ascii_digit() => typed.push(digit),
            Press::Backspace => {
                typed.pop();
            }
            Press::Enter => {
                let wanted = typed.parse().map(Seq);
                self.mode = Mode::Look;
                let Ok(seq) = wanted else { return Asked::Nothing };
                let here = self.stretch.scenes.iter().position(|it| it.command.seq == seq);
                match here {
                    Some(index) => self.at = index,
                    None => return Asked::Load(seq, Then::Stay),
                }
            }
            Press::Escape | Press::Char('q') => self.mode = Mode::Look,
            _ => {}
        }
        Asked::Nothing
    }

    fn seq(&self) -> Seq {
        self.stretch.scenes[self.at].command.seq
    }

    /// What is on the screen.
    pub(super) fn lines(&self, info: &SceneInfo, room: Room) -> Vec<String> {
        let status = match (&self.mode, &self.told) {
            (Mode::Help, _) => return help(room),
            (Mode::GoTo(typed), _) => format!("go to seq: {typed}_"),
            (Mode::Look, Some(told)) => told.clone(),
            (Mode::Look, None) if room.width < KEYS_WIDTH => FEW_KEYS.to_owned(),
            (Mode::Look, None) => KEYS.to_owned(),
        };
        let Self { stretch, at, when, .. } = self;
        Screen { info, stretch, at: *at, when: *when, status: &status }.lines(room)
    }
}

fn help(room: Room) -> Vec<String> {
    let line = |line: &str| line.chars().take(room.width).collect();
    HELP.into_iter().take(room.height).map(line).collect()
}

#[cfg(test)]
#[path = "stepper_tests.rs"]
mod tests;

//! The names of engines, and the engines behind them.

use std::fmt;
use std::process::Command as Program;
use std::str::FromStr;

use clap::Args;
use shadowbook_faulty::{Defect, Kind, NotPlanted, Planted, UnknownDefect};
use shadowbook_fuzz::EpisodeError;
use shadowbook_ladder::LadderEngine;
use shadowbook_model::{
    Capabilities, Command, Engine, EventBuffer, Features, Instrument, InstrumentId, StateVisitor,
};
use shadowbook_reference::ReferenceEngine;
use shadowbook_session::{InProcess, Limits, Session, SessionError, Subprocess};

#[cfg(test)]
use crate::canary::Canary;
use crate::exit::Failure;

/// An engine that a command line or a configuration names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EngineName {
    /// The readable engine.
    Reference,
    /// The fast engine.
    Ladder,
    /// The readable engine with one or several defects, perhaps from a given time on.
    Faulty(Planted),
    /// No engine, but what the way to one costs: it answers every command with nothing.
    Echo,
    /// An engine that is wrong, so that a verdict can be seen to fail.
    #[cfg(test)]
    Canary(Canary),
}

/// The two engines of a command that holds one against the other.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Both {
    #[arg(long, value_name = "ENGINE", help = help("The engine in production"))]
    pub(crate) reference: EngineName,
    #[arg(long, value_name = "ENGINE", help = help("The engine that is to replace it"))]
    pub(crate) candidate: EngineName,
}

impl Both {
    /// The reference and the candidate.
    pub(crate) const fn names(self) -> [EngineName; 2] {
        [self.reference, self.candidate]
    }
}

/// What stands before the name of a defect.
const FAULTY: &str = "faulty:";
/// What is asked for where a list of all defects is meant rather than an engine.
pub(crate) const FAULTY_LIST: &str = "faulty:list";

impl EngineName {
    /// Every engine that is meant to be right.
    const ALL: [Self; 2] = [Self::Reference, Self::Ladder];

    /// A fresh engine for these instruments, in this process.
    pub(crate) fn create(self, instruments: &[Instrument]) -> Box<dyn Engine + Send> {
        match self {
            Self::Reference => Box::new(ReferenceEngine::new(instruments)),
            Self::Ladder => Box::new(LadderEngine::new(instruments)),
            Self::Faulty(planted) => planted.create(instruments),
            Self::Echo => Box::new(Echo),
            #[cfg(test)]
            Self::Canary(canary) => canary.create(instruments),
        }
    }

    /// The same where an engine that does not come back would take this process with it.
    pub(crate) fn create_here(
        self,
        instruments: &[Instrument],
    ) -> Result<Box<dyn Engine + Send>, Failure> {
        if self.needs_a_process() {
            return Err(Failure::usage(format!(
                "{self} runs in a process of its own; diff, replay, fuzz and selftest give it one"
            )));
        }
        Ok(self.create(instruments))
    }

    /// A session with a fresh engine: in this process, or in a child where it may not come back.
    pub(crate) fn session(
        self,
        instruments: &[Instrument],
    ) -> Result<Box<dyn Session>, SessionError> {
        self.session_within(instruments, Limits::default())
    }

    /// The same, with limits on what a child may take.
    pub(crate) fn session_within(
        self,
        instruments: &[Instrument],
        limits: Limits,
    ) -> Result<Box<dyn Session>, SessionError> {
        if !self.needs_a_process() {
            return Ok(Box::new(InProcess::new(self.create(instruments), instruments.len())));
        }
        Ok(Box::new(self.child(instruments, limits)?))
    }

    /// A session with a fresh engine in a child, whether or not it could be in this process.
    pub(crate) fn child(
        self,
        instruments: &[Instrument],
        limits: Limits,
    ) -> Result<Subprocess, SessionError> {
        let start = || {
            let mut program = Program::new(std::env::current_exe()?);
            program.args(["host", "--engine", &self.to_string()]);
            // Its last words are part of the verdict; addresses and local paths must not be.
            program.env("RUST_BACKTRACE", "0");
            Subprocess::start(&mut program, instruments, self.capabilities(), limits)
        };
        start().map_err(|error: std::io::Error| SessionError::NotStarted(error.to_string()))
    }

    /// Makes sessions for whoever needs many.
    pub(crate) fn maker(self) -> impl Fn(&[Instrument]) -> Result<Box<dyn Session>, EpisodeError> {
        move |instruments| self.session(instruments).map_err(EpisodeError::Start)
    }

    pub(crate) fn needs_a_process(self) -> bool {
        matches!(self, Self::Faulty(planted) if planted.defects.has_kind(Kind::Process))
    }

    /// What the engine implements.
    pub(crate) fn capabilities(self) -> Capabilities {
        self.create(&[]).capabilities()
    }

    /// The name of an engine that takes none from its defects.
    const fn name(self) -> Option<&'static str> {
        match self {
            Self::Reference => Some("reference"),
            Self::Ladder => Some("ladder"),
            Self::Faulty(_) => None,
            Self::Echo => Some("echo"),
            #[cfg(test)]
            Self::Canary(canary) => Some(canary.name()),
        }
    }
}

/// Takes every command and says nothing.
struct Echo;

impl Engine for Echo {
    fn capabilities(&self) -> Capabilities {
        Capabilities { features: Features::ALL }
    }

    fn apply(&mut self, _: &Command, _: &mut EventBuffer) {}

    fn visit(&self, _: InstrumentId, _: &mut dyn StateVisitor) {}
}

/// What the help says of an option that names an engine.
pub(crate) fn help(what: &str) -> String {
    format!("{what}: {}", names())
}

/// All names in a sentence.
fn names() -> String {
    format!(
        "{}, or {FAULTY}DEFECT[+DEFECT...][@TIME_NS] ({FAULTY_LIST} lists them)",
        EngineName::ALL.map(|engine| engine.to_string()).join(", ")
    )
}

/// Every defect with a line about it, and how several of them are asked for.
pub(crate) fn faulty_list() -> String {
    let line = |defect: &Defect| format!("{FAULTY}{:32} {}\n", defect.name(), defect.summary());
    let lines: String = Defect::ALL.iter().map(line).collect();
    lines + COMBINED
}

/// What can be made of the defects.
const COMBINED: &str = "
faulty:ONE+OTHER           has both, or as many as are named
faulty:DEFECT@5000         is right until the first command of an instrument at 5,000 ns or later
faulty:ONE+OTHER@5000      the same with both
";

impl fmt::Display for EngineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Faulty(planted) => write!(f, "{FAULTY}{planted}"),
            engine => f.write_str(engine.name().unwrap_or_default()),
        }
    }
}

impl FromStr for EngineName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        #[cfg(test)]
        if let Some(canary) = Canary::ALL.into_iter().find(|canary| canary.name() == text) {
            return Ok(Self::Canary(canary));
        }
        let mut known = Self::ALL.into_iter().chain([Self::Echo]);
        if let Some(engine) = known.find(|engine| engine.name() == Some(text)) {
            return Ok(engine);
        }
        Err(match text.split_once(':') {
            Some(("faulty", planted)) => {
                return planted.parse().map(Self::Faulty).map_err(|error| match error {
                    NotPlanted::Defect(UnknownDefect { found }) => {
                        format!("no such defect: `{found}`; {FAULTY_LIST} lists them")
                    }
                    NotPlanted::Time(_) => format!("{error}; use {FAULTY}DEFECT@TIME_NS"),
                });
            }
            Some((scheme @ ("exec" | "lib" | "tcp" | "unix"), _)) => {
                format!("`{scheme}:` engines are not in this version; use {}", names())
            }
            _ => format!("no such engine; use {}", names()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_engine_answers_to_its_name() {
        let faulty = Defect::ALL.iter().map(|defect| EngineName::Faulty((*defect).into()));
        for engine in EngineName::ALL.into_iter().chain(faulty).chain([EngineName::Echo]) {
            assert_eq!(engine.to_string().parse(), Ok(engine));
        }
        assert!(EngineName::ALL.iter().all(|engine| help("It").contains(&engine.to_string())));
    }

    #[test]
    fn several_defects_are_one_engine_and_a_wrong_name_among_them_is_told() {
        let engine: EngineName =
            "faulty:ioc-rests+crash+ioc-rests".parse().expect("they are there");
        assert_eq!(engine.to_string(), "faulty:ioc-rests+crash");
        assert!(engine.create_here(&[]).is_err(), "one of them does not come back");
        let late: EngineName = "faulty:ioc-rests+taker-price@5".parse().expect("they are there");
        assert_eq!(late.to_string(), "faulty:taker-price+ioc-rests@5");
        for (text, name) in [
            ("faulty:nothing", "`nothing`"),
            ("faulty:ioc-rests+nothing+crash", "`nothing`"),
            ("faulty:ioc-rests+", "``"),
            ("faulty:", "``"),
        ] {
            let told = text.parse::<EngineName>().expect_err(text);
            assert!(told.starts_with(&format!("no such defect: {name}; ")), "{text}: {told}");
        }
        let told = "faulty:ioc-rests@noon".parse::<EngineName>().expect_err("no time");
        assert!(told.contains("`noon`") && told.contains("@TIME_NS"), "{told}");
    }

    #[test]
    fn every_defect_has_a_line_in_the_list() {
        let list = faulty_list();
        assert_eq!(list.lines().take_while(|line| !line.is_empty()).count(), Defect::ALL.len());
        for defect in Defect::ALL {
            assert!(list.contains(defect.summary()), "{}", defect.name());
        }
    }

    #[test]
    fn what_does_not_come_back_is_kept_out_of_this_process() {
        let mut kept_out = 0;
        for defect in Defect::ALL.iter().copied() {
            let is_refused = EngineName::Faulty(defect.into()).create_here(&[]).is_err();
            assert_eq!(is_refused, defect.kind() == Kind::Process, "{}", defect.name());
            kept_out += u32::from(is_refused);
        }
        assert!(kept_out >= 3);
    }
}

//! The names of engines, and the engines behind them.

use std::fmt;
use std::str::FromStr;

use shadowbook_ladder::LadderEngine;
use shadowbook_model::{Capabilities, Engine, Instrument};
use shadowbook_reference::ReferenceEngine;

#[cfg(test)]
use crate::canary::Canary;

/// An engine that a command line or a configuration names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EngineName {
    /// The readable engine.
    Reference,
    /// The fast engine.
    Ladder,
    /// An engine that is wrong, so that a verdict can be seen to fail.
    #[cfg(test)]
    Canary(Canary),
}

impl EngineName {
    /// Every engine that can be named.
    const ALL: [Self; 2] = [Self::Reference, Self::Ladder];

    /// A fresh engine for these instruments.
    pub(crate) fn create(self, instruments: &[Instrument]) -> Box<dyn Engine + Send> {
        match self {
            Self::Reference => Box::new(ReferenceEngine::new(instruments)),
            Self::Ladder => Box::new(LadderEngine::new(instruments)),
            #[cfg(test)]
            Self::Canary(canary) => canary.create(instruments),
        }
    }

    /// What the engine implements.
    pub(crate) fn capabilities(self) -> Capabilities {
        self.create(&[]).capabilities()
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Ladder => "ladder",
            #[cfg(test)]
            Self::Canary(canary) => canary.name(),
        }
    }
}

/// What the help says of an option that names an engine.
pub(crate) fn help(what: &str) -> String {
    format!("{what}: {}", names())
}

/// All names in a sentence.
fn names() -> String {
    EngineName::ALL.map(EngineName::name).join(" or ")
}

impl fmt::Display for EngineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for EngineName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        #[cfg(test)]
        if let Some(canary) = Canary::ALL.into_iter().find(|canary| canary.name() == text) {
            return Ok(Self::Canary(canary));
        }
        if let Some(engine) = Self::ALL.into_iter().find(|engine| engine.name() == text) {
            return Ok(engine);
        }
        Err(match text.split_once(':') {
            Some((scheme @ ("faulty" | "exec" | "lib" | "tcp" | "unix"), _)) => {
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
        for engine in EngineName::ALL {
            assert_eq!(engine.to_string().parse(), Ok(engine));
            assert!(help("It").contains(engine.name()), "{engine}");
        }
    }
}

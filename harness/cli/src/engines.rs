//! The names of engines, and the engines behind them.

use std::fmt;
use std::str::FromStr;

use shadowbook_ladder::LadderEngine;
use shadowbook_model::{Capabilities, Engine, Instrument};
use shadowbook_reference::ReferenceEngine;

/// An engine that a command line or a configuration names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EngineName {
    /// The readable engine.
    Reference,
    /// The fast engine.
    Ladder,
}

impl EngineName {
    /// A fresh engine for these instruments.
    pub(crate) fn create(self, instruments: &[Instrument]) -> Box<dyn Engine + Send> {
        match self {
            Self::Reference => Box::new(ReferenceEngine::new(instruments)),
            Self::Ladder => Box::new(LadderEngine::new(instruments)),
        }
    }

    /// What the engine implements.
    pub(crate) fn capabilities(self) -> Capabilities {
        self.create(&[]).capabilities()
    }
}

impl fmt::Display for EngineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reference => "reference",
            Self::Ladder => "ladder",
        })
    }
}

impl FromStr for EngineName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "reference" => Ok(Self::Reference),
            "ladder" => Ok(Self::Ladder),
            _ => Err(match text.split_once(':') {
                Some((scheme @ ("faulty" | "exec" | "lib" | "tcp" | "unix"), _)) => {
                    format!("`{scheme}:` engines are not in this version; use reference or ladder")
                }
                _ => "no such engine; use reference or ladder".to_owned(),
            }),
        }
    }
}

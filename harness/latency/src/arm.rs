//! The three engines of a latency run.

use std::ops::{Index, IndexMut};

use serde::{Deserialize, Serialize};
use shadowbook_model::Engine;

/// One of the engines that are measured side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arm {
    /// The engine in production.
    Reference,
    /// The engine that is to replace it.
    Candidate,
    /// The reference once more: what differs between the two is the noise of this run.
    Twin,
}

impl Arm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Reference, Self::Candidate, Self::Twin];
}

/// A value for each of the three.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerArm<T> {
    /// Of the reference.
    pub reference: T,
    /// Of the candidate.
    pub candidate: T,
    /// Of the twin.
    pub twin: T,
}

impl<T> PerArm<T> {
    /// A value made for each.
    pub fn from_fn(mut make: impl FnMut(Arm) -> T) -> Self {
        Self {
            reference: make(Arm::Reference),
            candidate: make(Arm::Candidate),
            twin: make(Arm::Twin),
        }
    }
}

impl<T> Index<Arm> for PerArm<T> {
    type Output = T;

    fn index(&self, arm: Arm) -> &T {
        match arm {
            Arm::Reference => &self.reference,
            Arm::Candidate => &self.candidate,
            Arm::Twin => &self.twin,
        }
    }
}

impl<T> IndexMut<Arm> for PerArm<T> {
    fn index_mut(&mut self, arm: Arm) -> &mut T {
        match arm {
            Arm::Reference => &mut self.reference,
            Arm::Candidate => &mut self.candidate,
            Arm::Twin => &mut self.twin,
        }
    }
}

/// Makes a fresh engine that stands where the measured commands begin.
pub type MakeEngine<'a> = dyn Fn() -> Box<dyn Engine + Send> + 'a;

/// How the engines are made.
#[derive(Clone, Copy)]
pub struct Engines<'a> {
    /// The engine in production; the twin is made in the same way.
    pub reference: &'a MakeEngine<'a>,
    /// The engine that is to replace it.
    pub candidate: &'a MakeEngine<'a>,
}

impl Engines<'_> {
    /// A fresh engine.
    #[must_use]
    pub fn make(&self, arm: Arm) -> Box<dyn Engine + Send> {
        match arm {
            Arm::Reference | Arm::Twin => (self.reference)(),
            Arm::Candidate => (self.candidate)(),
        }
    }
}

//! What is done about an instrument after a root on it, by name.

use clap::ValueEnum;
use shadowbook_replay::Resync;

/// A [`Resync`] as it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ResyncName {
    /// Compare it no more: whatever differs on it later is derived
    Stop,
    /// Set the candidate's book from the reference's and compare on
    #[default]
    Restore,
    /// Compare on as it is: what touches an order or account of a divergence is derived
    Continue,
}

impl From<ResyncName> for Resync {
    fn from(name: ResyncName) -> Self {
        match name {
            ResyncName::Stop => Self::Stop,
            ResyncName::Restore => Self::Restore,
            ResyncName::Continue => Self::Continue,
        }
    }
}

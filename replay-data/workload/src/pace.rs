//! When commands come, and to which instrument.

use shadowbook_model::TimeNs;

use crate::choice::Ranges;
use crate::profile::{Bursts, Pace, Profile, ProfileError, checked};
use crate::random::Random;

/// Where and when the next command happens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beat {
    pub(crate) time: TimeNs,
    pub(crate) instrument: u32,
    /// In a burst: of a thousand commands, so many are aggressors.
    pub(crate) burst: Option<u64>,
}

/// The clock of a stream.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    time_ns: u64,
    has_begun: bool,
    gaps_ns: Ranges,
    instruments: u32,
    skew: u32,
    bursts: Option<Storms>,
}

#[derive(Clone, Debug)]
struct Storms {
    starts_ppm: u64,
    commands: Ranges,
    gaps_ns: Ranges,
    aggress_permille: u64,
    /// How many commands are left of the one that rages, and where.
    left: u64,
    instrument: u32,
}

impl Clock {
    pub(crate) fn new(profile: &Profile) -> Result<Self, ProfileError> {
        let Pace { start_ns, gaps_ns, bursts } = &profile.pace;
        let storms = |bursts: &Bursts| {
            Ok::<_, ProfileError>(Storms {
                starts_ppm: bursts.starts_ppm,
                commands: checked("pace.bursts.commands", &bursts.commands)?,
                gaps_ns: checked("pace.bursts.gaps_ns", &bursts.gaps_ns)?,
                aggress_permille: bursts.aggress_permille,
                left: 0,
                instrument: 0,
            })
        };
        Ok(Self {
            time_ns: *start_ns,
            has_begun: false,
            gaps_ns: checked("pace.gaps_ns", gaps_ns)?,
            instruments: profile.instruments,
            skew: profile.skew,
            bursts: bursts.as_ref().map(storms).transpose()?,
        })
    }

    #[inline]
    pub(crate) fn beat(&mut self, random: &mut Random) -> Beat {
        let instrument = self.pick_instrument(random);
        let mut beat = Beat { time: TimeNs(0), instrument, burst: None };
        let mut gaps_ns = &self.gaps_ns;
        if let Some(storms) = &mut self.bursts {
            if storms.left == 0 && random.in_a_million(storms.starts_ppm) {
                storms.left = storms.commands.pick_unsigned(random);
                storms.instrument = instrument;
            }
            if storms.left > 0 {
                storms.left -= 1;
                beat.instrument = storms.instrument;
                beat.burst = Some(storms.aggress_permille);
                gaps_ns = &storms.gaps_ns;
            }
        }
        if self.has_begun {
            let gap = gaps_ns.pick_unsigned(random);
            // The clock stands at its end rather than that it runs backwards.
            self.time_ns = self.time_ns.saturating_add(gap);
        }
        self.has_begun = true;
        beat.time = TimeNs(self.time_ns);
        beat
    }

    #[inline]
    fn pick_instrument(&self, random: &mut Random) -> u32 {
        if self.instruments == 1 {
            return 0;
        }
        let drawn = (0..self.skew).map(|_| random.below(u64::from(self.instruments))).min();
        u32::try_from(drawn.unwrap_or(0)).expect("it is below a u32")
    }
}

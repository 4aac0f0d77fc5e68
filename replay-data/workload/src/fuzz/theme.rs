//! What the stream of an instrument is about for a while, so that rare things meet.

use crate::random::Random;

/// How often things are drawn. Lists are in the order of the model's enums; shares are in a
/// thousand.
#[derive(Debug)]
pub(super) struct Mix {
    /// New, replace, cancel, mass-cancel, time.
    pub(super) commands: [u16; 5],
    pub(super) order_types: [u16; 8],
    pub(super) times_in_force: [u16; 5],
    /// Owners are one of so many, from 0 on.
    pub(super) accounts: u64,
    pub(super) self_trade: u64,
    pub(super) post_only: u64,
    pub(super) display: u64,
    pub(super) min_quantity: u64,
    pub(super) malformed: u64,
    /// Orders whose price is that of an opposite one or beyond.
    pub(super) crossing: u64,
    /// Orders that are larger than the usual few lots.
    pub(super) large: u64,
    /// Commands in continuous trading that change the phase.
    pub(super) leave_continuous: u64,
    /// Where such a change goes.
    pub(super) phases: [u16; 7],
}

const ORDINARY: Mix = Mix {
    commands: [660, 190, 60, 2, 45],
    order_types: [60, 10, 6, 6, 5, 5, 5, 5],
    times_in_force: [54, 12, 14, 11, 9],
    accounts: 4,
    self_trade: 300,
    post_only: 80,
    display: 150,
    min_quantity: 60,
    malformed: 30,
    crossing: 160,
    large: 120,
    leave_continuous: 8,
    phases: [8, 8, 8, 35, 8, 15, 18],
};

const THEMES: [Mix; 12] = [
    ORDINARY,
    // Books that grow deep, and sweeps of many levels.
    Mix {
        commands: [800, 130, 30, 1, 20],
        order_types: [78, 6, 3, 3, 2, 2, 3, 3],
        times_in_force: [72, 10, 6, 7, 5],
        crossing: 60,
        malformed: 5,
        leave_continuous: 2,
        ..ORDINARY
    },
    // Trigger cascades.
    Mix {
        order_types: [32, 8, 12, 12, 8, 8, 10, 10],
        times_in_force: [50, 10, 10, 15, 15],
        min_quantity: 40,
        malformed: 10,
        crossing: 300,
        leave_continuous: 4,
        phases: [2, 4, 4, 20, 8, 12, 50],
        ..ORDINARY
    },
    // Trailing stops that follow and are changed.
    Mix {
        commands: [550, 300, 80, 4, 30],
        order_types: [40, 8, 3, 3, 3, 3, 20, 20],
        malformed: 10,
        crossing: 350,
        leave_continuous: 6,
        ..ORDINARY
    },
    // Queues of icebergs and hidden orders.
    Mix {
        order_types: [82, 12, 1, 1, 1, 1, 1, 1],
        display: 650,
        malformed: 10,
        large: 350,
        leave_continuous: 3,
        ..ORDINARY
    },
    // Levels that many share, and large orders that take part of them.
    Mix {
        commands: [800, 90, 60, 3, 20],
        order_types: [84, 14, 1, 0, 0, 1, 0, 0],
        times_in_force: [65, 5, 5, 20, 5],
        self_trade: 150,
        display: 350,
        malformed: 5,
        large: 400,
        leave_continuous: 2,
        ..ORDINARY
    },
    // Auctions.
    Mix {
        order_types: [58, 18, 4, 4, 4, 4, 4, 4],
        times_in_force: [60, 12, 14, 10, 4],
        min_quantity: 25,
        malformed: 15,
        crossing: 400,
        leave_continuous: 60,
        phases: [2, 3, 2, 85, 2, 3, 3],
        ..ORDINARY
    },
    // Own orders everywhere.
    Mix {
        order_types: [76, 12, 2, 2, 2, 2, 2, 2],
        accounts: 2,
        self_trade: 900,
        min_quantity: 100,
        display: 250,
        malformed: 5,
        crossing: 350,
        leave_continuous: 4,
        ..ORDINARY
    },
    // Orders that expire.
    Mix {
        commands: [600, 120, 40, 4, 160],
        times_in_force: [10, 5, 75, 5, 5],
        malformed: 10,
        leave_continuous: 20,
        ..ORDINARY
    },
    // Replacements of everything.
    Mix { commands: [350, 550, 40, 4, 30], display: 300, malformed: 40, ..ORDINARY },
    // All or nothing, or at least so much.
    Mix {
        times_in_force: [35, 3, 3, 25, 34],
        min_quantity: 450,
        display: 300,
        self_trade: 450,
        post_only: 20,
        crossing: 400,
        large: 350,
        leave_continuous: 3,
        ..ORDINARY
    },
    // Everything that must be refused, in every phase.
    Mix {
        malformed: 350,
        post_only: 250,
        leave_continuous: 60,
        phases: [15, 15, 15, 15, 10, 15, 15],
        ..ORDINARY
    },
];

/// A theme, and for how many more commands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Theme {
    pub(super) mix: &'static Mix,
    left: u64,
}

impl Theme {
    pub(super) fn any(random: &mut Random) -> Self {
        let mix = &THEMES[random.index(THEMES.len())];
        Self { mix, left: 60 + random.below(500) }
    }

    /// Goes on; `true` when another theme has begun.
    pub(super) fn advance(&mut self, random: &mut Random) -> bool {
        let is_over = self.left == 0;
        if is_over {
            *self = Self::any(random);
        } else {
            self.left -= 1;
        }
        is_over
    }
}

/// The position of a weight, as often as it says.
#[inline]
pub(super) fn weighted<const N: usize>(weights: &[u16; N], random: &mut Random) -> usize {
    let total: u32 = weights.iter().map(|weight| u32::from(*weight)).sum();
    let mut drawn = random.below(u64::from(total));
    for (position, weight) in weights.iter().enumerate() {
        match drawn.checked_sub(u64::from(*weight)) {
            Some(rest) => drawn = rest,
            None => return position,
        }
    }
    unreachable!("what is drawn is below the sum of the weights")
}

/// A value of a list, as often as the weight at its position says.
#[inline]
pub(super) fn choose<T: Copy, const N: usize>(
    from: &[T],
    weights: &[u16; N],
    random: &mut Random,
) -> T {
    from[weighted(weights, random)]
}

/// A value of a list, each as often.
#[inline]
pub(super) fn any<T: Copy>(from: &[T], random: &mut Random) -> T {
    from[random.index(from.len())]
}

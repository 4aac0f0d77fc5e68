//! The names of the defects, and what is wrong in one line each.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

/// How a defect shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// In events or in the book.
    Functional,
    /// In the time it takes only: every event and every book is right.
    Latency,
    /// In how the engine lives: it dies, does not answer, or answers nonsense.
    Process,
    /// In what it offers: it does right what it takes.
    Offer,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Functional => "functional",
            Self::Latency => "latency",
            Self::Process => "process",
            Self::Offer => "offer",
        })
    }
}

/// A name that no defect has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownDefect {
    /// What was read.
    pub found: String,
}

impl fmt::Display for UnknownDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown defect `{}`, expected one of: ", self.found)?;
        for (place, defect) in Defect::ALL.iter().enumerate() {
            write!(f, "{}{}", if place == 0 { "" } else { ", " }, defect.name())?;
        }
        Ok(())
    }
}

impl Error for UnknownDefect {}

/// Declares the defects: variant, name, kind, and what is wrong.
macro_rules! defects {
    ($( $variant:ident = $name:literal, $kind:ident, $summary:literal; )+) => {
        /// One thing that is wrong with an engine.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Defect {
            $(
                #[doc = concat!("`", $name, "`: ", $summary, ".")]
                $variant,
            )+
        }

        impl Defect {
            /// Every defect.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// The name by which it is asked for.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $name, )+ }
            }

            /// What is wrong, in one line.
            #[must_use]
            pub const fn summary(self) -> &'static str {
                match self { $( Self::$variant => $summary, )+ }
            }

            /// How it shows.
            #[must_use]
            pub const fn kind(self) -> Kind {
                match self { $( Self::$variant => Kind::$kind, )+ }
            }
        }
    };
}

defects! {
    // Queues and prices.
    PartialFillToTail = "partial-fill-to-tail", Functional,
        "a partial fill sends the maker to the back of its queue";
    SwapRemoveCancel = "swap-remove-cancel", Functional,
        "a cancel in mid-queue lets the last order jump into the gap";
    SizeUpKeepsPriority = "size-up-keeps-priority", Functional,
        "a replacement to a larger quantity keeps its place";
    SizeDownLosesPriority = "size-down-loses-priority", Functional,
        "a replacement to a smaller quantity loses its place";
    PriceChangeKeepsPlace = "price-change-keeps-place", Functional,
        "a replacement to another price stays at the old one";
    OldestNotBest = "oldest-not-best", Functional,
        "the earliest crossing order trades first, not the best price";
    TakerPrice = "taker-price", Functional, "a fill is at the aggressor's limit";
    SweepPastLimit = "sweep-past-limit", Functional,
        "after its first fill an aggressor trades on past its limit";
    LimitIsExclusive = "limit-is-exclusive", Functional,
        "an order does not trade at its very limit";
    BoundIsExclusive = "bound-is-exclusive", Functional,
        "an order at an instrument's very price bound is rejected";
    CancelErasesLevel = "cancel-erases-level", Functional,
        "a cancel takes the other orders of the level with it, silently";
    PhantomLevel = "phantom-level", Functional,
        "an emptied level stays the best price, and post-only orders are rejected against it";
    FilledStaysIndexed = "filled-stays-indexed", Functional,
        "a filled order can be cancelled once more";
    DuplicateAccepted = "duplicate-accepted", Functional,
        "a live order id is accepted again and the older order is lost";
    Overflow = "overflow", Functional, "sums of quantities wrap, at six bits";
    ClientIdChangesFill = "client-id-changes-fill", Functional,
        "an order of an odd account trades with one maker only";

    // Replacements.
    AmendCrossesSilently = "amend-crosses-silently", Functional,
        "a replacement that crosses rests, and the book stays crossed";
    ReplaceFromOriginal = "replace-from-original", Functional,
        "a replacement forgets what was already executed";
    NewIdIgnored = "new-id-ignored", Functional,
        "a replaced order goes on under its old id";
    ReplaceIgnoresPhase = "replace-ignores-phase", Functional,
        "phases without new orders take replacements";
    ReplaceGrowsSlice = "replace-grows-slice", Functional,
        "a replacement that keeps its place shows a full slice again";

    // Lifetimes.
    FokPartial = "fok-partial", Functional, "a fill-or-kill trades in part and is then killed";
    FokSingleMaker = "fok-single-maker", Functional,
        "a fill-or-kill that takes several makers is killed";
    FokIgnoresReserve = "fok-ignores-reserve", Functional,
        "hidden and reserve quantity is not counted for a fill-or-kill";
    IocRests = "ioc-rests", Functional, "the remainder of an immediate-or-cancel rests";
    PostOnlyTakes = "post-only-takes", Functional, "a post-only order trades on arrival";
    MinimumIgnored = "minimum-ignored", Functional, "a minimum quantity is never looked at";
    ExpiredMatchable = "expired-matchable", Functional, "an expired order stays and trades";
    ExpiryOffByOne = "expiry-off-by-one", Functional,
        "an order lives on at the very time of its expiry";
    DaySurvivesClose = "day-survives-close", Functional, "day orders outlive the close";
    CloseEndsAll = "close-ends-all", Functional, "the close cancels orders of other days, too";

    // What shows.
    IcebergInflates = "iceberg-inflates", Functional,
        "the refresh of an iceberg creates quantity";
    IcebergKeepsPriority = "iceberg-keeps-priority", Functional,
        "a refreshed slice keeps the front of the queue";
    IcebergShowsAll = "iceberg-shows-all", Functional, "a new slice is the whole open quantity";
    HiddenBeforeDisplayed = "hidden-before-displayed", Functional,
        "hidden orders trade before displayed ones at the same price";
    LeftoverLost = "pro-rata-leftover-lost", Functional,
        "what rounding down leaves over on a pro-rata level trades with nobody";
    LeftoverToNewest = "pro-rata-leftover-to-newest", Functional,
        "what rounding down leaves over on a pro-rata level goes to the newest order";
    ShareRoundsUp = "pro-rata-rounds-up", Functional, "parts of a pro-rata level are rounded up";

    // Self-trade prevention.
    SelfTradeRemainderRests = "self-trade-remainder-rests", Functional,
        "a remainder that self-trade prevention cancelled rests anyway";
    SelfTradeAnonymous = "self-trade-anonymous", Functional,
        "anonymous orders are taken for one owner's";
    SelfTradeWrongSide = "self-trade-wrong-side", Functional,
        "cancel-oldest cancels the newest, and the other way round";
    OwnOrdersCount = "own-orders-count", Functional,
        "own orders count as liquidity for fill-or-kill and minimum";
    DecrementByOne = "decrement-by-one", Functional,
        "a decrement takes one lot at a time instead of the smaller quantity";
    DecrementRefillsSlice = "decrement-refills-slice", Functional,
        "a decremented iceberg shows a full slice again";

    // Triggers.
    UntriggeredUncancellable = "untriggered-uncancellable", Functional,
        "an order that waits for its trigger cannot be cancelled";
    MassCancelIgnoresUntriggered = "mass-cancel-ignores-untriggered", Functional,
        "a mass-cancel leaves the orders that wait for a trigger";
    StopInverted = "stop-inverted", Functional, "stops compare the wrong way round";
    TakeProfitInverted = "take-profit-inverted", Functional,
        "take-profits compare the wrong way round";
    StopIsExclusive = "stop-is-exclusive", Functional,
        "a last trade at the very trigger does not trigger";
    StopCascadeSinglePass = "stop-cascade-single-pass", Functional,
        "what a triggered order triggers waits for the next command";
    StopOnQuote = "stop-on-quote", Functional,
        "triggers look at the best quotes instead of the last trade";
    TriggeredStays = "triggered-stays", Functional,
        "a triggered order is still among those that wait";
    TriggersIgnorePhase = "triggers-ignore-phase", Functional,
        "triggers are looked at in every phase";
    TriggeredPostOnlyTakes = "triggered-post-only-takes", Functional,
        "a post-only order trades when it is triggered";
    TrailMovesWrongWay = "trail-moves-wrong-way", Functional,
        "a trailing trigger follows the last trade against its owner";
    TrailFollowsBothWays = "trail-follows-both-ways", Functional,
        "a trailing trigger gives way when the last trade comes nearer";
    TrailIgnoresSmallMoves = "trail-ignores-small-moves", Functional,
        "a trailing trigger does not follow a move of one tick";

    // Auctions.
    AuctionDropsAttributes = "auction-drops-attributes", Functional,
        "orders that collect lose expiry and display";
    IndicativeDiffers = "indicative-differs", Functional,
        "an auction announces another price than it executes";
    UncrossPicksLowest = "uncross-picks-lowest", Functional,
        "of several good auction prices the lowest is taken";
    UncrossIgnoresSurplus = "uncross-ignores-surplus", Functional,
        "an auction price does not look at the side that is left over";
    UncrossIgnoresReference = "uncross-ignores-reference", Functional,
        "an auction price looks neither at last trade nor at reference price";
    MarketRestsAfterUncross = "market-rests-after-uncross", Functional,
        "market orders that an uncross did not fill stay";
    HaltedUncrosses = "halted-uncrosses", Functional, "a halt ends an auction with an uncross";
    AuctionTakesImmediate = "auction-takes-immediate", Functional,
        "an auction takes orders that cannot wait";

    // Restoring.
    RestoreResetsPriority = "restore-resets-priority", Functional,
        "a restored queue is in order of arrival, whatever it was";
    RestoreForgetsLastTrade = "restore-forgets-last-trade", Functional,
        "a restored engine has no last trade";

    // Reports.
    LostReport = "lost-report", Functional, "one fill in sixteen is not reported";
    DoubledReport = "doubled-report", Functional, "one fill in sixteen is reported twice";

    // Time and life.
    SlowUniform = "slow-uniform", Latency, "every command takes a little longer";
    SlowCancel = "slow-cancel", Latency, "a cancel takes longer";
    SlowRare = "slow-rare", Latency,
        "one command in two hundred and fifty takes a hundred nanoseconds longer";
    SlowInsert = "slow-insert", Latency, "a new order costs more the deeper the book is";
    RareStall = "rare-stall", Latency, "one command in three hundred takes much longer";
    Crash = "crash", Process, "dies at its five hundredth command";
    Hang = "hang", Process, "does not come back from its five hundredth command";
    Garbage = "garbage", Process,
        "one command in fifty is also answered with orders that never existed";
    Gibberish = "gibberish", Process,
        "writes a line that is no answer at its five hundredth command, where it has a pipe";

    CrashOnEmptiedBest = "crash-on-emptied-best", Process,
        "dies of a cancel that empties the best level of a side while an iceberg rests on the other";
    HangOnShrunkRemainder = "hang-on-shrunk-remainder", Process,
        "does not come back from a replacement to less of an order that has traded while a trigger waits";

    // What it offers.
    PlainOrdersOnly = "plain-orders-only", Offer,
        "takes limit and market orders only, and says so";
}

impl Defect {
    /// Whether it shows only after the engine was set to a snapshot.
    #[must_use]
    pub const fn shows_after_restore(self) -> bool {
        matches!(self, Self::RestoreResetsPriority | Self::RestoreForgetsLastTrade)
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Defect {
    type Err = UnknownDefect;

    fn from_str(text: &str) -> Result<Self, UnknownDefect> {
        let named = Self::ALL.iter().find(|defect| defect.name() == text);
        named.copied().ok_or_else(|| UnknownDefect { found: text.to_owned() })
    }
}

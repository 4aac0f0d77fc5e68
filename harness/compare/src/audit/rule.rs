//! What the auditor checks, by name.

use std::fmt;

/// Declares the rules: variant, name, the rule ids of the market model, and a sentence.
macro_rules! audit_rules {
    ($( $variant:ident = $name:literal, [$($id:literal),+], $sentence:literal; )+) => {
        /// One thing that the auditor holds a stream of events to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum AuditRule { $( #[doc = $sentence] $variant, )+ }

        impl AuditRule {
            /// Every rule, in the order of declaration.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// The name in reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $name, )+ }
            }

            /// What a right engine does, as a sentence.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $( Self::$variant => $sentence, )+ }
            }

            /// The rules of docs/MARKET_MODEL.md that it stands for.
            #[must_use]
            pub const fn model_rules(self) -> &'static [&'static str] {
                match self { $( Self::$variant => &[$($id),+], )+ }
            }
        }
    };
}

audit_rules! {
    Answer = "answer", ["C1", "C2", "C5", "P2", "P6"],
        "A command gets the one answer that its kind has, of the order or phase that it names.";
    StrayReport = "stray-report", ["U4", "U5"],
        "Nothing is reported that the command cannot have caused, nothing twice, nothing out of order.";
    LiveOrder = "live-order", ["U2", "C1"],
        "Events speak of live orders only.";
    Admission = "admission", ["U2", "U6", "O3", "O5", "O6", "P2", "C1", "C2", "C6", "C7"],
        "A command is taken or rejected as its attributes, the phase and the book decide.";
    RejectReason = "reject-reason", ["U7"],
        "A rejection names the first reason that holds.";
    Replacement = "replacement", ["C2", "C3", "C4", "A1"],
        "A replacement says the id, the price and the open quantity to which it leads.";
    OpenQuantity = "open-quantity", ["M3", "O4", "C1", "C2", "ST"],
        "What is left of an order is what it had less what it lost.";
    TradeNumber = "trade-number", ["U4"],
        "A trade number is used once on its instrument.";
    Counterparty = "counterparty", ["M1"],
        "A fill is between the incoming order and one that rests on the other side.";
    MakerPrice = "maker-price", ["M2"],
        "A fill is at the maker's price.";
    OwnLimit = "own-limit", ["M2"],
        "No order trades beyond its own limit.";
    PricePriority = "price-priority", ["M1"],
        "The best price trades first.";
    TimePriority = "time-priority", ["U8", "O4", "M1", "M3", "C3"],
        "At one price the front of the displayed queue trades first, hidden orders last.";
    FillQuantity = "fill-quantity", ["O4", "M1"],
        "A fill takes the smaller of what the taker wants and the maker shows.";
    ProRata = "pro-rata", ["M7"],
        "On a pro-rata level each displayed order gets its share.";
    StopsShort = "stops-short", ["M1", "M6"],
        "An incoming order goes on for as long as prices cross and quantity remains.";
    CrossedBook = "crossed-book", ["M6", "P3"],
        "The book is neither crossed nor locked after a command where orders trade.";
    Remainder = "remainder", ["O2", "M4", "S1"],
        "What does not trade rests or is cancelled as its type and time in force say.";
    FillOrKill = "fill-or-kill", ["M5", "S3", "A8"],
        "A fill-or-kill order trades wholly or is cancelled with no other effect.";
    MinimumQuantity = "minimum-quantity", ["O5", "S3", "A8"],
        "An order that cannot trade its minimum on arrival is cancelled.";
    PostOnly = "post-only", ["O3", "A2"],
        "A triggered post-only order that would trade is cancelled.";
    SelfTrade = "self-trade", ["ST", "S1", "S2", "A3", "U3"],
        "Orders of one account meet as the incoming order's self-trade mode says.";
    Expiry = "expiry", ["P1"],
        "Orders expire before the next command, by expiry time and then arrival, and not earlier.";
    MassCancel = "mass-cancel", ["C5"],
        "A mass-cancel cancels exactly the account's orders, in order of arrival.";
    EndOfDay = "end-of-day", ["P4"],
        "Closing cancels exactly the day orders, in order of arrival.";
    PhaseTrading = "phase-trading", ["P2", "T2"],
        "Nothing trades or triggers in a phase in which nothing does.";
    Trigger = "trigger", ["T1", "T4", "T5", "A4"],
        "Only a waiting order that is elected at that moment is triggered.";
    TriggerOrder = "trigger-order", ["T3"],
        "Of several elected orders the one that arrived first is triggered.";
    MissedTrigger = "missed-trigger", ["T2", "T3", "A9"],
        "No order is left elected after a command.";
    AuctionPrice = "auction-price", ["P3"],
        "The auction's price is the one that the rules lead to, and every fill is at it.";
    AuctionVolume = "auction-volume", ["P3", "A10"],
        "An auction is held where something can trade, and its fills add up to what is announced.";
    AuctionFill = "auction-fill", ["P3", "S4", "A11"],
        "In an uncross the fronts of both queues trade, the earlier arrival as the maker.";
    AuctionMarketOrder = "auction-market-order", ["P4"],
        "Market orders that an uncross leaves are cancelled.";
}

impl fmt::Display for AuditRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A set of rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleSet(u64);

impl RuleSet {
    /// No rule.
    pub const NONE: Self = Self(0);

    /// Every rule.
    pub const ALL: Self = Self((1 << AuditRule::ALL.len()) - 1);

    /// This set and one more.
    #[must_use]
    pub const fn with(self, rule: AuditRule) -> Self {
        Self(self.0 | (1 << rule as u8))
    }

    /// Whether this rule is in it.
    #[must_use]
    pub const fn contains(self, rule: AuditRule) -> bool {
        self.0 & (1 << rule as u8) != 0
    }
}

impl FromIterator<AuditRule> for RuleSet {
    fn from_iter<I: IntoIterator<Item = AuditRule>>(rules: I) -> Self {
        rules.into_iter().fold(Self::NONE, Self::with)
    }
}

impl std::str::FromStr for AuditRule {
    type Err = UnknownRule;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().copied().find(|rule| rule.name() == text);
        found.ok_or_else(|| UnknownRule(text.to_owned()))
    }
}

/// A word that names no rule of the auditor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown audit rule `{0}`")]
pub struct UnknownRule(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_read_back() {
        for (index, rule) in AuditRule::ALL.iter().enumerate() {
            assert_eq!(*rule as usize, index);
            assert_eq!(rule.name().parse::<AuditRule>(), Ok(*rule));
            assert!(rule.sentence().ends_with('.'));
        }
        assert!(AuditRule::ALL.len() <= 64, "a set is 64 bits");
        assert!("nonsense".parse::<AuditRule>().is_err());
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set: RuleSet = [AuditRule::Expiry, AuditRule::AuctionMarketOrder].into_iter().collect();
        assert!(set.contains(AuditRule::Expiry) && set.contains(AuditRule::AuctionMarketOrder));
        assert!(!set.contains(AuditRule::Answer));
    }
}

//! What a reading claims, held against the answers and the book before.

use shadowbook_faulty::Defect;
use shadowbook_model::{
    Action, Command, Event, Fill, Instrument, OrderId, OrderState, Side, Snapshot, Visibility,
};
use shadowbook_triage::Shown;

/// What the claims of a reading are held against.
pub(crate) struct Witness<'a> {
    pub(crate) defect: Defect,
    pub(crate) reading: &'a str,
    pub(crate) shown: &'a Shown,
    pub(crate) before: &'a Snapshot,
    pub(crate) instrument: &'a Instrument,
}

impl Witness<'_> {
    /// Holds every claim that is known against what was; gives how many there were.
    pub(crate) fn check(&self) -> usize {
        let checks: [fn(&Self) -> usize; 8] = [
            Self::fills,
            Self::precedence,
            Self::age_and_price,
            Self::acts,
            Self::limits,
            Self::times,
            Self::owners,
            Self::slices,
        ];
        checks.iter().map(|check| check(self)).sum()
    }

    /// The words of the reading that stand where the pattern has `{}`, wherever it fits.
    fn captures(&self, pattern: &str) -> Vec<Vec<String>> {
        let trim = |word: &str| word.trim_matches(|c| ",:()".contains(c)).to_owned();
        let words: Vec<String> = self.reading.split_whitespace().map(trim).collect();
        let pattern: Vec<&str> = pattern.split_whitespace().collect();
        let fits = |stretch: &&[String]| {
            pattern
                .iter()
                .zip(*stretch)
                .all(|(expected, word)| *expected == "{}" || expected == word)
        };
        let caught = |stretch: &[String]| {
            let pairs = pattern.iter().zip(stretch);
            pairs.filter(|(expected, _)| **expected == "{}").map(|(_, word)| word.clone()).collect()
        };
        words.windows(pattern.len()).filter(fits).map(caught).collect()
    }

    fn assert(&self, is_true: bool, claim: &str) {
        let divergence = &self.shown.divergence;
        assert!(
            is_true,
            "{}: `{}` says `{claim}`, and that is not so: {divergence:#?}\nbefore: {:#?}",
            self.defect, self.reading, self.before
        );
    }

    fn id(&self, word: &str) -> OrderId {
        OrderId(word.parse().unwrap_or_else(|_| panic!("{}: `{word}` is no id", self.reading)))
    }

    fn ours(&self) -> &[Event] {
        &self.shown.divergence.reference.events
    }

    fn theirs(&self) -> &[Event] {
        &self.shown.divergence.candidate.events
    }

    fn command(&self) -> Option<&Command> {
        self.shown.divergence.command.as_ref()
    }

    /// An order in the book before.
    fn order(&self, word: &str) -> Option<&OrderState> {
        let id = self.id(word);
        self.before.orders.iter().find(|order| order.order == id)
    }

    fn price(&self, price: shadowbook_model::Price) -> String {
        self.instrument.tick.format_signed(price.0)
    }

    fn fills(&self) -> usize {
        let check = |whose: &str, events: &[Event]| {
            let pattern = format!("{whose} fills order {{}} with order {{}} at {{}}");
            let claims = self.captures(&pattern);
            for claim in &claims {
                let (maker, taker) = (self.id(&claim[0]), self.id(&claim[1]));
                let is_it = |fill: &Fill| {
                    (fill.maker, fill.taker) == (maker, taker) && self.price(fill.price) == claim[2]
                };
                self.assert(fills(events).any(is_it), &pattern);
            }
            claims.len()
        };
        check("candidate", self.theirs()) + check("reference", self.ours())
    }

    /// `fills order A before order B`: the candidate fills A, the reference B.
    fn precedence(&self) -> usize {
        let claims = self.captures("fills order {} before order {}");
        for claim in &claims {
            let (first, second) = (self.id(&claim[0]), self.id(&claim[1]));
            let has = |events: &[Event], order| {
                fills(events).any(|fill| fill.maker == order || fill.taker == order)
            };
            self.assert(has(self.theirs(), first) && has(self.ours(), second), "before");
            self.assert(first != second, "before itself");
        }
        claims.len()
    }

    fn age_and_price(&self) -> usize {
        let mut held = 0;
        for claim in self.captures("fills order {} before order {}") {
            let (Some(wrong), Some(right)) = (self.order(&claim[0]), self.order(&claim[1])) else {
                continue;
            };
            if self.reading.contains("same price") {
                self.assert(wrong.price == right.price && wrong.side == right.side, "same price");
                held += 1;
            }
            for older in self.captures("{} is older") {
                self.assert(older[0] == claim[1], "the right one is older");
                self.assert(right.arrival < wrong.arrival, "older");
                held += 1;
            }
            for hidden in self.captures("order {} is hidden") {
                let state = self.order(&hidden[0]);
                let is_hidden = state.is_some_and(|state| state.visibility == Visibility::Hidden);
                self.assert(is_hidden, "hidden");
                held += 1;
            }
            for better in self.captures("order {} has the better price {} against {}") {
                self.assert(better[0] == claim[1], "the right one is better");
                let (Some(ours), Some(theirs)) = (right.price, wrong.price) else {
                    self.assert(false, "better");
                    continue;
                };
                let is_better = match right.side {
                    Side::Buy => ours > theirs,
                    Side::Sell => ours < theirs,
                };
                let are_told = better[1] == self.price(ours) && better[2] == self.price(theirs);
                self.assert(is_better && are_told, "better");
                held += 1;
            }
        }
        held
    }

    /// Cancels, triggers and rejections of each.
    fn acts(&self) -> usize {
        let reason = |event: &Event| match event {
            Event::Canceled { order, reason, .. } => Some((*order, reason.name())),
            _ => None,
        };
        let mut held = 0;
        let mut check = |pattern: &str, events: &[Event], expected: bool| {
            let is_reason = |claim: &Vec<String>| claim[1] != "as";
            for claim in self.captures(pattern).into_iter().filter(is_reason) {
                let claimed = (self.id(&claim[0]), claim[1].as_str());
                let has = events.iter().filter_map(reason).any(|found| found == claimed);
                self.assert(has == expected, pattern);
                held += 1;
            }
        };
        check("candidate cancels order {} {}", self.theirs(), true);
        check("candidate cancels what is left of order {} {}", self.theirs(), true);
        check("reference cancels order {} {}", self.ours(), true);
        check("candidate lets order {} rest the reference cancels it {}", self.ours(), true);
        check("candidate keeps order {} the reference cancels it {}", self.ours(), true);
        held + self.triggers()
    }

    fn triggers(&self) -> usize {
        let has = |events: &[Event], id| {
            events.iter().any(|event| matches!(event, Event::Triggered { order } if *order == id))
        };
        let triggers = self.captures("candidate triggers order {}");
        for claim in &triggers {
            self.assert(has(self.theirs(), self.id(&claim[0])), "triggers");
        }
        let leaves = self.captures("candidate does not trigger order {}");
        for claim in &leaves {
            self.assert(has(self.ours(), self.id(&claim[0])), "does not trigger");
        }
        let mut held = triggers.len() + leaves.len();
        for claim in self.captures("the last trade is {}") {
            let traded = |event: &Event| match event {
                Event::Fill(fill) => Some(fill.price),
                Event::Auction { price, .. } => Some(*price),
                _ => None,
            };
            let last = self.before.state.last_trade;
            let prices = self.ours().iter().filter_map(traded).chain(last);
            self.assert(prices.map(|at| self.price(at)).any(|at| at == claim[0]), "last trade");
            held += 1;
        }
        if self.reading.contains("nothing has traded") {
            let last = self.before.state.last_trade;
            self.assert(last.is_none() && fills(self.ours()).next().is_none(), "nothing traded");
            held += 1;
        }
        held
    }

    /// The limit of an order, in the book before or by the command.
    fn limit(&self, word: &str) -> Option<String> {
        let id = self.id(word);
        let by_command = match self.command().map(|command| &command.action) {
            Some(Action::New(new)) if new.order == id => new.price,
            Some(Action::Replace(replace)) if replace.new_order.unwrap_or(replace.order) == id => {
                let old = self.before.orders.iter().find(|order| order.order == replace.order)?;
                replace.price.or(old.price)
            }
            _ => self.order(word)?.price,
        };
        by_command.map(|price| self.price(price))
    }

    fn limits(&self) -> usize {
        let beyond = self.captures("{} is beyond the limit {} of order {}");
        let within = self.captures("{} is within the limit {} of order {}");
        let at = self.captures("{} is the very limit of order {}");
        for claim in beyond.iter().chain(&within) {
            self.assert(self.limit(&claim[2]).as_ref() == Some(&claim[1]), "limit");
        }
        for claim in &at {
            self.assert(self.limit(&claim[1]).as_ref() == Some(&claim[0]), "very limit");
        }
        beyond.len() + within.len() + at.len()
    }

    fn times(&self) -> usize {
        let claims: Vec<_> =
            ["it expired at {} and it is {} now", "it expires at {} and it is {} now"]
                .iter()
                .flat_map(|pattern| self.captures(pattern))
                .collect();
        for claim in &claims {
            let now = self.command().map(|command| command.time.to_string());
            self.assert(now.as_ref() == Some(&claim[1]), "now");
            let mut times = self.before.orders.iter().filter_map(|order| order.expire_time);
            self.assert(times.any(|time| time.to_string() == claim[0]), "expires");
        }
        claims.len()
    }

    fn owners(&self) -> usize {
        let claims = self.captures("orders {} and {} are both of account {}");
        for claim in &claims {
            for order in &claim[..2] {
                let by_command = self.command().and_then(|command| match &command.action {
                    Action::New(new) if new.order == self.id(order) => Some(new.account),
                    _ => None,
                });
                let account = by_command.or_else(|| Some(self.order(order)?.account));
                // A replacement brings in an order under another id.
                let is_it = account.is_none_or(|account| account.to_string() == claim[2]);
                self.assert(is_it, "account");
            }
        }
        claims.len()
    }

    fn slices(&self) -> usize {
        let claims = self.captures("the next slice of iceberg {}");
        for claim in &claims {
            let visibility = self.order(&claim[0]).map(|order| order.visibility);
            self.assert(matches!(visibility, Some(Visibility::Iceberg { .. })), "iceberg");
        }
        claims.len()
    }
}

fn fills(events: &[Event]) -> impl Iterator<Item = &Fill> {
    events.iter().filter_map(|event| match event {
        Event::Fill(fill) => Some(fill),
        _ => None,
    })
}

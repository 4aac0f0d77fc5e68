//! What is remembered of one instrument: from where a divergence on it can be shown again.

use std::sync::Arc;

use shadowbook_capture::Flow;
use shadowbook_model::{Command, Instrument, OrderId, Phase, Seq, Snapshot};

use super::rebuild::{ALONE, numbered, rebuild};

/// At most this many commands of an instrument are remembered.
const HISTORY: usize = 1 << 15;
/// At most this many equal states of an instrument are remembered.
const BASES: usize = 8;

/// One instrument.
#[derive(Clone, Debug)]
pub(super) struct Track {
    /// Its commands since the oldest base.
    history: Vec<Command>,
    /// States in which both engines were equal, oldest first.
    bases: Vec<Base>,
    /// The next look at the books comes after so many of its commands.
    pub(super) gap: usize,
    /// So many came since the last look.
    pub(super) since: usize,
    /// Its books differ, and stay so.
    pub(super) is_parted: bool,
    /// After so many of its commands the candidate's book is set right.
    pub(super) waits: Option<usize>,
    /// How many orders there were when it was last looked at.
    orders: usize,
    /// More commands came than are remembered: nothing can be shown again.
    is_full: bool,
    /// The phase it is in.
    pub(super) phase: Phase,
}

/// A state in which both engines were equal.
#[derive(Clone, Debug)]
struct Base {
    /// `None`: nothing had happened yet.
    snapshot: Option<Arc<Snapshot>>,
    /// How many commands of the history come before it.
    at: usize,
}

impl Track {
    /// After a root the books are looked at after so many commands, if they are small.
    pub(super) const CLOSE: usize = 16;
    /// Looks come no further apart, in commands: what lies between them is remembered.
    pub(super) const FURTHEST: usize = HISTORY / 2;
    /// A book with no more orders is set right at once.
    const SMALL: usize = 128;
    /// For so many orders more it may wait for a command: what it costs stays in proportion.
    const ORDERS_PER_COMMAND: usize = 4;

    /// An instrument of which nothing is known but the phase that it is in.
    pub(super) fn new(phase: Phase) -> Self {
        Self {
            history: Vec::new(),
            bases: Vec::new(),
            gap: Self::CLOSE,
            since: 0,
            is_parted: false,
            waits: None,
            orders: 0,
            is_full: false,
            phase,
        }
    }

    /// Whether it is not known yet where it begins.
    pub(super) fn is_new(&self) -> bool {
        self.bases.is_empty()
    }

    /// Begins anew in a state in which both engines are equal; `None`: before everything.
    pub(super) fn begin(&mut self, snapshot: Option<Snapshot>) {
        self.phase = snapshot.as_ref().map_or(self.phase, |snapshot| snapshot.state.phase);
        self.history.clear();
        self.bases.clear();
        self.orders = snapshot.as_ref().map_or(0, |snapshot| snapshot.orders.len());
        self.bases.push(Base { snapshot: snapshot.map(Arc::new), at: 0 });
        (self.gap, self.since) = (Self::CLOSE.max(self.patience()), 0);
        (self.is_parted, self.waits, self.is_full) = (false, None, false);
    }

    /// How many commands setting the book right may wait for.
    pub(super) const fn patience(&self) -> usize {
        self.orders.saturating_sub(Self::SMALL) / Self::ORDERS_PER_COMMAND
    }

    /// The books differ from here on, and will be set right.
    pub(super) const fn wait(&mut self) {
        (self.is_parted, self.waits) = (true, Some(self.patience()));
    }

    pub(super) fn push(&mut self, command: &Command) {
        if let Some(left) = &mut self.waits {
            *left = left.saturating_sub(1);
            return;
        }
        self.since += 1;
        if self.history.len() >= 2 * HISTORY {
            self.is_full = true;
            return;
        }
        self.history.push(Command { instrument: ALONE, ..*command });
    }

    /// Both engines were found equal: looks may come further apart, up to `most`. Where they are
    /// so in all that can be seen only, nothing begins there.
    pub(super) fn equal(&mut self, snapshot: Snapshot, is_wholly: bool, most: usize) {
        self.since = 0;
        self.gap = (self.gap * 2).min(most.max(1));
        self.orders = snapshot.orders.len();
        if !is_wholly {
            return;
        }
        if self.is_full {
            self.begin(Some(snapshot));
            return;
        }
        self.bases.push(Base { snapshot: Some(Arc::new(snapshot)), at: self.history.len() });
        self.thin_out();
    }

    /// Keeps near states, and ever fewer of those further back.
    fn thin_out(&mut self) {
        if self.bases.len() > BASES {
            let age = |index: usize| self.history.len() - self.bases[index].at;
            // The newest whose neighbours are of nearly the same age.
            let mut middle = (1..self.bases.len() - 1).rev();
            let spare = middle.find(|index| age(index - 1) < 2 * age(index + 1));
            self.bases.remove(spare.unwrap_or(0));
        }
        let is_long = |track: &Self| track.history.len() > HISTORY && track.bases.len() > 1;
        while is_long(self) {
            self.bases.remove(0);
            let dropped = self.bases[0].at;
            self.history.drain(..dropped);
            self.bases.iter_mut().for_each(|base| base.at -= dropped);
        }
    }

    /// How many commands of the history there are up to and including the one with this seq.
    pub(super) fn until(&self, seq: Seq) -> usize {
        self.history.partition_point(|command| command.seq <= seq)
    }

    /// The flow from the last equal state with these orders only, and what is done to them.
    pub(super) fn focused(
        &self,
        instrument: &Instrument,
        until: usize,
        focus: &[OrderId],
    ) -> Option<Flow> {
        let base = self.base(until)?;
        let mut snapshot = base.snapshot.as_deref()?.clone();
        snapshot.orders.retain(|order| focus.contains(&order.order));
        let mut commands = Vec::new();
        rebuild(instrument, &snapshot, snapshot.state.last_trade.is_some(), &mut commands);
        let (last, before) = self.history[base.at..until].split_last()?;
        let is_about = |command: &&Command| command.order().is_none_or(|id| focus.contains(&id));
        commands.extend(before.iter().filter(is_about));
        commands.push(*last);
        Some(flow(instrument, Vec::new(), commands))
    }

    /// Flows that may show what the last of the first `until` commands showed, the shortest
    /// first: from an empty book, then from states that engines must be set to.
    pub(super) fn flows(
        &self,
        instrument: &Instrument,
        until: usize,
    ) -> impl Iterator<Item = Flow> + use<> {
        let history: Arc<[Command]> = self.history[..until].into();
        let bases: Vec<Base> = self
            .bases
            .iter()
            .rev()
            .filter(|base| base.at < until && !self.is_full)
            .cloned()
            .collect();
        let built = bases.clone();
        let (table, others) = (instrument.clone(), (instrument.clone(), Arc::clone(&history)));
        let from_nothing = built.into_iter().flat_map(move |base| {
            let has_trade = base.snapshot.as_ref().is_some_and(|it| it.state.last_trade.is_some());
            let (table, history) = (table.clone(), Arc::clone(&history));
            let variants = [true, false].into_iter().filter(move |with| !with || has_trade);
            variants.map(move |with_trade| {
                let mut commands = Vec::new();
                if let Some(snapshot) = &base.snapshot {
                    rebuild(&table, snapshot, with_trade, &mut commands);
                }
                commands.extend_from_slice(&history[base.at..]);
                flow(&table, Vec::new(), commands)
            })
        });
        let (table, history) = others;
        let natively = bases.into_iter().filter_map(move |base| {
            Some(natively(&table, base.snapshot.as_deref()?, &history[base.at..]))
        });
        from_nothing.chain(natively)
    }

    /// The last state in which both were equal, of those before the first `until` commands end.
    fn base(&self, until: usize) -> Option<&Base> {
        self.bases.iter().rev().find(|base| base.at < until && !self.is_full)
    }

    /// The flow from the last state in which both were equal: in engines that are set to it, and
    /// for those that cannot be in ones that are brought near it.
    pub(super) fn nears(&self, instrument: &Instrument, until: usize) -> Vec<Near> {
        let Some(base) = self.base(until) else { return Vec::new() };
        let commands = &self.history[base.at..until];
        let seqs: Vec<Seq> = commands.iter().map(|command| command.seq).collect();
        let Some(snapshot) = &base.snapshot else {
            let flow = flow(instrument, Vec::new(), commands.to_vec());
            return vec![Near { flow, built: 0, seqs }];
        };
        let mut all = Vec::new();
        rebuild(instrument, snapshot, snapshot.state.last_trade.is_some(), &mut all);
        let built = all.len();
        all.extend_from_slice(commands);
        let near = Near { flow: natively(instrument, snapshot, commands), built: 0, seqs };
        let brought = Near { flow: flow(instrument, Vec::new(), all), built, ..near.clone() };
        vec![near, brought]
    }
}

/// A flow from a state near by.
#[derive(Clone)]
pub(super) struct Near {
    pub(super) flow: Flow,
    /// How many commands come before those of the stream.
    built: usize,
    /// The place of each other command in the stream.
    seqs: Vec<Seq>,
}

impl Near {
    /// The place in the stream of the command at this position, if it has one.
    pub(super) fn seq(&self, position: usize) -> Option<Seq> {
        self.seqs.get(position.checked_sub(self.built)?).copied()
    }
}

fn natively(instrument: &Instrument, snapshot: &Snapshot, commands: &[Command]) -> Flow {
    let alone = Snapshot { instrument: ALONE, ..snapshot.clone() };
    flow(instrument, vec![alone], commands.to_vec())
}

fn flow(instrument: &Instrument, snapshots: Vec<Snapshot>, commands: Vec<Command>) -> Flow {
    Flow { instruments: vec![instrument.clone()], snapshots, commands: numbered(commands) }
}

//! From a 64-bit key to a [`Slot`]: open addressing, less than six bytes an entry.
//!
//! The table does not hold the keys. They lie in the slab that the slots name, in the cache line
//! that a caller reads next anyway; an entry holds a byte of the key's hash, which tells nearly
//! every other key apart. Callers hand in how the key of a slot is read.
//!
//! Keys that follow one another have homes that follow one another, so that ids which rise walk
//! through memory instead of jumping about in it. Where such walks meet, what finds no room goes to
//! places that have nothing to do with one another, so that full stretches do not grow.

use crate::slab::Slot;

/// Entries in a bucket.
const BUCKET: usize = 6;
/// Keys that differ only in this many low bits have the same home.
const RUN_BITS: u32 = 2;
/// Keys that differ only in this many low bits have homes in a row.
const WALK_BITS: u32 = 16;

/// Half a cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
struct Bucket {
    /// A byte per place, zero where there is no entry. Above them, in 16 bits, how many entries
    /// found no room here and went on: a search that does not find its key here goes on while
    /// there are any.
    tags: u64,
    slots: [Option<Slot>; BUCKET],
}

const _: () = assert!(size_of::<Bucket>() == 32, "two buckets are a cache line");

/// Some places of a bucket: the highest bit of their bytes is set.
#[derive(Clone, Copy)]
struct Places(u64);

impl Places {
    #[inline]
    const fn is_empty(self) -> bool {
        self.0 == 0
    }

    #[inline]
    const fn first(self) -> usize {
        (self.0.trailing_zeros() / u8::BITS) as usize
    }

    #[inline]
    const fn without_first(self) -> Self {
        Self(self.0 & self.0.wrapping_sub(1))
    }
}

impl Bucket {
    const EMPTY: Self = Self { tags: 0, slots: [None; BUCKET] };
    const ONE_PASSED: u64 = 1 << 48;
    const MOST_PASSED: u64 = 0xffff << 48;

    /// The places with this tag, found without a branch, so that nothing waits for the bucket to
    /// arrive. A place above another one may be named wrongly: whether any is named, and which
    /// is the first, is always right.
    #[inline]
    const fn places_of(&self, tag: u8) -> Places {
        const LOW: u64 = 0x0101_0101_0101_0101;
        const HIGH: u64 = 0x0000_8080_8080_8080;
        let differences = self.tags ^ (tag as u64 * LOW);
        Places(differences.wrapping_sub(LOW) & !differences & HIGH)
    }

    #[inline]
    const fn is_passed(&self) -> bool {
        self.tags >= Self::ONE_PASSED
    }

    #[inline]
    fn fill(&mut self, place: usize, tag: u8, slot: Slot) {
        self.tags |= u64::from(tag) << (place * 8);
        self.slots[place] = Some(slot);
    }

    #[inline]
    fn clear(&mut self, place: usize) {
        self.tags &= !(0xff << (place * 8));
        self.slots[place] = None;
    }

    /// An entry goes on from here. A count that reaches its end stays there, which costs time
    /// but is never wrong.
    fn pass(&mut self) {
        if self.tags < Self::MOST_PASSED {
            self.tags += Self::ONE_PASSED;
        }
    }

    /// An entry that went on from here is gone.
    fn unpass(&mut self) {
        if self.tags < Self::MOST_PASSED {
            self.tags -= Self::ONE_PASSED;
        }
    }
}

/// Where the search for a key goes.
#[derive(Clone, Copy)]
struct Probe {
    number: usize,
    tag: u8,
    key: u64,
}

/// A factor whose multiples are spread evenly: 2^64 divided by the golden ratio.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// The upper half of a word.
#[inline]
fn upper(word: u64) -> usize {
    usize::try_from(word >> 32).expect("32 bits")
}

impl Probe {
    /// The home of a key. Fixed, so that every run is the same.
    #[inline]
    fn new(key: u64, mask: usize) -> Self {
        let walk = upper((key >> WALK_BITS).wrapping_mul(FACTOR));
        let step = usize::try_from(key >> RUN_BITS & 0xffff_ffff).expect("32 bits");
        let [.., tag] = key.wrapping_mul(FACTOR).to_le_bytes();
        Self { number: (walk + step) & mask, tag: tag.max(1), key }
    }

    /// The next bucket, in a distance that is the key's own. It is odd, so that every bucket is
    /// reached.
    #[inline]
    fn advance(&mut self, mask: usize) {
        let distance = upper((self.key ^ FACTOR).wrapping_mul(FACTOR)) | 1;
        self.number = (self.number + distance) & mask;
    }
}

/// Where an entry was found.
#[derive(Clone, Copy)]
struct Found {
    slot: Slot,
    bucket: usize,
    place: usize,
}

/// The table.
#[derive(Debug)]
pub(crate) struct IndexTable {
    /// As many as a power of two.
    buckets: Vec<Bucket>,
    used: usize,
}

impl IndexTable {
    pub(crate) fn new() -> Self {
        Self { buckets: vec![Bucket::EMPTY; 2], used: 0 }
    }

    #[inline]
    const fn mask(&self) -> usize {
        self.buckets.len() - 1
    }

    /// The slot of a key; `is_key` says whether a slot is the one of that key.
    #[inline]
    pub(crate) fn find(&self, key: u64, is_key: impl Fn(Slot) -> bool) -> Option<Slot> {
        if self.used == 0 {
            return None;
        }
        self.locate(key, is_key).map(|found| found.slot)
    }

    #[inline]
    fn locate(&self, key: u64, is_key: impl Fn(Slot) -> bool) -> Option<Found> {
        let mut probe = Probe::new(key, self.mask());
        loop {
            let bucket = &self.buckets[probe.number];
            let mut places = bucket.places_of(probe.tag);
            while !places.is_empty() {
                let place = places.first();
                if let Some(slot) = bucket.slots[place].filter(|slot| is_key(*slot)) {
                    return Some(Found { slot, bucket: probe.number, place });
                }
                places = places.without_first();
            }
            if !bucket.is_passed() {
                return None;
            }
            probe.advance(self.mask());
        }
    }

    /// Adds a key that is not there.
    #[inline]
    pub(crate) fn insert(&mut self, key: u64, slot: Slot, key_of: impl Fn(Slot) -> u64) {
        // At most two thirds full: few entries go on, and the table stays in the cache.
        if self.used >= self.buckets.len() * (BUCKET * 2 / 3) {
            self.grow(key_of);
        }
        self.put(key, slot);
        self.used += 1;
    }

    #[inline]
    fn put(&mut self, key: u64, slot: Slot) {
        let mask = self.mask();
        let mut probe = Probe::new(key, mask);
        loop {
            let bucket = &mut self.buckets[probe.number];
            let room = bucket.places_of(0);
            if !room.is_empty() {
                return bucket.fill(room.first(), probe.tag, slot);
            }
            bucket.pass();
            probe.advance(mask);
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, key_of: impl Fn(Slot) -> u64) {
        let empty = vec![Bucket::EMPTY; self.buckets.len() * 2];
        let buckets = std::mem::replace(&mut self.buckets, empty);
        for slot in buckets.iter().flat_map(|bucket| bucket.slots).flatten() {
            self.put(key_of(slot), slot);
        }
    }

    /// Takes out the entry of a key whose slot is known.
    pub(crate) fn remove(&mut self, key: u64, slot: Slot) {
        let found = self.locate(key, |at| at == slot).expect("a key that is removed was there");
        self.used -= 1;
        self.buckets[found.bucket].clear(found.place);
        let mut probe = Probe::new(key, self.mask());
        while probe.number != found.bucket {
            self.buckets[probe.number].unpass();
            probe.advance(self.mask());
        }
    }

    /// How many keys there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.used
    }

    /// How many entries went on from how many buckets.
    #[cfg(test)]
    pub(crate) fn passed(&self) -> u64 {
        self.buckets.iter().map(|bucket| bucket.tags / Bucket::ONE_PASSED).sum()
    }
}

//! An allocator that counts, for each thread, how many bytes are in use.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    /// Bytes in use now. Below zero in a thread that frees what another one took.
    static NOW: Cell<isize> = const { Cell::new(0) };
    /// The most bytes that were in use since this was last set.
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn add(bytes: usize) {
    let now = NOW.get().wrapping_add_unsigned(bytes);
    NOW.set(now);
    PEAK.set(PEAK.get().max(now));
}

fn remove(bytes: usize) {
    NOW.set(NOW.get().wrapping_sub_unsigned(bytes));
}

#[expect(unsafe_code, reason = "only an allocator can count allocations; every call is passed on")]
// SAFETY: every method passes its arguments on to the system's allocator as they are, and counting
// allocates nothing: the cells are constants without destructors.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: as the caller promises for this very call.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        remove(layout.size());
        // SAFETY: as the caller promises for this very call.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: as the caller promises for this very call.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        remove(layout.size());
        add(size);
        // SAFETY: as the caller promises for this very call.
        unsafe { System.realloc(place, layout, size) }
    }
}

/// What `work` gives, and how many more bytes than before were in use at its height.
pub(crate) fn peak<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = NOW.get();
    PEAK.set(before);
    let result = work();
    (result, PEAK.get().abs_diff(before))
}

#[test]
fn what_is_in_use_at_the_height_is_counted() {
    let ((), bytes) = peak(|| drop(black_box(vec![1_u8; 1 << 20])));
    assert!((1 << 20..1 << 21).contains(&bytes), "{bytes}");
    let ((), bytes) = peak(|| (0..100).for_each(|_| drop(black_box(vec![0_u8; 1 << 20]))));
    assert!((1 << 20..1 << 21).contains(&bytes), "{bytes}");
}

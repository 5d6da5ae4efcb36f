//! Which suspects of an experiment grow with the requests, and go on doing so.

use super::Suspect;
use highwater_heap::{Proportion, proportional};

/// The last step, a long load and then rest, must add this part of what the steps before it promise. What is held for
/// a while only is gone by then; what is full by then has stopped.
const LASTING: f64 = 0.6;
/// Room for numbers grows by leaps: the last step must add this part of what the steps before it promise.
const LASTING_ROOM: f64 = 0.5;

/// A long load must add this part of the rate before it when steps are uneven.
const UNEVEN: f64 = 0.75;

/// Entries a request, and whether all steps agree on them. `rounds` has one fewer than there are snapshots; the last may
/// be much longer than the others.
pub(super) fn per_request(suspect: &Suspect, rounds: &[u64]) -> Option<(Proportion, bool)> {
    if !suspect.entries_known {
        return room(&suspect.entries, rounds).map(|told| (told, false));
    }
    let even = lasting(&suspect.entries, rounds).map(|told| (told, true));
    even.or_else(|| uneven(&suspect.entries, rounds).map(|told| (told, false)))
}

fn lasting(entries: &[u64], rounds: &[u64]) -> Option<Proportion> {
    let [early @ .., long] = rounds else { return None };
    let before: u64 = early.iter().sum();
    if early.len() < 2 || *long * 4 < before {
        return proportional(entries, rounds);
    }
    let (before, last) = (entries.len().checked_sub(2)?, entries.last()?);
    let told = proportional(&entries[..=before], early)?;
    let added = last.checked_sub(entries[before])?;
    let promised = told.per_request * *long as f64;
    let exact = told.exact && (added as f64 - promised).abs() < 0.5;
    (added as f64 >= LASTING * promised).then_some(Proportion { exact, ..told })
}

/// What rises in every step, though not evenly, and in a long load as fast as before: connections that are now and then
/// made anew take what hangs on them along.
fn uneven(entries: &[u64], rounds: &[u64]) -> Option<Proportion> {
    let [early @ .., long] = rounds else { return None };
    let (first, last) = (entries.first()?, entries.last()?);
    let before = entries.get(entries.len().checked_sub(2)?)?;
    let rises = entries.len() == rounds.len() + 1 && entries.windows(2).all(|pair| pair[1] > pair[0]);
    let requests: u64 = early.iter().sum();
    if !rises || early.len() < 2 || *long < requests {
        return None;
    }
    let earlier = (before - first) as f64 / requests as f64;
    let late = (last - before) as f64 / *long as f64;
    let all = requests + long;
    (late >= UNEVEN * earlier)
        .then(|| Proportion { per_request: (last - first) as f64 / all as f64, exact: false })
}

/// Of numbers only the room for them is known. It grows by leaps, for what was taken out as well, so it must have grown
/// before and go on in the long load.
fn room(entries: &[u64], rounds: &[u64]) -> Option<Proportion> {
    let [early @ .., long] = rounds else { return None };
    let (first, last) = (entries.first()?, entries.last()?);
    let before = entries.get(entries.len().checked_sub(2)?)?;
    let requests: u64 = early.iter().sum();
    let gained = before.checked_sub(*first).filter(|gained| *gained > 0 && requests > 0)?;
    let promised = gained as f64 / requests as f64 * *long as f64;
    let added = last.checked_sub(*before)? as f64;
    let all = requests + long;
    (added > 0.0 && added >= LASTING_ROOM * promised)
        .then(|| Proportion { per_request: (last - first) as f64 / all as f64, exact: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last of the rounds is the long load.
    const ROUNDS: [u64; 4] = [499, 997, 1999, 20_000];

    fn told(entries: [u64; 5]) -> Option<(f64, bool)> {
        lasting(&entries, &ROUNDS).map(|told| ((told.per_request * 1000.0).round() / 1000.0, told.exact))
    }

    #[test]
    fn only_what_follows_the_requests_to_the_end_is_told() {
        assert_eq!(told([0, 499, 1496, 3495, 23_495]), Some((1.0, true)));
        assert_eq!(told([0, 5, 15, 35, 235]), Some((0.01, false)), "one in a hundred");
        assert_eq!(told([2000, 2499, 3496, 5000, 5000]), None, "a cache that filled");
        assert_eq!(told([0, 499, 1496, 3495, 3495]), None, "let go at rest");
        assert_eq!(told([0, 600, 1200, 1800, 2400]), None, "as much in every round, whatever its size");
        let grows = |entries: [u64; 5]| room(&entries, &ROUNDS).is_some();
        assert!(grows([2048, 4096, 4096, 8192, 32_768]), "numbers without end");
        assert!(!grows([8192, 8192, 8192, 8192, 16_384]), "room for what was taken out");
        assert!(
            !grows([4096, 8192, 8192, 8192, 16_384]),
            "a cache that filled, then room for what was taken out"
        );
        let rate = |entries: [u64; 5]| uneven(&entries, &ROUNDS).map(|told| told.per_request.round());
        assert_eq!(rate([0, 300, 1600, 3100, 21_000]), Some(1.0), "not even, and it goes on");
        assert_eq!(rate([0, 400, 1300, 2900, 9_000]), None, "a cache whose keys repeat by chance");
    }
}

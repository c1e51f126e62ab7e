//! canary: a version on trial, watched beside the one in use.
//!
//! The gates judge on cases that somebody thought of; calls are what is really asked. So a version may be promoted into
//! the channel [`CANARY`] first. While it is current there, a declared share of the calls of what [`crate::promote::CHANNEL`]
//! holds is also made to it, and answers and cost are compared. **The caller always gets the answer of the version in use**:
//! that one was judged good, and a canary that is wrong must not reach anyone who did not ask for it by its channel.
//!
//! [`observation`] is what was seen and what follows from it, [`book`] keeps it, [`trial`] finds a canary in the library and
//! takes it back or moves it up, with what was seen as signed evidence.
//!
//! **Which calls are observed** follows from function and arguments alone, so it can be repeated, and nobody's luck decides.
//! Agents are deterministic: the same call again would show the same again. It is observed once.
//!
//! **What is kept of a call** is its digest and that of each answer. What people ask is theirs; whoever wants to look into a
//! difference is told of it when it happens, and can ask both channels.

pub mod book;
pub mod observation;
pub mod trial;

use crate::digest::of_parts;
pub use crate::promote::CANARY;

/// Predicate type of what was seen of a canary.
pub const PREDICATE: &str = "https://assay.dev/canary/v1";

/// Changes when the digest of a call does.
const CALL: &str = "assay canary call v1";

/// The digest of a call, in hex.
pub fn call(function: &str, arguments: &[String]) -> String {
    let parts = [CALL, function].into_iter().chain(arguments.iter().map(String::as_str));
    of_parts(parts.map(str::as_bytes))
}

/// Whether the call with this digest is among the observed `share` percent.
pub fn sampled(call: &str, share: u32) -> bool {
    let head = call.get(..8).and_then(|head| u32::from_str_radix(head, 16).ok());
    head.is_some_and(|head| (u64::from(head) * 100) >> 32 < u64::from(share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_a_share_of_all_calls_and_grows_with_the_percentage() {
        let calls: Vec<String> = (0..2_000).map(|n| call("run", &[n.to_string()])).collect();
        let at = |share| calls.iter().filter(|call| sampled(call, share)).count();
        assert_eq!((at(0), at(100)), (0, 2_000));
        assert!((140..260).contains(&at(10)), "{}", at(10));
        assert!(calls.iter().all(|call| !sampled(call, 10) || sampled(call, 11)));
    }

    #[test]
    fn another_function_or_other_arguments_are_another_call() {
        let of = |function: &str, arguments: &[&str]| {
            call(function, &arguments.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(of("run", &["1", "2"]), of("run", &["1", "2"]));
        for other in
            [of("runs", &["1", "2"]), of("run", &["12"]), of("run", &["1", "2", ""]), of("run", &["2", "1"])]
        {
            assert_ne!(other, of("run", &["1", "2"]));
        }
    }
}

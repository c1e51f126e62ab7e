//! A simulator's parameters, and steps around them.
//!
//! They are a JSON object that only the simulator understands. What can be varied without understanding it are its numbers,
//! at any depth: whole ones stay whole, and each stays on its side of zero and **within a quarter and four times the task's own
//! value** (or three more and three less, for small whole numbers; within ±1 for a fractional 0). Words, truths and the
//! shape stay. A simulator that can't draw by what comes out says so.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use serde_json::{Number, Value};

/// How far from the task's own value, as a factor.
const FACTOR: f64 = 4.0;
/// How far a whole number may always go.
const WHOLE: i64 = 3;

/// The numbers of a task's parameters, with their ranges.
pub struct Space {
    base: Value,
    numbers: Vec<(String, Range)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Range {
    Whole { low: i64, high: i64 },
    Fraction { low: f64, high: f64 },
}

impl Space {
    /// Around `parameters`, a JSON object; none if it is not JSON.
    pub fn around(parameters: &str) -> Option<Self> {
        let base: Value = serde_json::from_str(parameters).ok()?;
        let mut numbers = Vec::new();
        collect(&base, String::new(), &mut numbers);
        Some(Self { base, numbers })
    }

    /// How many numbers can be varied.
    pub fn count(&self) -> usize {
        self.numbers.len()
    }

    /// The task's own parameters.
    pub fn base(&self) -> String {
        self.base.to_string()
    }

    /// `parameters` with one or two of their numbers moved; as they are where there are none.
    pub fn step(&self, parameters: &str, rng: &mut ChaCha8Rng) -> String {
        let Ok(mut value) = serde_json::from_str::<Value>(parameters) else { return self.base() };
        let moves = 1 + below(rng, 2);
        for _ in 0..moves {
            let Some((pointer, range)) = self.numbers.get(below(rng, self.numbers.len())) else { break };
            if let Some(number) = value.pointer_mut(pointer) {
                *number = range.step(number, rng);
            }
        }
        value.to_string()
    }
}

fn collect(value: &Value, pointer: String, numbers: &mut Vec<(String, Range)>) {
    match value {
        Value::Number(number) => numbers.extend(Range::around(number).map(|range| (pointer, range))),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, format!("{pointer}/{index}"), numbers);
            }
        }
        Value::Object(fields) => {
            for (key, item) in fields {
                let key = key.replace('~', "~0").replace('/', "~1");
                collect(item, format!("{pointer}/{key}"), numbers);
            }
        }
        _ => {}
    }
}

impl Range {
    /// None for a whole number beyond 64 bits with a sign, and for one that is not finite.
    fn around(number: &Number) -> Option<Self> {
        if let Some(whole) = number.as_i64() {
            let size = whole.saturating_abs();
            let near = (size / FACTOR as i64).min(size.saturating_sub(WHOLE)).max(0);
            let far = size.saturating_mul(FACTOR as i64).max(size.saturating_add(WHOLE));
            return Some(match whole {
                0 => Self::Whole { low: 0, high: WHOLE },
                1.. => Self::Whole { low: near, high: far },
                _ => Self::Whole { low: -far, high: -near },
            });
        }
        if number.is_u64() {
            return None;
        }
        let fraction = number.as_f64().filter(|fraction| fraction.is_finite())?;
        let (near, far) = (fraction / FACTOR, fraction * FACTOR);
        Some(match fraction {
            0.0 => Self::Fraction { low: -1.0, high: 1.0 },
            _ => Self::Fraction { low: near.min(far).max(f64::MIN), high: near.max(far).min(f64::MAX) },
        })
    }

    /// Another number: one in three times anywhere in the range (a search that only climbs stays where all is level), else up to
    /// twice or half of `from`, or a little more or less.
    fn step(self, from: &Value, rng: &mut ChaCha8Rng) -> Value {
        let (kind, share) = (below(rng, 3), unit(rng));
        let up = below(rng, 2) == 0;
        let factor = if up { 1.0 + share } else { 1.0 / (1.0 + share) };
        match self {
            Self::Whole { low, high } => {
                let now = from.as_i64().unwrap_or(low);
                let step = 1 + below(rng, WHOLE as usize) as i64;
                let step = now.saturating_add(if up { step } else { -step });
                // A cast from a float saturates.
                let to = match kind {
                    0 => (low as f64 + share * (high as f64 - low as f64)).round() as i64,
                    1 => (now as f64 * factor).round() as i64,
                    _ => step,
                };
                Value::from(if to == now { step } else { to }.clamp(low, high))
            }
            Self::Fraction { low, high } => {
                let now = from.as_f64().unwrap_or(low);
                let tenth = (high / 10.0 - low / 10.0) * if up { share } else { -share };
                let to = match kind {
                    0 => low * (1.0 - share) + high * share,
                    1 => now * factor,
                    _ => now + tenth,
                };
                // Four digits: a person is to read it.
                let to = format!("{:.3e}", to.clamp(low, high)).parse().unwrap_or(now);
                Number::from_f64(f64::clamp(to, low, high)).map_or_else(|| from.clone(), Value::Number)
            }
        }
    }
}

/// A number in `0..n`; 0 when `n` is 0.
pub(super) fn below(rng: &mut ChaCha8Rng, n: usize) -> usize {
    let n = u64::try_from(n).unwrap_or(u64::MAX).min(u64::from(u32::MAX));
    usize::try_from((u64::from(rng.next_u32()) * n) >> 32).unwrap_or(0)
}

/// A number in `[0, 1)` with 53 random bits.
fn unit(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand_chacha::rand_core::SeedableRng;

    fn walk(base: &str, steps: usize, seed: u64) -> Vec<Value> {
        let space = Space::around(base).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut at = space.base();
        let mut seen = Vec::new();
        for _ in 0..steps {
            at = space.step(&at, &mut rng);
            seen.push(serde_json::from_str(&at).unwrap());
        }
        seen
    }

    #[test]
    fn numbers_move_within_their_ranges_and_all_else_stays() {
        let base = r#"{"a/b":{"~":[8,"x"]},"class":"u","f":-2.0,"on":true,"small":1,"zero":0}"#;
        let seen = walk(base, 3_000, 1);
        let all = |pointer: &str| {
            seen.iter().map(|value| value.pointer(pointer).unwrap().as_f64().unwrap()).collect::<Vec<_>>()
        };
        for (pointer, low, high) in
            [("/a~1b/~0/0", 2.0, 32.0), ("/f", -8.0, -0.5), ("/small", 0.0, 4.0), ("/zero", 0.0, 3.0)]
        {
            let all = all(pointer);
            let (least, most) =
                (all.iter().copied().fold(f64::MAX, f64::min), all.iter().copied().fold(f64::MIN, f64::max));
            assert_eq!((least, most), (low, high), "{pointer}");
        }
        for value in &seen {
            assert_eq!(
                (&value["class"], &value["on"], &value["a/b"]["~"][1]),
                (&"u".into(), &true.into(), &"x".into())
            );
            assert!(value["small"].is_i64() && value["f"].is_f64(), "{value}");
        }
        assert_eq!(seen, walk(base, 3_000, 1));
        assert_ne!(seen, walk(base, 3_000, 2));
    }

    #[test]
    fn parameters_without_numbers_stay_as_they_are() {
        assert_eq!(Space::around(r#"{"class":"u"}"#).unwrap().count(), 0);
        assert_eq!(walk(r#"{"class":"u"}"#, 1, 1)[0].to_string(), r#"{"class":"u"}"#);
        assert!(Space::around("{").is_none());
    }

    proptest! {
        #[test]
        fn no_number_is_too_large_for_a_step(whole in any::<i64>(), far in any::<u64>(), fraction in any::<f64>(), seed in any::<u64>()) {
            let base = serde_json::json!({ "w": whole, "u": far, "f": fraction }).to_string();
            for value in walk(&base, 40, seed) {
                prop_assert!(value.is_object());
            }
        }
    }
}

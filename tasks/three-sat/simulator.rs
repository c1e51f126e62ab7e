//! Draws 3-SAT formulas around an assignment that satisfies them.
//!
//! `{"low":5,"high":50,"clauses-per-ten":40,"whole":1}`: variables are uniform on low…high, with so many clauses per ten of them. A clause has
//! three different variables, each negated by a fair coin, and is drawn again if the hidden assignment does not satisfy it. The
//! hidden assignment is in no case. `whole` 1: a formula counts if it is satisfied as a whole; 0: by its clauses.

use assay::*;

/// Draw one case. `parameters` is a JSON object as above; every key is needed.
pub fn draw(seed: u64, parameters: String) -> Result<String, String> {
    let parameters = Parameters::parse(&parameters, &["low", "high", "clauses-per-ten", "whole"])?;
    let low = parameters.whole("low", 3, 1000)?;
    let high = parameters.whole("high", low, 1000)?;
    let per_ten = parameters.whole("clauses-per-ten", 4, 100)?;
    let whole = parameters.whole("whole", 0, 1)? == 1;
    let mut random = Random::new(seed);
    let variables = low + random.below(high - low + 1);
    let hidden: Vec<bool> = (0..variables).map(|_| random.below(2) == 1).collect();
    let clauses: Vec<String> =
        (0..variables * per_ten / 10).map(|_| clause(&mut random, variables, &hidden)).collect();
    Ok(format!("{{\"variables\":{variables},\"whole\":{whole},\"clauses\":[{}]}}", clauses.join(",")))
}

/// Three literals, of which the hidden assignment makes at least one true.
fn clause(random: &mut Random, variables: u32, hidden: &[bool]) -> String {
    loop {
        let (a, b, c) = (random.below(variables), random.below(variables), random.below(variables));
        if a == b || a == c || b == c {
            continue;
        }
        let literals = [a, b, c].map(|variable| (variable, random.below(2) == 1));
        if literals.iter().any(|(variable, positive)| hidden[*variable as usize] == *positive) {
            let [a, b, c] = literals
                .map(|(variable, positive)| format!("{}{}", if positive { "" } else { "-" }, variable + 1));
            return format!("[{a},{b},{c}]");
        }
    }
}

/// xorshift* seeded through splitmix64 (Vigna 2016): small, and the same everywhere.
struct Random {
    state: u64,
}

impl Random {
    fn new(seed: u64) -> Self {
        // splitmix64's output function is a bijection with one zero; xorshift must not start there.
        let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        Self { state: if z == 0 { 1 } else { z } }
    }

    fn next(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Uniform on 0 … bound − 1, without bias (Lemire 2019). `bound` is positive.
    fn below(&mut self, bound: u32) -> u32 {
        let bound = u64::from(bound);
        let threshold = (1 << 32) % bound;
        loop {
            let product = (self.next() >> 32) * bound;
            if product & 0xffff_ffff >= threshold {
                return (product >> 32) as u32;
            }
        }
    }
}

/// The task's parameters, read strictly: what is missing, misspelt or out of range is named.
struct Parameters(json::Map<String, json::Value>);

impl Parameters {
    fn parse(text: &str, known: &[&str]) -> Result<Self, String> {
        let map = match json::from_str(text) {
            Ok(json::Value::Object(map)) => map,
            Ok(_) => return Err("the parameters must be a JSON object".to_owned()),
            Err(error) => return Err(format!("the parameters are not JSON: {error}")),
        };
        match map.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(format!("no parameter `{key}`; there are {}", known.join(", "))),
            None => Ok(Self(map)),
        }
    }

    fn whole(&self, key: &str, low: u32, high: u32) -> Result<u32, String> {
        let value = self.0.get(key).ok_or_else(|| format!("the parameter `{key}` is missing"))?;
        let number = value.as_u64().filter(|n| (u64::from(low)..=u64::from(high)).contains(n));
        let number = number.and_then(|n| u32::try_from(n).ok());
        number.ok_or_else(|| format!("`{key}` must be a whole number from {low} to {high}, not {value}"))
    }
}

//! Draws parities to learn: rows of fair bits, labelled by the parity of hidden ones.
//!
//! `{"bits":10,"mask-percent":30,"train":100,"test":20,"noise-percent":5}`: each bit is hidden in the mask with
//! `mask-percent`, each train label is flipped with `noise-percent`; test labels are clean. The hidden mask is drawn first
//! and is in no case, only the labels it gives.
//!
//! `parity` and `parity-with-noise` have this file in common.

use assay::*;

/// Draw one case. `parameters` is a JSON object as above; every key is needed.
pub fn draw(seed: u64, parameters: String) -> Result<String, String> {
    let known = ["bits", "mask-percent", "train", "test", "noise-percent"];
    let parameters = Parameters::parse(&parameters, &known)?;
    let bits = parameters.whole("bits", 1, 64)?;
    let mask_percent = parameters.whole("mask-percent", 0, 100)?;
    let train = parameters.whole("train", 1, 10_000)?;
    let test = parameters.whole("test", 1, 10_000)?;
    let noise_percent = parameters.whole("noise-percent", 0, 100)?;
    let mut random = Random::new(seed);
    let mask: Vec<bool> = (0..bits).map(|_| random.below(100) < mask_percent).collect();
    let train: Vec<String> = (0..train).map(|_| row(&mut random, &mask, noise_percent)).collect();
    let test: Vec<String> = (0..test).map(|_| row(&mut random, &mask, 0)).collect();
    Ok(format!("{{\"train\":[{}],\"test\":[{}]}}", train.join(","), test.join(",")))
}

/// A row's bits and its label, in quotes.
fn row(random: &mut Random, mask: &[bool], noise_percent: u32) -> String {
    let mut row = String::from("\"");
    let mut label = false;
    for hidden in mask {
        let bit = random.below(2) == 1;
        label ^= bit && *hidden;
        row.push(if bit { '1' } else { '0' });
    }
    label ^= random.below(100) < noise_percent;
    row.push(if label { '1' } else { '0' });
    row.push('"');
    row
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

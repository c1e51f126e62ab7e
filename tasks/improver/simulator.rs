//! Draws what an improver is tried on: one of the tasks, and a seed for all that is drawn there.
//!
//! `{"tasks":6}`: how many tasks there are. A case is `{"task":2,"seed":5216861032104131}`, the task counted from 0. Seeds in a row go
//! through all tasks in turn; seeds drawn at random take each equally often.

use assay::*;

/// Draw one case. `parameters` is a JSON object as above.
pub fn draw(seed: u64, parameters: String) -> Result<String, String> {
    let tasks = tasks(&parameters)?;
    // 53 bits, which every reader of JSON keeps.
    Ok(format!("{{\"task\":{},\"seed\":{}}}", seed % tasks, mixed(seed) >> 11))
}

/// splitmix64 (Vigna 2015): no two seeds give the same number, and neighbours have nothing in common.
fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn tasks(parameters: &str) -> Result<u64, String> {
    let map = match json::from_str(parameters) {
        Ok(json::Value::Object(map)) => map,
        Ok(_) => return Err("the parameters must be a JSON object".to_owned()),
        Err(error) => return Err(format!("the parameters are not JSON: {error}")),
    };
    if let Some(key) = map.keys().find(|key| *key != "tasks") {
        return Err(format!("no parameter `{key}`; there is tasks"));
    }
    let value = map.get("tasks").ok_or("the parameter `tasks` is missing")?;
    let number = value.as_u64().filter(|number| (1..=1000).contains(number));
    number.ok_or_else(|| format!("`tasks` must be a whole number from 1 to 1000, not {value}"))
}

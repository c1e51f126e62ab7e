//! Common generic code, instantiated once.
//!
//! At opt-level `s` rustc lets a crate use the instances of generic functions that its dependencies
//! hold. So the collections, sorts and JSON calls that small programs lean on are called here with the
//! types they are called with there, and their machine code comes with the SDK. Nothing runs this module.
//!
//! Closures have a type of their own at each place they are written and can't be shared; hence only
//! functions that can be named.

use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::Hash;
use std::hint::black_box;

/// Refers to every instance. The compiler must not know what comes of it.
#[doc(hidden)]
pub fn instantiate(text: &str) {
    hash_map::<String, String>(text);
    hash_map::<String, Vec<String>>(text);
    hash_map::<String, i64>(text);
    hash_map::<String, u32>(text);
    hash_map::<String, usize>(text);
    hash_map::<String, f64>(text);
    hash_map::<String, Value>(text);
    hash_map::<char, usize>(text);
    hash_map::<u64, u64>(text);
    hash_map::<u32, u32>(text);
    hash_map::<u32, f64>(text);
    hash_set::<String>(text);
    hash_set::<char>(text);
    hash_set::<u64>(text);
    hash_set::<u32>(text);
    hash_set::<usize>(text);
    hash_set::<(i32, i32)>(text);
    b_tree::<String, String>(text);
    b_tree::<String, i64>(text);
    b_tree::<String, usize>(text);
    b_tree::<u64, u64>(text);
    b_tree::<u32, u32>(text);
    sortable::<String>(text);
    sortable::<char>(text);
    sortable::<u8>(text);
    sortable::<u32>(text);
    sortable::<u64>(text);
    sortable::<i32>(text);
    sortable::<i64>(text);
    sortable::<usize>(text);
    sortable::<(u32, u32)>(text);
    sortable::<(i64, i64)>(text);
    sortable::<(usize, usize)>(text);
    sortable::<(String, String)>(text);
    sortable::<(String, i64)>(text);
    list::<f64>(text);
    list::<bool>(text);
    list::<Value>(text);
    list::<Vec<u8>>(text);
    list::<Vec<u32>>(text);
    list::<Vec<i64>>(text);
    list::<Vec<f64>>(text);
    list::<Vec<char>>(text);
    list::<Vec<String>>(text);
    list::<Option<usize>>(text);
    numbers(text);
    texts(text);
    values(text);
}

/// A value the compiler can't see through: `text` hides how it came to be.
fn any<T: Default>(text: &str) -> T {
    black_box(text);
    black_box(T::default())
}

fn hash_map<K: Hash + Eq + Ord + Clone + Default, V: Clone + Default>(text: &str) {
    let mut map: HashMap<K, V> = HashMap::new();
    map.insert(any(text), any(text));
    *map.entry(any(text)).or_insert(any(text)) = any(text);
    *map.entry(any(text)).or_default() = any(text);
    black_box((map.get(&any(text)), map.contains_key(&any(text)), map.len()));
    black_box(map.get_mut(&any(text)));
    black_box(map.remove(&any(text)));
    black_box(map.keys().cloned().collect::<Vec<K>>());
    black_box(map.clone().into_iter().collect::<Vec<(K, V)>>());
    black_box(map);
}

fn hash_set<K: Hash + Eq + Clone + Default>(text: &str) {
    let mut set: HashSet<K> = HashSet::new();
    black_box((set.insert(any(text)), set.contains(&any(text)), set.remove(&any(text)), set.len()));
    black_box(set.iter().cloned().collect::<Vec<K>>());
    black_box(set);
}

fn b_tree<K: Ord + Clone + Default, V: Clone + Default>(text: &str) {
    let mut map: BTreeMap<K, V> = BTreeMap::new();
    map.insert(any(text), any(text));
    *map.entry(any(text)).or_insert(any(text)) = any(text);
    black_box((map.get(&any(text)), map.contains_key(&any(text))));
    black_box(map.remove(&any(text)));
    black_box(map.into_iter().collect::<Vec<(K, V)>>());
    let mut set: BTreeSet<K> = BTreeSet::new();
    black_box((set.insert(any(text)), set.contains(&any(text)), set.remove(&any(text))));
    black_box(set);
}

fn list<T: Clone + Default + PartialEq>(text: &str) {
    let mut list: Vec<T> = Vec::new();
    list.push(any(text));
    list.insert(any(text), any(text));
    list.reserve(any(text));
    list.resize(any(text), any(text));
    list.truncate(any(text));
    list.reverse();
    list.dedup();
    black_box((list.pop(), list.clone(), list.contains(&any(text))));
    list.extend_from_slice(&black_box(list.clone()));
    black_box(vec![any::<T>(text); any(text)]);
    let mut queue: VecDeque<T> = VecDeque::new();
    queue.push_back(any(text));
    queue.push_front(any(text));
    black_box((queue.pop_front(), queue.pop_back()));
    black_box((list, queue));
}

fn sortable<T: Ord + Clone + Default>(text: &str) {
    list::<T>(text);
    let mut list: Vec<T> = vec![any(text)];
    list.sort();
    list.sort_unstable();
    list.sort_by(Ord::cmp);
    black_box((list.iter().min(), list.iter().max(), list.binary_search(&any(text)).ok()));
    black_box(list);
}

fn numbers(text: &str) {
    let mut floats: Vec<f64> = vec![any(text)];
    floats.sort_by(f64::total_cmp);
    black_box(&floats);
    black_box((text.parse::<f64>().ok(), text.parse::<i64>().ok(), text.parse::<i32>().ok()));
    black_box((text.parse::<u64>().ok(), text.parse::<u32>().ok(), text.parse::<usize>().ok()));
    black_box((any::<f64>(text).to_string(), any::<i64>(text).to_string(), any::<u32>(text).to_string()));
}

fn texts(text: &str) {
    black_box(text.split_whitespace().collect::<Vec<&str>>());
    black_box(text.lines().collect::<Vec<&str>>());
    black_box(text.chars().collect::<Vec<char>>());
    black_box(text.chars().rev().collect::<String>());
    black_box(text.split(any::<char>(text)).collect::<Vec<&str>>());
    black_box(text.split(text).collect::<Vec<&str>>());
    black_box((text.split_once(any::<char>(text)), text.split_once(text), text.strip_prefix(text)));
    black_box((text.find(text), text.find(any::<char>(text)), text.contains(text)));
    black_box((text.replace(text, "-"), text.replace(any::<char>(text), "-")));
    black_box((text.trim(), text.to_lowercase(), text.to_uppercase(), text.repeat(any(text))));
    black_box(any::<Vec<String>>(text).join(text));
    black_box(black_box(vec![text]).join(text));
    black_box(any::<Vec<String>>(text).concat());
    let mut words = black_box(vec![text]);
    words.sort();
    words.dedup();
    black_box(words);
}

fn values(text: &str) {
    black_box(serde_json::from_str::<Value>(text).is_ok());
    let value: Value = any(text);
    black_box((serde_json::to_string(&value).is_ok(), serde_json::to_string_pretty(&value).is_ok()));
    black_box((value.to_string(), value.clone(), value == any::<Value>(text)));
    let mut map: Map<String, Value> = Map::new();
    map.insert(any(text), value);
    black_box((map.get(text), map.contains_key(text)));
    black_box(Value::Object(map)["key"].as_str());
}

//! Hostile and clumsy candidates: each gets its own verdict, and costs nobody else anything.

use crate::support::{Place, task};

fn verdict(place: &Place, name: &str, body: &str) -> serde_json::Value {
    let source = format!("pub fn priority(item: u32, remaining: u32) -> f64 {{\n    {body}\n}}\n");
    let file = place.write(&format!("{name}.rs"), source);
    place.assay(&["eval", &task("bin-packing"), "--agent", file.to_str().unwrap(), "--json"]).ended(1).json()
}

#[test]
fn every_way_to_fail_has_its_verdict_and_the_next_candidate_scores_as_before() {
    let place = Place::new();
    let honest =
        || place.assay(&["eval", &task("bin-packing"), "--json"]).ended(0).json()["measured"].clone();
    let before = honest();
    let named = |name: &str, body: &str| verdict(&place, name, body)["failure"]["verdict"].clone();

    assert_eq!(named("loops", "loop { std::hint::black_box((item, remaining)); }"), "out-of-fuel");
    let hungry =
        "let mut all = Vec::new(); loop { all.push(vec![1u8; 1 << 20]); std::hint::black_box(&all); }";
    assert_eq!(named("hungry", hungry), "out-of-memory");
    assert_eq!(named("panics", "let v = vec![item]; f64::from(v[remaining as usize + 7])"), "trapped");
    let deep = "#[inline(never)] fn down(n: u64) -> u64 { std::hint::black_box(n) + down(n + 1) } down(u64::from(item + remaining)) as f64";
    let deep = named("deep", deep);
    assert_eq!(deep, "trapped");
    assert_eq!(named("nan", "f64::from(item) * f64::NAN + f64::from(remaining)"), "invalid-output");
    assert_eq!(named("infinite", "f64::from(item) / 0.0 + f64::from(remaining)"), "invalid-output");

    assert_eq!(honest(), before);
}

#[test]
fn a_panic_reaches_the_log() {
    let place = Place::new();
    let said = verdict(&place, "panics", "panic!(\"item {item} of {remaining}\")");
    let line = said["failure"]["log"]["lines"][0]["message"].as_str().unwrap().to_owned();
    assert!(line.contains("item ") && line.contains("agent.rs:2"), "{line}");
    assert_eq!(said["failure"]["log"]["lines"][0]["account"], "candidate", "{said}");
}

#[test]
fn a_log_flood_keeps_the_score() {
    let place = Place::new();
    let source = "use assay::*;\npub fn priority(item: u32, remaining: u32) -> f64 {\n    for _ in 0..40 { log::info(&\"x\".repeat(100)); }\n    f64::from(item) - f64::from(remaining)\n}\n";
    let file = place.write("flood.rs", source);
    let said =
        place.assay(&["eval", &task("bin-packing"), "--agent", file.to_str().unwrap(), "--each", "--json"]);
    let said = said.json();
    // Calls are counted too: whoever shouts past `host-calls` is stopped, within it only the log is cut.
    let first = said["each"][0].clone();
    assert!(first["verdict"] == "out-of-calls" || first["log"]["truncated"] == true, "{first}");
}

#[test]
fn sources_that_are_not_agents_are_rejected_with_the_compilers_words() {
    let place = Place::new();
    let cases = [
        ("pub fn priority(item: u32, remaining: u32) -> f64 { item }", "mismatched types"),
        ("pub fn other() {}", "cannot find function `priority`"),
        ("pub fn priority(a: u32, b: u32) -> f64 { unsafe { *(a as *const f64) } }", "unsafe"),
        ("pub fn priority(a: u32, b: u32) -> f64 { unclosed", "unclosed"),
        ("pub fn priority(a: u32, b: u32) -> f64 { include!(\"/etc/hostname\") }", "self-contained"),
        ("#[unsafe(no_mangle)] pub fn priority(a: u32, b: u32) -> f64 { 0.0 }", "no_mangle"),
        (
            "pub fn priority(a: u32, b: u32) -> f64 { const X: u64 = { let mut i = 0u64; while i < 1 << 40 { i += 1; } i }; X as f64 }",
            "const",
        ),
    ];
    for (source, words) in cases {
        let file = place.write("agent.rs", source);
        let said = place.assay(&["eval", &task("bin-packing"), "--agent", file.to_str().unwrap()]).ended(1);
        assert!(!said.out.contains("/tmp/"), "no path of the machine: {}", said.out);
        said.says("rejected").says(words);
    }
}

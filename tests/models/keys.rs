//! A key goes to its server, and nowhere else.

use crate::model_server::{ModelServer, Reply};
use crate::shop::{KEY, Shop, good, improve};
use std::path::Path;

fn holds(bytes: &[u8], key: &str) -> bool {
    bytes.windows(key.len()).any(|window| window == key.as_bytes())
}

fn search(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search(&path, found);
        } else if holds(&std::fs::read(&path).unwrap_or_default(), KEY) {
            found.push(path.display().to_string());
        }
    }
}

#[test]
fn a_key_is_in_no_file_no_output_and_no_error_even_if_the_server_sends_it_back() {
    let mut turn = 0;
    let server = ModelServer::start(move |request| {
        turn += 1;
        match turn {
            1 => Reply::EchoKey(500),
            2 => Reply::EchoKey(400),
            3 => Reply::Text(format!("```rust\n// {KEY}\n```")),
            4 => Reply::Text(crate::shop::answer(request, &format!("    // {KEY}\n    -load"))),
            _ => good(request),
        }
    });
    let shop = Shop::new(&server, "retries = 0");
    let mut said = vec![shop.improve("8", &[])];
    said.push(shop.assay(&["runs", "show", "r"]));
    said.push(shop.assay(&["runs", "lineage", "r", "--json"]));
    let refusing = ModelServer::start(|_| Reply::EchoKey(401));
    shop.serves(&refusing, "retries = 0");
    said.push(
        shop.assay(&["improve", "mine", "--run", "again", "--model", "fast", "--candidates", "2"]).ended(2),
    );
    for said in said {
        assert!(!said.out.contains(KEY) && !said.err.contains(KEY), "{}{}", said.out, said.err);
    }
    let mut found = Vec::new();
    search(shop.place.path(), &mut found);
    assert!(found.is_empty(), "{found:?}");
    for request in server.requests().iter().chain(&refusing.requests()) {
        assert!(!request.json.to_string().contains(KEY));
        assert_eq!(request.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    }
}

#[test]
fn workers_and_compilers_never_see_the_key() {
    let server =
        ModelServer::start(|request| Reply::Slow(100, crate::shop::answer(request, "    job - load")));
    let shop = Shop::new(&server, "retries = 0");
    let mut child = shop.spawn(&improve("8", &[]));
    let own = child.id();
    let mut seen = 0;
    let mut parent_holds = false;
    while child.try_wait().unwrap().is_none() {
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
            let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
            if pid == own {
                parent_holds |= holds(&environment, KEY);
            } else if descends(pid, own) {
                // Until it becomes the worker, a child shows its parent's face.
                let words = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
                if words != std::fs::read(format!("/proc/{own}/cmdline")).unwrap_or_default() {
                    seen += 1;
                    assert!(!holds(&environment, KEY) && !holds(&words, KEY), "process {pid} of {own}");
                }
            }
        }
        std::thread::sleep(std::time::Duration::from_millis(30));
    }
    assert!(parent_holds && seen > 0, "{parent_holds} {seen}");
}

fn descends(pid: u32, from: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:")?.trim().parse::<u32>().ok());
    match parent {
        Some(parent) if parent == from => true,
        Some(parent) if parent > 1 => descends(parent, from),
        _ => false,
    }
}

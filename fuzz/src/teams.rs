//! Teams that were made elsewhere: their documents, and components that claim to carry one.
//!
//! What is taken out of a component is all that is in it: packed again it is the same bytes. A document that was read has
//! one text, and that is read as the same document; its roles run in waves, each once.

use assay::team::pack::{pack, unpack};
use assay::team::{Document, INPUT};

/// `data` is a document, or a component.
pub fn run(data: &[u8]) {
    if let Ok(team) = unpack(data) {
        check(&team.document);
        let member = |digest: &str| Ok(team.members[digest].wasm.clone());
        assert_eq!(pack(&team.document, member).unwrap(), data);
    }
    if let Ok(document) =
        std::str::from_utf8(data).map_err(drop).and_then(|text| Document::parse(text).map_err(drop))
    {
        check(&document);
    }
}

fn check(document: &Document) {
    assert_eq!(Document::parse(&document.text()).as_ref(), Ok(document));
    let waves = document.waves().unwrap();
    assert_eq!(waves.iter().map(Vec::len).sum::<usize>(), document.roles.len());
    let mut done = vec![INPUT];
    for wave in waves {
        assert!(
            wave.iter()
                .all(|role| document.roles[*role].takes.iter().all(|from| done.contains(&from.as_str())))
        );
        done.extend(wave);
    }
    let most = 1 << 40;
    if let Ok(budgets) = document.budgets(most) {
        assert!(budgets.values().fold(0_u64, |sum, fuel| sum.saturating_add(*fuel)) <= most);
    }
}

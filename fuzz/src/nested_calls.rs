//! What a worker says that an improver asked for: texts that become calls, and what it returned.
//!
//! A text that is read as a call is one of a function that is lent, with arguments of its types; whatever is answered can be
//! read as text again.

use assay::nest::{Ask, Reply, returned, wave};

const INSTANCES: [&str; 3] =
    ["assay:host/proposals@0.1.0", "assay:host/evaluation@0.1.0", "assay:host/utility@0.1.0"];
const FUNCTIONS: [&str; 6] = ["propose", "remaining", "score", "score-all", "begin", "measure"];

/// `data` are the arguments of each function, and what `improve` returned.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for instance in INSTANCES {
        for function in FUNCTIONS {
            let Ok(ask) = Ask::read(instance, function, &text) else { continue };
            match &ask {
                Ask::Propose { .. } | Ask::ProposalsLeft => assert_eq!(instance, INSTANCES[0]),
                Ask::Score(_) | Ask::ScoreAll(_) | Ask::EvaluationsLeft => assert_eq!(instance, INSTANCES[1]),
                Ask::Begin(_) | Ask::Measure(_) => assert_eq!(instance, INSTANCES[2]),
            }
            let refused = ask.refused(&text).write();
            if let Ask::Propose { .. } = ask {
                assert!(refused.starts_with("err("));
            }
        }
    }
    // A program goes out and comes back as it was.
    let program = format!("ok({})", wave(&text));
    assert_eq!(returned(&program).as_deref(), Ok(&*text));
    if let Ok(program) = returned(&text) {
        assert_eq!(returned(&format!("ok({})", wave(&program))).as_deref(), Ok(program.as_str()));
    }
    let _ = Reply::Programs(Ok(vec![text.into_owned()])).write();
}

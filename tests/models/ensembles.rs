//! Several models: the one that is worth more is asked more.

use crate::model_server::{ModelServer, Reply};
use crate::shop::{Shop, good};

#[test]
fn of_two_models_the_one_that_gives_more_for_its_cost_is_asked_more_and_the_other_still_sometimes() {
    let server = ModelServer::start(|request| {
        if request["model"] == "fast-1b" {
            Reply::Text("I can't think of anything. ".repeat(400))
        } else {
            good(request)
        }
    });
    let shop = Shop::new(&server, "retries = 0");
    shop.improve("24", &["--model", "slow"]).ended(0);
    let count = |name: &str| shop.written().iter().filter(|one| one["model"] == name).count();
    let (fast, slow) = (count("fast"), count("slow"));
    assert_eq!(fast + slow, 24);
    assert!(slow > 2 * fast && fast >= 2, "{fast} and {slow}");
    let shown = shop.assay(&["runs", "show", "r", "--json"]).ended(0).json();
    assert_eq!(shown["models"]["models"][1]["candidates"], slow);
}

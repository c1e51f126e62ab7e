//! The desk with a real server on this machine: what a model says is recorded once, what a server does wrong is an
//! answer or an error with a name, and a key is nowhere to be found.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../../../tests/support/model_server.rs"]
mod model_server;

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use assay::model::{
    Answer, Budget, Completion, Desk, DeskError, Exchange, Finish, Message, Models, Refused, Request, Role,
    Spend, Tokens, Transcript, Unusable,
};
use model_server::{ModelServer, Reply};

const KEY: &str = "sk-hunter2/0123456789";

/// A folder with a models' file, a key file and a run's folder.
struct Place {
    dir: tempfile::TempDir,
    models: Models,
}

impl Place {
    /// With one model, `fast`, at this server, and these further lines about it.
    fn new(server: &ModelServer, lines: &str) -> Self {
        Self::at(&server.endpoint(), lines)
    }

    fn at(endpoint: &str, lines: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("run")).unwrap();
        let key = dir.path().join("a.key");
        std::fs::write(&key, format!("{KEY}\n")).unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        let file = dir.path().join("models.toml");
        let text = format!("[models.fast]\nmodel = \"tiny\"\nendpoint = \"{endpoint}\"\n{lines}\n");
        std::fs::write(&file, text).unwrap();
        let models = Models::read(&file).unwrap();
        Self { dir, models }
    }

    fn run(&self) -> std::path::PathBuf {
        self.dir.path().join("run")
    }

    fn desk(&self) -> Desk {
        self.within(Budget::default())
    }

    fn within(&self, budget: Budget) -> Desk {
        let model = self.models.get("fast").unwrap().clone();
        Desk::live([model], budget, Transcript::open(&self.run()).unwrap()).unwrap()
    }

    fn replay(&self) -> Desk {
        Desk::replaying(Transcript::read(&self.run()).unwrap())
    }

    fn request(&self, text: &str) -> Request {
        let message = Message { role: Role::User, content: text.into() };
        self.models.get("fast").unwrap().named().request(vec![message])
    }

    async fn ask(&self) -> Result<Exchange, DeskError> {
        self.desk().ask("1/0", self.request("hello there")).await
    }
}

const ONCE: &str = "retries = 0";
const WITH_KEY: &str = "retries = 0\nkey-file = \"a.key\"";

#[track_caller]
fn text(exchange: &Exchange) -> &str {
    match &exchange.answer {
        Answer::Completion(completion) => &completion.text,
        Answer::Refused(refused) => panic!("{refused}"),
    }
}

#[track_caller]
fn refused(exchange: Exchange) -> Refused {
    match exchange.answer {
        Answer::Refused(refused) => refused,
        Answer::Completion(completion) => panic!("{completion:?}"),
    }
}

/// The refusal that one reply leads to, without retries.
async fn after(reply: Reply) -> Refused {
    let server = ModelServer::replies([reply]);
    refused(Place::new(&server, ONCE).ask().await.unwrap())
}

/// The failure that one reply leads to, with a key and retries that must not be used.
async fn unusable(reply: Reply) -> Unusable {
    let server = ModelServer::replies([reply]);
    let place = Place::new(&server, "key-file = \"a.key\"");
    let Err(DeskError::Unusable(error)) = place.ask().await else { panic!("usable") };
    assert_eq!(server.requests().len(), 1, "{error}");
    // A failure that the user mends is not recorded: after that the question is asked again.
    assert_eq!(Transcript::read(&place.run()).unwrap().iter().count(), 0);
    error
}

#[tokio::test]
async fn a_question_is_sent_once_and_answered_with_words_tokens_and_costs() {
    let server = ModelServer::replies([Reply::Text("good morning to you".into())]);
    let place = Place::new(
        &server,
        "key-file = \"a.key\"\nprice-input = 1\nprice-output = 2.5\nmax-tokens = 9\ntemperature = 0.25",
    );
    let desk = place.desk();
    let exchange = desk.ask("1/0", Request { seed: Some(7), ..place.request("hello there") }).await.unwrap();
    let tokens = Tokens { input: 2, output: 4, estimated: false };
    let expected = Completion { text: "good morning to you".into(), finish: Finish::Stop, tokens };
    assert_eq!(exchange.answer, Answer::Completion(expected));
    assert_eq!(exchange.spend, Spend { calls: 1, tokens: 6, micro_dollars: 12 });
    assert_eq!(desk.spend(), exchange.spend);
    let sent = &server.requests()[0];
    assert_eq!(sent.path, "/v1/chat/completions");
    assert_eq!(sent.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(sent.header("content-type"), Some("application/json"));
    let body = serde_json::json!({
        "model": "tiny", "messages": [{"role": "user", "content": "hello there"}],
        "max_tokens": 9, "temperature": 0.25, "seed": 7, "stream": false,
    });
    assert_eq!(sent.json, body);
    // The same question again costs nothing.
    let again = desk.ask("1/0", Request { seed: Some(7), ..place.request("hello there") }).await.unwrap();
    assert_eq!(again, exchange);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_server_without_a_key_gets_none_and_one_that_does_not_count_is_estimated() {
    let server = ModelServer::replies([Reply::NoUsage("hi".into()), Reply::FinishLength("hi".into())]);
    let place = Place::new(&server, "max-tokens = 9");
    let desk = place.desk();
    let first = desk.ask("1/0", place.request("hello")).await.unwrap();
    let Answer::Completion(completion) = &first.answer else { panic!() };
    assert!(completion.tokens.estimated && completion.tokens.input >= 5 && completion.tokens.output == 9);
    assert_eq!(first.spend.tokens, completion.tokens.input + 9);
    let second = desk.ask("1/1", place.request("hello")).await.unwrap();
    assert!(matches!(second.answer, Answer::Completion(Completion { finish: Finish::Length, .. })));
    assert!(server.requests().iter().all(|sent| sent.header("authorization").is_none()));
}

#[tokio::test]
async fn a_transcript_answers_when_the_server_is_gone() {
    let server = ModelServer::start(|request| {
        Reply::Text(format!("you said {}", request["messages"][0]["content"].as_str().unwrap()))
    });
    let place = Place::new(&server, WITH_KEY);
    let desk = Arc::new(place.desk());
    // Side by side: the order of the lines is chance.
    let asked: Vec<_> = (0..8)
        .map(|n| {
            let (desk, request) = (desk.clone(), place.request(&format!("number {n}")));
            tokio::spawn(async move { desk.ask(&format!("{n}/0"), request).await.unwrap() })
        })
        .collect();
    let mut live = Vec::new();
    for task in asked {
        live.push(task.await.unwrap());
    }
    let cost = desk.spend();
    drop(desk);
    server.stop();
    std::fs::remove_file(place.dir.path().join("a.key")).unwrap();
    let replay = place.replay();
    for (n, expected) in live.iter().enumerate() {
        let request = place.request(&format!("number {n}"));
        let exchange = replay.ask(&format!("{n}/0"), request).await.unwrap();
        assert_eq!(&exchange, expected);
        assert_eq!(text(&exchange), format!("you said number {n}"));
    }
    assert_eq!(replay.spend(), cost);
    let error = replay.ask("8/0", place.request("more")).await.unwrap_err();
    assert!(matches!(&error, DeskError::NotInTranscript { key } if key == "8/0"), "{error}");
    let error = replay.ask("1/0", place.request("other")).await.unwrap_err();
    assert!(
        matches!(error, DeskError::Transcript(_)) && error.to_string().contains("another run"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_is_waited_out() {
    let server = ModelServer::replies([Reply::RateLimited { retry_after: 30 }, Reply::Text("hi".into())]);
    let start = tokio::time::Instant::now();
    let exchange = Place::new(&server, "").ask().await.unwrap();
    assert_eq!(text(&exchange), "hi");
    assert_eq!(exchange.spend.calls, 1);
    assert!(start.elapsed() >= Duration::from_secs(30), "{:?}", start.elapsed());
    let [first, second] = server.requests().try_into().unwrap();
    assert_eq!(first.json, second.json);
}

#[tokio::test(start_paused = true)]
async fn a_date_to_come_back_at_is_measured_by_the_servers_clock() {
    let headers = vec![
        ("date".to_owned(), "Sun, 06 Nov 1994 08:49:37 GMT".to_owned()),
        ("retry-after".to_owned(), "Sun, 06 Nov 1994 08:50:17 GMT".to_owned()),
    ];
    let server = ModelServer::replies([Reply::Status(503, headers, String::new()), Reply::Text("hi".into())]);
    let start = tokio::time::Instant::now();
    assert_eq!(text(&Place::new(&server, "").ask().await.unwrap()), "hi");
    let waited = start.elapsed().as_secs_f64();
    assert!((40.0..41.0).contains(&waited), "{waited}");
}

#[tokio::test(start_paused = true)]
async fn passing_failures_are_tried_again_and_then_recorded() {
    let overloaded = || Reply::Status(529, Vec::new(), r#"{"error":{"message":"overloaded"}}"#.into());
    let server = ModelServer::replies([
        overloaded(),
        Reply::Truncated,
        Reply::HangUp,
        Reply::Status(408, Vec::new(), String::new()),
        Reply::Text("at last".into()),
    ]);
    assert_eq!(text(&Place::new(&server, "retries = 4").ask().await.unwrap()), "at last");
    let server = ModelServer::replies([overloaded(), overloaded(), overloaded(), Reply::Text("late".into())]);
    let place = Place::new(&server, "retries = 2");
    let exchange = place.ask().await.unwrap();
    assert_eq!(exchange.spend, Spend { calls: 1, tokens: 0, micro_dollars: 0 });
    let failed = Refused::ServerError { status: 529, words: "overloaded".into() };
    assert_eq!(refused(exchange), failed);
    assert_eq!(server.requests().len(), 3);
    // It stays refused: the replay must meet what the run met.
    assert_eq!(refused(place.ask().await.unwrap()), failed);
    assert_eq!(refused(place.replay().ask("1/0", place.request("hello there")).await.unwrap()), failed);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn each_bad_answer_has_its_name() {
    let status = |status| Reply::Status(status, Vec::new(), r#"{"error":{"message":"too long"}}"#.into());
    assert_eq!(after(Reply::RateLimited { retry_after: 0 }).await, Refused::RateLimited);
    assert_eq!(after(status(408)).await, Refused::TimedOut);
    assert_eq!(after(Reply::Truncated).await, Refused::Disconnected);
    assert_eq!(after(Reply::HangUp).await, Refused::Disconnected);
    assert_eq!(after(Reply::Huge(1 << 20)).await, Refused::TooLarge);
    assert!(matches!(after(Reply::Garbage).await, Refused::Garbage { .. }));
    assert!(matches!(after(Reply::NotHttp).await, Refused::Garbage { .. }));
    assert!(matches!(after(Reply::Raw(b"{}".to_vec())).await, Refused::Garbage { .. }));
    assert!(matches!(after(Reply::Text(String::new())).await, Refused::Empty { .. }));
    let words = "too long".to_owned();
    assert_eq!(after(status(400)).await, Refused::Rejected { status: 400, words: words.clone() });
    assert_eq!(after(status(500)).await, Refused::ServerError { status: 500, words });
}

#[tokio::test]
async fn a_body_of_exactly_the_cap_is_read() {
    let server = ModelServer::replies([Reply::Huge((1 << 20) - 1000)]);
    assert_eq!(text(&Place::new(&server, ONCE).ask().await.unwrap()).len(), (1 << 20) - 1000);
}

#[tokio::test]
async fn a_slow_server_is_not_waited_for_longer_than_asked() {
    let server = ModelServer::replies([Reply::Slow(1500, "late".into()), Reply::Slow(100, "soon".into())]);
    let place = Place::new(&server, "timeout-seconds = 1\nretries = 0\nmax-tokens = 9");
    let exchange = place.ask().await.unwrap();
    // It may have worked all the while.
    assert!(exchange.spend.tokens > 9);
    assert_eq!(refused(exchange), Refused::TimedOut);
    assert_eq!(text(&place.desk().ask("1/1", place.request("hello")).await.unwrap()), "soon");
}

#[tokio::test]
async fn what_the_user_has_to_mend_stops_at_once_and_says_how() {
    let status = |status| Reply::Status(status, Vec::new(), r#"{"error":"no such thing"}"#.into());
    for code in [401, 402, 403] {
        let error = unusable(status(code)).await;
        assert!(matches!(&error, Unusable::Denied { status, .. } if *status == code), "{error}");
        assert!(
            error.to_string().contains("a.key") && error.to_string().contains("no such thing"),
            "{error}"
        );
    }
    let error = unusable(status(404)).await;
    assert!(
        matches!(error, Unusable::NotThere { .. }) && error.to_string().contains("`endpoint`"),
        "{error}"
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = ModelServer::replies([Reply::Text("hi".into())]);
    for status in [301, 302, 303, 307, 308] {
        let headers = vec![("location".to_owned(), elsewhere.endpoint())];
        let error = unusable(Reply::Status(status, headers, String::new())).await;
        assert!(matches!(error, Unusable::Redirected { .. }), "{error}");
        assert!(error.to_string().contains(&elsewhere.endpoint()), "{error}");
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_not_there_is_looked_for_and_then_stops_the_run() {
    let server = ModelServer::replies([]);
    let place = Place::new(&server, "");
    server.stop();
    let start = tokio::time::Instant::now();
    let Err(DeskError::Unusable(error)) = place.ask().await else { panic!() };
    assert!(matches!(error, Unusable::Unreachable { .. }), "{error}");
    assert!(start.elapsed() > Duration::from_secs(1), "{:?}", start.elapsed());
    let Err(DeskError::Unusable(error)) = Place::at("http://no-such-host.invalid/v1", ONCE).ask().await
    else {
        panic!()
    };
    assert!(matches!(error, Unusable::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_server_that_can_not_prove_who_it_is_gets_nothing() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("https://{}/v1", listener.local_addr().unwrap());
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut first = [0; 1024];
        let length = stream.read(&mut first).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
        first[..length].to_vec()
    });
    let Err(DeskError::Unusable(error)) = Place::at(&endpoint, WITH_KEY).ask().await else { panic!() };
    assert!(matches!(error, Unusable::Unreachable { .. }), "{error}");
    // A handshake of TLS, and no word of the request.
    assert_eq!(heard.join().unwrap()[0], 22);
}

#[test]
fn a_missing_key_is_said_before_anything_is_asked() {
    let place = Place::at("http://127.0.0.1:1", "key-env = \"ASSAY_TEST_NO_SUCH_KEY\"");
    let model = place.models.get("fast").unwrap().clone();
    let error = Desk::live([model], Budget::default(), Transcript::open(&place.run()).unwrap()).unwrap_err();
    assert!(matches!(error, Unusable::Key { .. }));
    assert!(error.to_string().contains("ASSAY_TEST_NO_SUCH_KEY"), "{error}");
}

#[tokio::test]
async fn requests_that_make_no_sense_are_not_sent() {
    let server = ModelServer::replies([]);
    let place = Place::new(&server, ONCE);
    let desk = place.desk();
    let fine = place.request("hello");
    let bad = [
        Request { messages: Vec::new(), ..fine.clone() },
        Request { max_tokens: 0, ..fine.clone() },
        Request { temperature: f64::NAN, ..fine.clone() },
        Request { temperature: 2.1, ..fine.clone() },
    ];
    for request in bad {
        let error = desk.ask("1/0", request).await.unwrap_err();
        assert!(matches!(error, DeskError::BadRequest { .. }), "{error}");
    }
    let error = desk.ask("1/0", Request { model: "slow".into(), ..fine }).await.unwrap_err();
    assert!(matches!(error, DeskError::UnknownModel { .. }), "{error}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn who_asks_what_is_being_asked_gets_the_same_exchange_and_one_that_was_left_is_kept() {
    let server = ModelServer::replies([Reply::Slow(300, "hi".into()), Reply::Slow(300, "ho".into())]);
    let place = Place::new(&server, ONCE);
    let desk = place.desk();
    let (first, second) =
        tokio::join!(desk.ask("1/0", place.request("hello")), desk.ask("1/0", place.request("hello")));
    assert_eq!(text(&first.unwrap()), "hi");
    assert_eq!(text(&second.unwrap()), "hi");
    let given_up = tokio::time::timeout(Duration::from_millis(100), desk.ask("2/0", place.request("hello")));
    assert!(given_up.await.is_err());
    desk.close().await;
    assert_eq!(text(&desk.ask("2/0", place.request("hello")).await.unwrap()), "ho");
    let error = desk.ask("3/0", place.request("hello")).await.unwrap_err();
    assert!(matches!(error, DeskError::Closed { .. }), "{error}");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn calls_side_by_side_stay_within_the_budget_and_wait_for_what_others_set_aside() {
    // A call takes 4 tokens and 30 millionths of a dollar; at its worst it could take 249 and 1000.
    let none = Budget::default();
    for (budget, made) in [
        (Budget { calls: Some(3), ..none }, 3),
        (Budget { tokens: Some(300), ..none }, 13),
        (Budget { micro_dollars: Some(1100), ..none }, 4),
        (Budget { calls: Some(0), ..none }, 0),
    ] {
        let server = ModelServer::start(|_| Reply::Slow(5, "a b c".into()));
        let place = Place::new(&server, "retries = 0\nmax-tokens = 100\nprice-output = 10");
        for _ in 0..2 {
            let desk = Arc::new(place.within(budget));
            let mut asked = tokio::task::JoinSet::new();
            for n in 0..40 {
                let (desk, request) = (desk.clone(), place.request("hello"));
                asked.spawn(async move { desk.ask(&format!("{n}/0"), request).await });
            }
            let answers = asked.join_all().await;
            assert_eq!(answers.iter().flatten().count(), made, "{budget:?}");
            for error in answers.into_iter().filter_map(Result::err) {
                assert!(matches!(error, DeskError::Exceeded(_)), "{error}");
            }
            assert_eq!(server.requests().len(), made, "{budget:?}: what is recorded is not asked again");
            assert_eq!(budget.fits(Spend::default(), desk.spend()), Ok(()));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn requests_are_paced() {
    let server = ModelServer::start(|_| Reply::Text("hi".into()));
    let place = Place::new(&server, "requests-per-minute = 6");
    let desk = place.desk();
    let start = tokio::time::Instant::now();
    for n in 0..4 {
        desk.ask(&format!("{n}/0"), place.request("hello")).await.unwrap();
    }
    let took = start.elapsed().as_secs_f64();
    assert!((30.0..31.0).contains(&took), "{took}");
}

#[tokio::test]
async fn no_file_and_no_error_ever_holds_a_key() {
    let mut shown = String::new();
    let echo = |status| [Reply::EchoKey(status)];
    for status in [200, 302, 400, 401, 404, 429, 500] {
        let server = ModelServer::replies(echo(status));
        let place = Place::new(&server, WITH_KEY);
        let desk = place.desk();
        shown += &format!("{desk:?}");
        match desk.ask("1/0", place.request("hello")).await {
            Ok(exchange) => {
                shown += &format!("{exchange:?} {}", serde_json::to_string(&exchange).unwrap());
                shown += &refused(exchange).to_string();
            }
            Err(error) => shown += &format!("{error} {error:?}"),
        }
        // Otherwise this proves nothing.
        assert_eq!(server.requests()[0].header("authorization"), Some(format!("Bearer {KEY}").as_str()));
        shown += &files(&place.run());
    }
    // The servers' words are there, and only the key in them is not.
    assert!(shown.contains("(401): Bearer [key] or Bearer [key] or %42%65%61%72%65%72%20[key];"), "{shown}");
    // A model that was told its key by its server says it.
    let words = format!("my key is {KEY}, in JSON {}", KEY.replace('/', "\\/"));
    let server = ModelServer::replies([Reply::Text(words)]);
    let place = Place::new(&server, WITH_KEY);
    let exchange = place.ask().await.unwrap();
    assert_eq!(text(&exchange), "my key is [key], in JSON [key]");
    shown += &format!("{exchange:?} {}", files(&place.run()));
    for secret in ["hunter2", "0123456789", "%68%75%6E", "\\u0068\\u0075"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

/// All that stands in the files of a folder.
fn files(folder: &Path) -> String {
    let files = std::fs::read_dir(folder).unwrap();
    files.map(|file| String::from_utf8(std::fs::read(file.unwrap().path()).unwrap()).unwrap()).collect()
}

//! A model server for tests: it speaks the real protocol over TCP on this machine, and says what its script says.
//!
//! ```ignore
//! let server = ModelServer::replies([Reply::RateLimited { retry_after: 0 }, Reply::Text("hi".into())]);
//! // … endpoint = server.endpoint() …
//! assert_eq!(server.requests().len(), 2);
//! ```
//!
//! A small HTTP/1.1 of its own, one thread a connection, one request a connection. Requests are answered in the
//! order in which they come in; when a list of replies is used up, the server fails with status 500.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test binary uses its part")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

/// What the server does with one request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// This text, with a count of tokens: as many as there are words in the request's messages and in the text.
    Text(String),
    /// The same, without a count.
    NoUsage(String),
    /// The same, cut off at `max_tokens`.
    FinishLength(String),
    /// This body with status 200.
    Raw(Vec<u8>),
    /// A status, further headers and a body.
    Status(u16, Vec<(String, String)>, String),
    /// 429 with `Retry-After` in seconds.
    RateLimited { retry_after: u64 },
    /// The connection closes in the middle of the body.
    Truncated,
    /// The connection closes before a byte of the answer.
    HangUp,
    /// 200 with something that is not JSON.
    Garbage,
    /// Bytes that are not HTTP.
    NotHttp,
    /// Waits so many milliseconds, then text.
    Slow(u64, String),
    /// 200 with a text of so many bytes.
    Huge(usize),
    /// A status whose error text repeats the `Authorization` header, plain, in JSON's escapes and
    /// percent-encoded, as do the headers.
    EchoKey(u16),
}

/// A request as it came in.
#[derive(Clone, Debug)]
pub struct Received {
    pub path: String,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    pub json: Value,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The text of the last message.
    pub fn last(&self) -> &str {
        self.json["messages"].as_array().and_then(|all| all.last()?["content"].as_str()).unwrap_or("")
    }
}

type Script = Box<dyn FnMut(&Value) -> Reply + Send>;

struct Shared {
    script: Mutex<Script>,
    received: Mutex<Vec<Received>>,
    stopped: AtomicBool,
    /// Connections that were accepted and are not done with.
    open: AtomicUsize,
}

/// A running server; it stops when it is dropped.
pub struct ModelServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

impl ModelServer {
    /// A server that answers with what `script` makes of a request's JSON.
    pub fn start(script: impl FnMut(&Value) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            script: Mutex::new(Box::new(script)),
            received: Mutex::default(),
            stopped: AtomicBool::new(false),
            open: AtomicUsize::new(0),
        });
        let listening = std::thread::spawn({
            let shared = shared.clone();
            move || {
                for stream in listener.incoming() {
                    if shared.stopped.load(Ordering::SeqCst) {
                        return;
                    }
                    let shared = shared.clone();
                    shared.open.fetch_add(1, Ordering::SeqCst);
                    std::thread::spawn(move || {
                        // A client that gave up is no concern of the server's.
                        let _ = stream.and_then(|stream| serve(&stream, &shared));
                        shared.open.fetch_sub(1, Ordering::SeqCst);
                    });
                }
            }
        });
        Self { address, shared, listening: Some(listening) }
    }

    /// A server that gives these replies, one after the other.
    pub fn replies(replies: impl IntoIterator<Item = Reply>) -> Self {
        let mut replies = replies.into_iter().collect::<Vec<_>>().into_iter();
        Self::start(move |_| {
            let end = || Reply::Status(500, Vec::new(), "the script is at its end".into());
            replies.next().unwrap_or_else(end)
        })
    }

    /// What to write into a models' file.
    pub fn endpoint(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// All requests so far, in order.
    pub fn requests(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// Waits until all that clients sent up to now, also ones that are gone, is in `requests`.
    pub fn settle(&self) {
        // Connections are accepted in their order: once this one is, all before it are counted.
        let mut last = TcpStream::connect(self.address).unwrap();
        last.shutdown(Shutdown::Write).unwrap();
        let _ = last.read_to_end(&mut Vec::new());
        while self.shared.open.load(Ordering::SeqCst) > 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Ends the server: connections are refused from here on.
    pub fn stop(self) {}
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the listener, which then sees that it should stop.
        let _ = TcpStream::connect(self.address);
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }
}

fn serve(stream: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let request = receive(stream)?;
    let reply = {
        // Under one lock, so that the order of the list is the order of the replies.
        let mut script = shared.script.lock().unwrap();
        shared.received.lock().unwrap().push(request.clone());
        script(&request.json)
    };
    answer(stream, &request, reply)?;
    stream.shutdown(Shutdown::Both)
}

fn receive(stream: &TcpStream) -> std::io::Result<Received> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or("").to_owned();
    let mut headers = Vec::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            // A client that was killed in the middle of its headers asked for nothing.
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, value)| value.parse().unwrap())];
    reader.read_exact(&mut body)?;
    let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Ok(Received { path, headers, json })
}

fn answer(stream: &TcpStream, request: &Received, reply: Reply) -> std::io::Result<()> {
    let said = |text: &str, finish: &str| completion(&request.json, text, finish);
    match reply {
        Reply::Text(text) => send(stream, 200, &[], said(&text, "stop").to_string().as_bytes()),
        Reply::FinishLength(text) => send(stream, 200, &[], said(&text, "length").to_string().as_bytes()),
        Reply::NoUsage(text) => {
            let mut body = said(&text, "stop");
            body.as_object_mut().unwrap().remove("usage");
            send(stream, 200, &[], body.to_string().as_bytes())
        }
        Reply::Raw(body) => send(stream, 200, &[], &body),
        Reply::Status(status, headers, body) => send(stream, status, &headers, body.as_bytes()),
        Reply::RateLimited { retry_after } => {
            let headers = [("retry-after".to_owned(), retry_after.to_string())];
            send(stream, 429, &headers, br#"{"error":{"message":"slow down"}}"#)
        }
        Reply::Truncated => {
            let body = said("cut off", "stop").to_string();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            let mut stream = stream;
            stream.write_all(head.as_bytes())?;
            stream.write_all(&body.as_bytes()[..body.len() / 2])
        }
        Reply::HangUp => Ok(()),
        Reply::Garbage => send(stream, 200, &[], b"<html>\xffwelcome</html>"),
        Reply::NotHttp => {
            let mut stream = stream;
            stream.write_all(b"220 mail.example.com ESMTP\r\n\r\n")
        }
        Reply::Slow(milliseconds, text) => {
            std::thread::sleep(Duration::from_millis(milliseconds));
            send(stream, 200, &[], said(&text, "stop").to_string().as_bytes())
        }
        Reply::Huge(bytes) => send(stream, 200, &[], said(&"x".repeat(bytes), "stop").to_string().as_bytes()),
        Reply::EchoKey(status) => {
            let key = request.header("authorization").unwrap_or("none");
            let unicode: String = key.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
            let percent: String = key.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let body = format!(r#"{{"error":{{"message":"{key} or {unicode} or {percent}"}}}}"#);
            let headers = [("location".to_owned(), format!("/{key}"))];
            send(stream, status, &headers, body.as_bytes())
        }
    }
}

fn completion(request: &Value, text: &str, finish: &str) -> Value {
    let words = |text: &str| text.split_whitespace().count();
    let messages = request["messages"].as_array().into_iter().flatten();
    let asked: usize = messages.map(|message| words(message["content"].as_str().unwrap_or(""))).sum();
    json!({
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": request["model"],
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": text},
            "finish_reason": finish,
        }],
        "usage": {
            "prompt_tokens": asked,
            "completion_tokens": words(text),
            "total_tokens": asked + words(text),
        },
    })
}

fn send(
    mut stream: &TcpStream,
    status: u16,
    headers: &[(String, String)],
    body: &[u8],
) -> std::io::Result<()> {
    let mut head = format!(
        "HTTP/1.1 {status} Scripted\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    stream.write_all(body)?;
    stream.flush()
}

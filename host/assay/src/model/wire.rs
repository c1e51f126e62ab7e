//! The protocol: chat completions as OpenAI defined them, the part that every other server speaks as well.
//!
//! One request, one answer, no streaming, no tools. A server's answer is hostile bytes: it is looked at field
//! by field, as plain JSON, and whatever is not as expected is [`Refused::Garbage`], never a panic.

use serde_json::{Value, json};

use super::budget::bound;
use super::chat::{Completion, Finish, Refused, Request, Tokens};

/// Characters of a server's words that are kept.
const MAX_WORDS: usize = 300;

/// The body of a request to the model that the server knows as `id`.
pub(super) fn body(id: &str, request: &Request) -> String {
    let messages: Vec<Value> = request
        .messages
        .iter()
        .map(|message| json!({"role": message.role.name(), "content": message.content}))
        .collect();
    let mut body = json!({
        "model": id,
        "messages": messages,
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "stream": false,
    });
    if let Some(seed) = request.seed {
        body["seed"] = seed.into();
    }
    body.to_string()
}

/// What a successful answer says.
pub(super) fn read(body: &str, request: &Request) -> Result<Completion, Refused> {
    let garbage = |reason: &str| Refused::Garbage { reason: reason.into() };
    let body: Value = serde_json::from_str(body).map_err(|_| garbage("it is not JSON"))?;
    let Some(choice) = body.get("choices").and_then(|choices| choices.get(0)) else {
        return Err(garbage("it has no `choices[0]`"));
    };
    let finish = match choice.get("finish_reason").and_then(Value::as_str) {
        Some("stop") => Finish::Stop,
        Some("length") => Finish::Length,
        _ => Finish::Other,
    };
    let tokens = count(&body).unwrap_or_else(|| bound(request));
    match choice.get("message").and_then(|message| message.get("content")) {
        Some(Value::String(text)) if !text.is_empty() => {
            Ok(Completion { text: text.clone(), finish, tokens })
        }
        // A model that declined or called a tool has no content.
        Some(Value::String(_) | Value::Null) => Err(Refused::Empty { tokens }),
        _ => Err(garbage("it has no text in `choices[0].message.content`")),
    }
}

fn count(body: &Value) -> Option<Tokens> {
    let usage = body.get("usage")?;
    let input = usage.get("prompt_tokens")?.as_u64()?;
    let output = usage.get("completion_tokens")?.as_u64()?;
    Some(Tokens { input, output, estimated: false })
}

/// The beginning of what a server says about an error, on one line.
pub(super) fn words(body: &str) -> String {
    let json: Option<Value> = serde_json::from_str(body).ok();
    // The usual places: OpenAI's, then those of servers that follow it loosely.
    let said = json.as_ref().and_then(|json| {
        let places = ["/error/message", "/error", "/message", "/detail"];
        places.iter().find_map(|place| json.pointer(place).and_then(Value::as_str))
    });
    let text = said.unwrap_or(body);
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_WORDS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None if line.is_empty() => "no more is said".to_owned(),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::super::chat::{Message, Role};
    use super::*;

    fn request(seed: Option<u64>) -> Request {
        let message = Message { role: Role::User, content: "say \"hi\"".into() };
        Request { model: "fast".into(), messages: vec![message], max_tokens: 5, temperature: 0.5, seed }
    }

    fn parsed(body: &str) -> Result<Completion, Refused> {
        read(body, &request(None))
    }

    #[test]
    fn a_request_has_the_fields_of_the_protocol_and_no_others() {
        let expected = json!({
            "model": "id", "messages": [{"role": "user", "content": "say \"hi\""}],
            "max_tokens": 5, "temperature": 0.5, "stream": false,
        });
        let sent = |seed| serde_json::from_str::<Value>(&body("id", &request(seed))).unwrap();
        assert_eq!(sent(None), expected);
        assert_eq!(sent(Some(7))["seed"], 7);
    }

    #[test]
    fn an_answer_is_its_text_its_end_and_its_tokens() {
        for (reason, finish) in [
            ("\"stop\"", Finish::Stop),
            ("\"length\"", Finish::Length),
            ("\"filter\"", Finish::Other),
            ("null", Finish::Other),
        ] {
            let body = format!(
                r#"{{"choices":[{{"message":{{"content":"hi"}},"finish_reason":{reason}}}],
                    "usage":{{"prompt_tokens":3,"completion_tokens":1}}}}"#
            );
            let tokens = Tokens { input: 3, output: 1, estimated: false };
            assert_eq!(parsed(&body), Ok(Completion { text: "hi".into(), finish, tokens }));
        }
    }

    #[test]
    fn missing_counts_are_replaced_by_upper_bounds_and_flagged() {
        for usage in ["null", "{}", r#"{"prompt_tokens":-1,"completion_tokens":1}"#, r#"{"prompt_tokens":1}"#]
        {
            let body = format!(r#"{{"choices":[{{"message":{{"content":"hi"}}}}],"usage":{usage}}}"#);
            assert_eq!(parsed(&body).unwrap().tokens, bound(&request(None)), "{usage}");
        }
    }

    #[test]
    fn an_answer_without_words_is_empty_and_keeps_its_count() {
        let tokens = Tokens { input: 3, output: 9, estimated: false };
        for content in ["\"\"", "null"] {
            let body = format!(
                r#"{{"choices":[{{"message":{{"content":{content}}}}}],
                    "usage":{{"prompt_tokens":3,"completion_tokens":9}}}}"#
            );
            assert_eq!(parsed(&body), Err(Refused::Empty { tokens }));
        }
    }

    #[test]
    fn whatever_else_comes_is_garbage_and_no_panic() {
        let deep = "[".repeat(100_000);
        for body in [
            "",
            "<html>",
            "null",
            "[]",
            "{}",
            r#"{"choices":[]}"#,
            r#"{"choices":{"0":1}}"#,
            r#"{"choices":[null]}"#,
            r#"{"choices":[{"message":[]}]}"#,
            r#"{"choices":[{"message":{"content":["hi"]}}]}"#,
            r#"{"choices":[{"message":{"content":"\ud800"}}]}"#,
            deep.as_str(),
        ] {
            assert!(matches!(parsed(body), Err(Refused::Garbage { .. })), "{body:.40}");
        }
    }

    #[test]
    fn a_servers_words_are_found_shortened_and_kept_on_one_line() {
        assert_eq!(words(r#"{"error":{"message":"no\ngood\u001b[1m"}}"#), "no good [1m");
        assert_eq!(words(r#"{"error":"no good"}"#), "no good");
        assert_eq!(words(r#"{"detail":"no good"}"#), "no good");
        assert_eq!(words("<b>no</b>\r\n"), "<b>no</b>");
        assert_eq!(words(" \n"), "no more is said");
        assert_eq!(words(&"é".repeat(301)).chars().count(), 301);
        assert_eq!(words(&"é".repeat(300)), "é".repeat(300));
    }
}

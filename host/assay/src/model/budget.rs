//! What models cost, and how much they may.
//!
//! All amounts are whole numbers that stop at their largest value, so no sum depends on its order and none
//! wraps. Money is counted in millionths of a US dollar, and every price is rounded up.
//!
//! Before a call, [`worst_case`] is what it can cost at most, by two bounds: a token of the request stands for
//! at least one byte of it, and the answer has at most `max-tokens`. Who asks [`Budget::fits`] with that before
//! each call, and counts what is still under way as spent, stays within the budget as far as servers count
//! honestly and charge for one try. A try that timed out may be charged and repeated; such an exchange is
//! counted once, at its worst case.

use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::chat::{Answer, Completion, Refused, Request, Tokens};
use super::config::Model;

/// Tokens that a server puts around each message (roles, marks).
const PER_MESSAGE: u64 = 16;

/// Tokens that a server puts around a conversation, a short preamble of its own among them.
const PER_REQUEST: u64 = 128;

/// An amount of calls, tokens and money. Saturating, in both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Spend {
    /// Exchanges; the retries of one are not counted.
    pub calls: u64,
    /// Tokens of requests and answers.
    pub tokens: u64,
    /// Millionths of a US dollar.
    pub micro_dollars: u64,
}

impl std::fmt::Display for Spend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { calls, tokens, micro_dollars } = self;
        let (whole, part) = (micro_dollars / 1_000_000, micro_dollars % 1_000_000);
        write!(f, "{calls} calls, {tokens} tokens, ${whole}.{part:06}")
    }
}

impl Add for Spend {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            tokens: self.tokens.saturating_add(other.tokens),
            micro_dollars: self.micro_dollars.saturating_add(other.micro_dollars),
        }
    }
}

impl Sub for Spend {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_sub(other.calls),
            tokens: self.tokens.saturating_sub(other.tokens),
            micro_dollars: self.micro_dollars.saturating_sub(other.micro_dollars),
        }
    }
}

impl std::iter::Sum for Spend {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

/// How much may be spent. What is `None` has no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Budget {
    /// Exchanges.
    pub calls: Option<u64>,
    /// Tokens of requests and answers.
    pub tokens: Option<u64>,
    /// Millionths of a US dollar.
    pub micro_dollars: Option<u64>,
}

/// What a limit is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Exchanges.
    Calls,
    /// Tokens.
    Tokens,
    /// Millionths of a US dollar.
    MicroDollars,
}

impl std::fmt::Display for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Calls => "calls",
            Self::Tokens => "tokens",
            Self::MicroDollars => "millionths of a dollar",
        })
    }
}

/// The budget does not suffice for what is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the budget allows {limit} {what}: {spent} are spent, and the next call may take {planned}")]
pub struct Exceeded {
    /// Which limit.
    pub what: What,
    /// The limit.
    pub limit: u64,
    /// What is spent.
    pub spent: u64,
    /// What was to come on top.
    pub planned: u64,
}

impl Budget {
    /// Whether `planned` can be afforded after `spent`; to reach a limit exactly is allowed.
    ///
    /// # Errors
    /// [`Exceeded`] names the first limit that would be passed: calls, tokens, money.
    pub fn fits(&self, spent: Spend, planned: Spend) -> Result<(), Exceeded> {
        let all = [
            (What::Calls, self.calls, spent.calls, planned.calls),
            (What::Tokens, self.tokens, spent.tokens, planned.tokens),
            (What::MicroDollars, self.micro_dollars, spent.micro_dollars, planned.micro_dollars),
        ];
        for (what, limit, spent, planned) in all {
            if let Some(limit) = limit
                // A sum that has no number is beyond every limit.
                && spent.checked_add(planned).is_none_or(|sum| sum > limit)
            {
                return Err(Exceeded { what, limit, spent, planned });
            }
        }
        Ok(())
    }
}

/// Upper bounds of what a request and its answer take.
pub(super) fn bound(request: &Request) -> Tokens {
    let around = (request.messages.len() as u64).saturating_mul(PER_MESSAGE) + PER_REQUEST;
    let input = request.bytes().saturating_add(around);
    Tokens { input, output: request.max_tokens.into(), estimated: true }
}

/// What `request` to `model` can cost at most.
pub fn worst_case(model: &Model, request: &Request) -> Spend {
    cost(model, bound(request))
}

/// What a completion by `model` cost.
pub fn spend_of(model: &Model, completion: &Completion) -> Spend {
    cost(model, completion.tokens)
}

/// What an answer of `model` cost: nothing but a call where the server said that it didn't work, the worst case
/// where it may have worked and didn't say how much.
pub fn spend_of_answer(model: &Model, request: &Request, answer: &Answer) -> Spend {
    match answer {
        Answer::Completion(completion) => spend_of(model, completion),
        Answer::Refused(Refused::Empty { tokens }) => cost(model, *tokens),
        Answer::Refused(Refused::RateLimited | Refused::ServerError { .. } | Refused::Rejected { .. }) => {
            Spend { calls: 1, ..Spend::default() }
        }
        Answer::Refused(
            Refused::TimedOut | Refused::Disconnected | Refused::Garbage { .. } | Refused::TooLarge,
        ) => worst_case(model, request),
    }
}

fn cost(model: &Model, tokens: Tokens) -> Spend {
    // What servers count is not believed to be small.
    let picos = |count: u64, price: u64| u128::from(count) * u128::from(price);
    let picos =
        picos(tokens.input, model.price_input).saturating_add(picos(tokens.output, model.price_output));
    Spend {
        calls: 1,
        tokens: tokens.input.saturating_add(tokens.output),
        micro_dollars: u64::try_from(picos.div_ceil(1_000_000)).unwrap_or(u64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::chat::{Finish, Message, Role};
    use super::super::config::KeySource;
    use super::*;

    const MOST: Spend = Spend { calls: u64::MAX, tokens: u64::MAX, micro_dollars: u64::MAX };

    fn spend(calls: u64, tokens: u64, micro_dollars: u64) -> Spend {
        Spend { calls, tokens, micro_dollars }
    }

    fn model(price_input: u64, price_output: u64) -> Model {
        Model {
            name: "m".into(),
            endpoint: String::new(),
            id: String::new(),
            key: KeySource::None,
            price_input,
            price_output,
            max_tokens: 10,
            temperature: 0.0,
            timeout: Duration::from_secs(1),
            retries: 0,
            requests_per_minute: None,
        }
    }

    fn completion(input: u64, output: u64) -> Completion {
        Completion {
            text: "x".into(),
            finish: Finish::Stop,
            tokens: Tokens { input, output, estimated: false },
        }
    }

    #[test]
    fn amounts_add_and_subtract_without_wrapping() {
        assert_eq!(spend(1, 2, 3) + spend(4, 5, 6), spend(5, 7, 9));
        assert_eq!(spend(4, 5, 6) - spend(1, 2, 7), spend(3, 3, 0));
        assert_eq!(MOST + spend(1, 1, 1), MOST);
        assert_eq!([spend(1, 1, 1); 3].into_iter().sum::<Spend>(), spend(3, 3, 3));
    }

    #[test]
    fn a_limit_may_be_reached_and_not_passed() {
        let budget = Budget { calls: Some(10), tokens: Some(100), micro_dollars: Some(5) };
        assert_eq!(budget.fits(spend(9, 50, 4), spend(1, 50, 1)), Ok(()));
        let refused = |planned| budget.fits(spend(9, 50, 4), planned).unwrap_err();
        assert_eq!(refused(spend(2, 0, 0)).what, What::Calls);
        assert_eq!(refused(spend(1, 51, 9)).what, What::Tokens);
        let money = refused(spend(1, 1, 2));
        assert_eq!(money, Exceeded { what: What::MicroDollars, limit: 5, spent: 4, planned: 2 });
        assert_eq!(
            money.to_string(),
            "the budget allows 5 millionths of a dollar: 4 are spent, and the next call may take 2"
        );
    }

    #[test]
    fn without_a_limit_everything_fits_and_a_sum_beyond_numbers_fits_no_limit() {
        assert_eq!(Budget::default().fits(MOST, MOST), Ok(()));
        let budget = Budget { tokens: Some(u64::MAX), ..Budget::default() };
        assert_eq!(budget.fits(MOST, spend(0, 0, 0)), Ok(()));
        assert!(budget.fits(MOST, spend(0, 1, 0)).is_err());
    }

    #[test]
    fn money_is_rounded_up() {
        assert_eq!(spend_of(&model(1, 0), &completion(1, 0)), spend(1, 1, 1));
        assert_eq!(spend_of(&model(150_000, 600_000), &completion(1000, 100)), spend(1, 1100, 210));
        assert_eq!(spend_of(&model(150_000, 600_000), &completion(1001, 100)), spend(1, 1101, 211));
        assert_eq!(spend_of(&model(0, 0), &completion(1000, 100)), spend(1, 1100, 0));
        assert_eq!(
            spend_of(&model(u64::MAX, u64::MAX), &completion(u64::MAX, u64::MAX)),
            spend(1, u64::MAX, u64::MAX)
        );
    }

    #[test]
    fn the_worst_case_counts_a_token_a_byte_and_the_longest_answer() {
        let message = |text: &str| Message { role: Role::User, content: text.into() };
        let request = model(0, 0).named().request(vec![message("four"), message("é")]);
        let tokens = 6 + 2 * PER_MESSAGE + PER_REQUEST;
        assert_eq!(worst_case(&model(1_000_000, 2_000_000), &request), spend(1, tokens + 10, tokens + 20));
    }

    #[test]
    fn an_answer_without_a_count_is_charged_by_whether_the_server_worked() {
        let model = model(1_000_000, 1_000_000);
        let request = model.named().request(Vec::new());
        let charged = |refused| spend_of_answer(&model, &request, &Answer::Refused(refused));
        let words = String::new;
        let (free, worst) = (spend(1, 0, 0), worst_case(&model, &request));
        assert_eq!(charged(Refused::RateLimited), free);
        assert_eq!(charged(Refused::ServerError { status: 500, words: words() }), free);
        assert_eq!(charged(Refused::Rejected { status: 400, words: words() }), free);
        assert_eq!(charged(Refused::TimedOut), worst);
        assert_eq!(charged(Refused::Disconnected), worst);
        assert_eq!(charged(Refused::Garbage { reason: words() }), worst);
        assert_eq!(charged(Refused::TooLarge), worst);
        let tokens = Tokens { input: 3, output: 4, estimated: false };
        assert_eq!(charged(Refused::Empty { tokens }), spend(1, 7, 7));
        let answer = Answer::Completion(completion(3, 4));
        assert_eq!(spend_of_answer(&model, &request, &answer), spend(1, 7, 7));
    }
}

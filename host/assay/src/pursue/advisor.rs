//! A language model that an orchestrator or an explorer may ask, through the one door to models: with its budget and its
//! transcript. What it says is a text for the guest that asked, and passes the same checks as everything a guest returns.

use super::PursueError;
use super::guest::capped;
use crate::model::{Answer, Desk, DeskError, Message, Named, Role};

/// What a model is told of its part.
const SYSTEM: &str =
    "You advise a planner that joins programs to teams. Answer with exactly what is asked for.";

/// The model of a pursuit.
pub struct Advisor {
    /// Who asks.
    pub desk: Desk,
    /// The model.
    pub named: Named,
}

impl Advisor {
    /// Ask. The inner error says why there is no answer that a guest may have.
    pub(super) async fn ask(&self, key: &str, prompt: &str) -> Result<Result<String, String>, PursueError> {
        let said = |role, content: &str| Message { role, content: content.to_owned() };
        let request = self.named.request(vec![said(Role::System, SYSTEM), said(Role::User, prompt)]);
        match self.desk.ask(key, request).await {
            Ok(exchange) => Ok(match exchange.answer {
                Answer::Completion(completion) => Ok(completion.text),
                Answer::Refused(_) => Err("the model gave no answer".into()),
            }),
            Err(DeskError::Exceeded(exceeded)) => {
                Ok(Err(capped(&format!("the budget is spent: {exceeded}"))))
            }
            Err(DeskError::BadRequest { reason, .. }) => Ok(Err(reason.to_owned())),
            Err(error) => Err(PursueError::Model(error)),
        }
    }
}

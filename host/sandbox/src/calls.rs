//! What a guest may call besides WASI: its log, and whatever the host answers.
//!
//! A function that the host answers may be of any type whose values have a text form. The worker knows no such function by
//! name: arguments go to the host as WAVE text, and the answer comes back as WAVE text of the result's type. So what is lent is
//! written down in one place, the host's, and this process stays as small as it is.
//!
//! Each instance is linked under the name that the grants give it, for one account. Nothing is linked
//! that was not granted, so an import outside the grants is an import that nobody defines.

use crate::limits::{self, Guest, Stop};
use crate::protocol::{Account, Grants};
use std::sync::Arc;
use wasmtime::component::types::ComponentFunc;
use wasmtime::component::{ComponentType, Lift, Linker, Val, wasm_wave};
use wasmtime::{Error, StoreContextMut};

/// `assay:host/log`'s `level`.
#[derive(Clone, Copy, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "only guests make these")]
enum Level {
    #[component(name = "debug")]
    Debug,
    #[component(name = "info")]
    Info,
    #[component(name = "warn")]
    Warn,
    #[component(name = "error")]
    Error,
}

/// Link what the grants name.
///
/// # Errors
/// A name that is granted twice.
pub(crate) fn link(linker: &mut Linker<Guest>, grants: &Grants) -> Result<(), Error> {
    for (name, account) in &grants.logs {
        let account = *account;
        linker.instance(name)?.func_wrap(
            "write",
            move |store: StoreContextMut<'_, Guest>, (level, message): (Level, String)| {
                write(store, account, level, message)
            },
        )?;
    }
    for call in &grants.host_calls {
        let name: Arc<(String, String)> = Arc::new((call.instance.clone(), call.function.clone()));
        let account = call.account;
        linker.instance(&call.instance)?.func_new(
            &call.function,
            move |mut store: StoreContextMut<'_, Guest>, kind, arguments, results| {
                let request = request(arguments)?;
                limits::charge_call(&mut store, account, request.len())?;
                let answer = limits::ask(&mut store, account, &name.0, &name.1, request)?;
                take(&kind, &answer, results)
            },
        )?;
    }
    Ok(())
}

/// The arguments as one WAVE tuple; `()` for none.
fn request(arguments: &[Val]) -> Result<String, Error> {
    let mut request = String::from("(");
    for (index, argument) in arguments.iter().enumerate() {
        if index > 0 {
            request.push_str(", ");
        }
        request.push_str(&wasm_wave::to_string(argument).map_err(|error| {
            // A handle, say: nothing that is lent takes one.
            Stop::Unanswered(format!("argument {index} of a call has no text form: {error}"))
        })?);
    }
    request.push(')');
    Ok(request)
}

/// The host's answer as the function's result.
fn take(kind: &ComponentFunc, answer: &str, results: &mut [Val]) -> Result<(), Error> {
    for (kind, result) in kind.results().zip(results) {
        *result = wasm_wave::from_str(&kind, answer).map_err(|error| {
            Stop::Unanswered(format!("the host's answer is none of the function's: {error}"))
        })?;
    }
    Ok(())
}

fn write(
    mut store: StoreContextMut<'_, Guest>,
    account: Account,
    level: Level,
    message: String,
) -> Result<(), Error> {
    limits::charge_call(&mut store, account, message.len())?;
    store.data().log().write(account, level as u8, message);
    Ok(())
}

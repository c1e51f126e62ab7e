//! What a guest may call besides WASI: its log, and whatever the host answers.
//!
//! A function that the host answers may be of any type whose values have a text (`text.rs`). The worker knows no such function by
//! name: arguments go to the host as WAVE text, and the answer comes back as WAVE text of the result's type. So what is lent is
//! written down in one place, the host's, and this process stays as small as it is.
//!
//! Each instance is linked under the name that the grants give it, for one account. Nothing is linked
//! that was not granted, so an import outside the grants is an import that nobody defines.

use crate::limits::{self, Guest, Stop};
use crate::protocol::{Account, Grants, HostCall};
use crate::text;
use std::sync::Arc;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{ComponentType, Lift, Linker, Val};
use wasmtime::{Engine, Error, StoreContextMut};

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
        let granted: Arc<HostCall> = Arc::new(call.clone());
        // An instance that is there already is opened again: functions of one may be granted one by one.
        linker.instance(&call.instance)?.func_new(
            &call.function,
            move |store: StoreContextMut<'_, Guest>, kind, arguments, results| {
                ask(store, &granted, &kind, arguments, results)
            },
        )?;
    }
    Ok(())
}

/// Whether the host could answer every function of an imported instance.
///
/// # Errors
/// The function that takes or returns what has no text, such as a handle.
pub(crate) fn check_text_forms(engine: &Engine, name: &str, import: &ComponentItem) -> Result<(), String> {
    let ComponentItem::ComponentInstance(instance) = import else {
        return Err(format!("it imports `{name}`, which the host answers, not as an instance"));
    };
    for (function, item) in instance.exports(engine) {
        if let ComponentItem::ComponentFunc(kind) = item.ty
            && !kind.params().map(|(_, kind)| kind).chain(kind.results()).all(|kind| text::has_form(&kind))
        {
            return Err(format!(
                "the values of `{name}#{function}`, which the host answers, have no text form"
            ));
        }
    }
    Ok(())
}

/// One call: written down, charged, answered, read.
fn ask(
    mut store: StoreContextMut<'_, Guest>,
    call: &HostCall,
    kind: &ComponentFunc,
    arguments: &[Val],
    results: &mut [Val],
) -> Result<(), Error> {
    let request = text::write_arguments(arguments, store.data().limits())?;
    limits::charge_call(&mut store, call.account, request.len())?;
    let answer = limits::ask(&mut store, call.account, &call.instance, &call.function, request)?;
    let wrong = |why: &str| Stop::Unanswered(format!("the answer is none of `{}`: {why}", call.function));
    match (kind.results().next(), results) {
        (Some(kind), [result]) => *result = text::read(&kind, &answer).map_err(|why| wrong(&why))?,
        _ if answer.is_empty() => {}
        _ => Err(wrong("it returns nothing"))?,
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

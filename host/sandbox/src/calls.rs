//! What a guest may call besides WASI: its log, and whatever the host answers.
//!
//! Each instance is linked under the name that the grants give it, for one account. Nothing is linked
//! that was not granted, so an import outside the grants is an import that nobody defines.

use crate::limits::{self, Guest};
use crate::protocol::{Account, Grants};
use std::sync::Arc;
use wasmtime::component::{ComponentType, Lift, Linker};
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
        linker.instance(&call.instance)?.func_wrap(
            &call.function,
            move |mut store: StoreContextMut<'_, Guest>, (request,): (String,)| {
                limits::charge_call(&mut store, account, request.len())?;
                Ok((limits::ask(&mut store, account, &name.0, &name.1, request),))
            },
        )?;
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

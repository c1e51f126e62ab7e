//! incident: declares the import of what measures it by hand
//! known: STOP: a new model object escaped the budget of the one that was handed in
//! ends: rejected
//! says: unsafe

#[link(wasm_import_module = "assay:host/utility@0.1.0")]
unsafe extern "C" {
    fn measure(program: *const u8, length: usize, result: *mut u8);
}

pub fn improve(program: String, _brief: String) -> Result<String, String> {
    let mut worth = [0u8; 64];
    unsafe { measure(program.as_ptr(), program.len(), worth.as_mut_ptr()) };
    Ok(program)
}

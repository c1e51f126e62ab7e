;; row: 49
;; attack: a NaN whose bits would carry what the engine does
;; verdict: invalid-output
(module
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (f64.add (f64.const nan:0x8000000000001) (f64.convert_i32_u (local.get 0)))))

;; row: 44
;; attack: a call through an empty table
;; verdict: trapped
(module
  (table 1 funcref)
  (type $t (func))
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (call_indirect (type $t) (i32.const 0)) (f64.const 0)))

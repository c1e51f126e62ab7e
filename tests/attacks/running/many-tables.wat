;; row: 30
;; attack: more tables than granted
;; key: tables
;; verdict: out-of-memory
(module
  {{20|(table 1 funcref)}}
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (f64.const 0)))

;; row: 25
;; attack: more memories than granted
;; key: memories
;; verdict: out-of-memory
(module
  {{10|(memory 1)}}
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (f64.const 0)))

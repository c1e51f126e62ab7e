;; row: 30
;; attack: a hundred thousand table elements from the start
;; key: table-elements
;; verdict: out-of-memory
(module
  (table 100000 funcref)
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (f64.const 0)))

;; row: 29
;; attack: growing memory until something gives
;; verdict: out-of-memory
(module
  (memory 1)
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (loop $l (drop (memory.grow (i32.const 1))) (br $l)) (f64.const 0)))

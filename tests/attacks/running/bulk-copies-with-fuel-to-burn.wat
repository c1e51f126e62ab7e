;; row: 34
;; attack: bulk operations between the looks at the clock
;; limits: fuel = 1000000000000000, wall-clock-ms = 200
;; verdict: timed-out
(module
  (memory 256)
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 16000000)) (br $l)) (f64.const 0)))

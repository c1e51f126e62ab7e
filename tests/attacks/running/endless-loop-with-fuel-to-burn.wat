;; row: 27
;; attack: a loop without end, and fuel for hours
;; key: wall-clock-ms
;; limits: fuel = 1000000000000, wall-clock-ms = 200
;; verdict: timed-out
(module
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (loop $l (br $l)) (f64.const 0)))

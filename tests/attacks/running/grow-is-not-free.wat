;; row: 29
;; attack: growing by the gigabyte on little fuel
;; limits: fuel = 100000
;; verdict: out-of-fuel
(module
  (memory 1)
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (drop (memory.grow (i32.const 900))) (f64.const 0)))

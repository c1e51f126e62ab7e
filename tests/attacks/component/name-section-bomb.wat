;; row: 24
;; attack: a megabyte of names; dropped with every custom section
;; verdict: scored
(component
  (core module $m (func (export "p") (param i32 i32) (result f64) (f64.const 0)) (@custom "name" "{{1000000|x}}"))
  (core instance $i (instantiate $m))
  (func $p (param "item" u32) (param "remaining" u32) (result f64) (canon lift (core func $i "p")))
  (instance $policy (export "priority" (func $p)))
  (export "assay:numbers/policy@0.1.0" (instance $policy)))

;; row: 19
;; attack: an honest face, and behind it a module with sixty-five imports
;; key: imports
;; says: imports
;; verdict: rejected
(component
  (core module $f {{65|(func (export "f%"))}})
  (core instance $f (instantiate $f))
  (core module $m
    {{65|(import "f" "f%" (func))}}
    (func (export "p") (param i32 i32) (result f64) (f64.const 0)))
  (core instance $i (instantiate $m (with "f" (instance $f))))
  (func $p (param "item" u32) (param "remaining" u32) (result f64) (canon lift (core func $i "p")))
  (instance $policy (export "priority" (func $p)))
  (export "assay:numbers/policy@0.1.0" (instance $policy)))

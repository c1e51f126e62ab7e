;; row: 25
;; attack: modules by the ten thousand, none of which does anything
;; verdict: rejected
;; says: limit `modules` is 256, the component has 257
(component
  {{60|(component (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module) (core module (func (export "%"))))}}
  {{900|(core module)}}
  (core module $m (func (export "p") (param i32 i32) (result f64) (f64.const 0)))
  (core instance $i (instantiate $m))
  (func $p (param "item" u32) (param "remaining" u32) (result f64) (canon lift (core func $i "p")))
  (instance $policy (export "priority" (func $p)))
  (export "assay:numbers/policy@0.1.0" (instance $policy)))

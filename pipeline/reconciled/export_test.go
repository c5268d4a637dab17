package reconciled

import "github.com/nielu/nielu/pipeline/balance/reconcile"

func (n *Network) Named(expr reconcile.Expr) []int { return n.named(expr) }

func (r *Reconciliation) Solve(n *Network, observations []Observation) { r.solve(n, observations) }

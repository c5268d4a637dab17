// Package process reports what a kiln, a reactor or a landfill did over a
// period: yields, recoveries, efficiencies, closures, and what became of the
// methane.
//
// In come a plant, the raw balance of the period, its rollups and its lots,
// out come [Indicator]s: numbers with unit, basis and source, or the reason
// why there is none.
//
// Start reading at [Indicators], then at the file of the process: pyrolysis.go,
// htl.go or landfill.go.
package process

// Package polling asks instruments and takes in their messages.
//
// The agent's file names buses, and on each bus instruments with their profile
// and the tags their points feed; [ParseConfig] checks all of it, reports every
// fault at once, and makes the catalogue of what will be asked. [Config.Plan]
// says what that costs.
//
// A [Poller] owns all buses, one goroutine each, and hands every reply to a
// [Sink] as a measure.Scan: raw bytes, or the fault that came instead, stamped
// at the middle of its request. Start reading at [Poller.Run]; schedule.go says
// which block a bus asks next.
package polling

// Package scenario runs stories of a plant that a process engineer can review:
// readings in, balances out, in one plain text file, read from top to bottom.
//
// A [Scenario] is a plant, its laboratory files, and steps. A read step makes
// readings of a tag; a close step computes a period as the centre does, with
// [pipeline.Compute] and [pipeline.Report]; an expect step compares what
// came with what was worked out by hand. [Parse] reads the text and says every
// fault of it at once; [Scenario.Run] plays it; [Outcome.Write] prints it.
//
// Readings that come after a close are late: the windows they touch, by
// [rollup.Touched], are computed anew, and the run fails if anything
// differs from what they would have given in time.
//
// The format, in full. Times are UTC; a span is half open; every number but a
// count has a unit; # starts a comment. What is indented below plant or lab is
// YAML: a plant file or a laboratory file.
//
//	plant FILE                    # a plant file beside the scenario, or a built-in plant; or indented below
//	lab FILE                      # a laboratory file, or indented below; after a close it is late
//	day 2026-11-02                # the first day; 08:00 is on it, d2.08:00 on the next, 24:00 its end
//	every 1 min                   # how often tags are read from here on
//	read TAG SPAN VALUE UNIT      # TAG: the tag, the tag without its plant, or an instrument that has one tag
//	read TAG SPAN VALUE UNIT to VALUE UNIT        # a straight line over the span
//	read TAG SPAN VALUE UNIT rising RATE UNIT     # a counter, or a tank
//	read TAG TIME VALUE VALUE ... UNIT            # one reading after the other
//	     ... every 10 s           # only here
//	     ... noise 0.2 kg/h       # scatter of each reading, the same in every run
//	     ... bad:no-reply         # with this quality
//	lose TAG|all SPAN             # never taken
//	delay TAG|all SPAN            # held back in the gateway
//	deliver                       # what was held back comes, the newest first
//	close SPAN                    # or: close lot NAME, close campaign NAME
//	expect ...                    # of the close before, see below
//
// Of one tag the last read before the first close stands: a disturbance is
// written over the normal running.
//
//	expect closure|in|out|gained BUDGET VALUE          # BUDGET: mass, carbon, ash, water, energy
//	expect stream STREAM PART VALUE                    # mass, dry, carbon, energy, water, ash, nitrogen, phosphorus, volume, coverage
//	expect stock STOCK PART VALUE                      # gained: mass, carbon, energy, water, ash, nitrogen, phosphorus
//	expect flow FLOW VALUE                             # heat or power
//	expect mean|total|coverage TAG VALUE               # of its minutes
//	expect flagged TAG QUALITY COUNT                   # minutes of this quality, as in uncertain:flatline 30
//	expect product wet|dry VALUE                       # what a statement counts
//	expect observed|reconciled|z READING VALUE         # READING: a tag, or a laboratory value by its name
//	expect left-out READING "words"                    # it takes no part in the reconciliation, and why
//	expect rate STREAM KIND VALUE                      # reconciled, measured or not; KIND: mass, carbon ...
//	expect residual NODE KIND VALUE                    # in - out - gained an hour, of the raw readings
//	expect indicator NAME VALUE                        # of the process report
//	expect windows COUNT all|running|steady|reconciled|failed
//	expect test passed|failed|none                     # the global test of the period
//	expect doubted READING ...|none                    # beyond the limit of the measurement test
//	expect taken-out READING ...|none                  # by serial elimination, while the test failed
//	expect suspect none
//	expect suspect TAG reads|drifts SIZE ± TOLERANCE high|low since TIME|start [± TIME] [or TAG ...]
//	expect leak STREAM                                 # lost before the meter, if the suspect is right
//	expect says "words"                                # of what is not known, refused or accused
//
// VALUE is a figure with what it may be off, 24 kg ± 0.1 kg, or the word unknown.
package scenario

package export

import (
	"fmt"
	"time"
)

// readme is the page a stranger opens first. Everything in it follows from
// the manifest, so it is written again and compared like any other view.
func readme(m Manifest) []byte {
	views := `tables, a folder a day, statements, and the report for people,
                     report.html; all computed from the entries and computed
                     again when you verify`
	if m.Format == printedFormat {
		views = `tables, a folder a day, statements, and reports for people,
                     report.html, report.pdf and tables.xlsx; all computed from
                     the entries and computed again when you verify`
	}
	return fmt.Appendf(nil, `EVIDENCE OF THE PLANT %[1]s
from %[2]s
until just before %[3]s

This archive holds what the instruments of one plant said, as the gateways
signed it, and everything that was computed from it. You can check all of it
on your own computer, without the network and without trusting its maker.

HOW TO CHECK IT

    nielu-audit verify BUNDLE.zip --policy POLICY

POLICY is a text file with the keys you trust. Get them from somebody other
than the person who sent you this archive, for example from the register or
the verifier who witnesses the log. One line for each key:

    log     <verifier key of the evidence log %[4]s>
    export  <verifier key of who makes these archives>
    witness <verifier key of somebody who watches the log>

Without a policy the keys are taken from the archive, which shows only that
the archive agrees with itself. The program ends with 0 when everything is
verified, 1 when something is wrong, 3 when it cannot read the archive, and 4
when nothing is wrong but evidence is missing for gaps it lists. It lists
every fault it finds, not only the first.

WHAT IS IN IT

    README.txt       this page
    checkpoint       the log's signature on its %[5]d entries
    tile/            the log itself, as far as it is needed, in the form of C2SP
                     tlog-tiles: tile/entries/ has the entries byte for byte,
                     signed batches of raw readings, keys, catalogues, plant
                     and method files, laboratory values, losses, clock
                     corrections, statements; the other files have the hashes
                     that show that they stand in the log
    views/           %[7]s
    SHA256SUMS       the digest of every file above: sha256sum -c SHA256SUMS
    manifest.json    what was asked for, and the digest of SHA256SUMS
    manifest.sig     the maker's signature on the manifest

The tables are text packed with zstd; "nielu-audit extract" unpacks them.

A number in views/ or in a statement counts only if it can be computed again
from tile/entries/. That is what the program does: it decodes the raw words,
closes the balances, works out the account and compares the text with the
statement in the log.

What it cannot show: that an instrument told the truth. Look at the coverage
of each tag, at the closure of the balances and at calibrations for that.

Times are UTC, in RFC 3339. The format of every file is documented well
enough to write another verifier: docs/bundle.md in the source of nielu,
https://github.com/nielu/nielu
Made by %[6]s.
`, m.Plant, m.From.Format(time.RFC3339Nano), m.To.Format(time.RFC3339Nano), m.Log.Origin, m.Log.Size, m.MadeBy, views)
}

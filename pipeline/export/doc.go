package export

// The files of a bundle that are not leaves, proofs or views.
const (
	ReadmeName     = "README.txt"
	ManifestName   = "manifest.json"
	SignatureName  = "manifest.sig"
	CheckpointName = "checkpoint"
)

// Package wire is the protobuf form of what the evidence log holds. It is
// generated; packages evidence and ingest give it meaning and check it.
package wire

//go:generate go build -o ../../build/protoc-gen-go google.golang.org/protobuf/cmd/protoc-gen-go
//go:generate protoc --plugin=protoc-gen-go=../../build/protoc-gen-go --go_out=. --go_opt=paths=source_relative leaf.proto batch.proto

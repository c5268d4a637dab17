// Package wiretest is the protobuf form of what the evidence log holds as
// protoc makes it from the .proto files, for the tests that hold package wire
// against it.
package wiretest

//go:generate go build -o ../../../build/protoc-gen-go google.golang.org/protobuf/cmd/protoc-gen-go
//go:generate protoc --plugin=protoc-gen-go=../../../build/protoc-gen-go --proto_path=.. --go_out=. --go_opt=paths=source_relative leaf.proto batch.proto

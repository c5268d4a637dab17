// Package pipelinetest holds small plants on paper, their laboratories and
// what their instruments read, for the tests of the rooms of the pipeline.
package pipelinetest

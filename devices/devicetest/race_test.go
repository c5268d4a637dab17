//go:build race

package devicetest_test

const followedSeeds = 3 // the race detector makes them eight times as slow

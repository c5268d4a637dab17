//go:build !race

package devicetest_test

const followedSeeds = 12

package main

import (
	"context"
	"fmt"

	"github.com/nielu/nielu/console"
	"github.com/nielu/nielu/program"
)

type custodyFile struct {
	centreFile
	authorFlag
	Files []string `arg:"" help:"Files such as tickets, certificates and photographs."`
}

// Run sends the files and prints a digest and a name a line.
func (c *custodyFile) Run(ctx context.Context, s program.Streams) error {
	client, err := c.client(c.Author)
	if err != nil {
		return err
	}
	for _, file := range c.Files {
		digest, err := attach(ctx, client, file)
		if err != nil {
			return err
		}
		fmt.Fprintln(s.Out, digest, file)
	}
	return nil
}

// attach sends a file and returns its digest.
func attach(ctx context.Context, client *console.Client, file string) (string, error) {
	data, err := program.ReadFile(file, console.MostFile)
	if err != nil {
		return "", err
	}
	var made struct{ Digest string }
	if err := client.Post(ctx, "files", data, &made); err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	return made.Digest, nil
}

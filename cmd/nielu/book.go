package main

import (
	"context"

	"github.com/nielu/nielu/centre/view"
)

// book reads what people entered of a plant from the log on disk.
func (c centreFile) book(ctx context.Context, plant string) (*view.Book, error) {
	disk, err := c.archive(ctx, plant)
	if err != nil {
		return nil, err
	}
	return view.BookOf(ctx, disk.Archive, plant)
}

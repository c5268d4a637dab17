package export

import "context"

// statements makes every statement of the plant again.
func (a *audit) statements(ctx context.Context, v *views) error { return nil }

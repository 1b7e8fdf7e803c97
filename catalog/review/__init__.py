"""The center's decisions about editions: doubts found by imports, merging, splitting, keeping apart, and undoing it."""

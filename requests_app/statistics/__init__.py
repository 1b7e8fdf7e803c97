"""The figures of the consortium, counted from the event log alone."""

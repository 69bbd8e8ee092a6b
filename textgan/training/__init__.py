"""Settings, loop, checkpoint, record, weight average."""

"""In which order images make batches: seeded, resumable, the same on any number of processes."""

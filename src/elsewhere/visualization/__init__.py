"""Arrays in, pictures out: overlays, panels and charts. Nothing here writes a file."""

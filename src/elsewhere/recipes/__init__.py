"""From YAML and keys to typed objects: shipped recipes, overlays, and what is wrong with a key."""

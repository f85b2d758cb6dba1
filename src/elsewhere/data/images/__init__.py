"""Images one by one: opened, decoded, transformed, loaded."""

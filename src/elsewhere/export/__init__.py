"""Networks as files that run without this package, and how such files are run here."""

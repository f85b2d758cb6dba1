"""Readers of re-identification sets: people, vehicles, animals, one's own."""

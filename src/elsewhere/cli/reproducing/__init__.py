"""Reproducing the paper: planning runs, making them, and writing what came out."""

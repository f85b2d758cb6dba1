"""From a recipe to a trained, tested run and everything that is written of it."""

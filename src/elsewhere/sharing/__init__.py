"""Models on the Hugging Face Hub: opened from there, put there with a card of what was measured."""

"""The .api description language: reading it, and what is made of it."""

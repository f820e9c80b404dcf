"""The library and what both sides need to read it. Imports nothing of ours."""

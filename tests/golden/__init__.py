"""Digests and texts under review."""

"""Behaviour, written once: small exact functions over arrays, called by both engines."""

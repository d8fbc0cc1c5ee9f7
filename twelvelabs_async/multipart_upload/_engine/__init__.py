"""Uploads whole files: plans, sources, chunk workers, checkpoints."""

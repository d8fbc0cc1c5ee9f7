"""The calls of the API, one module an area."""

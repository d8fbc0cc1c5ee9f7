"""Control over HTTP: ``/_sandbox/`` of the API's origin, for programs in any language.

Each call is a module with ``calls``; ``app`` serves them all, and ``openapi`` describes them.
"""

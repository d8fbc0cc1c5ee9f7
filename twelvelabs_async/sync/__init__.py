"""The blocking facade: the classes of the asynchronous client, each method waiting for its result.

``bridge`` and ``iterate`` are written by hand; the rest is made from the asynchronous sources by
``python -m twelvelabs_async.sync.generate``.
"""

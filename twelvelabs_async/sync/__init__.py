"""The blocking facade: the classes of the asynchronous client, each method waiting for its result.

``bridge`` (calls) and ``iterate`` (pages, streams, other iterations) are written by hand; the rest
is made from the asynchronous sources by ``python -m tools.generate_sync``.

A client has one thread with an event loop, begun by its first call. It serves any number of
threads, works where a loop already runs (notebooks) and after a fork, and ends with `close`, with
the last reference or with the interpreter. Ctrl-C cancels the call that is waited for, and is
raised when that has ended. Callbacks run in the thread that waits.
"""

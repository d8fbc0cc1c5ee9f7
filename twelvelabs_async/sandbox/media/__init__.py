"""What the sandbox knows of the media it is given: measured, never understood.

The modules here stand in for the models behind the service. They look at pixels, sound levels and
subtitle text, and nothing else: which colours prevail, how bright a shot is, how much it moves, how
loud it sounds, what its subtitles say, and how its frames look from afar. That is enough to make a
search for "red", for a spoken line or for a frame of the film find the right clip, every time the
same, with no model and no network. It says nothing of how well the service's own models do.

Everything blocks and needs the ``sandbox`` extra (PyAV and numpy); call it from a worker thread.
"""

"""The sandbox's page, ``/_sandbox/``: its files, and what it shows beside the API's replies."""

"""An asyncio-first client for the TwelveLabs API."""

"""The runtime: it knows HTTP and knows no endpoint."""

"""What words ask and tell of films: queries, vectors, texts, and JSON by prompts."""

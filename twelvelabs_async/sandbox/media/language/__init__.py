"""What words ask and say about films: queries, vectors, texts, and JSON by prompts."""

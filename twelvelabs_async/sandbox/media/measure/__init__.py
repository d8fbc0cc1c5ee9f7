"""What is measured in films, sounds and pictures, and what is made of them."""

"""The demo: an invented club with a year of history, made through the product's own doors."""

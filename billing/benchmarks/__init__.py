"""Measures the product on the machine it runs on, against what that machine's database can write at best."""

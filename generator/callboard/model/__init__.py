"""Nouns: small frozen values that every stage may import and that import nothing above them."""

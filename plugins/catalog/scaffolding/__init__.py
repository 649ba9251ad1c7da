"""Entities that make new things: their forms, their steps, and how one starts them."""

"""Requests to services: where they may go, how they are sent, tried again and read, how long an answer lasts. httpx is used here only."""

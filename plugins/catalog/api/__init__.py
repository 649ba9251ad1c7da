"""Backstage's catalog REST API: files that lie where its clients ask, and live answers from them."""

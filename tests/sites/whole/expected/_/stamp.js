window.callboard = {"built": "1970-01-01T00:00:00Z", "commit": "", "sources": 1, "stale": 0, "version": "VERSION"};

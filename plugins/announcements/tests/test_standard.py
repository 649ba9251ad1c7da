"""The standard tests of a plugin, for announcements: of files, and of a Backstage that answers, is late or was never there."""

from __future__ import annotations

from pathlib import Path

from callboard.testing import Given, standard_tests

URL = "https://backstage.example.com/api/announcements/announcements"
ANSWER = {
    "count": 1,
    "results": [
        {
            "id": "f8b1c2d3-0000-4000-8000-000000000001",
            "publisher": "user:default/ann",
            "title": "The canteen is open",
            "excerpt": "From Monday on.",
            "body": "From **Monday** on.",
            "created_at": "2026-11-20T08:00:00.000Z",
            "active": True,
            "category": {"slug": "house", "title": "House"},
            "tags": [{"slug": "food", "title": "Food"}],
        }
    ],
}

TestStandard = standard_tests(
    Path(__file__).parents[1],
    data=Given(options={"url": URL}, http={URL: ANSWER}),
    nothing=Given(options={}),
)

from __future__ import annotations

import cpsl
from cpsl.home import HomeConfig


def test_a_home_page_leaves_out_what_is_not_set() -> None:
    assert HomeConfig().to_dict() == {"access": "public"}


def test_a_home_page_writes_what_is_set() -> None:
    home = HomeConfig(
        title="Notes",
        suggestions=(cpsl.Suggestion("Hello", prompt="hello"),),
        dynamic_suggestions=True,
        dynamic_suggestions_ttl=60,
        access="authenticated",
    )

    assert home.to_dict() == {
        "title": "Notes",
        "suggestions": [{"label": "Hello", "target": "prompt", "value": "hello"}],
        "dynamic_suggestions": True,
        "dynamic_suggestions_access": "public",
        "dynamic_suggestions_ttl": 60,
        "access": "authenticated",
    }


def test_a_home_context_is_a_request_context_with_the_app() -> None:
    user = cpsl.UserInfo("u1")
    app = cpsl.App("notes")

    context = cpsl.HomeContext(user=user, integrations={}, authenticated=True, app=app, db=app.db)

    assert isinstance(context, cpsl.RequestContext)
    assert (context.user, context.authenticated, context.request) == (user, True, None)
    assert (context.app, context.db) == (app, app.db)

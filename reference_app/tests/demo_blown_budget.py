"""A budget blown on purpose, for `make demo`: pytest collects this file only when it is named.

The naive twin answers the same JSON as the optimised list, and loads what it needs row by row.
"""

from querybudget import query_budget
from reference_app.seed import build


@query_budget(3, action="NaivePackageViewSet.list", reason="count, page, dependencies")
def test_twenty_packages_are_listed_in_three_queries(client_for):
    client = client_for(build(20).packager)
    assert client.get("/naive/packages/").status_code == 200

"""A project whose last run recorded a few requests."""

from __future__ import annotations

import pytest

from querybudget.budgets.budget import Level
from querybudget.records import OriginKind, Phase, Place
from querybudget.storage.datafile import DataFile, new_run_id
from tests.builders import FINDING, budget, event, lazy, request
from tests.storage.conftest import killed, process  # noqa: F401 - fixtures
from tests.storage.test_datafile import STARTED, record

DETAIL = "app.views.PackageViewSet.retrieve"
OTHER = "shop.views.PackageViewSet.list"

VIEW = budget(
    9, level=Level.VIEW, action="app.*.list", where=Place(path="app/views.py", line=3, source='"list": 9')
)


@pytest.fixture
def project(tmp_path):
    """Give a directory with the data of one run: two viewsets of one name, one with an n-plus-one."""
    page = event(
        'SELECT "id" FROM "package" LIMIT 5', kind=OriginKind.ITERATION, place=None, phase=Phase.PAGINATION
    )
    loads = [lazy(row, phase=Phase.SERIALIZER, field="PackageSerializer.project_name") for row in (1, 2, 3)]
    file = DataFile(tmp_path, new_run_id(STARTED, "0badcafe"), STARTED)
    listed = request(
        queries=4, reads=4, n_plus_one=1, found=[FINDING], events=[page, *loads], items=3, route="/packages/"
    )
    file.write(record(listed, request(DETAIL, queries=2, reads=1, writes=1), declarations=[VIEW]))
    file.write(
        record(request(OTHER, queries=1), request(OTHER, status=404), node_id="tests/test_b.py::test_two")
    )
    file.write_ending(n_expected=2, ran=["one", "two"], is_narrowed=False)
    file.close()
    return tmp_path

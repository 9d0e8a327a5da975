"""What was being rendered: a template's line, a column of an admin list, a field of a form."""

import pytest
from django import forms
from django.contrib import admin
from django.contrib.admin.templatetags.admin_list import items_for_result
from django.contrib.auth.models import User
from django.template import Context, Origin, engines
from django.template.base import Template
from django.test import RequestFactory

from querybudget import query_budget
from querybudget.capture import callsite
from querybudget.wording import finding_lines
from tests.capture.support import in_block
from tests.capture.zoo.factories import AnimalFactory
from tests.capture.zoo.models import Animal, Visit

pytestmark = pytest.mark.usefixtures("zoo")


@pytest.fixture
def animals(zoo):
    """Three, each with a keeper of its own."""
    return AnimalFactory.create_batch(3)


class AnimalAdmin(admin.ModelAdmin):
    list_display = ("name", "keepers_boss")
    actions = None

    def keepers_boss(self, animal):
        return animal.keeper.name


class VisitForm(forms.ModelForm):
    class Meta:
        model = Visit
        fields = ("animal",)


def template_at(path, text):
    """Compile a template as one that was read from a file."""
    return Template(text, origin=Origin(name=path), engine=engines["django"].engine)


def rendered(template, **context):
    """Render it in a block and return what was found."""
    return in_block(lambda: template.render(Context(context))).findings


def test_a_column_of_an_admin_list_is_named(animals, rf_admin):
    page = AnimalAdmin(Animal, admin.AdminSite()).changelist_view(rf_admin)

    def show():
        for row in Animal.objects.all():
            list(items_for_result(page.context_data["cl"], row, None))

    [finding] = in_block(show).findings
    assert (finding.relation, finding.field) == ("Animal.keeper", "admin column AnimalAdmin.keepers_boss")


@pytest.fixture
def rf_admin(db):
    request = RequestFactory().get("/")
    request.user = User(username="root", is_staff=True, is_superuser=True)
    return request


def test_a_field_of_a_form_that_is_shown_is_named(animals):
    [finding] = in_block(lambda: str(VisitForm()["animal"])).findings
    assert (finding.relation, finding.field) == ("Animal.keeper", "form field VisitForm.animal")


def test_a_field_of_a_form_that_is_validated_is_named(animals):
    with query_budget() as seen:
        assert VisitForm({"animal": animals[0].pk}).is_valid()
    assert [event.field for event in seen.groups[0].events] == ["form field VisitForm.animal"]


def test_a_line_of_a_template_is_the_call_site(animals, tmp_path):
    path = tmp_path / "animals.html"
    path.write_text("{% for each in animals %}\n  {{ each.keeper.name }}\n{% endfor %}")
    template = template_at(str(path), path.read_text())
    [finding] = rendered(template, animals=Animal.objects.all())
    assert (finding.call_site.path, finding.call_site.line) == (path.as_posix(), 2)
    assert finding.call_site.source == "{{ each.keeper.name }}"


def test_code_that_a_template_calls_is_the_call_site_and_the_template_stands_beside_it(animals, tmp_path):
    template = template_at(f"{tmp_path}/a.html", "{% for each in animals %}{{ each.minder }}{% endfor %}")
    [finding] = rendered(template, animals=Animal.objects.all())
    assert finding.call_site.function == "Animal.minder"
    assert finding.field == f"template {tmp_path.as_posix()}/a.html:1"
    assert any(line.strip().startswith("template ") for line in finding_lines(finding))


@pytest.mark.parametrize("name", ["<unknown source>", "/env/site-packages/app/a.html"])
def test_a_template_of_an_environment_or_of_no_file_is_no_place(name, animals):
    template = template_at(name, "{% for each in animals %}{{ each.keeper.name }}{% endfor %}")
    [finding] = rendered(template, animals=Animal.objects.all())
    assert finding.call_site.path.endswith("test_rendering.py")


def test_a_template_in_an_environment_below_the_root_is_nobodys(tmp_path, monkeypatch):
    monkeypatch.setattr(callsite.codes, "_root", tmp_path)
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "pyvenv.cfg").touch()
    assert not callsite.codes.is_own_template(f"{tmp_path}/env/app/a.html")
    assert callsite.codes.is_own_template(f"{tmp_path}/app/a.html")

"""The tables of the specimens' own models."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Devices, laptops, and packages that count."""

    initial = True

    dependencies = [
        ("reference_app", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Device",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
            ],
        ),
        migrations.CreateModel(
            name="CountingPackage",
            fields=[],
            options={
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("reference_app.package",),
        ),
        migrations.CreateModel(
            name="Laptop",
            fields=[
                (
                    "device_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="reference_app_traps.device",
                    ),
                ),
                ("serial", models.CharField(max_length=100)),
            ],
            bases=("reference_app_traps.device",),
        ),
    ]

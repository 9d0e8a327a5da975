import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Attribute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value', models.CharField(max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name='Organization',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('slug', models.SlugField(max_length=100, unique=True)),
                ('is_active', models.BooleanField(default=True)),
                ('package_quota', models.PositiveIntegerField(default=1000)),
            ],
        ),
        migrations.CreateModel(
            name='Package',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('version', models.CharField(max_length=50)),
                ('architecture', models.CharField(default='amd64', max_length=20)),
                ('fullname', models.CharField(max_length=200)),
                ('size_bytes', models.PositiveBigIntegerField(default=0)),
                ('is_obsolete', models.BooleanField(default=False)),
                ('obsoleted_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name='Platform',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=50, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name='Deployment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('slug', models.SlugField(max_length=100)),
                ('source', models.CharField(choices=[('internal', "the project's own stores"), ('external', 'a repository elsewhere, at the base_url in extra')], default='internal', max_length=10)),
                ('enabled', models.BooleanField(default=True)),
                ('start_date', models.DateTimeField(default=django.utils.timezone.now)),
                ('comment', models.TextField(blank=True)),
                ('packages_to_install', models.JSONField(blank=True, default=list)),
                ('packages_to_remove', models.JSONField(blank=True, default=list)),
                ('extra', models.JSONField(blank=True, default=dict)),
                ('version', models.PositiveIntegerField(default=1)),
                ('excluded_attributes', models.ManyToManyField(blank=True, related_name='excluding_deployments', to='reference_app.attribute')),
                ('included_attributes', models.ManyToManyField(blank=True, related_name='including_deployments', to='reference_app.attribute')),
                ('packages', models.ManyToManyField(blank=True, related_name='deployments', to='reference_app.package')),
            ],
        ),
        migrations.CreateModel(
            name='DeploymentHistory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('action', models.CharField(choices=[('created', 'Created'), ('changed', 'Changed'), ('obsoleted', 'Obsoleted'), ('copied', 'Copied'), ('deleted', 'Deleted')], max_length=10)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('details', models.JSONField(default=dict)),
                ('deployment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='history', to='reference_app.deployment')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'deployment histories',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='PackageDependency',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('min_version', models.CharField(blank=True, max_length=50)),
                ('package', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='dependencies', to='reference_app.package')),
                ('requires', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='dependents', to='reference_app.package')),
            ],
        ),
        migrations.AddField(
            model_name='package',
            name='depends_on',
            field=models.ManyToManyField(related_name='required_by', through='reference_app.PackageDependency', through_fields=('package', 'requires'), to='reference_app.package'),
        ),
        migrations.CreateModel(
            name='PackageHistory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('action', models.CharField(choices=[('created', 'Created'), ('changed', 'Changed'), ('obsoleted', 'Obsoleted'), ('copied', 'Copied'), ('deleted', 'Deleted')], max_length=10)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('details', models.JSONField(default=dict)),
                ('package', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='history', to='reference_app.package')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'package histories',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Project',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('slug', models.SlugField(max_length=100)),
                ('pms', models.CharField(choices=[('apt', 'Apt'), ('dnf', 'Dnf'), ('pacman', 'Pacman'), ('winget', 'Winget')], default='apt', max_length=10)),
                ('architecture', models.CharField(default='amd64', max_length=20)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='projects', to='reference_app.organization')),
                ('platform', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='projects', to='reference_app.platform')),
            ],
        ),
        migrations.AddField(
            model_name='package',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='packages', to='reference_app.project'),
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('viewer', 'Viewer'), ('checker', 'Checker'), ('packager', 'Packager'), ('releaser', 'Releaser'), ('admin', 'Admin')], default='viewer', max_length=10)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='reference_app.organization')),
                ('projects', models.ManyToManyField(blank=True, help_text='Leave empty for all projects of the organization.', related_name='memberships', to='reference_app.project')),
            ],
        ),
        migrations.AddField(
            model_name='deployment',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deployments', to='reference_app.project'),
        ),
        migrations.CreateModel(
            name='Computer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(unique=True)),
                ('name', models.CharField(max_length=100)),
                ('status', models.CharField(choices=[('intended', 'Intended'), ('reserved', 'Reserved'), ('available', 'Available'), ('in repair', 'In Repair'), ('unknown', 'Unknown'), ('unsubscribed', 'Unsubscribed')], default='intended', max_length=12)),
                ('ip', models.GenericIPAddressField(blank=True, null=True)),
                ('sync_start', models.DateTimeField(blank=True, null=True)),
                ('sync_end', models.DateTimeField(blank=True, null=True)),
                ('attributes', models.ManyToManyField(blank=True, related_name='computers', to='reference_app.attribute')),
                ('tags', models.ManyToManyField(blank=True, related_name='tagged_computers', to='reference_app.attribute')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='computers', to='reference_app.project')),
            ],
        ),
        migrations.CreateModel(
            name='Property',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('prefix', models.CharField(max_length=10)),
                ('name', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('reported', 'reported by the computer'), ('tag', 'given by people')], default='reported', max_length=10)),
                ('organization', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='properties', to='reference_app.organization')),
            ],
            options={
                'verbose_name_plural': 'properties',
            },
        ),
        migrations.AddField(
            model_name='attribute',
            name='property',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attributes', to='reference_app.property'),
        ),
        migrations.CreateModel(
            name='Schedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='schedules', to='reference_app.organization')),
            ],
        ),
        migrations.AddField(
            model_name='deployment',
            name='schedule',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='deployments', to='reference_app.schedule'),
        ),
        migrations.CreateModel(
            name='ScheduleDelay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('delay', models.PositiveSmallIntegerField()),
                ('duration', models.PositiveSmallIntegerField(default=1)),
                ('attributes', models.ManyToManyField(blank=True, related_name='delays', to='reference_app.attribute')),
                ('schedule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='delays', to='reference_app.schedule')),
            ],
        ),
        migrations.CreateModel(
            name='Store',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stores', to='reference_app.project')),
            ],
        ),
        migrations.AddField(
            model_name='package',
            name='store',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='packages', to='reference_app.store'),
        ),
        migrations.CreateModel(
            name='Synchronization',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ok', models.BooleanField(default=True)),
                ('computer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='synchronizations', to='reference_app.computer')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='synchronizations', to='reference_app.project')),
            ],
        ),
        migrations.CreateModel(
            name='Error',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField()),
                ('checked', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('checked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='checked_errors', to=settings.AUTH_USER_MODEL)),
                ('computer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='errors', to='reference_app.computer')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='errors', to='reference_app.project')),
                ('synchronization', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='errors', to='reference_app.synchronization')),
            ],
        ),
        migrations.CreateModel(
            name='Installation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('installed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('uninstalled_at', models.DateTimeField(blank=True, null=True)),
                ('computer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='installations', to='reference_app.computer')),
                ('package', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='installations', to='reference_app.package')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('uninstalled_at__isnull', True)), fields=('computer', 'package'), name='installation_live_once_per_pair')],
            },
        ),
        migrations.AddConstraint(
            model_name='packagedependency',
            constraint=models.UniqueConstraint(fields=('package', 'requires'), name='dependency_once_per_pair'),
        ),
        migrations.AddConstraint(
            model_name='packagedependency',
            constraint=models.CheckConstraint(condition=models.Q(('package', models.F('requires')), _negated=True), name='dependency_not_on_itself'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.UniqueConstraint(fields=('organization', 'slug'), name='project_slug_once_per_organization'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.UniqueConstraint(fields=('user', 'organization'), name='membership_once_per_organization'),
        ),
        migrations.AddIndex(
            model_name='computer',
            index=models.Index(fields=['project', 'status'], name='computer_project_status'),
        ),
        migrations.AddConstraint(
            model_name='property',
            constraint=models.UniqueConstraint(fields=('organization', 'prefix'), name='property_prefix_once_per_organization'),
        ),
        migrations.AddConstraint(
            model_name='attribute',
            constraint=models.UniqueConstraint(fields=('property', 'value'), name='attribute_value_once_per_property'),
        ),
        migrations.AddConstraint(
            model_name='deployment',
            constraint=models.UniqueConstraint(fields=('project', 'slug'), name='deployment_slug_once_per_project'),
        ),
        migrations.AddConstraint(
            model_name='deployment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('source', 'external'), _negated=True), ('extra__has_key', 'base_url'), _connector='OR'), name='deployment_external_needs_base_url'),
        ),
        migrations.AddConstraint(
            model_name='scheduledelay',
            constraint=models.UniqueConstraint(fields=('schedule', 'delay'), name='delay_once_per_schedule'),
        ),
        migrations.AddConstraint(
            model_name='scheduledelay',
            constraint=models.CheckConstraint(condition=models.Q(('delay__gte', 0)), name='delay_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='scheduledelay',
            constraint=models.CheckConstraint(condition=models.Q(('duration__gte', 1)), name='delay_lasts_a_day_at_least'),
        ),
        migrations.AddConstraint(
            model_name='store',
            constraint=models.UniqueConstraint(fields=('project', 'name'), name='store_name_once_per_project'),
        ),
        migrations.AddConstraint(
            model_name='package',
            constraint=models.UniqueConstraint(fields=('project', 'fullname'), name='package_fullname_once_per_project'),
        ),
        migrations.AddConstraint(
            model_name='package',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('is_obsolete', True), ('obsoleted_at__isnull', False)), models.Q(('is_obsolete', False), ('obsoleted_at__isnull', True)), _connector='OR'), name='package_obsolete_exactly_when_dated'),
        ),
        migrations.AddConstraint(
            model_name='synchronization',
            constraint=models.UniqueConstraint(fields=('computer', 'started_at'), name='synchronization_once_per_start'),
        ),
    ]

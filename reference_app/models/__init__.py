"""The application's models, one module a subject."""

from reference_app.models.attributes import Attribute, Property
from reference_app.models.computers import Computer, Installation, Synchronization
from reference_app.models.deployments import Deployment
from reference_app.models.errors import Error
from reference_app.models.history import DeploymentHistory, PackageHistory
from reference_app.models.organizations import Membership, Organization, Role
from reference_app.models.packages import Package, PackageDependency
from reference_app.models.projects import Platform, Project, Store
from reference_app.models.schedules import Schedule, ScheduleDelay

__all__ = [
    "Attribute",
    "Computer",
    "Deployment",
    "DeploymentHistory",
    "Error",
    "Installation",
    "Membership",
    "Organization",
    "Package",
    "PackageDependency",
    "PackageHistory",
    "Platform",
    "Project",
    "Property",
    "Role",
    "Schedule",
    "ScheduleDelay",
    "Store",
    "Synchronization",
]

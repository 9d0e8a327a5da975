"""Tags of the templates of cases."""

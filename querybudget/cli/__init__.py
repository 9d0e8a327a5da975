"""The `querybudget` command: reads run data, needs no Django and no settings."""

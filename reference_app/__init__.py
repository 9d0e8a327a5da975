"""A small service for software packages and their deployment: the worked example of querybudget."""

"""Naive twins: the same JSON as the optimised endpoints, by the usual innocent mistakes.

Every planted cause carries a comment that names it. Mounted under the test settings only.
"""

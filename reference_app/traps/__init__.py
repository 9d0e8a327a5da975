"""Specimens: one tiny endpoint each, labelled with the verdict that a correct tool gives.

Mounted under the test settings only. Nothing here is an example to follow, the quiet ones included.
"""

"""Tests of the reference application, to be read as its documentation."""

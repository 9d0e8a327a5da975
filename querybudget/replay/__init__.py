"""The request again, inside the test, with one thing changed: a fix, an eager load, the number of rows."""

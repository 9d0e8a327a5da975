"""One module a format; each turns a `RunResult` into text and judges nothing."""

"""One module a format, each with a function `read`: an open binary file and its `Input` to what stands in it."""

"""One reader for each format. Each turns a file into Markdown lines; the worker loads only the one that it needs."""

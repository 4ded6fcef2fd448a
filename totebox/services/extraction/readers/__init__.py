"""One reader a format. Each turns a file into Markdown lines; the worker loads only the one it needs."""

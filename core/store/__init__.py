"""The only input and output: studies as read-only DuckDB editions, and the importers that build them."""
